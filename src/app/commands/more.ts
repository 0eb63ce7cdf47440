/** The rest of the table: commands without a key, which only the palette lists. It comes with the palette. */
import { KERNEL_IDS } from '../../sim/kernels/list.ts'
import { PLACE_IDS, PLACES } from '../store/places.ts'
import { kernelName } from '../ui/kernels.ts'
import { KEYED, type Command } from './commands.ts'

const always = (): boolean => true

const GO: readonly Command[] = PLACE_IDS.filter((place) => place !== 'present').map((place) => ({
  id: `place ${place}`,
  name: PLACES[place].title,
  about: PLACES[place].about,
  applies: always,
  run: (state) => state.show(place),
}))

const LENSES: readonly Command[] = (['ownership', 'topology'] as const).map((lens) => ({
  id: `lens ${lens}`,
  name: `Lens: ${lens}`,
  about: lens === 'topology' ? 'the PCI tree with ACS and groups' : 'who holds what',
  applies: always,
  run: (state) => {
    state.show('play')
    state.setLens(lens)
  },
}))

const THEMES: readonly Command[] = (['dark', 'light', 'system'] as const).map((theme) => ({
  id: `theme ${theme}`,
  name: `Theme: ${theme}`,
  about: 'colours',
  applies: always,
  run: (state) => state.setSettings({ theme }),
}))

const ON_KERNELS: readonly Command[] = KERNEL_IDS.map((id) => ({
  id: `kernel ${id}`,
  name: `Run on ${kernelName(id)}`,
  about: 'the same operations under another kernel',
  applies: (state) => state.kernel.id !== id,
  run: (state) => state.setKernel(id),
}))

/** All commands of the table, in the order in which the palette lists them. */
export const ALL_COMMANDS: readonly Command[] = [...ON_KERNELS, ...LENSES, ...THEMES, ...GO, ...KEYED]
