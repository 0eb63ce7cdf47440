import { readdirSync, readFileSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryScenario } from '../document/arbitrary.test-helper.ts'
import { LIBRARY } from '../library/index.ts'
import { decodeLink, encodeLink, LINK_LIMITS } from './link.ts'
import { readAny } from '../script/read.ts'
import type { Scenario } from '../document/scenario.ts'
import { parseScript, printScript } from '../script/script.ts'

const small: Scenario = {
  title: 'Small',
  machine: 'dual-e1000e',
  kernel: 'linux-5.10',
  boot: { iommu: 'nopt' },
  processes: [{ name: 'qemu', user: 'root' }],
  ops: [{ op: 'open_group', group: '3', as: 'g1' }],
  cursor: 1,
}

function linkOf(scenario: Scenario): string {
  const hash = encodeLink(scenario)
  if (hash === undefined) throw new Error('too large')
  return hash
}

/** A link made by hand, as another program would make it. */
function packed(bytes: string | Uint8Array, version = '1'): string {
  return `${version}.${deflateRawSync(bytes).toString('base64url')}`
}

function faultOf(hash: string): string {
  const reading = decodeLink(hash)
  return reading.ok ? 'none' : reading.reason
}

test('a link holds the whole scenario', () => {
  fc.assert(
    fc.property(arbitraryScenario(), (scenario) => {
      const hash = linkOf(scenario)
      expect(hash).toMatch(/^1\.[A-Za-z0-9_-]+$/)
      expect(decodeLink(hash)).toEqual({ ok: true, scenario })
      expect(decodeLink(`#${hash}`)).toEqual({ ok: true, scenario })
    }),
  )
})

test('other programs can write and read links', () => {
  fc.assert(
    fc.property(arbitraryScenario(), (scenario) => {
      expect(decodeLink(packed(JSON.stringify(scenario)))).toEqual({ ok: true, scenario })
      const inside = inflateRawSync(Buffer.from(linkOf(scenario).slice(2), 'base64url')).toString()
      expect(JSON.parse(inside)).toEqual(scenario)
    }),
  )
})

describe('links of former releases stay readable', () => {
  const folder = new URL('samples/', import.meta.url)
  const samples = readdirSync(folder).filter((name) => name.endsWith('.txt'))
  test('there are some', () => expect(samples.length).toBeGreaterThan(3))
  test.each(samples)('%s', (name) => {
    // The first line is the link; below it stands what it holds, as a script or, with a machine of its own, as JSON.
    const [hash = '', ...content] = readFileSync(new URL(name, folder), 'utf8').split('\n')
    const reading = decodeLink(hash)
    const expected = readAny(content.join('\n'))
    expect(reading.ok && reading.scenario).toEqual(expected.ok && expected.scenario)
    expect(reading.ok).toBe(true)
  })
})

describe('what is wrong with a link is said', () => {
  const good = linkOf(small)
  const bomb = packed(new Uint8Array(50_000_000))
  test.each([
    ['nothing', '', 'empty'],
    ['only the sign', '#', 'empty'],
    ['an anchor', 'readme', 'no-version'],
    ['version 0', good.replace('1.', '0.'), 'no-version'],
    ['version 01', `0${good}`, 'no-version'],
    ['a future version', good.replace('1.', '2.'), 'newer-version'],
    ['a full stop of the sentence around it', `${good}.`, 'wrong-character'],
    ['a line break inside', `${good.slice(0, 20)}\n${good.slice(20)}`, 'wrong-character'],
    ['plain base64', good.replaceAll(/[-_]/g, '+').replace(/.$/, '/'), 'wrong-character'],
    ['only a version', '1.', 'cut'],
    ['a letter', '1.A', 'cut'],
    ['half of it', good.slice(0, good.length / 2), 'cut'],
    ['its last character missing', good.slice(0, -1), 'cut'],
    ['more behind it', `${good}AAAA`, 'garbled'],
    ['twice the same', good + good.slice(2), 'garbled'],
    ['no deflate stream', '1.____', 'garbled'],
    ['no JSON', packed('{"title":'), 'not-json'],
    ['no UTF-8', packed(Uint8Array.of(0x22, 0xff, 0x22)), 'not-json'],
    ['an empty document', packed(''), 'not-json'],
    ['a number', packed('1'), 'invalid'],
    ['an unknown kernel', packed(JSON.stringify({ ...small, kernel: 'linux-9.9' })), 'invalid'],
    ['a prototype', packed(JSON.stringify(small).replace('"title"', '"__proto__":{},"title"')), 'invalid'],
    ['deep nesting', packed('['.repeat(100_000) + ']'.repeat(100_000)), 'invalid'],
    ['50 MB of zeros', bomb, 'too-large'],
    ['a little above the limit', packed(' '.repeat(LINK_LIMITS.bytes + 1)), 'too-large'],
    ['far too long', `1.${'A'.repeat(LINK_LIMITS.characters)}`, 'too-long'],
  ])('%s', (_, hash, reason) => {
    expect(faultOf(hash)).toBe(reason)
  })

  test('the bomb is short enough to get to the unpacker', () => {
    expect(bomb.length).toBeLessThan(LINK_LIMITS.characters)
  })

  test('in words', () => {
    const words = (hash: string) => {
      const reading = decodeLink(hash)
      return reading.ok ? '' : reading.words
    }
    expect(words(`${good}.`)).toContain(`“.” at position ${good.length + 1}`)
    expect(words('7.AAAA')).toContain('newer release (format 7)')
    expect(words(packed(JSON.stringify({ ...small, ops: [{ op: 'exit' }, { op: 'bind' }] })))).toContain(
      'ops[1].device',
    )
  })
})

