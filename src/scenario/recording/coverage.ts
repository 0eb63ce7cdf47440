/** What recordings of real kernels cover: each operation of each kernel with each of its outcomes. */
import { KERNEL_IDS, recordOf, type KernelId } from '../../sim/kernels/list.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { OP_KINDS, type OpKind } from '../../sim/op.ts'
import type { Result } from '../../sim/result.ts'
import { kernelIdOf, type Recording } from './recording.ts'

/** `ok`, `blocked` (the call waits), `bug` (the kernel stops in it), or the error's name. */
export type Outcome = string

/** How often each outcome of each operation was seen, by kernel. An answer that a waiting call gets later counts too. */
export type Counts = ReadonlyMap<KernelId, ReadonlyMap<OpKind, ReadonlyMap<Outcome, number>>>

/** The kernels that recordings can be made of. */
export const RECORDABLE: readonly KernelId[] = KERNEL_IDS.filter((id) => recordOf(id).family === 'linux')

/** The outcome that a result stands for. */
export function outcomeOf(result: Recording['steps'][number]['result'] | Result): Outcome {
  if ('blocked' in result) return 'blocked'
  if ('bug' in result) return 'bug'
  return result.ok ? 'ok' : result.errno
}

/** Counts outcomes as they come. */
export class OutcomeCounter {
  readonly #counts = new Map<KernelId, Map<OpKind, Map<Outcome, number>>>()

  add(kernel: KernelId, op: OpKind, outcome: Outcome): void {
    const ofKernel = this.#counts.get(kernel) ?? new Map<OpKind, Map<Outcome, number>>()
    const ofOp = ofKernel.get(op) ?? new Map<Outcome, number>()
    ofOp.set(outcome, (ofOp.get(outcome) ?? 0) + 1)
    ofKernel.set(op, ofOp)
    this.#counts.set(kernel, ofKernel)
  }

  get counts(): Counts {
    return this.#counts
  }
}

/** Outcomes in recordings; those of kernels that are not simulated are left out. */
export function recordedOutcomes(recordings: readonly Recording[]): Counts {
  const counter = new OutcomeCounter()
  for (const recording of recordings) {
    const kernel = kernelIdOf(recording)
    if (kernel === undefined) continue
    for (const { op, result, completes } of recording.steps) {
      counter.add(kernel, op.op, outcomeOf(result))
      for (const later of completes) {
        const caller = recording.steps[later.step]?.op.op
        if (caller !== undefined) counter.add(kernel, caller, outcomeOf(later.result))
      }
    }
  }
  return counter.counts
}

/** Something that a simulated kernel answers and no recording shows. */
export interface Uncovered {
  readonly op: OpKind
  readonly outcome: Outcome
  readonly kernels: readonly KernelId[]
}

function has(kernel: KernelId, op: OpKind): boolean {
  return kernelById(kernel)?.abi.includes(op) === true
}

/** Operations that a kernel has and no recording of it does; and outcomes that were simulated and are in none. */
export function uncovered(
  recorded: Counts,
  simulated: Counts,
): { readonly empty: Uncovered[]; readonly unseen: Uncovered[] } {
  const empty: Uncovered[] = []
  const unseen: Uncovered[] = []
  for (const op of OP_KINDS) {
    const kernels = RECORDABLE.filter((kernel) => has(kernel, op))
    const without = kernels.filter((kernel) => recorded.get(kernel)?.get(op) === undefined)
    if (without.length > 0) empty.push({ op, outcome: '', kernels: without })
    const outcomes = new Set(kernels.flatMap((kernel) => [...(simulated.get(kernel)?.get(op)?.keys() ?? [])]))
    for (const outcome of [...outcomes].sort(byName)) {
      const missing = kernels.filter(
        (kernel) =>
          simulated.get(kernel)?.get(op)?.has(outcome) === true && recorded.get(kernel)?.get(op)?.has(outcome) !== true,
      )
      if (missing.length > 0) unseen.push({ op, outcome, kernels: missing })
    }
  }
  return { empty, unseen }
}

/** `ok` first, then errors by name, then `blocked` and `bug`. */
function byName(a: Outcome, b: Outcome): number {
  const rank = (outcome: Outcome): number =>
    ['ok', '', 'blocked', 'bug'].indexOf(outcome.startsWith('E') ? '' : outcome)
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

/** The table: a row for each operation and outcome, a column for each kernel. `·`: the kernel has no such operation. */
export function coverageTable(recorded: Counts): string {
  const heads = RECORDABLE.map((id) => id.replace('linux-', ''))
  const rows = OP_KINDS.flatMap((op) => {
    if (!RECORDABLE.some((kernel) => has(kernel, op))) return []
    const outcomes = new Set(RECORDABLE.flatMap((kernel) => [...(recorded.get(kernel)?.get(op)?.keys() ?? [])]))
    const listed = outcomes.size === 0 ? ['none recorded'] : [...outcomes].sort(byName)
    return listed.map((outcome, index) => {
      const cells = RECORDABLE.map((kernel) => {
        const count = recorded.get(kernel)?.get(op)?.get(outcome)
        return count === undefined ? (has(kernel, op) ? '' : '·') : String(count)
      })
      return `| ${[index === 0 ? `\`${op}\`` : '', outcome, ...cells].join(' | ')} |`
    })
  })
  const rule = ['---', '---', ...heads.map(() => '--:')]
  return [`| ${['operation', 'outcome', ...heads].join(' | ')} |`, `| ${rule.join(' | ')} |`, ...rows].join('\n')
}
