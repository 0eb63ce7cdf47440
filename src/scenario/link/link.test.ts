import { readdirSync, readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { decodeLink, encodeLink, LINK_LIMITS } from './link.ts'
import { faultOf, linkOf, packed, SMALL as small } from './link.test-helper.ts'
import { readAny } from '../script/read.ts'
import { printScript } from '../script/script.ts'

test('a link holds the whole scenario, and other programs can read and write it', () => {
  const hash = linkOf(small)
  expect(hash).toMatch(/^1\.[A-Za-z0-9_-]+$/)
  expect(decodeLink(hash)).toEqual({ ok: true, scenario: small })
  expect(decodeLink(`#${hash}`)).toEqual({ ok: true, scenario: small })
  expect(decodeLink(packed(JSON.stringify(small)))).toEqual({ ok: true, scenario: small })
  const inside = inflateRawSync(Buffer.from(hash.slice(2), 'base64url')).toString()
  expect(JSON.parse(inside)).toEqual(small)
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
    expect(words('7.AAAA')).toContain('newer release (format 7); this one reads formats up to 1.')
    expect(words('')).toBe('The link carries no scenario.')
    expect(words('readme')).toMatch(/^This is not a link of the playground: .*\.$/)
    expect(words('1.')).toMatch(/^The end of the link is missing\. .*\.$/)
    expect(words('1.____')).toBe('The link was damaged on its way: its data cannot be unpacked.')
    expect(words(packed('{'))).toMatch(/what it unpacks to is not a document\.$/)
    expect(words(`1.${'A'.repeat(LINK_LIMITS.characters)}`)).toContain('has 131074 characters')
    expect(words(bomb)).toContain('more than 256 kB')
    expect(words(packed('1'))).toMatch(/^The link holds a document that this release cannot play\. \S/)
    expect(words(packed(JSON.stringify({ ...small, ops: [{ op: 'exit' }, { op: 'bind' }] })))).toContain(
      'ops[1].device',
    )
  })
})

test('a scenario too large for a link gets none', () => {
  const ops = Array.from({ length: 20_000 }, () => small.ops).flat()
  expect(encodeLink({ ...small, ops, cursor: 0 })).toBeUndefined()
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