test('a scenario too large for a link gets none', () => {
  const ops = Array.from({ length: 20_000 }, () => small.ops).flat()
  expect(encodeLink({ ...small, ops, cursor: 0 })).toBeUndefined()
})

test('no text throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.base64String().map((text) => `1.${text}`),
      ),
      (text) => {
        expect(decodeLink(text)).toHaveProperty('ok')
        expect(readAny(text)).toHaveProperty('ok')
      },
    ),
    { numRuns: 1000 },
  )
})

test('no damage to a link or to what is packed in it throws', () => {
  const hash = linkOf(small)
  fc.assert(
    fc.property(
      fc.constantFrom(...LIBRARY).map((entry) => linkOf(entry.scenario)),
      fc.array(fc.record({ at: fc.nat(), drop: fc.nat(3), put: fc.base64String({ maxLength: 8 }) }), {
        minLength: 1,
        maxLength: 4,
      }),
      (link, changes) => {
        let text = link
        for (const { at, drop, put } of changes) {
          const where = 2 + (at % text.length)
          text = text.slice(0, where) + put.replaceAll(/[+/=]/g, '-') + text.slice(where + drop)
        }
        expect(decodeLink(text)).toHaveProperty('ok')
      },
    ),
    { numRuns: 1000 },
  )
  for (let end = 0; end < hash.length; end++) expect(faultOf(hash.slice(0, end))).not.toBe('none')
})

test('no damage to the packed document throws', () => {
  const json = JSON.stringify(small)
  fc.assert(
    fc.property(fc.nat(json.length - 1), fc.string({ maxLength: 3 }), fc.nat(10), (at, put, drop) => {
      expect(decodeLink(packed(json.slice(0, at) + put + json.slice(at + drop)))).toHaveProperty('ok')
    }),
    { numRuns: 500 },
  )
})

describe('any form that a text can have is recognised', () => {
  test.each([
    ['script', printScript(small)],
    ['script', `\ufeff${printScript(small)}`],
    ['json', JSON.stringify(small)],
    ['json', `\n  ${JSON.stringify(small, null, 2)}\n`],
    ['link', `https://example.org/play/#${linkOf(small)}`],
    ['link', `  #${linkOf(small)}\n`],
  ])('%s', (form, text) => {
    expect(readAny(text)).toEqual({ ok: true, form, scenario: small })
  })

  test.each([
    ['json', '{"machine":'],
    ['json', '[]'],
    ['json', '{}'],
    ['link', 'https://example.org/#1.AAA'],
    ['script', 'https://example.org/#readme'],
    ['script', ''],
    ['script', '#1.'.repeat(100_000) + ' x'],
  ])('%s with faults: %.30s', (form, text) => {
    const reading = readAny(text)
    expect(reading).toMatchObject({ ok: false, form })
    expect(!reading.ok && reading.problems.length).toBeGreaterThan(0)
  })
})

test('library scripts and links hold the same', () => {
  for (const { scenario } of LIBRARY) {
    expect(parseScript(printScript(scenario))).toEqual({ ok: true, scenario })
    expect(decodeLink(linkOf(scenario))).toEqual({ ok: true, scenario })
  }
})
