/** With every release: that what people export compiles without a warning. It takes a second a program. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { machineById } from '../../../machines/index.ts'
import { arbitraryOp, namesOf } from '../../../scenario/document/arbitrary.test-helper.ts'
import { LIBRARY } from '../../../scenario/library/index.ts'
import { played } from '../played.test-helper.ts'
import { compiles, HAS_GCC } from './compile.test-helper.ts'
import { cProgram } from './program.ts'

describe.skipIf(!HAS_GCC)('gcc takes without a warning', () => {
  test.each(LIBRARY.map(({ id, scenario }) => [id, scenario] as const))('%s', (_, scenario) => {
    const exported = cProgram(played(scenario))
    if (exported.ok) expect(compiles(exported.text)).toBe('')
    else expect(scenario.kernel).toMatch(/^ioasid-/)
  })

  test('runs of any operations', () => {
    const machine = machineById('dual-e1000e')
    if (machine === undefined) throw new Error('there is no such machine')
    const names = { ...namesOf(machine), processes: ['a', 'b'] }
    const [first] = LIBRARY
    if (first === undefined) throw new Error('there is no scenario')
    const processes = [
      { name: 'a', user: 'root' },
      { name: 'b', user: 'alice' },
    ]
    fc.assert(
      fc.property(fc.array(arbitraryOp(names), { maxLength: 40 }), (ops) => {
        const { notes: _notes, expects: _expects, predictions: _predictions, ...bare } = first.scenario
        const scenario = {
          ...bare,
          machine: machine.id,
          kernel: 'linux-7.3-iommufd',
          processes,
          ops,
          cursor: 0,
        } as const
        const exported = cProgram(played(scenario))
        expect(exported.ok && compiles(exported.text)).toBe('')
      }),
      { numRuns: 12 },
    )
  })
})
