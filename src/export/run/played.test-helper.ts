import { machineOf, setupOf, type Scenario } from '../../scenario/document/scenario.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay } from '../../sim/replay.ts'
import type { PlayedRun } from './exported.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import { FORMS, type FormId } from './forms.ts'

export const LINK = 'https://example.org/play/#1.abc'

/** A scenario replayed, with an address. */
export function played(scenario: Scenario): PlayedRun {
  const machine = machineOf(scenario)
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error('its machine or kernel is not simulated')
  return { scenario, run: replay(kernel, setupOf(scenario, machine), scenario.ops), link: LINK }
}

/** A scenario in a form; where it has none, the reason behind `refused:`. */
export function made(form: FormId, scenario: Scenario): string {
  const exported = FORMS[form].make(played(scenario))
  return exported.ok ? exported.text : `refused: ${exported.words}`
}

/** A scenario that ships. */
export function shipped(id: string): Scenario {
  const found = LIBRARY.find((each) => each.id === id)
  if (found === undefined) throw new Error(`there is no scenario ${id}`)
  return found.scenario
}
