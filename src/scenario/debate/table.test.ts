import { describe, expect, test } from 'vitest'
import { wireContext } from '../../sim/iommu/landing.ts'
import { OPEN_POINTS } from '../../explain/ioasid-open-points.ts'
import { machineById } from '../../machines/index.ts'
import { replay } from '../../sim/replay.ts'
import type { Op } from '../../sim/op.ts'
import { contextWord } from '../condition/context-word.ts'
import { DEBATE_COLUMNS, DEBATE_QUESTIONS, type ColumnId } from './index.ts'
import { debateRows, differencesOf, resultWord, type DebateAnswer } from './answer.ts'
import { parseOps } from '../script/script.ts'

/**
 * The specification's own table, written down a second time and apart from the answers that the page shows: for each
 * question and column the answer, who refuses, where the DMA of each device goes (`x!y`: the kernel believes y) and which
 * can be used. `=` repeats the column before it; `-` has no way to ask.
 */
const TABLE = `
      | linux-5.10               | linux-6.1                     | linux-6.12-iommufd           | ioasid-t                     | ioasid-g                       | ioasid-w
1a    | dd dd --                 | =                             | =                            | =                            | =                              | =
1b    | ok dd dd --              | =                             | =                            | ok dd block --               | ok dd dd --                    | =
1c    | EINVAL VFIO c c --       | EPERM IOMMU core dd dd --     | =                            | EPERM VFIO dd block --       | EPERM /dev/iommu dd dd --      | =
1d    | ok dd dd --              | =                             | =                            | ok block block --            | ok dd dd --                    | =
1e    | ok c c -+                | =                             | ok block block -+            | =                            | =                              | =
2a    | EINVAL VFIO dd dd --     | EINVAL VFIO block block --    | ok block block ++            | =                            | =                              | =
2b    | ok c c ++                | =                             | ok A A ++                    | =                            | =                              | =
2c    | EBUSY VFIO c c ++        | =                             | ok A A ++                    | ok A block ++                | =                              | =
2d    | ok c c +-                | =                             | ok A A +-                    | ok A block ++                | ok A block +-                  | =
2e    | ok c c +-                | =                             | ok A A +-                    | ok A block +-                | =                              | =
2f    | bug VFIO c c +-          | EBUSY IOMMU core c c +-       | EBUSY IOMMU core A A +-      | bug VFIO A dd +-             | bug /dev/iommu A block +-      | =
3a    | ok c c ++                | =                             | ok A A ++                    | =                            | =                              | =
3b    | EBUSY VFIO c c ++        | =                             | ok A A ++                    | ok block!A block ++          | ok A A ++                      | =
3c    | EINVAL VFIO c c ++       | =                             | EINVAL /dev/iommu A A ++     | ok B!A B ++                  | EINVAL /dev/iommu A A ++       | =
abc-open-a   | ok c1 c1 c1 +--   | =                             | ok dd dd dd ---              | ok block block block +--     | ok dd dd dd ---                | ok block block block +--
abc-open-b   | EBUSY VFIO c1 c1 c1 +-- | =                       | ok dd dd dd ---              | ok block block block ++-     | ok dd dd dd ---                | EBUSY VFIO block block block +--
abc-bind-a   | -                 | -                             | ok block block block +--     | ok block block block ++-     | ok block block block +--       | block block block +--
abc-bind-b   | -                 | -                             | EPERM IOMMU core block block block +-- | ok block block block ++- | EPERM /dev/iommu block block block +-- | -
abc-attach-a | -                 | -                             | ok s1 s1 s1 +--              | ok s1 block block ++-        | ok s1 block block +--          | =
abc-open-c   | ok c1 c1 c1 +-+   | =                             | ok s1 s1 s1 +-+              | ok s1 block block +-+        | =                              | =
abc-open-c-strict | -            | -                             | -                            | EPERM VFIO s1 block block +-- | -                             | -
abc-attach-b | -                 | -                             | EINVAL VFIO s1 s1 s1 +--        | ok s1 s2 block ++-         | EINVAL /dev/iommu s1 block block +-- | -
xy-attach    | ok c c +-         | =                             | ok S S +-                    | ok S S!block +-              | ok S S +-                      | =
xy-attach-watched | ok c c +-    | =                             | ok S S +-                    | bug VFIO S S!block +-        | ok S S +-                      | =
xy-native    | ok dd dd --       | =                             | =                            | ok block block!dd --         | ok dd dd --                    | =
pt-idle      | ok id id --       | =                             | =                            | ok block block --            | ok id id --                    | =
pt-access    | ok c c -+         | =                             | ok block block -+            | =                            | =                              | =
switch-blocked | ok c c -+       | =                             | ok block block -+            | =                            | =                              | =
switch-default | ok c c -+       | =                             | ok block block -+            | =                            | =                              | =
`

interface Expected {
  readonly question: string
  readonly column: ColumnId
  readonly answer: string
}

