import { expect, test } from 'vitest'
import { explainPath, refuser } from '../../explain/index.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { succeeded } from '../../sim/result.ts'
import { derive } from '../store/document.ts'

/** Every step of the library under every kernel, with its lines. */
const STEPS = LIBRARY.flatMap(({ scenario }) =>
  KERNELS.flatMap((kernel) => {
    const { run } = derive({ scenario: { ...scenario, kernel: kernel.id }, branches: [] })
    return run.steps.map((step, index) => {
      const told = [kernel.id, run.world, step.op, run.traceOf(index), step.result] as const
      return { result: step.result, lines: explainPath(...told), by: refuser(...told) }
    })
  }),
)

test('of a call that was refused, waits or ended the kernel, the line that is marked is the one whose reason is told', () => {
  const refused = STEPS.filter(({ by }) => by !== null)
  expect(refused.length).toBeGreaterThan(100)
  for (const { lines, by } of refused) {
    expect(lines.filter(({ decisive }) => decisive).map(({ fn }) => fn)).toEqual([by?.fn])
  }
})

test('of a call that succeeded no line is marked', () => {
  const done = STEPS.filter(({ result }) => succeeded(result))
  expect(done.length).toBeGreaterThan(100)
  expect(done.flatMap(({ lines }) => lines.filter(({ decisive }) => decisive))).toEqual([])
})
