/**
 * The scenario: the only document. A saved file, a script, a link and a lesson all become one of these, and everything
 * on the screen is derived from it. `read.ts` is the one gate through which a document from outside gets in.
 */
import { machineById } from '../../machines/index.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Boot, Machine, ProcessSpec } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { MOST_NAMES, MOST_RANGES, type Setup } from '../../sim/world.ts'

export interface Scenario {
  /** One line; empty for a run that nobody has named. */
  readonly title: string
  /** Id of a machine that ships, or a machine of the user's own. */
  readonly machine: string | Machine
  readonly kernel: KernelId
  readonly boot: Boot
  /** At least one; the first does what names no process. */
  readonly processes: readonly ProcessSpec[]
  readonly ops: readonly Op[]
  /** How many of the operations are done when the scenario opens: 0 to `ops.length`. */
  readonly cursor: number
  /** Words for single steps, keyed by the step's number as people count, from '1'; '0' is the freshly booted machine. */
  readonly notes?: Readonly<Record<string, string>>
  /** What whoever plays the run is asked before a step is shown, keyed as notes are. */
  readonly predictions?: Readonly<Record<string, Prediction>>
  /**
   * What the run must show, keyed as notes are: after that step, all of these hold. Each is `ok`, an errno, `blocked`,
   * `bug` or any other condition (docs/conditions.md). Replaying the scenario on the command line checks them.
   */
  readonly expects?: Readonly<Record<string, readonly string[]>>
  /** The kernels that the run is shown under side by side: at least two, each once. Absent: it is played. */
  readonly compare?: readonly KernelId[]
  /** The run opens as a presentation: over the whole screen, in big type. */
  readonly present?: true
}

/** What a run is called where people read it. */
export function titleOf({ title }: Pick<Scenario, 'title'>): string {
  return title.trim() === '' ? 'Untitled run' : title
}

/**
 * A question about what a step will bring: its answer, whether a group is then viable or isolated, or where DMA of a
 * device then goes. The replay knows the answer (`questionOf`); `question` are words of one's own.
 */
export type Prediction = (
  | { readonly about: 'answer' }
  | { readonly about: 'viable' | 'isolated'; readonly group: string }
  | { readonly about: 'dma'; readonly device: string }
) & { readonly question?: string }

/** What may be left out of a document, and stands then. */
export const DEFAULTS = {
  title: '',
  boot: { iommu: 'nopt' },
  processes: [{ name: 'qemu', user: 'root' }],
} as const satisfies Partial<Scenario>

/** How much a document may hold: far more than a person makes, little enough to be replayed at once. */
export const LIMITS = {
  ops: 20_000,
  devices: 5_000,
  processes: 64,
  /** Bridges above a function. */
  depth: 64,
  title: 200,
  note: 2_000,
  question: 200,
  expectation: 200,
  /** Expectations of one step. */
  expectations: 20,
  /** Names of what operations open or make. */
  names: MOST_NAMES,
  /** Different ranges that operations map, and pieces of them that other operations can leave. */
  ranges: MOST_RANGES,
  /** Address spaces × different ranges that are mapped. */
  mappings: 1_000_000,
  /** A longer list of faults helps nobody. */
  problems: 20,
} as const

/** The machine that a scenario plays on; undefined for an id that does not ship. */
export function machineOf(scenario: Pick<Scenario, 'machine'>): Machine | undefined {
  return typeof scenario.machine === 'string' ? machineById(scenario.machine) : scenario.machine
}

/** What a replay of the scenario starts from, on the machine that `machineOf` found. */
export function setupOf(scenario: Pick<Scenario, 'boot' | 'processes'>, machine: Machine): Setup {
  return { machine, boot: scenario.boot, processes: scenario.processes }
}

/** Words as a document can hold them: without signs that are no text, and no longer than allowed. */
export function plainWords(words: string, kind: 'note' | 'question' | 'title'): string {
  const signs = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu
  const lines = words
    .replaceAll('\t', ' ')
    .split(/\r?\n/)
    .map((each) => each.replaceAll(signs, '').trimEnd())
  // Cutting may halve a surrogate pair.
  const cut = (text: string, longest: number): string =>
    text
      .slice(0, longest)
      .replace(/[\ud800-\udbff]$/, '')
      .trim()
  return kind === 'note' ? cut(lines.join('\n'), LIMITS.note) : cut(lines.join(' '), LIMITS[kind])
}
