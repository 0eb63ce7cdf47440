import { describe, expect, test } from 'vitest'
import { plain, shortBdf } from '../explain/words.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { replay } from '../sim/replay.ts'
import { succeeded } from '../sim/result.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'
import { adviceFor } from './advice.ts'
import { bindingOps, canRun, guestOps, machineAfterBoot, planOf } from './plan.ts'
import { SITUATIONS } from './situations.test-helper.ts'
import { adviceWords } from './words.ts'

describe.each(SITUATIONS.map((each) => [each.number, each.name, each] as const))('situation %i: %s', (_, __, each) => {
  const imported = importListing(each.text)
  const machine = machineFromImport(imported, 'x')
  const before = imported.alternatives?.['before']
  const advice = adviceFor(machine, `0000:${each.device}`, before === undefined ? {} : { before })
  if (advice === null) throw new Error('no such device')
  const plan = planOf(advice)

  test('the verdict and its causes', () => {
    expect(advice.verdict).toBe(each.verdict)
    expect(advice.causes.map(({ code }) => code)).toEqual(expect.arrayContaining([...each.causes]))
    expect(advice.alternatives.map(({ code }) => code)).toEqual(expect.arrayContaining([...each.alternatives]))
    if (each.alternatives.length === 0) expect(advice.alternatives).toEqual([])
  })

  test('the words', () => {
    const words = adviceWords(advice, 'linux-6.1')
    const text = [
      words.title,
      plain(words.answer),
      ...words.causes.map(plain),
      ...words.members.map(({ need, why }) => `${need}: ${plain(why)}`),
      ...words.losses.map(plain),
      ...words.alternatives.map((alternative) => `${alternative.title}: ${plain(alternative.words)}`),
      ...words.notes.map(plain),
    ].join('\n')
    for (const pattern of each.says) expect(text).toMatch(pattern)
    expect(text).not.toMatch(/undefined|\[object|null|\?\?/)
  })

  test('the plan', () => {
    expect(plan?.bind.map(({ bdf }) => shortBdf(bdf))).toEqual(each.binds)
    expect(plan?.guest[0]?.bdf).toBe(`0000:${each.device}`)
  })

  test.each(KERNELS.filter(canRun).map((kernel) => [kernel.id, kernel] as const))(
    'its commands end with device files in hand: %s',
    (___, kernel) => {
      if (plan === null) throw new Error('no plan')
      const processes = [{ name: 'qemu', user: 'root' }]
      const ways = [
        { machine, ops: [...bindingOps(plan), ...guestOps(plan, kernel)] },
        { machine: machineAfterBoot(machine, plan), ops: guestOps(plan, kernel) },
      ]
      for (const way of ways) {
        const run = replay(kernel, { machine: way.machine, boot: { iommu: 'nopt' }, processes }, way.ops)
        for (const { op, result } of run.steps) expect([op, succeeded(result)]).toEqual([op, true])
        const files = run.snapshotAt(way.ops.length).fds.filter(({ kind }) => kind === 'device' || kind === 'cdev')
        expect(files.map(({ object }) => machine.devices[object]?.bdf)).toEqual(plan.guest.map(({ bdf }) => bdf))
        expect(files.some(({ access }) => access === false)).toBe(false)
      }
    },
  )
})
