import { followAddress, pushPlaces } from './address.ts'
import { announceSelection, announceSteps } from './announce.ts'
import { focusCanvas, keepFocus } from './focus.ts'
import { keepRun } from './keep.ts'
import { hearKeys } from './keys.ts'
import { applyTheme } from './theme.ts'

const EFFECTS = [
  applyTheme,
  pushPlaces,
  followAddress,
  keepRun,
  announceSteps,
  announceSelection,
  focusCanvas,
  keepFocus,
  hearKeys,
]

/** Everything between the store and the browser but the picture itself. Runs as long as the page. */
export function startEffects(): void {
  for (const start of EFFECTS) start()
}
