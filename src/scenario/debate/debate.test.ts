import { describe, expect, test } from 'vitest'
import { policyOptionsOf } from '../../explain/ioasid-open-points.ts'
import { wordsOf } from '../../explain/registry.ts'
import { CHAPTERS, DEBATE_COLUMNS, debateQuestionById, DEBATE_QUESTIONS, type ColumnId } from './index.ts'
import {
  availableColumns,
  debateAnswer,
  differencesOf,
  DEBATE_OPTIONS,
  debateRows,
  resultWord,
  sameAnswer,
  type DebateAnswer,
} from './answer.ts'
import { basisWords } from './words.ts'
import { readScenario } from '../document/read.ts'
import type { PolicyOptions } from '../../sim/machine.ts'

const rows = debateRows()
const cells = rows.flatMap((row) => row.cells.filter((cell) => cell !== null))

/** A cell in a line: `EPERM VFIO | dd block | --`, with `!` where the kernel believes otherwise. */
function line({ decisive, refuser, devices }: DebateAnswer): string {
  const by = refuser === null ? '' : ` ${refuser.layer}`
  const contexts = devices.map(({ word, belief }) => (belief === null ? word : `${word}(!${belief})`)).join(' ')
  const access = devices.map((device) => (device.access ? '+' : '-')).join('')
  return `${decisive === null ? '' : resultWord(decisive.result)}${by} | ${contexts} | ${access}`
}

test('every kernel of the debate is simulated', () => expect(availableColumns()).toEqual(DEBATE_COLUMNS))

test('ids differ, and every question can be put to the three proposals and two real interfaces, but where none was', () => {
  expect(new Set(DEBATE_QUESTIONS.map(({ id }) => id)).size).toBe(DEBATE_QUESTIONS.length)
  const partly = DEBATE_QUESTIONS.filter(({ asked }) => Object.keys(asked).length < 5).map(({ id }) => id)
  expect(partly).toEqual(['abc-bind-a', 'abc-bind-b', 'abc-attach-a', 'abc-open-c-strict', 'abc-attach-b'])
})

test('they come in chapters, and are found by id', () => {
  const chapters = DEBATE_QUESTIONS.map(({ chapter }) => CHAPTERS.indexOf(chapter))
  expect(chapters).toEqual(chapters.toSorted((a, b) => a - b))
  expect(new Set(chapters).size).toBe(CHAPTERS.length)
  expect(debateQuestionById('3c')?.title).toBe('One goes to another address space')
  expect(debateQuestionById('4a')).toBeUndefined()
})

describe('cells', () => {
  test.each(cells.map((cell) => [`${cell.question.id} under ${cell.column.id}`, cell] as const))('%s', (_, cell) => {
    // What leads to the situation works, and the whole is a document that can be opened.
    expect(cell.run.steps.slice(0, cell.prepared).filter(({ result }) => resultWord(result) !== 'ok').length).toBe(
      cell.question.id === 'abc-attach-b' && cell.column.id !== 'ioasid-t' && cell.column.id !== 'ioasid-w-lockstep'
        ? 1
        : 0,
    )
    expect(readScenario(cell.scenario)).toEqual({ ok: true, scenario: cell.scenario })
    expect(differencesOf(cell).map((part) => `${part}: ${line(cell)}`)).toEqual([])
    if (cell.said?.by !== undefined && wordsOf(cell.column.kernel).version !== '') expect(cell.refuser).not.toBeNull()
  })
})

function cellAt(question: string, column: ColumnId): DebateAnswer {
  const found = cells.find((cell) => cell.question.id === question && cell.column.id === column)
  if (found === undefined) throw new Error(`no cell ${question} ${column}`)
  return found
}

/** Rules of isolation that a cell breaks, and wrong beliefs; structure (`RID`, `P2P`) left out. */
function rulesAt(question: string, column: ColumnId): string {
  return cellAt(question, column)
    .rules.filter((rule) => rule !== 'RID' && rule !== 'P2P')
    .toSorted()
    .join(' ')
}

describe('isolation, as the specification says', () => {
  test.each([
    // 1c: legacy VFIO pulls f0 of the host into the user's domain.
    ['1c', 'linux-5.10', 'V3'],
    ['1c', 'linux-6.1', 'V1'],
    ['1c', 'ioasid-t', ''],
    // 2f: the BUG comes when the harm is done.
    ['2f', 'linux-5.10', 'V2 V3'],
    ['2f', 'linux-6.1', ''],
    ['2f', 'linux-6.12-iommufd', ''],
    ['2f', 'ioasid-t', 'V2'],
    ['2f', 'ioasid-g', 'V2'],
    ['2f', 'ioasid-w', 'V2'],
    // 3b, 3c: with T, records and hardware come apart.
    ['3a', 'ioasid-t', ''],
    ['3b', 'ioasid-t', 'B'],
    ['3c', 'ioasid-t', 'B'],
    ['3b', 'ioasid-g', ''],
    ['3c', 'ioasid-w', ''],
    ['3c', 'linux-6.12-iommufd', ''],
    // Two users in one group.
    ['abc-open-a', 'ioasid-t', ''],
    ['abc-open-b', 'ioasid-t', 'V2'],
    ['abc-bind-b', 'ioasid-t', 'V2'],
    ['abc-attach-b', 'ioasid-t', 'V2'],
    ['abc-bind-b', 'ioasid-g', ''],
    ['abc-open-b', 'ioasid-w', ''],
    ['abc-bind-b', 'linux-6.12-iommufd', ''],
    // An alias.
    ['xy-attach', 'ioasid-t', 'B'],
    ['xy-attach', 'ioasid-g', ''],
    ['xy-attach', 'linux-5.10', ''],
    ['xy-native', 'ioasid-t', 'B'],
    // Viable is not isolated, but where idle devices are blocked.
    ['pt-idle', 'linux-5.10', 'V1'],
    ['pt-idle', 'linux-6.12-iommufd', 'V1'],
    ['pt-idle', 'ioasid-t', ''],
    ['pt-idle', 'ioasid-g', 'V1'],
    ['pt-access', 'linux-5.10', ''],
    ['pt-access', 'ioasid-g', ''],
    ['pt-access', 'ioasid-w', ''],
  ] as const)('%s under %s: %s', (question, column, rules) => expect(rulesAt(question, column)).toBe(rules))
})

