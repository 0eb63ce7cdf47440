import { runInNewContext } from 'node:vm'
import { transformSync } from 'rolldown/utils'
import { expect, test } from 'vitest'
import { instrument, mutantsOf, type Mutant } from './mutate/mutants.ts'

const numbered = (source: string): Mutant[] => mutantsOf('a.ts', source).map((mutant, id) => ({ ...mutant, id }))

/** `what is replaced → by what` of each mutant. */
const changes = (source: string): string[] =>
  numbered(source).map(({ kind, start, end, replacement }) =>
    `${kind === 'skip' ? 'skip ' : ''}${source.slice(start, end).trim()} → ${replacement}`.trim(),
  )

test.each<[source: string, ...changes: string[]]>([
  ['x = a < b', 'skip x = a < b →', 'a < b → a <= b', 'a < b → a >= b'],
  ['x = a === b && c', 'skip x = a === b && c →', 'a === b && c → a === b || c', 'a === b → a !== b'],
  ['const x = a + (1)', 'a + (1) → a - (1)'],
  [`const x = 'a' + b`, `'a' → ''`],
  ['if (a) b()', 'a → true', 'a → false', 'skip b() →'],
  ['while (a) b()', 'a → false', 'skip b() →'],
  ['const x = !a', '!a → a'],
  ['for (let i = 0; ; i++) f(i)', 'i++ → i--', 'skip f(i) →'],
  ['const x = list.filter(f)', 'list.filter(f) → list'],
  ['const x = list.some(f)', 'list.some(f) → list.every(f)'],
  ['const x = a?.list.filter(f)', 'a?.list.filter(f) → a?.list'],
  ['const x = a?.list.filter(f).map(g)'],
  ['const f = () => a', 'a → undefined'],
  ['function f() { const a = 1; return a }', 'skip const a = 1; return a →'],
  ['const x = list[0] ?? -1'],
  ['const x = a ?? b', 'a ?? b → (a) && (b)'],
  [`import { a } from 'a'; export type B = 'b' | 'c'; export const d = { 'e': 1 }`],
  [`type A = 'a'; const x: A[] = ['a']`, `['a'] → []`, `'a' → ''`],
])('mutants of %s', (source, ...expected) => {
  expect(changes(source)).toEqual(expected)
})

test('a mutant names the line on which it begins', () => {
  expect(mutantsOf('a.ts', 'const a = 1\n\nconst b = !a').map(({ line }) => line)).toEqual([3])
})

test('a syntax error names the file', () => {
  expect(() => mutantsOf('a.ts', 'const')).toThrow('a.ts')
})

/** Runs the instrumented source with one mutant on (-1: none); what it puts into `result`. */
function run(source: string, active: number): unknown {
  const { code, errors } = transformSync('a.ts', instrument('a.ts', source, numbered(source)))
  if (errors[0]) throw errors[0]
  const context: { result: unknown; __mutation: object } = {
    result: undefined,
    __mutation: { is: (id: number) => id === active, round: () => {} },
  }
  runInNewContext(code, context)
  return context.result
}

const SUM = `
let sum = 0
for (const n of [1, 2, 3].filter((one) => one > 1)) sum += n
const words: string[] = []
if (sum === 5) words.push('five')
else words.push('other')
;[1].forEach(() => { words.push('end') })
result = words.join(' ')`

test('with no mutant on, the source does what it did', () => {
  expect(run(SUM, -1)).toBe('five end')
})

test.each<[change: string, result: unknown]>([
  ['skip sum += n →', 'other end'],
  ['sum += n → sum -= n', 'other end'],
  ['[1, 2, 3].filter((one) => one > 1) → [1, 2, 3]', 'other end'],
  ['one > 1 → one >= 1', 'other end'],
  ['sum === 5 → true', 'five end'],
  ['sum === 5 → false', 'other end'],
  [`'five' → ''`, ' end'],
  [`skip words.push('end') →`, 'five'],
  [`skip result = words.join(' ') →`, undefined],
])('with "%s" on, it does that', (change, result) => {
  const id = changes(SUM).indexOf(change)
  expect(id).toBeGreaterThanOrEqual(0)
  expect(run(SUM, id)).toBe(result)
})
