import { describe, expect, test } from 'vitest'
import fc from 'fast-check'
import { alphabetFor, walkOps } from '../../sim/kernels/walk.test-helper.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { LIBRARY } from '../library/index.ts'
import { questionOf } from './prediction.ts'
import { machineOf, setupOf, type Prediction, type Scenario } from '../document/scenario.ts'
import { machineById } from '../../machines/index.ts'

function runOf(scenario: Scenario): Run {
  const kernel = kernelById(scenario.kernel)
  const machine = machineOf(scenario)
  if (kernel === undefined || machine === undefined) throw new Error('runs on nothing that ships')
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}

function runOfLibrary(id: string): Run {
  const entry = LIBRARY.find((one) => one.id === id)
  if (entry === undefined) throw new Error(`no scenario ${id}`)
  return runOf(entry.scenario)
}

/** The choices in a line, the right one in brackets. */
function line(run: Run, step: number, prediction: Prediction): string {
  const { choices, right } = questionOf(run, step, prediction)
  return choices.map(({ key }) => (key === right ? `[${key}]` : key)).join(' ')
}

describe('choices come from the replay', () => {
  const bug = runOfLibrary('bug-set-container')
  const last = bug.steps.length
  test.each<[string, Run, number, Prediction, string]>([
    ['other kernels give what is plausible', bug, last, { about: 'answer' }, 'ok EBUSY EINVAL [BUG]'],
    ['what is usual fills up', bug, 1, { about: 'answer' }, '[ok] EBUSY EINVAL EPERM'],
    ['a group', bug, last, { about: 'viable', group: '3' }, 'viable [not-viable]'],
    ['the judge', bug, last, { about: 'isolated', group: '3' }, 'isolated [not-isolated] host'],
    ['DMA', bug, last, { about: 'dma', device: '0000:01:00.1' }, 'block [dd]'],
  ])('%s', (_, run, step, prediction, expected) => {
    expect(line(run, step, prediction)).toBe(expected)
  })

  test('words of one’s own take the place of the usual ones', () => {
    expect(questionOf(bug, 1, { about: 'answer' }).words).toBe('What does the kernel answer?')
    expect(questionOf(bug, 1, { about: 'answer', question: 'Well?' }).words).toBe('Well?')
    expect(questionOf(bug, 1, { about: 'dma', device: '0000:01:00.1' }).words).toBe(
      'Where does DMA of 01:00.1 go then?',
    )
  })
})

test('whatever is asked of whichever run, the right answer is among different choices', () => {
  const machine = machineById('dual-e1000e')
  if (machine === undefined) throw new Error('no machine')
  const processes = [
    { name: 'p', user: 'root' },
    { name: 'q', user: 'alice' },
  ]
  fc.assert(
    fc.property(
      fc.constantFrom(...KERNELS),
      fc.constantFrom('nopt' as const, 'pt' as const),
      fc.nat(1000),
      (kernel, iommu, seed) => {
        const setup = { machine, boot: { iommu }, processes }
        const ops = walkOps(alphabetFor(setup, kernel.abi, ['g1', 'c1', 'd1', 'd2', 'i1', 'a1', 'a2']), 60, seed)
        const run = replay(kernel, setup, ops)
        const device = '0000:01:00.0'
        const predictions: Prediction[] = [
          { about: 'answer' },
          { about: 'viable', group: '3' },
          { about: 'isolated', group: '3' },
          { about: 'dma', device },
        ]
        for (const prediction of predictions) {
          for (const step of [1, 20, 40, 60]) {
            const { choices, right } = questionOf(run, step, prediction)
            const keys = choices.map(({ key }) => key)
            expect(keys).toContain(right)
            expect(new Set(keys).size).toBe(keys.length)
            expect(new Set(choices.map(({ words }) => words)).size).toBe(keys.length)
            expect(keys.length).toBeGreaterThan(1)
          }
        }
      },
    ),
    { numRuns: process.env['LONG_TESTS'] === '1' ? 30 : 5 },
  )
})
