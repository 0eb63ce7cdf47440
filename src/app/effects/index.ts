import { followAddress, pushPlaces } from './address.ts'
import { announceSteps } from './announce.ts'
import { focusCanvas } from './focus.ts'
import { keepRun } from './keep.ts'
import { hearKeys } from './keys.ts'
import { applyTheme } from './theme.ts'

/** Everything between the store and the browser but the picture itself. Runs as long as the page. */
export function startEffects(): void {
  for (const start of [applyTheme, pushPlaces, followAddress, keepRun, announceSteps, focusCanvas, hearKeys]) start()
}
