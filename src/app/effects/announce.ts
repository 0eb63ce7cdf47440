import { describeOp, describeResult, explainRefusal, plain } from '../../explain/index.ts'
import { store } from '../store/store.ts'

/** Tells a screen reader the last step’s operation and answer, and everybody a refusal with its reason. */
export function announceSteps(): () => void {
  return store.subscribe((state, before) => {
    const { cursor } = state.doc.scenario
    if (state.run === before.run && cursor === before.doc.scenario.cursor) return
    const step = state.run.steps[cursor - 1]
    if (step === undefined) {
      state.announce('Freshly booted machine')
      return
    }
    const { world } = state.run
    const { words } = describeOp(world, step.op)
    const result = describeResult(step.result)
    const why = explainRefusal(state.kernel.id, world, step.op, state.run.traceOf(cursor - 1), step.result)
    state.announce(`Step ${cursor}: ${words}: ${result.word}. ${why === null ? '' : plain(why)}`)
    // Another machine or boot option replays the run; that its last step was refused is no news then.
    const same = state.machine === before.machine && state.doc.scenario.boot === before.doc.scenario.boot
    const performed = same && state.past.length > before.past.length
    // After a prediction the reason stands beside it.
    if (performed && !state.forecastsHidden && why !== null && result.tone !== 'bug') {
      state.toast(result.tone, `${result.glyph} ${result.word}: ${plain(why)}`)
    }
  })
}
