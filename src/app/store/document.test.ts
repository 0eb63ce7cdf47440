import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MACHINES } from '../../machines/index.ts'
import { arbitraryOp, arbitraryScenario } from '../../scenario/document/arbitrary.test-helper.ts'
import { readScenario } from '../../scenario/document/read.ts'
import { runOnDual } from '../../scenario/document/scenario.test-helper.ts'
import type { Op } from '../../sim/op.ts'
import { act, annotate, ask, moveTo, openQuestion, takeBranch, type Doc } from './document.ts'

const close = (fd: string): Op => ({ op: 'close', fd })
const scenario = runOnDual(['a', 'b', 'c', 'd', 'e'].map(close), {
  notes: { '0': 'start', '2': 'two', '5': 'five' },
  predictions: { '2': { about: 'answer' }, '4': { about: 'answer' } },
})
const doc: Doc = { scenario, branches: [] }

test('what is written about a step goes where the step goes, and comes back with it', () => {
  const acted = act(moveTo(doc, 2), [close('x')])
  expect(acted.scenario.notes).toEqual({ '0': 'start', '2': 'two' })
  expect(acted.scenario.predictions).toEqual({ '2': { about: 'answer' } })
  // The new ending is shorter, and has words of its own.
  const noted = annotate(acted, 3, 'three')
  const [branch] = noted.branches
  if (branch === undefined) throw new Error('no branch')
  const back = takeBranch(noted, branch)
  expect(back.scenario.notes).toEqual(scenario.notes)
  expect(back.scenario.predictions).toEqual(scenario.predictions)
  const [other] = back.branches
  if (other === undefined) throw new Error('no branch')
  expect(takeBranch(back, other).scenario.notes).toEqual({ '0': 'start', '2': 'two', '3': 'three' })
})

test('an ending that hung on a step which is left keeps what led to it', () => {
  const ops = (each: Doc): string => each.scenario.ops.map((op) => ('fd' in op ? op.fd : '?')).join('')
  // abcde, left at 4 for X, then at 1 for Y.
  const left = act(moveTo(act(moveTo(doc, 4), [close('X')]), 1), [close('Y')])
  expect(ops(left)).toBe('aY')
  const endings = left.branches.map((branch) => ops(takeBranch(left, branch)))
  expect(endings).toEqual(['abcde', 'abcdX'])
  const [first] = left.branches
  if (first === undefined) throw new Error('no branch')
  expect(takeBranch(left, first).scenario.notes).toEqual(scenario.notes)
})

test('notes are written, changed and taken away; what changes nothing is no edit', () => {
  expect(annotate(doc, 1, ' one\t ').scenario.notes).toEqual({ ...scenario.notes, '1': 'one' })
  expect(annotate(doc, 2, 'two ')).toBe(doc)
  expect(annotate(doc, 3, '  ')).toBe(doc)
  const bare = ['0', '2', '5'].reduce((each, step) => annotate(each, Number(step), ''), doc)
  expect('notes' in bare.scenario).toBe(false)
})

test('questions are asked, changed and withdrawn', () => {
  const asked = ask(doc, 1, { about: 'viable', group: '3' })
  expect(asked.scenario.predictions?.['1']).toEqual({ about: 'viable', group: '3' })
  expect(ask(asked, 1, { about: 'viable', group: '3' })).toBe(asked)
  expect(ask(doc, 1, null)).toBe(doc)
  const bare = ask(ask(doc, 2, null), 4, null)
  expect('predictions' in bare.scenario).toBe(false)
})

test.each([
  [0, {}, 2],
  [1, {}, 2],
  [2, {}, 4],
  [0, { '2': 'ok' }, 4],
  [0, { '2': 'ok', '4': '' }, Infinity],
  [5, {}, Infinity],
])('from step %i with answers %j, the next question is that before step %d', (cursor, answers, step) => {
  expect(openQuestion({ ...scenario, cursor }, answers)).toBe(step)
})

test('whatever is done, written and taken back, the document stays one that can be shared', () => {
  const dual = fc.constantFrom(...MACHINES.filter(({ id }) => id === 'dual-e1000e'))
  const op = arbitraryOp({ devices: ['0000:01:00.0'], groups: ['3'], kinds: ['bind', 'open_group', 'close', 'exit'] })
  const move = fc.oneof(
    fc.record({ kind: fc.constant('act' as const), ops: fc.array(op, { minLength: 1, maxLength: 3 }) }),
    fc.record({ kind: fc.constant('go' as const), to: fc.nat(12) }),
    fc.record({ kind: fc.constant('take' as const), branch: fc.nat(3) }),
    fc.record({ kind: fc.constant('write' as const), step: fc.nat(12), words: fc.string({ maxLength: 5 }) }),
    fc.record({ kind: fc.constant('ask' as const), step: fc.nat(12), off: fc.boolean() }),
  )
  fc.assert(
    fc.property(arbitraryScenario(6, dual), fc.array(move, { maxLength: 20 }), (start, moves) => {
      let now: Doc = { scenario: start, branches: [] }
      for (const each of moves) {
        const { length } = now.scenario.ops
        switch (each.kind) {
          case 'act':
            now = act(now, each.ops)
            break
          case 'go':
            now = moveTo(now, each.to)
            break
          case 'take': {
            const branch = now.branches[each.branch]
            if (branch !== undefined) now = takeBranch(now, branch)
            break
          }
          case 'write':
            if (each.step <= length) now = annotate(now, each.step, each.words)
            break
          case 'ask':
            if (each.step >= 1 && each.step <= length) now = ask(now, each.step, each.off ? null : { about: 'answer' })
            break
        }
        expect(readScenario(now.scenario)).toEqual({ ok: true, scenario: now.scenario })
      }
    }),
  )
})

test('doing what comes next anyway is no new ending, whatever the order of its keys', () => {
  const ops: readonly Op[] = [
    { op: 'open_container', as: 'c1' },
    { op: 'open_group', by: 'qemu', group: '3', as: 'g1' },
  ]
  const two = {
    ...scenario,
    processes: [
      { name: 'qemu', user: 'root' },
      { name: 'fwupd', user: 'root' },
    ],
    ops,
    cursor: 0,
  }
  const again = act({ scenario: two, branches: [] }, [
    { as: 'c1', op: 'open_container' },
    { op: 'open_group', group: '3', as: 'g1', by: 'qemu' },
  ])
  expect(again).toEqual({ scenario: { ...two, cursor: 2 }, branches: [] })
  const other = act({ scenario: two, branches: [] }, [{ op: 'open_container', as: 'c1', by: 'fwupd' }])
  expect(other.branches).toHaveLength(1)
})
