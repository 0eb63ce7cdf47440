/** Holds what a real kernel answered against the simulated one. */
import { recordedMachines } from '../../src/cli/recordings.ts'
import { compareRecording, type Difference, type Recording } from '../../src/scenario/recording/recording.ts'
import type { Kernel } from '../../src/sim/kernel.ts'

const MACHINES = recordedMachines(new URL('../../conformance/topologies.json', import.meta.url))

/** The machine that a recording was made on, as the simulator knows it. */
export function machineOf(topology: string): ReturnType<typeof MACHINES.get> {
  return MACHINES.get(topology)
}

/**
 * Every difference between a recording and a simulated kernel.
 * @throws Error if no machine has the recording's name
 */
export function differencesOf(recording: Recording, kernel: Kernel): Difference[] {
  const machine = MACHINES.get(recording.topology)
  if (machine === undefined) throw new Error(`no machine is called ${recording.topology}`)
  return compareRecording(recording, kernel, machine)
}

/** Two or more `bind` calls wait for one device: which of them gets its lock first is luck, so that nothing is judged. */
export function isRacy({ steps }: Recording): boolean {
  const waiting = new Map<number, string>()
  return steps.some(({ op, result, completes }, index) => {
    if ('blocked' in result && (op.op === 'bind' || op.op === 'driver_override')) waiting.set(index, op.device)
    for (const { step } of completes) waiting.delete(step)
    return new Set(waiting.values()).size < waiting.size
  })
}
