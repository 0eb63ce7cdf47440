/** The scenarios of the library under every kernel. */
import { describe, expect, test } from 'vitest'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { Machine } from '../../sim/machine.ts'
import { replay } from '../../sim/replay.ts'
import { compare, scenarioAt } from './compare.ts'
import { LIBRARY } from '../library/index.ts'
import { readScenario } from '../document/read.ts'
import { machineOf, setupOf, type Scenario } from '../document/scenario.ts'

function machine(scenario: Pick<Scenario, 'machine'>): Machine {
  const found = machineOf(scenario)
  if (found === undefined) throw new Error('the machine does not ship')
  return found
}

describe('the scenarios that ship, under every kernel', () => {
  test.each(LIBRARY.map((entry) => [entry.id, entry.scenario] as const))('%s', (_, scenario) => {
    const setup = setupOf(scenario, machine(scenario))
    const comparison = compare(KERNELS, setup, scenario.ops)
    expect(comparison.rows).toHaveLength(scenario.ops.length)
    for (const column of comparison.columns) {
      // The kernel that the scenario was written for is asked what it says.
      if (column.kernel.id === scenario.kernel) {
        expect(column.cells.every(({ translation }) => translation.kind === 'same')).toBe(true)
      }
      column.cells.forEach((cell, row) => {
        expect(cell.from).toBe(column.cells[row - 1]?.to ?? 0)
        const opened = scenarioAt(scenario, column, row)
        const reading = readScenario(JSON.parse(JSON.stringify(opened)))
        expect(reading).toEqual({ ok: true, scenario: opened })
        if (cell.result === undefined) return
        const run = replay(column.kernel, setupOf(opened, machine(opened)), opened.ops)
        expect(run.steps[opened.cursor - 1]?.result).toEqual(cell.result)
      })
    }
  })
})
