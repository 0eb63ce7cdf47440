/** Translations by the names that a run gives them. */
import type { Context } from '../../sim/iommu/context.ts'
import type { Run } from '../../sim/replay.ts'
import type { Snapshot } from '../../sim/snapshot.ts'

/**
 * A translation as an answer says it: `dd` the default domain, `id` an identity default domain, `block`, or the name of an
 * address space or container.
 */
export type ContextWord = string

/** A translation in a word. An address space that lost its name is `?`. */
export function contextWord(run: Run, snapshot: Snapshot, context: Context): ContextWord {
  switch (context.kind) {
    case 'dma':
      return 'dd'
    case 'identity':
      return 'id'
    case 'blocked':
      return 'block'
    case 'domain': {
      const owner = snapshot.domains.find(({ domain }) => domain === context.domain)?.owner
      const slot = owner === undefined ? undefined : slotOf(snapshot, owner)
      return slot === undefined ? '?' : (run.world.slots[slot] ?? '?')
    }
  }
}

/** The name of what keeps a domain: of an automatic page table, that of its address space. */
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