function readTable(): Expected[] {
  const [head = '', ...lines] = TABLE.trim().split('\n')
  const columns = head
    .split('|')
    .slice(-6)
    .map((each) => each.trim())
  return lines.flatMap((line) => {
    const [question = '', ...cells] = line.split('|').map((each) => each.trim())
    let last = ''
    return cells.map((cell, at): Expected => {
      last = cell === '=' ? last : cell
      const column = DEBATE_COLUMNS.find(({ id }) => id === columns[at])
      if (column === undefined) throw new Error(`no column ${columns[at] ?? ''}`)
      return { question, column: column.id, answer: last }
    })
  })
}

function said({ decisive, refuser, devices }: DebateAnswer): string {
  const words = devices.map(({ word, belief }) => (belief === null ? word : `${word}!${belief}`))
  const access = devices.map((device) => (device.access ? '+' : '-')).join('')
  return [decisive === null ? '' : resultWord(decisive.result), refuser?.layer ?? '', ...words, access]
    .filter((part) => part !== '')
    .join(' ')
}

const rows = debateRows()

function cellAt(question: string, column: ColumnId): DebateAnswer | null {
  const at = DEBATE_COLUMNS.findIndex(({ id }) => id === column)
  return rows.find((row) => row.question.id === question)?.cells[at] ?? null
}

describe('the table of the specification', () => {
  const table = readTable()

  test('has a row for every question', () => {
    expect([...new Set(table.map(({ question }) => question))].toSorted()).toEqual(
      DEBATE_QUESTIONS.map(({ id }) => id).toSorted(),
    )
    expect(table).toHaveLength(DEBATE_QUESTIONS.length * 6)
  })

  test.each(table.map((each) => [`${each.question} under ${each.column}: ${each.answer}`, each] as const))(
    '%s',
    (_, { question, column, answer }) => {
      const cell = cellAt(question, column)
      expect(cell === null ? '-' : said(cell)).toBe(answer)
    },
  )
})

