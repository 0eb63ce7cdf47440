/** Functions that a text describes twice as different hardware: it is about two machines, or one before and after a change. */
import { BDF, fullAddress } from '../import/address.ts'
import type { ImportResult } from '../import/result.ts'
import type { Place } from './surroundings.ts'

export interface Contradiction {
  readonly bdf: string
  readonly first: Place
  readonly second: Place
}

/** `01:00.0 VGA compatible controller [0300]: NVIDIA ... [10de:1c03] (rev a1)`, behind whatever a heading puts before it. */
const HEADER = new RegExp(
  `(?<![\\w.:/])(${BDF}) (?:"?[A-Z][\\w /()-]{2,50}"?)(?: \\[[0-9a-f]{4}\\])?: (.{4,300})$`,
  'i',
)
const MOST = 20
const LONGEST_LINE = 1000
/**
 * A short line that says that what follows is the later state of the same machine: `After the update:`. The importer
 * takes the later state then, and nothing is contradicted.
 */
const LATER_STATE = /^\W*(?:and )?(?:after|afterwards|now|nachher|danach|jetzt|après|maintenant)\b.{0,60}:\W*$/i

interface Hardware {
  readonly id: string | null
  readonly revision: string | null
  readonly place: Place
}

/** Compares ids and revisions, which no setting changes. Takes time in proportion to the length of the texts. */
export function contradictionsIn(texts: readonly string[]): Contradiction[] {
  const known = new Map<string, Hardware>()
  const found = new Map<string, Contradiction>()
  texts.forEach((text, paste) => {
    text.split(/\r\n|[\n\r]/).forEach((line, index) => {
      if (line.length > LONGEST_LINE) return
      if (LATER_STATE.test(line)) known.clear()
      const [, address = '', words = ''] = HEADER.exec(line) ?? []
      const bdf = fullAddress(address)
      if (bdf === null || found.size >= MOST) return
      const place = { line: index + 1, ...(paste === 0 ? {} : { paste }) }
      const now = hardwareOf(words, place)
      const before = known.get(bdf)
      if (before === undefined) known.set(bdf, now)
      else if (differ(before, now)) {
        if (!found.has(bdf)) found.set(bdf, { bdf, first: before.place, second: place })
      } else known.set(bdf, { ...now, id: now.id ?? before.id, revision: now.revision ?? before.revision })
    })
  })
  return [...found.values()]
}

/** Another machine that the importer has kept apart. */
export function contradictionsOf({ others = [], devices }: ImportResult, texts: readonly string[]): Contradiction[] {
  if (others.length === 0 || texts.some((text) => text.split(/\r\n|[\n\r]/).some((line) => LATER_STATE.test(line))))
    return []
  return others
    .filter(({ kind }) => kind === 'machine')
    .flatMap(({ devices: theirs, line, paste }): Contradiction[] => {
      const bdf = Object.keys(theirs).find((address) => devices[address] !== undefined)
      const second = { line, ...(paste === undefined ? {} : { paste }) }
      return bdf === undefined ? [] : [{ bdf, first: second, second }]
    })
}

function hardwareOf(words: string, place: Place): Hardware {
  const id = [...words.matchAll(/\[([0-9a-f]{4}:[0-9a-f]{4})\]/gi)].at(-1)?.[1]?.toLowerCase() ?? null
  const revision = /\(rev ([0-9a-f]{2})\)/i.exec(words)?.[1]?.toLowerCase() ?? null
  // A function that does not answer reads as ff.
  return { id, revision: revision === 'ff' ? null : revision, place }
}

function differ(a: Hardware, b: Hardware): boolean {
  const ids = a.id !== null && b.id !== null && a.id !== b.id
  const revisions = a.revision !== null && b.revision !== null && a.revision !== b.revision
  return ids || revisions
}
