import { KEYED } from './commands.ts'
import { keyWords } from './keys.ts'

/** Keys and what they do, for the help. */
export function keyHelp(): (readonly [keys: string, does: string])[] {
  const rows = KEYED.flatMap(({ id, keys, name }) =>
    keys === undefined || id.startsWith('action ') ? [] : [[keys.map(keyWords).join(' or '), name] as const],
  )
  return [...rows, ...OTHER_KEYS]
}

/** Keys that belong to a part of the page, and the digits in one line. */
const OTHER_KEYS = [
  ['1 to 9', 'Do the action with that place in the inspector’s list'],
  ['Tab, Enter', 'Walk over the canvas, select'],
  ['Delete', 'Cut the selected wire'],
  ['← → Home End', 'In a presentation: the steps; F for the full screen, a to d for a guess, Escape to leave'],
] as const
