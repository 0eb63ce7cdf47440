import { describe, expect, test } from 'vitest'
import { LIBRARY, START } from './index.ts'
import { CHAPTERS } from './define.ts'
import { answerOf, momentOf, readCondition } from '../condition/moment.ts'
import { atomsOf, parseCondition, type Formula } from '../condition/parse.ts'
import { printCondition } from '../condition/print.ts'
import { answers, play } from '../script/play.test-helper.ts'
import { readScenario } from '../document/read.ts'
import { machineOf, setupOf, type Scenario } from '../document/scenario.ts'
import { printOpLine } from '../../sim/op-line.ts'
import { linux510 } from '../../sim/kernels/linux-5.10/index.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay, type Run } from '../../sim/replay.ts'

function runOf(scenario: Scenario): Run {
  const machine = machineOf(scenario)
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error('no such machine or kernel')
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}

test('ids differ, and the shelves are in order', () => {
  const ids = LIBRARY.map((entry) => entry.id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.filter((id) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id))).toEqual([])
  const chapters = LIBRARY.map((entry) => CHAPTERS.indexOf(entry.chapter))
  expect(chapters).toEqual(chapters.toSorted((a, b) => a - b))
  expect(new Set(chapters).size).toBe(CHAPTERS.length)
})

describe.each(LIBRARY.map((entry) => [entry.id, entry] as const))(
  '%s',
  (_, { title, summary, scenario, expect: promised }) => {
    test('is a document without faults, with a title, a summary and words', () => {
      expect(readScenario(scenario)).toEqual({ ok: true, scenario })
      expect(title).not.toBe('')
      expect(summary).toMatch(/[.?]$/)
      expect(Object.keys(scenario.notes ?? {}).length).toBeGreaterThan(0)
    })

    test('every step does what is promised', () => {
      const run = runOf(scenario)
      for (const [step, condition] of Object.entries(promised)) {
        const reading = readCondition(condition, run.world, { named: true })
        if (!reading.ok) throw new Error(`${condition}: column ${reading.column}: ${reading.words}`)
        expect(Number(step)).toBeLessThanOrEqual(run.steps.length)
        for (const part of partsOf(reading.condition.formula)) {
          expect(holds(part, run, Number(step)), `after ${step}: ${part}`).toBe(true)
        }
      }
    })

    test('of a step of which nothing is said, nothing but success comes', () => {
      for (const [index, step] of runOf(scenario).steps.entries()) {
        const said = termsIn(promised[index + 1])
        const where = `step ${index + 1}, ${step.op.op}`
        if (!said.some((term) => ['errno', 'blocked', 'bug'].includes(term))) {
          expect(answerOf(step.result), where).toBe('ok')
        }
        for (const { result } of step.completes) {
          expect(answerOf(result), where).toBe('bug' in result && said.includes('bug') ? 'BUG' : 'ok')
        }
        if (step.op.op === 'dma_probe') expect(said, where).toContain('returned')
        expect(step.completes, where).toHaveLength(said.filter((term) => term === 'releases').length)
      }
    })
  },
)

/** The terms of what is promised after a step. */
function termsIn(condition: string | undefined): string[] {
  const reading = parseCondition(condition ?? '')
  return reading.ok ? atomsOf(reading.formula).map(({ term }) => term) : []
}

/** What is promised part by part, so that a fault names the one that does not hold. */
function partsOf(formula: Formula): string[] {
  return formula.kind === 'and' ? formula.parts.flatMap(partsOf) : [printCondition(formula)]
}

function holds(condition: string, run: Run, step: number): boolean {
  const reading = readCondition(condition, run.world)
  return reading.ok && reading.condition.holds(momentOf(run, step))
}

test('the first visit is one operation away from the BUG_ON', () => {
  const setup = START.ops.map(printOpLine).join('\n')
  const machine = machineOf(START)
  if (machine === undefined) throw new Error('no machine')
  const said = answers(play(linux510, machine, `${setup}\nbind 01:00.0 e1000e`, START))
  expect(said).toBe(`${'ok '.repeat(START.ops.length)}bug`)
  expect(START.cursor).toBe(START.ops.length)
})

test('the first visit is the scenario of that name', () => {
  expect(START).toEqual(LIBRARY.find(({ id }) => id === 'start')?.scenario)
})
