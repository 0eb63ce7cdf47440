/**
 * Every field into which somebody types, pastes or drops, with texts of an attack: names, notes, questions, scripts,
 * links, searches in the address, storage. Nothing throws, a refusal has words, and what is kept can be read again.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isParameter, ParameterError, readParameters } from '../../explore/parameters.ts'
import { parseGoal } from '../../explore/goals.ts'
import { readScenario } from '../../scenario/document/read.ts'
import { decodeLink, encodeLink } from '../../scenario/link/link.ts'
import { readAny } from '../../scenario/script/read.ts'
import { decodeMachine, readMachineDocument } from './machine-document.ts'
import { placeOfPath } from '../store/address.ts'
import { FakeStorage, openTab } from '../store/fake-store.test-helper.ts'
import { readSaves } from '../store/persistence.ts'
import { keptIn } from '../store/kept.ts'

const folder = new URL('../../scenario/link/hostile/', import.meta.url)
const LINKS = readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), 'utf8').trim()] as const)

const TEXTS: readonly (readonly [name: string, text: string])[] = [
  ['nothing', ''],
  ['blanks', ' \t \u00a0 '],
  ['NUL', 'a\u0000b'],
  ['colours of a terminal', '\u001b[31mred\u001b[0m \u009b31m'],
  ['a title of a terminal', '\u001b]0;title\u0007'],
  ['text that runs backwards', 'a\u202egnp.exe\u202c \u2066x\u2069'],
  ['half a character', 'a\ud800b\udc00'],
  ['marks on marks', `a${'\u0301'.repeat(500)}`],
  ['lines', 'one\ntwo\r\nthree\rfour\u2028five'],
  ['3,000 characters', 'x'.repeat(3000)],
  ['200,000 characters', 'ä'.repeat(200_000)],
  ['100,000 lines', '\n'.repeat(100_000)],
  ['HTML', '<img src=x onerror=alert(1)><script>alert(1)</script>'],
  ['Markdown', '[x](javascript:alert(1)) ![y](http://example.org/y.png)'],
  ['a shell', '$(id) `id` ; rm -rf / && x | y > z'],
  ['a pattern', '((((((((a+)+)+)+)+)+)$[\\'],
  ['keys of objects', '__proto__'],
  ['constructor', 'constructor'],
  ['JSON of the prototype', '{"__proto__":{"x":1},"constructor":{"prototype":{"y":2}}}'],
  ['deep JSON', '['.repeat(50_000)],
  ['deep brackets', '('.repeat(50_000)],
  ['numbers', '-1 1e308 NaN Infinity 0x 9007199254740993'],
  ['percent signs', '%00%ff%E0%A4%A'],
  ...LINKS.map(([name, link]) => [`the link ${name}`, link.slice(0, 200_000)] as const),
]

/** The prototype of all objects is as it was. */
function expectClean(): void {
  expect(Object.keys(Object.prototype)).toEqual([])
}

test.each(TEXTS)('a name, a note, a question and a draft of %s', (_, text) => {
  const local = new FakeStorage()
  const tab = openTab(local)
  tab.state().perform([{ op: 'open_container', as: 'c' }])
  tab.state().rename(text)
  tab.state().annotate(1, text)
  tab.state().ask(1, { about: 'answer', question: text })
  tab.state().ask(1, null)
  tab.state().draft('script', text)
  tab.state().draft('listing', text)
  tab.state().save(text)
  tab.state().keep([''])
  const { scenario } = tab.state().doc
  expect(readScenario(JSON.parse(JSON.stringify(scenario)))).toMatchObject({ ok: true })
  const link = encodeLink(scenario)
  if (link !== undefined) expect(decodeLink(link)).toMatchObject({ ok: true })
  const saves = readSaves(keptIn(local))
  expect([saves.saves.length, saves.unreadable]).toEqual([1, 0])
  const again = openTab(local, { session: tab.session })
  expect(again.state().drafts).toMatchObject(text === '' ? {} : { script: text })
  expect(again.state().doc.scenario.title).toBe(scenario.title)
  expectClean()
})

test.each(TEXTS)('an address of %s', (_, text) => {
  const tab = openTab(new FakeStorage(), { hash: `#${text}`, pathname: `/${text.slice(0, 2000)}` })
  const { brokenLink, run } = tab.state()
  if (brokenLink !== null) expect(brokenLink.reason).not.toBe('')
  expect(run.steps.length).toBeGreaterThanOrEqual(0)
  tab.state().openLink(text)
  expect(() => placeOfPath(`/lesson/${text.slice(0, 2000)}`)).not.toThrow()
  expect(decodeMachine(`#m1.${text}`)).toBeNull()
  expectClean()
})

test.each(TEXTS)('a script, a JSON file or a link of %s', (_, text) => {
  const reading = readAny(text)
  if (!reading.ok) {
    const [first] = reading.problems
    expect(first?.words ?? '').not.toBe('')
    expect((first?.words ?? '').length).toBeLessThan(500)
  }
  expectClean()
})

test.each(TEXTS)('a question of a search of %s', (_, text) => {
  const goal = parseGoal(text)
  if (!goal.ok) expect(goal.words).not.toBe('')
  const query = new URLSearchParams([
    ['ask', text],
    ['names', text],
    ['drivers', text],
    ['types', text],
    ['depth', text],
    [text.slice(0, 100), text],
  ])
  const given = new Map([...query].flatMap(([key, value]) => (isParameter(key) ? [[key, value] as const] : [])))
  try {
    readParameters(given)
  } catch (error) {
    expect(error).toBeInstanceOf(ParameterError)
    expect(error instanceof ParameterError ? [error.key, error.message].includes('') : true).toBe(false)
  }
  expectClean()
})

test.each(TEXTS)('a storage of %s', (_, text) => {
  const local = new FakeStorage()
  const session = new FakeStorage()
  const tab = openTab(local, { session })
  tab.state().save('mine')
  tab.state().keep([''])
  for (const storage of [local, session]) for (const key of storage.texts.keys()) storage.texts.set(key, text)
  const again = openTab(local, { session })
  expect(again.state().run.steps.length).toBeGreaterThanOrEqual(0)
  again.state().save('another')
  expect(readMachineDocument(text)).toBeNull()
  expectClean()
})
