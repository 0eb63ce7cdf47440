import type { Boot } from '../../sim/machine.ts'
import { bootWords } from '../../scenario/document/boot.ts'
import { store } from '../store/store.ts'

/** Boots the machine with other options, does all steps again and says so. */
export function bootWith(boot: Boot): void {
  const { setBoot, run, toast } = store.getState()
  setBoot(boot)
  const { length } = run.steps
  const steps = length === 0 ? '' : length === 1 ? ', and did the step again' : `, and did the ${length} steps again`
  toast('info', `Booted anew with ${bootWords(boot).join(' ')}${steps}.`)
}
