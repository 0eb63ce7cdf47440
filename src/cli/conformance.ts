import { compareRecording, kernelIdOf, type RecordedMachine, type Recording } from '../scenario/recording/recording.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { readRecordings, recordedMachines } from './recordings.ts'
import { print, printError } from './terminal.ts'

/**
 * `conformance FILE...`: replays recordings of real kernels (.jsonl, .jsonl.gz, or the DMA facts' .json) through the simulated ones and prints
 * every difference, how many traces were left out as racy, and last `steps: N agree, M differ`.
 * Exit code 1 if any step differs or a file cannot be read.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    printError('usage: conformance FILE... (.jsonl, .jsonl.gz, .json)')
    return 2
  }
  try {
    const machines = recordedMachines(new URL('../../conformance/topologies.json', import.meta.url))
    const judged = args.flatMap((file) => readRecordings(file)).map((recording) => judge(recording, machines))
    for (const { lines } of judged) for (const line of lines) print(line)
    const sum = (of: (one: Judgement) => number): number => judged.reduce((total, one) => total + of(one), 0)
    const differ = sum((one) => one.differ)
    print(`racy: ${sum((one) => (one.racy ? 1 : 0))} traces not judged`)
    print(`steps: ${sum((one) => one.agree)} agree, ${differ} differ`)
    return differ > 0 ? 1 : 0
  } catch (error) {
    printError(`conformance: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

/** What came of one recording: steps that agree and differ, and a line for each difference. */
export interface Judgement {
  readonly racy: boolean
  readonly agree: number
  readonly differ: number
  readonly lines: readonly string[]
}

/**
 * Compares one recording with the simulated kernel of its version.
 * @throws Error if the topology or the kernel is not simulated
 */
export function judge(recording: Recording, machines: ReadonlyMap<string, RecordedMachine>): Judgement {
  if (recording.racy) return { racy: true, agree: 0, differ: 0, lines: [] }
  const machine = machines.get(recording.topology)
  if (machine === undefined) throw new Error(`${recording.id}: no topology is called ${recording.topology}`)
  const id = kernelIdOf(recording)
  const kernel = id === undefined ? undefined : kernelById(id)
  if (kernel === undefined)
    throw new Error(`${recording.id}: kernel ${recording.kernel} (${recording.api}) is not simulated`)
  const differences = compareRecording(recording, kernel, machine)
  const differ = new Set(differences.map(({ step }) => step)).size
  return {
    racy: false,
    agree: recording.steps.length - differ,
    differ,
    lines: differences.map(({ step, op, what, expected, got }) =>
      [
        `${recording.id} (${recording.kernel}) step ${step} ${JSON.stringify(op)}`,
        `  ${what} expected ${JSON.stringify(expected)}`,
        `  ${what} got      ${JSON.stringify(got)}`,
      ].join('\n'),
    ),
  }
}
