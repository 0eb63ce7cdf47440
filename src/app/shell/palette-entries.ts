/** What the palette lists: actions with their calls, devices, machines, scenarios, lessons, and the commands. */
import { describeGoal, describeOp, describeResult, type ResultWords } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { MACHINES } from '../../machines/index.ts'
import {
  containerOffers,
  deviceOffers,
  groupOffers,
  iommufdOffers,
  processOffers,
  type Offer,
} from '../../scenario/actions/offers.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import { keyWords } from '../commands/keys.ts'
import { ALL_COMMANDS } from '../commands/more.ts'
import { LESSONS } from '../lesson/lessons.ts'
import { freshRun } from '../store/document.ts'
import { endsWithTask, isTaskOpen } from '../store/first-task.ts'
import type { AppState } from '../store/state.ts'
import { forecast, presentOf, situationOf } from '../store/view.ts'

export interface Entry {
  readonly id: string
  readonly text: string
  readonly detail: string
  run(): void
  /** What it would be answered, where that can be known and may be told. */
  readonly result?: () => ResultWords
}

/** Everything that can be done in a state. */
export function entriesOf(state: AppState): Entry[] {
  // While something is asked about the picture itself, nothing that names or shows it is listed.
  const asked = state.direction.hidden.size > 0
  return [
    ...(asked ? [] : [...actionEntries(state), ...deviceEntries(state)]),
    ...machineEntries(state),
    ...overrideEntries(state),
    ...readingEntries(state),
    ...commandEntries(state),
  ]
}

/** What begins with the words typed comes first, then what has them at the beginning of a word. */
function rank(entry: Entry, wanted: string): number {
  const text = entry.text.toLowerCase()
  return wanted === '' || text.startsWith(wanted) ? 0 : text.includes(` ${wanted}`) ? 1 : 2
}

/** The entries that hold every word of a query, the best first. */
export function found(entries: readonly Entry[], query: string): Entry[] {
  const wanted = query.toLowerCase().trim()
  const words = wanted.split(/\s+/).filter(Boolean)
  return entries
    .filter((entry) => words.every((word) => `${entry.text} ${entry.detail}`.toLowerCase().includes(word)))
    .sort((a, b) => rank(a, wanted) - rank(b, wanted))
}

function offersOf({ run, snapshot }: AppState, situation: ReturnType<typeof situationOf>): Offer[] {
  if (snapshot.dead) return []
  const { world } = run
  return [
    ...world.setup.processes.flatMap((_, index) => processOffers(situation, index)),
    ...snapshot.containers.flatMap((view) => containerOffers(situation, view.container)),
    ...snapshot.iommufds.flatMap((view) => iommufdOffers(situation, view.iommufd)),
    ...world.groups.flatMap((_, index) => groupOffers(situation, index)),
    ...world.devices.flatMap((_, index) => deviceOffers(situation, index)),
  ]
}

/** The same calls may be offered by a group and by its device: they are listed once. */
function actionEntries(state: AppState): Entry[] {
  const { world } = state.run
  const earlier = state.doc.scenario.ops.slice(0, state.doc.scenario.cursor)
  const entries = new Map<string, Entry>()
  for (const offer of offersOf(state, situationOf(state))) {
    const texts = offer.ops.map((op) => describeOp(world, op, earlier))
    const detail = texts.map((text) => text.call).join(' ; ')
    const words = texts.map((text) => text.words).join(', then ')
    const key = `${words} ${detail}`
    if (entries.has(key)) continue
    entries.set(key, {
      id: `op ${key}`,
      text: offer.goal === undefined ? words : describeGoal(world, offer.goal),
      detail,
      run: () => state.perform(offer.ops),
      // While something is asked, nothing tells its answer.
      ...(state.forecastsHidden || (isTaskOpen(state) && endsWithTask(offer.ops))
        ? {}
        : { result: () => describeResult(forecast(presentOf(state), offer).result) }),
    })
  }
  return [...entries.values()]
}

function deviceEntries(state: AppState): Entry[] {
  return state.run.world.devices.map(({ spec }, device) => ({
    id: `show ${spec.bdf}`,
    text: `Show ${shortBdf(spec.bdf)} ${spec.name ?? ''}`,
    detail: `device ${spec.vendor ?? ''}:${spec.device ?? ''}`,
    run: () => state.showOnCanvas({ kind: 'device', device }),
  }))
}

function machineEntries(state: AppState): Entry[] {
  return MACHINES.map((machine) => ({
    id: `machine ${machine.id}`,
    text: `Start from a machine: ${machine.title}`,
    detail: machine.id,
    run: () => state.open(freshRun(machine.id, machine.title, state.kernel.id)),
  }))
}

function overrideEntries(state: AppState): Entry[] {
  const now = state.doc.scenario.boot.acsOverride ?? ''
  return ['downstream', 'multifunction', 'downstream,multifunction', '']
    .filter((option) => option !== now)
    .map((option) => ({
      id: `override ${option}`,
      text: option === '' ? 'Boot without pcie_acs_override' : `Boot with pcie_acs_override=${option}`,
      detail: 'what if: groups by what the kernel believes of ACS',
      run: () => {
        state.show('play')
        state.setLens('topology')
        import('../topology/revise.ts').then(
          ({ bootWithOverride }) => bootWithOverride(option),
          () => state.toast('bad', 'The part of the page for this did not load: try it again'),
        )
      },
    }))
}

function readingEntries(state: AppState): Entry[] {
  return [
    ...LIBRARY.map((entry) => ({
      id: `scenario ${entry.id}`,
      text: `Open scenario: ${entry.scenario.title}`,
      detail: entry.summary,
      run: () => state.open(entry.scenario),
    })),
    ...LESSONS.map((lesson) => ({
      id: `lesson ${lesson.slug}`,
      text: `Lesson: ${lesson.title}`,
      detail: lesson.summary,
      run: () => state.startLesson(lesson.slug),
    })),
  ]
}

function commandEntries(state: AppState): Entry[] {
  return ALL_COMMANDS.filter((command) => command.keyOnly !== true && command.applies(state)).map((command) => ({
    id: command.id,
    text: command.name,
    detail: [command.about, ...(command.keys ?? []).slice(0, 1).map(keyWords)].join(' · '),
    run: () => command.run(state),
  }))
}
