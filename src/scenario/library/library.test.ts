import { describe, expect, test } from 'vitest'
import { LIBRARY, START } from './index.ts'
import { CHAPTERS } from './define.ts'
import { answer, answers, play } from '../script/play.test-helper.ts'
import { machineOf, readScenario, setupOf, type Scenario } from '../document/scenario.ts'
import { printOpLine } from '../../sim/op-line.ts'
import { judge } from '../../sim/isolation.ts'
import { linux510 } from '../../sim/kernels/linux-5.10/index.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { succeeded } from '../../sim/result.ts'
import { machineById } from '../../machines/index.ts'

function runOf(scenario: Scenario): Run {
  const machine = machineOf(scenario, machineById)
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error('no such machine or kernel')
  return replay(kernel, setupOf(scenario, machine), scenario.ops)
}

test('ids differ, and the shelves are in order', () => {
  const ids = LIBRARY.map((entry) => entry.id)
  expect(new Set(ids).size).toBe(ids.length)
  const chapters = LIBRARY.map((entry) => CHAPTERS.indexOf(entry.chapter))
  expect(chapters).toEqual(chapters.toSorted((a, b) => a - b))
  expect(new Set(chapters).size).toBe(CHAPTERS.length)
})

describe.each(LIBRARY.map((entry) => [entry.id, entry] as const))(
  '%s',
  (_, { title, summary, scenario, expect: end }) => {
    test('is a document without faults, with a title, a summary and words', () => {
      expect(readScenario(scenario, machineById)).toEqual({ ok: true, scenario })
      expect(title).not.toBe('')
      expect(summary).toMatch(/[.?]$/)
      expect(Object.keys(scenario.notes ?? {}).length).toBeGreaterThan(0)
    })

    test('every step gives the promised answer', () => {
      const run = runOf(scenario)
      const lines = run.steps.map((step, index) => `${index + 1} ${step.op.op}: ${answer(step.result)}`)
      const promised = scenario.ops.map((op, index) => `${index + 1} ${op.op}: ${end.answers?.[index + 1] ?? 'ok'}`)
      expect(lines).toEqual(promised)
      const values = run.steps.map(({ result }, index) => [index + 1, succeeded(result) ? result.value : undefined])
      for (const [step, value] of Object.entries(end.values ?? {}))
        expect(values[Number(step) - 1]).toEqual([Number(step), value])
      const probes = scenario.ops.flatMap(({ op }, index) => (op === 'dma_probe' ? [index + 1] : []))
      expect(Object.keys(end.values ?? {}).map(Number)).toEqual(expect.arrayContaining(probes))
      const released = run.steps.flatMap((step, index) =>
        step.completes.map((done) => `${index + 1} lets ${done.step + 1} return: ${answer(done.result)}`),
      )
      const promisedReleases = Object.entries(end.completes ?? {}).flatMap(([step, waiting]) =>
        waiting.map((blocked) => `${step} lets ${blocked} return: ok`),
      )
      expect(released).toEqual(promisedReleases)
    })

    test('groups are as viable and as isolated as promised', () => {
      const run = runOf(scenario)
      const found: string[] = []
      const promised: string[] = []
      for (const [step, groups] of Object.entries(end.groups)) {
        expect(Number(step)).toBeLessThanOrEqual(scenario.ops.length)
        const snapshot = run.snapshotAt(Number(step))
        const verdicts = judge(run.world, snapshot)
        for (const [id, { viable, isolation }] of Object.entries(groups)) {
          const index = run.world.groupIndex.get(Number(id))
          const view = snapshot.groups.find((group) => group.group === index)
          const judged = verdicts.find((group) => group.group === index)
          found.push(`after ${step}, group ${id}: viable ${view?.viable}, ${judged?.verdict}`)
          promised.push(`after ${step}, group ${id}: viable ${viable}, ${isolation}`)
        }
      }
      expect(found).toEqual(promised)
    })
  },
)

test('the first visit is one operation away from the BUG_ON', () => {
  const setup = START.ops.map(printOpLine).join('\n')
  const machine = machineOf(START, machineById)
  if (machine === undefined) throw new Error('no machine')
  const said = answers(play(linux510, machine, `${setup}\nbind 01:00.0 e1000e`, START))
  expect(said).toBe(`${'ok '.repeat(START.ops.length)}bug`)
  expect(START.cursor).toBe(START.ops.length)
})

test('the first visit is the scenario of that name', () => {
  expect(START).toEqual(LIBRARY.find(({ id }) => id === 'start')?.scenario)
})
