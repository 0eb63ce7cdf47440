import { describeOp, describeResult, explainRefusal, plain } from '../../explain/index.ts'
import { containerName } from '../../explain/contexts.ts'
import { shortBdf } from '../../explain/words.ts'
import { store, type AppState, type Selection } from '../store/store.ts'
import { listedOffers } from '../store/view.ts'

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

/** Tells a screen reader what was selected, and how many actions there are for it. */
export function announceSelection(): () => void {
  return store.subscribe((state, before) => {
    if (state.selection === before.selection) return
    // A step or another run is told of itself.
    if (state.doc !== before.doc) return
    const { selection } = state
    if (selection === null) {
      state.announce('Nothing is selected')
      return
    }
    const { length } = listedOffers(state, selection).all
    const actions =
      length === 0 ? 'no actions' : `${length === 1 ? 'one action' : `${length} actions`}, the key . leads there`
    state.announce(`Selected: ${nameOf(state, selection)}; ${actions}`)
  })
}

function nameOf({ run: { world }, snapshot }: AppState, selection: Selection): string {
  switch (selection.kind) {
    case 'group':
      return `IOMMU group ${world.groups[selection.group]?.id ?? '?'}`
    case 'device':
      return `device ${shortBdf(world.devices[selection.device]?.spec.bdf ?? '?')}`
    case 'process':
      return `process ${world.setup.processes[selection.process]?.name ?? '?'}`
    case 'container':
      return `container ${containerName(snapshot, world, selection.container)}`
    case 'iommufd':
      return `iommufd ${
        snapshot.iommufds
          .find(({ iommufd }) => iommufd === selection.iommufd)
          ?.slots.map((slot) => world.slots[slot])
          .join(', ') ?? ''
      }`
    case 'context':
      return { domain: 'a page table', host: 'host memory', nothing: 'blocked DMA' }[selection.context.kind]
  }
}