describe('within a call', () => {
  test.each([
    ['switch-blocked', 'ioasid-t', false],
    ['switch-blocked', 'ioasid-g', false],
    ['switch-blocked', 'ioasid-w', false],
    ['switch-default', 'ioasid-t', true],
    ['switch-default', 'ioasid-g', true],
    ['switch-default', 'ioasid-w', true],
    // Access is revoked before the switch.
    ['switch-default', 'ioasid-w-lockstep', false],
    // No device is open while the group passes through its default domain.
    ['switch-default', 'linux-5.10', false],
    ['switch-default', 'linux-6.12-iommufd', false],
  ] as const)('%s under %s: a moment that can be exploited: %s', (question, column, exposed) => {
    expect(cellAt(question, column).exposedMeanwhile).toBe(exposed)
    // What is only true for a moment does not show in the end.
    expect(cellAt(question, column).verdict).toBe('isolated')
  })
})

test('where nobody said anything, a cell says so', () => {
  expect(cellAt('1a', 'ioasid-w-lockstep').agreement).toBe('silent')
  expect(cells.filter((cell) => cell.said === null).every((cell) => cell.agreement === 'silent')).toBe(true)
})

test('a cell that is not as was said differs, and says in what', () => {
  const cell = cellAt('3c', 'ioasid-g')
  const said = { result: 'ok', by: 'VFIO', contexts: ['B', 'B'], access: '--', basis: { kind: 'source' } } as const
  expect(differencesOf({ ...cell, said })).toEqual(['result', 'by', 'contexts', 'access'])
})

test('references can be read', () => {
  const words = [...new Set(cells.flatMap((cell) => (cell.said === null ? [] : [basisWords(cell.said.basis)])))]
  expect(words).toContain('Tian, 17 June 2021.')
  expect(words.filter((text) => !/[.]$/.test(text) || /undefined| {2}/.test(text))).toEqual([])
})

describe('choices on the open points', () => {
  /** Cells that a choice changes, `3c ioasid-g`. */
  const changedBy = (policy: PolicyOptions): string[] =>
    debateRows(DEBATE_QUESTIONS, DEBATE_COLUMNS, policy).flatMap(({ question, cells: chosen }, row) =>
      chosen.flatMap((cell, at) =>
        sameAnswer(cell, rows[row]?.cells[at] ?? null) ? [] : [`${question.id} ${DEBATE_COLUMNS[at]?.id ?? ''}`],
      ),
    )

  test('none is the default, and what says the default is none', () => {
    expect(changedBy({})).toEqual([])
    expect(changedBy({ switchGap: 'blocked', denyProbe: false })).toEqual([])
  })

  test.each([
    [{ strictBlock: true }, 'abc-open-c ioasid-t', '2f ioasid-t'],
    [{ notifyOnBlockChange: true }, 'xy-attach ioasid-t', 'xy-attach ioasid-g'],
    [{ singletonOnly: true }, '1e ioasid-g', '1e ioasid-w'],
    [{ denyProbe: true }, '2f ioasid-g', '2f ioasid-t'],
    [{ switchGap: 'viaDefault' }, 'switch-blocked ioasid-w', 'switch-blocked linux-6.12-iommufd'],
  ] as const)('%o changes %s, and not %s', (policy, one, other) => {
    const changed = changedBy(policy)
    expect(changed).toContain(one)
    expect(changed).not.toContain(other)
    // Only columns that look at it.
    const [name] = DEBATE_OPTIONS.filter((option) => option in policy)
    const looking = DEBATE_COLUMNS.filter((c) => policyOptionsOf(c.kernel, c.policy).some((option) => option === name))
    const columns = new Set(changed.map((cell) => cell.split(' ')[1]))
    expect([...columns].filter((column) => !looking.some(({ id }) => id === column))).toEqual([])
  })

  test('a question that is about one of them keeps its own', () => {
    const [row] = debateRows(
      DEBATE_QUESTIONS.filter(({ id }) => id === 'switch-default'),
      DEBATE_COLUMNS,
      { switchGap: 'none' },
    )
    expect(row?.cells.flatMap((cell) => cell?.scenario.boot.policy?.switchGap ?? [])).toEqual(
      DEBATE_COLUMNS.map(() => 'viaDefault'),
    )
  })

  test('a kernel that does not look at an option answers as without it', () => {
    for (const { id, kernel, policy } of DEBATE_COLUMNS) {
      for (const name of DEBATE_OPTIONS) {
        if (policyOptionsOf(kernel, policy).includes(name)) continue
        const setting: PolicyOptions = { ...policy, [name]: name === 'switchGap' ? 'viaDefault' : true }
        const forced = DEBATE_QUESTIONS.flatMap((question) => {
          const cell = debateAnswer(question, {
            id,
            kernel,
            family: DEBATE_COLUMNS.find((c) => c.id === id)?.family ?? 'groups',
            policy: setting,
          })
          return sameAnswer(cell, cells.find((one) => one.question === question && one.column.id === id) ?? null)
            ? []
            : [question.id]
        })
        // The questions about the option itself force it anyway.
        expect(forced).toEqual([])
      }
    }
  })
})
