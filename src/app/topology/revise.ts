import { groupChangeWords } from '../../explain/group-changes.ts'
import type { Run } from '../../sim/replay.ts'
import type { Doc } from '../store/document.ts'
import { store } from '../store/store.ts'
import { revised, type WhatIf } from './what-if.ts'

/** What a what-if came to, in sentences. */
export interface WhatIfSummary {
  readonly groups: readonly string[]
  readonly steps: string
}

/** By the document that it led to, so that undo and redo say it again. */
const summaries = new WeakMap<Doc, WhatIfSummary>()

/** What led to this document, if that was a what-if. */
export function summaryOf(doc: Doc): WhatIfSummary | undefined {
  return summaries.get(doc)
}

/** Does a what-if on the page; it can be undone. Says what became of the groups, and of the steps. */
export function perform(whatIf: WhatIf): void {
  const state = store.getState()
  const { selection, run } = state
  const { doc, changes } = revised(state.doc, run.world, whatIf)
  const address = selection?.kind === 'device' ? run.world.devices[selection.device]?.spec.bdf : undefined
  state.revise(doc)
  const after = store.getState()
  const target = address === undefined ? undefined : whatIf.moved?.get(address)
  const device = target === undefined ? undefined : after.run.world.deviceIndex.get(target)
  if (device !== undefined) after.showOnCanvas({ kind: 'device', device })
  const words = { groups: groupChangeWords(changes), steps: stepWords(state.doc, doc, run, after.run) }
  summaries.set(doc, words)
  after.announce([...words.groups, words.steps].join(' ').trim())
}

/** Which steps name something else now, and which answer otherwise. */
function stepWords(before: Doc, after: Doc, runBefore: Run, runAfter: Run): string {
  const differs = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b)
  const renamed = after.scenario.ops.filter((op, index) => differs(op, before.scenario.ops[index])).length
  const others = runAfter.steps.flatMap((step, index) =>
    differs(step.result, runBefore.steps[index]?.result) ? [index + 1] : [],
  )
  const parts = [
    renamed === 0 ? '' : `${renamed === 1 ? 'One step follows' : `${renamed} steps follow`} to the new names.`,
    others.length === 0
      ? ''
      : others.length === 1
        ? `Step ${others[0] ?? 0} answers otherwise now.`
        : `${others.length} steps answer otherwise now, the first is step ${others[0] ?? 0}.`,
  ]
  return parts.filter((part) => part !== '').join(' ')
}

/** Boots anew with a value of pcie_acs_override; empty: without it. */
export function bootWithOverride(value: string): void {
  const { acsOverride: _, ...rest } = store.getState().doc.scenario.boot
  perform({ boot: value === '' ? rest : { ...rest, acsOverride: value } })
}
