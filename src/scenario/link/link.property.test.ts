/** Links over random scenarios, random damage and the whole library; `link.test.ts` has the cases. */
import { inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arbitraryScenario } from '../document/arbitrary.test-helper.ts'
import { LIBRARY } from '../library/index.ts'
import { decodeLink } from './link.ts'
import { faultOf, linkOf, packed, SMALL as small } from './link.test-helper.ts'
import { readAny } from '../script/read.ts'
import { parseScript, printScript } from '../script/script.ts'

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

test('library scripts and links hold the same', () => {
  for (const { scenario } of LIBRARY) {
    expect(parseScript(printScript(scenario))).toEqual({ ok: true, scenario })
    expect(decodeLink(linkOf(scenario))).toEqual({ ok: true, scenario })
  }
})
