import { store } from '../store/store.ts'

/** Lets the keyboard go on from the canvas when a run was opened. */
export function focusCanvas(): () => void {
  return store.subscribe((state, before) => {
    if (state.canvasFocus === before.canvasFocus) return
    // By then the canvas stands, if another place was open.
    setTimeout(() => document.getElementById('canvas')?.focus({ preventScroll: true }))
  })
}

const ACTIONS = '[data-testid="offers"] button'
/** What the page names as the next thing to try, above the picture. */
const NEXT = '[data-next]'
/** What can have the keyboard, but for what only a script gives it to. */
const FOCUSABLE = 'a[href], button:not(:disabled), input, select, textarea, summary, [tabindex="0"]'

/** What had the keyboard last, all that it stood in, from the inside, and its place among the actions; -1: it was none. */
interface Kept {
  readonly element: HTMLElement
  readonly within: readonly HTMLElement[]
  readonly action: number
}

/**
 * Never lets the keyboard fall out of the page: when what had it is gone, such as an action that was done, it goes to the
 * action in the same place, else to what is left of the part that it was in.
 */
export function keepFocus(): () => void {
  let kept: Kept | null = null
  const onFocus = ({ target }: FocusEvent): void => {
    if (target instanceof HTMLElement) kept = keptOf(target)
  }
  const restore = (): void => {
    if (kept === null || kept.element.isConnected || document.activeElement !== document.body) return
    const { within, action } = kept
    kept = null
    const home = within.find((element) => element.isConnected && element !== document.body)
    substituteFor(home, action)?.focus({ preventScroll: action >= 0 })
  }
  const observer = new MutationObserver(() => {
    // Whoever closes a dialog or opens a run says where the keyboard goes on: they come first.
    if (kept !== null && !kept.element.isConnected) requestAnimationFrame(() => setTimeout(restore))
  })
  document.addEventListener('focusin', onFocus)
  observer.observe(document.body, { childList: true, subtree: true })
  return () => {
    document.removeEventListener('focusin', onFocus)
    observer.disconnect()
  }
}

function keptOf(element: HTMLElement): Kept {
  const within: HTMLElement[] = []
  for (let at = element.parentElement; at !== null; at = at.parentElement) within.push(at)
  return { element, within, action: [...document.querySelectorAll(ACTIONS)].indexOf(element) }
}

/** Where the keyboard goes on when something in `home` is gone. */
function substituteFor(home: HTMLElement | undefined, action: number): HTMLElement | null {
  const actions = [...document.querySelectorAll<HTMLElement>(ACTIONS)]
  const canvas = document.getElementById('canvas')
  const inspector = document.getElementById('inspector')
  const inInspector = home !== undefined && inspector?.contains(home) === true
  const next = document.querySelector<HTMLElement>(NEXT)
  if (next !== null && action < 0) return next
  if (actions.length > 0 && (action >= 0 || inInspector))
    return actions[Math.min(Math.max(action, 0), actions.length - 1)] ?? null
  if (home !== undefined && canvas?.contains(home) === true) return canvas
  const part = home?.closest<HTMLElement>('section, aside, nav, header, [role="dialog"]')
  return part?.querySelector<HTMLElement>(FOCUSABLE) ?? actions[0] ?? inspector ?? canvas
}
