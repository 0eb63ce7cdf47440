/** A shorthand for tests: a run as one line of script, its answers as words. Nothing that ships imports this. */
import { machineById } from '../../machines/index.ts'
import type { Kernel, KernelId } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Boot, Machine, ProcessSpec } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { replay, type Run } from '../../sim/replay.ts'
import type { Result } from '../../sim/result.ts'
import { DEFAULTS } from '../document/scenario.ts'
import { parseOps } from './script.ts'

/**
 * The operations of some lines of script; `;` ends a line too: `unbind 01:00.0; g1 = open_group 3`.
 * @throws when they cannot be read
 */
export function opsOf(script: string, processes: readonly ProcessSpec[] = DEFAULTS.processes): readonly Op[] {
  const reading = parseOps(script.replaceAll(';', '\n'), processes)
  if (reading.ok) return reading.ops
  throw new Error(reading.problems.map(({ line, column, words }) => `${line}:${column}: ${words}`).join('\n'))
}

/** Replays lines of script on a machine. */
export function play(
  kernel: Kernel,
  machine: Machine,
  script: string,
  { boot = DEFAULTS.boot, processes = DEFAULTS.processes }: { boot?: Boot; processes?: readonly ProcessSpec[] } = {},
): Run {
  return replay(kernel, { machine, boot, processes }, opsOf(script, processes))
}

/** The answer in a word: `ok`, the errno, `blocked` or `bug`. */
export function answer(result: Result): string {
  if ('bug' in result) return 'bug'
  if ('blocked' in result) return 'blocked'
  return result.ok ? 'ok' : result.errno
}

/** All answers of a run, in order, separated by spaces. */
export function answers(run: Run): string {
  return run.steps.map((step) => answer(step.result)).join(' ')
}

/** @throws when no such kernel is simulated */
export function shippedKernel(id: KernelId): Kernel {
  const kernel = kernelById(id)
  if (kernel === undefined) throw new Error(`no kernel ${id}`)
  return kernel
}

/** @throws when no such machine ships */
export function shippedMachine(id: string): Machine {
  const machine = machineById(id)
  if (machine === undefined) throw new Error(`no machine ${id}`)
  return machine
}
