/**
 * The link: a scenario in the hash of an address, which no server ever sees.
 *
 *     #1.<base64url(deflate-raw(utf8(json)))>
 *
 * The digits before the dot are the version of the document inside. A link is forever, so a document of an older
 * version is brought up to date step by step (`UPGRADES`); sample links of every version lie in samples/.
 */
import { deflateSync, Inflate } from 'fflate'
import { readScenario, type Problem } from '../document/read.ts'
import type { Scenario } from '../document/scenario.ts'
import { joinBytes } from './bytes.ts'

/** Entry n turns a document of version n+1 into one of version n+2. Never change an entry once it was released. */
const UPGRADES: readonly ((document: unknown) => unknown)[] = []

const VERSION = UPGRADES.length + 1

/** Characters of a hash, and bytes of the document that it unfolds to, above which neither side goes on. */
export const LINK_LIMITS = { characters: 131_072, bytes: 262_144 } as const

/**
 * Why a link cannot be opened. `wrong-character` counts positions from 1 within the hash; `cut` also stands for
 * whatever looks like a beginning.
 */
export type LinkFault =
  | { readonly reason: 'empty' | 'no-version' | 'cut' | 'garbled' | 'not-json' }
  | { readonly reason: 'newer-version'; readonly version: string }
  | { readonly reason: 'wrong-character'; readonly position: number; readonly character: string }
  | { readonly reason: 'too-long'; readonly characters: number }
  | { readonly reason: 'too-large' }
  | { readonly reason: 'invalid'; readonly problems: readonly Problem[] }

export type LinkReading =
  { readonly ok: true; readonly scenario: Scenario } | ({ readonly ok: false; readonly words: string } & LinkFault)

/**
 * Writes a scenario as the hash of a link, without the `#`.
 * @returns undefined if the scenario is too large for a link (a file can carry it)
 */
export function encodeLink(scenario: Scenario): string | undefined {
  const bytes = new TextEncoder().encode(JSON.stringify(scenario))
  if (bytes.length > LINK_LIMITS.bytes) return undefined
  const hash = `${VERSION}.${toBase64Url(deflateSync(bytes, { level: 9 }))}`
  return hash.length > LINK_LIMITS.characters ? undefined : hash
}

/**
 * Opens a link.
 * @param hash with or without the `#`; anything may stand there
 * @returns the scenario, or the reason why not, as a code and in words; never throws
 */
export function decodeLink(hash: string): LinkReading {
  const outcome = read(hash.startsWith('#') ? hash.slice(1) : hash)
  return 'reason' in outcome ? { ok: false, words: faultWords(outcome), ...outcome } : { ok: true, ...outcome }
}

function read(hash: string): LinkFault | { scenario: Scenario } {
  if (hash === '') return { reason: 'empty' }
  if (hash.length > LINK_LIMITS.characters) return { reason: 'too-long', characters: hash.length }
  const [, version = '', text = ''] = /^([1-9]\d{0,5})\.(.*)$/s.exec(hash) ?? []
  if (version === '') return { reason: 'no-version' }
  if (Number(version) > VERSION) return { reason: 'newer-version', version }

  const wrong = /[^A-Za-z0-9_-]/u.exec(text)
  if (wrong !== null) {
    return { reason: 'wrong-character', position: version.length + 2 + wrong.index, character: wrong[0] }
  }
  const packed = fromBase64Url(text)
  if (packed === undefined) return { reason: 'cut' }
  const unpacked = inflate(packed)
  if (!(unpacked instanceof Uint8Array)) return unpacked

  let document: unknown
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(unpacked))
  } catch {
    return { reason: 'not-json' }
  }
  for (const upgrade of UPGRADES.slice(Number(version) - 1)) document = upgrade(document)
  const reading = readScenario(document)
  return reading.ok ? { scenario: reading.scenario } : { reason: 'invalid', problems: reading.problems }
}

/**
 * Unpacks a deflate stream that must fill `packed` exactly. It is fed in slices, and given up as soon as too much has
 * come out, so that a small link cannot take the memory of the page.
 */
function inflate(packed: Uint8Array): Uint8Array | LinkFault {
  const unpacked = inflatePart(packed)
  if (unpacked === 'garbled' || unpacked === 'cut' || unpacked === 'too-large') return { reason: unpacked }
  // The library does not say where the stream ended. If it can do without the last byte, something was added.
  return inflatePart(packed.subarray(0, -1)) === 'cut' ? unpacked : { reason: 'garbled' }
}

const SLICE = 1024

function inflatePart(packed: Uint8Array): Uint8Array | 'cut' | 'garbled' | 'too-large' {
  if (packed.length === 0) return 'cut'
  const parts: Uint8Array[] = []
  let size = 0
  const stream = new Inflate((part) => {
    size += part.length
    parts.push(part)
  })
  try {
    for (let at = 0; at < packed.length; at += SLICE) {
      stream.push(packed.subarray(at, at + SLICE), at + SLICE >= packed.length)
      if (size > LINK_LIMITS.bytes) return 'too-large'
    }
  } catch (error) {
    // 0: FlateErrorCode.UnexpectedEOF, a constant enumeration that isolated modules cannot use.
    return typeof error === 'object' && error !== null && 'code' in error && error.code === 0 ? 'cut' : 'garbled'
  }
  return joinBytes(parts)
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

function toBase64Url(bytes: Uint8Array): string {
  let text = ''
  let buffer = 0
  let bits = 0
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    for (bits += 8; bits >= 6; bits -= 6) text += ALPHABET[(buffer >> (bits - 6)) & 63]
    buffer &= (1 << bits) - 1
  }
  return bits === 0 ? text : text + ALPHABET[(buffer << (6 - bits)) & 63]
}

/** The bytes of a text over `ALPHABET`; undefined if there is no such number of characters or its last bits are loose. */
function fromBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 6) / 8))
  let size = 0
  let buffer = 0
  let bits = 0
  for (const character of text) {
    buffer = (buffer << 6) | ALPHABET.indexOf(character)
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[size++] = buffer >> bits
    buffer &= (1 << bits) - 1
  }
  return buffer === 0 ? bytes : undefined
}

/** What is wrong with a link, for the person who opened it. */
function faultWords(fault: LinkFault): string {
  switch (fault.reason) {
    case 'empty':
      return 'The link carries no scenario.'
    case 'no-version':
      return 'This is not a link of the playground: it should begin with a version number and a dot.'
    case 'newer-version':
      return `The link was made by a newer release (format ${fault.version}); this one reads formats up to ${VERSION}.`
    case 'wrong-character':
      return `The link was damaged on its way: “${fault.character}” at position ${fault.position} does not belong there.`
    case 'cut':
      return 'The end of the link is missing. Mail and chat programs sometimes cut long links; ask for it again, or for the file.'
    case 'garbled':
      return 'The link was damaged on its way: its data cannot be unpacked.'
    case 'not-json':
      return 'The link was damaged on its way: what it unpacks to is not a document.'
    case 'too-long':
      return `The link has ${fault.characters} characters; no link of the playground is longer than ${LINK_LIMITS.characters}.`
    case 'too-large':
      return `The link unpacks to more than ${LINK_LIMITS.bytes / 1024} kB; no scenario in a link is that large.`
    case 'invalid': {
      const [first] = fault.problems
      const where = first === undefined || first.place === '' ? '' : ` At ${first.place}:`
      return `The link holds a document that this release cannot play.${where} ${first?.words ?? ''}`.trimEnd()
    }
  }
}
