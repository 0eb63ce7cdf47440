/** Who makes the calls of a run: whoever has the file open that a call is about, else the process that it names. */
import { isAdmin, keysOf, rowOf, valueOf, type Op } from '../../sim/op.ts'
import type { Run, Step } from '../../sim/replay.ts'
import { succeeded } from '../../sim/result.ts'

/** Who makes a step: an index into the processes; sysfs is the administrator's, a DMA is the device's. */
export type Maker = number | 'administrator' | 'hardware'

/** A step with its maker. */
export interface MadeStep {
  readonly step: Step
  readonly maker: Maker
  /** The name that it opens is open in this other process already. */
  readonly before?: number
}

/** The steps of a run with who makes them. */
export function madeSteps({ world, steps }: Pick<Run, 'world' | 'steps'>): MadeStep[] {
  const names = world.setup.processes.map(({ name }) => name)
  const holders = new Map<string, number>()
  return steps.map((step): MadeStep => {
    const { op } = step
    const file = keysOf(op.op).find(([, role]) => role === 'fd')?.[0]
    const holder = file === undefined ? undefined : holders.get(String(valueOf(op, file)))
    const process = holder ?? (op.by === undefined ? 0 : Math.max(0, names.indexOf(op.by)))
    const maker = isAdmin(op.op) ? 'administrator' : rowOf(op.op).who === 'hardware' ? 'hardware' : process
    const before = 'as' in op ? holders.get(op.as) : undefined
    if (succeeded(step.result) && maker === process) follow(holders, op, process)
    return before === undefined || before === process ? { step, maker } : { step, maker, before }
  })
}

/** What a maker is called. */
export function makerName({ world }: Pick<Run, 'world'>, maker: Maker): string {
  return typeof maker === 'number' ? (world.setup.processes[maker]?.name ?? 'the process') : maker
}

/** Notes which process has which file open after an operation that succeeded. */
function follow(holders: Map<string, number>, op: Op, process: number): void {
  const { makes } = rowOf(op.op)
  if ('as' in op && makes !== undefined && makes !== 'ioas' && makes !== 'hwpt') holders.set(op.as, process)
  if (op.op === 'close') holders.delete(op.fd)
  if (op.op !== 'exit') return
  for (const [name, holder] of holders) if (holder === process) holders.delete(name)
}
