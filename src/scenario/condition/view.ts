/** What conditions look up in a state, each at most once. */
import { land, nativelyDriven, wireContext } from '../../sim/iommu/landing.ts'
import { judge, type Judgement } from '../../sim/isolation.ts'
import type { OpKind } from '../../sim/op.ts'
import type { Result } from '../../sim/result.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'

/** The operation that led to a state, with its answer. */
export interface AnsweredCall {
  readonly op: OpKind
  /** Index of the device that it names, -1: none; and of the process that did it. */
  readonly device: number
  readonly by: number
  readonly result: Result
  /** Waiting calls that it let return; where a run counts steps, with the index of the step that made them. */
  readonly completes: readonly { readonly result: Result; readonly step?: number }[]
  /** Whether users can still let it return, if it waits; null where nobody can tell. */
  readonly canReturn: (() => boolean) | null
}

/** Where DMA of a device can land, but for memory of processes. */
export type Place = 'nothing' | 'all-memory' | 'host-buffers' | 'mapped'

export class View {
  readonly world: World
  private readonly look: () => Snapshot
  private known: Snapshot | undefined
  private judged: readonly Judgement[] | undefined

  constructor(world: World, look: () => Snapshot) {
    this.world = world
    this.look = look
  }

  get snapshot(): Snapshot {
    this.known ??= this.look()
    return this.known
  }

  judgement(group: number): Judgement | undefined {
    this.judged ??= judge(this.world, this.snapshot)
    return this.judged[group]
  }

  /** Files that drive a function of a group. */
  driving(group: number): { readonly device: number; readonly process: number }[] {
    return this.snapshot.fds.flatMap(({ kind, object, process, access }) => {
      if ((kind !== 'device' && kind !== 'cdev') || access === false) return []
      return this.world.devices[object]?.group === group ? [{ device: object, process }] : []
    })
  }

  /** Where DMA of a device can land; `mapped`: in memory that some process has mapped. */
  placeOf(device: number): Place {
    const { world, snapshot } = this
    const context = wireContext(world, snapshot, device)
    switch (context.kind) {
      case 'domain': {
        const mappings = snapshot.domains.find((one) => one.domain === context.domain)?.mappings ?? []
        return mappings.length === 0 ? 'nothing' : 'mapped'
      }
      case 'dma':
        return nativelyDriven(world, snapshot, context.group).length > 0 ? 'host-buffers' : 'nothing'
      case 'identity':
        return 'all-memory'
      case 'blocked':
        return 'nothing'
    }
  }

  /** Whether DMA of a device can land in memory of a process. */
  reachesProcess(device: number, process: number): boolean {
    const { world, snapshot } = this
    return snapshot.domains
      .flatMap((domain) => domain.mappings)
      .some(({ iova }) => {
        const landing = land(world, snapshot, device, iova)
        return landing.kind === 'page' && landing.process === process
      })
  }

  /** Whether DMA of a device reaches memory of the host: any of it, or buffers that its drivers have mapped. */
  reachesHost(device: number): boolean {
    const place = this.placeOf(device)
    return place === 'all-memory' || place === 'host-buffers'
  }
}
