import { useMemo, type ReactNode } from 'react'
import { describeOp, describeResult, explainRefusal, plain } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { sysfsCommand } from '../../export/sysfs.ts'
import type { Advice } from '../../adviser/advice.ts'
import { bindingOps, guestOps, type Plan } from '../../adviser/plan.ts'
import { DEFAULTS } from '../../scenario/document/scenario.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Machine } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { store } from '../store/store.ts'
import { ResultChip } from '../ui/ResultChip.tsx'

export interface Simulation {
  readonly ops: readonly Op[]
  readonly run: Run
}

/** The plan's commands on the simulated kernel, as the machine is now. */
export function useSimulation(plan: Plan | null, machine: Machine, kernel: KernelId): Simulation | null {
  return useMemo(() => {
    const found = kernelById(kernel)
    if (plan === null || found === undefined) return null
    const ops = [...bindingOps(plan), ...guestOps(plan, found)]
    const setup = { machine, boot: DEFAULTS.boot, processes: DEFAULTS.processes }
    return { ops, run: replay(found, setup, ops) }
  }, [plan, machine, kernel])
}

/** Opens the run on the canvas, at its beginning. */
export function play(machine: Machine, kernel: KernelId, { wanted }: Advice, ops: readonly Op[]): void {
  store.getState().open({
    title: `My machine: ${shortBdf(wanted.bdf)} to a guest`,
    machine,
    kernel,
    boot: DEFAULTS.boot,
    processes: DEFAULTS.processes,
    ops,
    cursor: 0,
  })
}

/** Step by step what the commands and QEMU do, and what the kernel answers. */
export function SimulatedRun(props: { simulation: Simulation; plan: Plan; onPlay: () => void }): ReactNode {
  const { simulation, plan, onPlay } = props
  const { run, ops } = simulation
  const { fds } = run.snapshotAt(ops.length)
  const held = fds.filter(({ kind }) => kind === 'device' || kind === 'cdev')
  const names = held.map(({ object }) => shortBdf(run.world.devices[object]?.spec.bdf ?? ''))
  return (
    <section aria-label="Simulated run" data-testid="simulated-run" className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h4 className="section-title">The same commands on the simulated kernel</h4>
        <button type="button" className="button min-h-7 px-2.5 py-0.5 text-[12px]" onClick={onPlay}>
          Play these commands on the canvas
        </button>
      </div>
      <ol className="overflow-hidden rounded-xl border border-line bg-panel">
        {run.steps.map(({ op, result }, index) => {
          const { call, words } = describeOp(run.world, op, ops.slice(0, index))
          const badge = describeResult(result)
          const refusal =
            badge.tone === 'bad' ? explainRefusal(run.kernel.id, run.world, op, run.traceOf(index), result) : null
          return (
            <li
              key={index}
              className="flex flex-wrap items-baseline gap-x-2.5 border-t border-line px-3 py-1.5 first:border-t-0"
            >
              <span className="w-5 text-right text-[11.5px] text-dim">{index + 1}</span>
              <span className="min-w-0 flex-1 text-[12.5px]">
                {words}
                <span className="block truncate font-mono text-[11px] text-dim">{sysfsCommand(op, plan) ?? call}</span>
                {refusal !== null && <span className="block text-bad">{plain(refusal)}</span>}
              </span>
              <ResultChip result={badge} />
            </li>
          )
        })}
      </ol>
      <p className={`rounded-lg px-3 py-2 ${names.length > 0 ? 'bg-ok-bg text-ok' : 'bg-bad-bg text-bad'}`}>
        {names.length > 0
          ? `✓ At the end QEMU holds ${names.length === 1 ? 'a device file' : `${names.length} device files`}: ${names.join(', ')}.`
          : '✗ At the end QEMU holds no device file.'}
      </p>
    </section>
  )
}
