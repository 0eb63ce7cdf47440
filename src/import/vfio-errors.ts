/** The messages that a group is not viable, as QEMU of all versions and DPDK word them. What others mean: adviser/messages.ts. */
import { BDF, fullAddress } from './address.ts'
import type { Reader } from './context.ts'
import type { Line } from './lines.ts'

interface Found {
  readonly bdf: string | null
  /** The kernel's number of the group. */
  readonly group: string | null
}

/** With the number of the group, if the message has one. */
const MESSAGES: readonly RegExp[] = [/\bgroup (\d{1,6}) is not viable/gi, /\bVFIO group is not viable/gi]
/** Something of every message: most lines have none, and take no time. */
const ANY = /viable/i
const ADDRESS = new RegExp(`(?<![\\w:.])${BDF}(?![\\w.]|:\\w)`, 'gi')
/** The device that QEMU was told to assign. */
const HOST = new RegExp(`\\bhost=(${BDF})(?![\\w:.])`, 'gi')

/** Takes up the messages that a group is not viable. */
export const readVfioErrors: Reader = (lines, at, context) => {
  const { errors, taken } = errorsAt(lines, at)
  const place = lines[at]
  if (errors.length === 0 || place === undefined) return 0
  for (const { bdf, group } of errors) context.machine.error(bdf, group, place)
  context.machine.format('qemu-error')
  context.boundary()
  return taken
}

/** The messages that begin in a line, which may go on in the next; `taken`: on how many lines they stand. */
function errorsAt(lines: readonly Line[], at: number): { readonly errors: readonly Found[]; readonly taken: number } {
  const errors: Found[] = []
  const line = lines[at]
  if (line === undefined || line.bare === '') return { errors, taken: 1 }
  const text = `${line.bare} ${lines[at + 1]?.bare ?? ''}`
  if (!ANY.test(text)) return { errors, taken: 1 }
  let taken = 1
  for (const pattern of MESSAGES) {
    for (const match of text.matchAll(pattern)) {
      if (match.index >= line.bare.length) continue
      if (match.index + match[0].length > line.bare.length) taken = 2
      const bdf = addressBefore(text.slice(0, match.index), lines[at - 1])
      errors.push({ bdf, group: match[1] ?? null })
    }
  }
  return { errors, taken }
}

/** The address nearest before a message; in old messages only the `-device` has one, perhaps on a line of its own. */
function addressBefore(text: string, above: Line | undefined): string | null {
  const own = [...text.matchAll(ADDRESS)].at(-1)?.[0]
  if (own !== undefined) return fullAddress(own)
  if (text.length > 30 || above === undefined) return null
  const given = [...above.bare.matchAll(HOST)]
  return given.length === 1 ? fullAddress(given[0]?.[1] ?? '') : null
}
