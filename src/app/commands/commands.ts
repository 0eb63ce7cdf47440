/**
 * What can be done from more than one place: the palette, keys, the help and buttons all read this table.
 *
 * What a selection offers (`store/view.ts`) and what has to be loaded first (scenarios, lessons) is added by the palette.
 */
import type { AppState } from '../store/state.ts'
import { listedOffers, offeredOn } from '../store/view.ts'
import { fillScreen } from '../ui/screen.ts'

export interface Command {
  readonly id: string
  /** What it does, as the palette and the help say it. */
  readonly name: string
  /** What a button is called, where that is shorter. */
  readonly label?: string
  /** What more the palette says about it, and finds it by. */
  readonly about: string
  /** Keys in the form of `aria-keyshortcuts`, the usual one first. */
  readonly keys?: readonly string[]
  /** Its keys with Control work in a field and in a dialog as well. */
  readonly everywhere?: true
  /** It is a key only: the palette lists what it stands for by itself. */
  readonly keyOnly?: true
  applies(state: AppState): boolean
  run(state: AppState): void
}

const always = (): boolean => true
const cursorOf = ({ doc }: AppState): number => doc.scenario.cursor

/** Commands that buttons know by their name. */
export const COMMANDS = {
  undo: {
    id: 'undo',
    name: 'Undo',
    about: 'take back the last change',
    keys: ['Control+Z'],
    applies: ({ past }) => past.length > 0,
    run: (state) => state.undo(),
  },
  redo: {
    id: 'redo',
    name: 'Redo',
    about: 'do again what was undone',
    keys: ['Control+Shift+Z', 'Control+Y'],
    applies: ({ future }) => future.length > 0,
    run: (state) => state.redo(),
  },
  start: {
    id: 'start',
    name: 'Back to the start',
    about: 'the freshly booted machine',
    applies: (state) => cursorOf(state) > 0,
    run: (state) => state.go(0),
  },
  back: {
    id: 'back',
    name: 'One step back',
    about: 'in the run',
    keys: ['['],
    applies: (state) => cursorOf(state) > 0,
    run: (state) => state.go(cursorOf(state) - 1),
  },
  on: {
    id: 'on',
    name: 'One step on',
    about: 'in the run',
    keys: [']'],
    applies: (state) => cursorOf(state) < state.run.steps.length,
    run: (state) => state.go(cursorOf(state) + 1),
  },
  end: {
    id: 'end',
    name: 'To the end',
    about: 'after the last step of the run',
    applies: (state) => cursorOf(state) < state.run.steps.length,
    run: (state) => state.go(state.run.steps.length),
  },
  palette: {
    id: 'palette',
    name: 'Find any action, device or scenario by typing',
    about: 'this list',
    keys: ['Control+K', '/'],
    everywhere: true,
    keyOnly: true,
    applies: always,
    run: (state) => state.setPalette(true),
  },
  share: {
    id: 'share',
    name: 'Share this run',
    label: 'Share',
    about: 'link, script or file',
    applies: always,
    run: (state) => state.setSharing(true),
  },
  teach: {
    id: 'teach',
    name: 'Make a lesson of this run: notes and questions',
    label: 'Notes and questions',
    about: 'write a note on any step, ask before a step',
    applies: always,
    run: (state) => {
      if (state.place !== 'play') state.show('play')
      state.teach(true)
    },
  },
  present: {
    id: 'present',
    name: 'Present this run',
    label: 'Present',
    about: 'full screen, big type, arrow keys',
    applies: (state) => state.run.steps.length > 0,
    run: (state) => {
      state.show('present')
      fillScreen()
    },
  },
  help: {
    id: 'help',
    name: 'Help: keys and words',
    label: 'Help',
    about: 'what a key does, what a word means',
    keys: ['?'],
    applies: always,
    run: (state) => state.setHelping(true),
  },
  lens: {
    id: 'lens',
    name: 'Ownership or topology on the canvas',
    about: 'the other lens',
    keys: ['T'],
    keyOnly: true,
    applies: always,
    run: (state) => state.setLens(state.lens === 'topology' ? 'ownership' : 'topology'),
  },
  actions: {
    id: 'actions',
    name: 'Go to the list of actions',
    about: 'in the inspector',
    keys: ['.'],
    keyOnly: true,
    applies: always,
    run: goToActions,
  },
  nothing: {
    id: 'nothing',
    name: 'Select nothing',
    about: 'back to the overview',
    keys: ['Escape'],
    applies: ({ selection }) => selection !== null,
    run: (state) => state.select(null),
  },
} as const satisfies Readonly<Record<string, Command>>

/** The digit keys, by the list of actions as it is seen. */
const DIGITS: readonly Command[] = Array.from({ length: 9 }, (_, index) => {
  const offerOf = (state: AppState) => listedOffers(state, offeredOn(state)).listed[index]
  return {
    id: `action ${index + 1}`,
    name: `Do action ${index + 1} of the inspector’s list`,
    about: '',
    keys: [String(index + 1)],
    keyOnly: true,
    applies: (state) => (state.place === 'play' || state.lesson !== null) && offerOf(state) !== undefined,
    run: (state) => state.perform(offerOf(state)?.ops ?? []),
  }
})

/** Every command that has a key. */
export const KEYED: readonly Command[] = [...Object.values(COMMANDS), ...DIGITS]

function firstAction(): HTMLElement | null {
  return document.querySelector<HTMLElement>('[data-testid="offers"] button')
}

/** Leads to the list of actions; where there is none, as on a stopped kernel, to what stands there instead. */
function goToActions(): void {
  const inspector = document.getElementById('inspector')
  const action = firstAction()
  const target = action ?? inspector
  target?.focus()
  if (action !== null || inspector === null) return
  // The panel of what is selected may still be on its way.
  const observer = new MutationObserver(() => firstAction()?.focus())
  observer.observe(inspector, { childList: true, subtree: true })
  inspector.addEventListener('blur', () => observer.disconnect(), { once: true })
}
