/** What is true only within a call: the hardware's table while a kernel writes it, entry by entry. */
import { contextOf, type Context } from '../../sim/iommu/context.ts'
import { judge } from '../../sim/isolation.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { TraceEvent } from '../../sim/trace.ts'
import type { World } from '../../sim/world.ts'

/** One write of the hardware's table, and the machine as it was right after it. */
export interface Moment {
  readonly device: number
  readonly context: Context
  /** A device that a process can drive at this moment lets it at what is not its own. */
  readonly exposed: boolean
}

/**
 * The moments of a call.
 * @param before what was to be seen before the call
 * @param events what the kernel did in it
 */
export function momentsOf(world: World, before: Snapshot, events: readonly TraceEvent[]): Moment[] {
  const contexts = [...before.contexts]
  let fds = before.fds
  const moments: Moment[] = []
  for (const { event, code, subject } of events) {
    if (event !== 'effect' || subject === undefined || !('device' in subject)) continue
    const { device = -1 } = subject
    if (code === 'access.taken') {
      fds = fds.map((fd) => (isFileOf(fd, device) ? { ...fd, access: false } : fd))
    } else if (code === 'hw.context' && subject.kind === 'context') {
      const context = contextOf(world, subject.context)
      for (const rid of world.devices[device]?.rids ?? []) contexts[rid] = context
      const exposed = judge(world, { ...before, contexts, fds }).some(({ findings }) =>
        findings.some((finding) => finding.rule.startsWith('V') && finding.live && finding.harmed !== null),
      )
      moments.push({ device, context, exposed })
    }
  }
  return moments
}

function isFileOf({ kind, object }: Snapshot['fds'][number], device: number): boolean {
  return (kind === 'cdev' || kind === 'device') && object === device
}
