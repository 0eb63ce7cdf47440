import type { AppState } from '../store/state.ts'
import { KEYED, type Command } from './commands.ts'

/** A key that was pressed; `control` stands for the command key of a Mac as well. */
export interface Pressed {
  readonly key: string
  readonly control: boolean
  readonly shift: boolean
  readonly alt: boolean
}

/** Whether a key was pressed that is written as in `aria-keyshortcuts`: `Control+Shift+Z`, `[`. */
export function isPressed(written: string, { key, control, shift, alt }: Pressed): boolean {
  const parts = written.split('+')
  const wanted = parts.at(-1) ?? ''
  if (alt || control !== parts.includes('Control') || key.toLowerCase() !== wanted.toLowerCase()) return false
  // A sign such as ? needs Shift on some keyboards and none on others.
  return !control || shift === parts.includes('Shift')
}

/**
 * The command that a key stands for now.
 * @param inField a text is being written, or a dialog is open: only keys that work everywhere count
 */
export function commandFor(pressed: Pressed, state: AppState, inField: boolean): Command | undefined {
  // A presentation has keys of its own.
  if (state.place === 'present') return undefined
  return KEYED.find((command) => {
    const hit = (command.keys ?? []).some((written) => isPressed(written, pressed))
    return hit && (!inField || (command.everywhere === true && pressed.control)) && command.applies(state)
  })
}

/** A key as people read it: `Ctrl Shift Z`. */
export function keyWords(written: string): string {
  return written.replace('Control', 'Ctrl').replaceAll('+', ' ')
}
