/** What translates DMA, by the names that a run gives to address spaces. */
import type { Context } from '../../sim/iommu/context.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'

/**
 * A translation as an answer says it: `dd` the default domain, `id` an identity default domain, `block`, or the name of an
 * address space or container.
 */
export type ContextWord = string

/** A translation in a word. An address space that lost its name is `?`. */
export function contextWord(world: World, snapshot: Snapshot, context: Context): ContextWord {
  switch (context.kind) {
    case 'dma':
      return 'dd'
    case 'identity':
      return 'id'
    case 'blocked':
      return 'block'
    case 'domain':
      return spaceName(world, snapshot, context.domain)
  }
}

/** The name of the container or address space that keeps a domain; `?` if it has lost its name. */
export function spaceName(world: World, snapshot: Snapshot, domain: number): string {
  const owner = snapshot.domains.find((view) => view.domain === domain)?.owner
  const slot = owner === undefined ? undefined : slotOf(snapshot, owner)
  return slot === undefined ? '?' : (world.slots[slot] ?? '?')
}

/** The slot of what keeps a domain: of an automatic page table, that of its address space. */
function slotOf(snapshot: Snapshot, owner: Snapshot['domains'][number]['owner']): number | undefined {
  switch (owner.kind) {
    case 'container':
      return snapshot.containers.find(({ container }) => container === owner.index)?.slots[0]
    case 'ioas':
      return snapshot.ioases.find(({ ioas }) => ioas === owner.index)?.slots[0]
    case 'hwpt': {
      const hwpt = snapshot.hwpts.find((one) => one.hwpt === owner.index)
      return hwpt?.slots[0] ?? snapshot.ioases.find(({ ioas }) => ioas === hwpt?.ioas)?.slots[0]
    }
  }
}