describe('what the table says beside answers', () => {
  const ops = (script: string): readonly Op[] => {
    const reading = parseOps(script.replaceAll(';', '\n'))
    if (!reading.ok) throw new Error(reading.problems.map(({ words }) => words).join())
    return reading.ops
  }

  /** A cell's run, all of it or only what leads to the question, and then something else. */
  function goOn(question: string, column: ColumnId, from: 'before' | 'after', script: string) {
    const cell = cellAt(question, column)
    if (cell === null) throw new Error(`no cell ${question} ${column}`)
    const { run, prepared } = cell
    const done = from === 'after' ? run.steps : run.steps.slice(0, prepared)
    const next = replay(run.kernel, run.world.setup, [...done.map((step) => step.op), ...ops(script)])
    const end = next.snapshotAt(next.steps.length)
    const contexts = cell.devices.map(({ bdf }) =>
      contextWord(next.world, end, wireContext(next.world, end, next.world.deviceIndex.get(bdf) ?? -1)),
    )
    return `${next.steps
      .slice(done.length)
      .map(({ result }) => resultWord(result))
      .join(' ')} ${contexts.join(' ')}`
  }

  test.each([
    // 2b: who moves with the first ATTACH; legacy moves the group in one call, before any device is open.
    ['2b', 'linux-5.10', 'before', 'set_iommu c type1v2', 'ok c c'],
    ['2b', 'linux-6.12-iommufd', 'before', 'attach d0 ioas=A', 'ok A A'],
    ['2b', 'ioasid-t', 'before', 'attach d0 ioas=A', 'ok A block'],
    ['2b', 'ioasid-g', 'before', 'attach d0 ioas=A', 'ok A block'],
    ['2b', 'ioasid-w', 'before', 'attach d0 ioas=A', 'ok A block'],
    // 2c: with 6.12 the hardware changes when f0 is detached, too.
    ['2c', 'linux-6.12-iommufd', 'after', 'detach d0', 'ok block block'],
    // 2d: under G the group stays the iommu_fd's.
    ['2d', 'ioasid-g', 'after', 'j = open_iommufd; bind_iommufd d1 j', 'ok EPERM A block'],
    ['2d', 'ioasid-t', 'after', 'j = open_iommufd; bind_iommufd d1 j', 'ok ok A block'],
    // 2e: while its file is open, the unbind waits.
    ['2c', 'linux-5.10', 'before', 'unbind 01:00.1', 'blocked c c'],
    ['2c', 'linux-6.12-iommufd', 'before', 'unbind 01:00.1', 'blocked A A'],
    ['2c', 'ioasid-t', 'before', 'unbind 01:00.1', 'blocked A A'],
    ['2c', 'ioasid-g', 'before', 'unbind 01:00.1', 'blocked A A'],
    ['2c', 'ioasid-w', 'before', 'unbind 01:00.1', 'blocked A A'],
    // 3b under T: f0 must be detached to set the record right.
    ['3b', 'ioasid-t', 'after', 'detach d0', 'ok block block'],
    // 3c with 6.12, not detached before: a replacement, which moves both.
    ['3c', 'linux-6.12-iommufd', 'before', 'attach d0 ioas=A; attach d0 ioas=B', 'ok ok B B'],
    // After 1c, what legacy VFIO pulled into the container goes home when the user leaves.
    ['1c', 'linux-5.10', 'after', 'close g', 'ok dd dd'],
    // A group of two users: under T each bound its device, and each may use it.
    ['abc-bind-b', 'ioasid-t', 'after', 'device_access a', 'ok block block block'],
  ] as const)('%s under %s, %s the question: %s → %s', (question, column, from, script, expected) => {
    expect(goOn(question, column, from, script)).toBe(expected)
  })

  test('1c with legacy VFIO: all succeeds up to the device, and QEMU would have stopped earlier', () => {
    const answers = cellAt('1c', 'linux-5.10')?.asked.map(({ op, result }) => `${op.op} ${resultWord(result)}`)
    expect(answers).toEqual([
      'open_group ok',
      'open_container ok',
      'group_set_container ok',
      'set_iommu ok',
      'group_get_device_fd EINVAL',
    ])
    const cell = cellAt('1b', 'linux-5.10')
    if (cell === null) throw new Error('no cell')
    const run = replay(cell.run.kernel, cell.run.world.setup, [
      ...cell.run.steps.map((step) => step.op),
      ...ops('g = open_group 3; group_get_status g'),
    ])
    expect(run.steps.at(-1)?.result).toMatchObject({ ok: true, value: { viable: false } })
  })

  test('1b: the group gets its file with the first vfio device', () => {
    for (const [question, node] of [
      ['1a', false],
      ['1b', true],
    ] as const) {
      const run = cellAt(question, 'linux-5.10')?.run
      const group = run?.world.groupIndex.get(3) ?? -1
      expect(run?.snapshotAt(run.steps.length).groups[group]?.node).toBe(node)
    }
  })

  test.each([
    ['1a', 2, 'drivers'],
    ['1b', 1, 'drivers'],
    ['1d', 0, 'nobody'],
    ['1e', 1, 'iommufd'],
    ['2d', 1, 'iommufd'],
  ] as const)('%s with 6.12: owner_cnt %i, of %s', (question, count, owner) => {
    const run = cellAt(question, 'linux-6.12-iommufd')?.run
    const group = run?.world.groupIndex.get(3) ?? -1
    expect(run?.snapshotAt(run.steps.length).groups[group]?.ownership).toMatchObject({ owner, count })
  })

  test.each([
    ['1c', 'linux-6.12-iommufd', 'iommu_device_claim_dma_owner'],
    // What the BUG_ON of vfio_iommu_group_notifier asks.
    ['2f', 'linux-5.10', 'vfio_group_nb_verify'],
    ['2f', 'linux-6.12-iommufd', 'iommu_device_use_default_domain'],
    ['2f', 'ioasid-t', 'vfio_iommu_group_notifier'],
    ['2f', 'ioasid-g', 'iommu_fd group notifier'],
    ['2f', 'ioasid-w', 'iommu_fd group notifier'],
    ['3c', 'linux-6.12-iommufd', 'iommufd_hw_pagetable_attach'],
  ] as const)('%s under %s is refused in %s', (question, column, fn) => {
    expect(cellAt(question, column)?.refuser?.fn).toBe(fn)
  })
})

test('what was said in mails and stands in sources is what comes out', () => {
  const differences = rows.flatMap(({ question, cells }) =>
    cells.flatMap((cell) =>
      cell === null ? [] : differencesOf(cell).map((part) => `${question.id} ${cell.column.id}: ${part}`),
    ),
  )
  expect(differences).toEqual([])
})

test('every question has its words, devices that its machine has, and answers with a source', () => {
  for (const { id, title, question, mail, machine, devices, said: given } of DEBATE_QUESTIONS) {
    expect([title, question, mail.message], id).not.toContain('')
    expect(question, id).toMatch(/[.?]$/)
    const bdfs = machineById(machine)?.devices.map(({ bdf }) => bdf) ?? []
    expect(devices.length, id).toBeGreaterThan(1)
    expect(
      devices.filter(({ label, bdf }) => label === '' || !bdfs.includes(bdf)),
      id,
    ).toEqual([])
    for (const { basis } of Object.values(given)) {
      if (basis.kind === 'open') expect(OPEN_POINTS[basis.point], id).toBeDefined()
    }
  }
})

test('every question of the walk-through has an answer that was given, in every column but lockstep', () => {
  const missing = DEBATE_QUESTIONS.filter(({ id }) => /^\d/.test(id)).flatMap(({ id, said: given }) =>
    DEBATE_COLUMNS.filter((column) => column.id !== 'ioasid-w-lockstep' && given[column.id] === undefined).map(
      (column) => `${id} ${column.id}`,
    ),
  )
  expect(missing).toEqual([])
})
