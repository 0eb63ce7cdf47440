/** Looks for holes in the texts of a run: an empty text, two spaces, an undefined, a sentence that ends twice. */
import type { KernelId } from '../sim/kernel.ts'
import { recordOf } from '../sim/kernels/list.ts'
import type { Run } from '../sim/replay.ts'
import { bugStory } from './bug.ts'
import { contextWords } from './contexts.ts'
import {
  describeOp,
  describeResult,
  dmesgOf,
  explainPath,
  explainRefusal,
  plain,
  remedy,
  viabilityWords,
  type Words,
} from './index.ts'

const HOLE = /^$|undefined|null|NaN|\[object| {2}|\.\.|^ | $| [.,:]/

function holes(where: string, words: Words | null): string[] {
  return words !== null && HOLE.test(plain(words)) ? [`${where}: "${plain(words)}"`] : []
}

/** Every hole in what is said of a run under a kernel, with the step and the text that it is in. */
export function holesOf(id: KernelId, run: Run): string[] {
  return run.steps.flatMap((_, index) => [
    ...callHoles(id, run, index),
    ...pathHoles(id, run, index),
    ...stateHoles(id, run, index),
    ...storyHoles(id, run, index),
  ])
}

function place(run: Run, index: number): string {
  return `${index} ${run.steps[index]?.op.op ?? ''}`
}

function callHoles(id: KernelId, run: Run, index: number): string[] {
  const step = run.steps[index]
  if (step === undefined) return []
  const { op, result } = step
  const events = run.traceOf(index)
  const at = place(run, index)
  const { call, words } = describeOp(
    run.world,
    op,
    run.steps.slice(0, index).map((earlier) => earlier.op),
  )
  return [
    ...holes(`${at} call`, [call]),
    ...holes(`${at} words`, [words]),
    ...holes(`${at} result`, [describeResult(result).word]),
    ...('ok' in result && result.ok
      ? []
      : holes(`${at} refusal`, explainRefusal(id, run.world, op, events, result) ?? [])),
    ...holes(`${at} remedy`, remedy(id, run.world, op, events, result)),
    ...dmesgOf(id, run.world, op, events).flatMap((line) => holes(`${at} log`, [line.text])),
  ]
}

function pathHoles(id: KernelId, run: Run, index: number): string[] {
  const step = run.steps[index]
  if (step === undefined) return []
  const at = place(run, index)
  return explainPath(id, run.world, step.op, run.traceOf(index), step.result).flatMap((line) => [
    ...holes(`${at} path ${line.code}`, line.words),
    ...holes(`${at} answer ${line.code}`, line.answer ?? null),
    ...(line.code !== undefined && plain(line.words) === line.code ? [`${at}: no words for ${line.code}`] : []),
    // The proposals name requests; no function of theirs was ever in a file.
    ...(recordOf(id).family === 'linux' && line.fn !== '' && line.ref === undefined
      ? [`${at}: no file for ${line.fn}`]
      : []),
  ])
}

function stateHoles(id: KernelId, run: Run, index: number): string[] {
  const at = place(run, index)
  const snapshot = run.snapshotAt(index + 1)
  return [
    ...snapshot.devices.flatMap((_, device) => {
      const { words, short } = contextWords(run.world, snapshot, device)
      return [...holes(`${at} context`, words), ...holes(`${at} context`, [short])]
    }),
    ...snapshot.groups.flatMap((group) => {
      const { words, members } = viabilityWords(id, run.world, group, snapshot)
      return [...holes(`${at} verdict`, words), ...members.flatMap((member) => holes(`${at} member`, member.words))]
    }),
  ]
}

function storyHoles(id: KernelId, run: Run, index: number): string[] {
  const step = run.steps[index]
  if (step === undefined) return []
  if (!('bug' in step.result) && !step.completes.some((late) => 'bug' in late.result)) return []
  const story = bugStory(id, run.world, run.steps, index)
  if (story === null) return []
  const { what, who, why, instead } = story
  return [what, who, why, instead].flatMap((text) => holes(`${place(run, index)} story`, text))
}
