import { decodedMail } from './dress.ts'
import type { ImportResult } from './result.ts'

// oxlint-disable-next-line no-control-regex -- what terminals act upon is no character of a line
const COLOUR = /\u001b\[[0-9;?]{0,30}[ -/]{0,3}[@-~]/g
const NAMED = /(?<![\w:.])(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7](?!\w|:\w|\.\d)/i

/** Lines with an address of which the result says nothing: neither that they were read nor that they were passed over. */
export function silentLines(text: string, { sources, facts, passedOver }: ImportResult): string[] {
  const told = new Set([...Object.values(sources).flat(), ...facts, ...passedOver].map(({ line }) => line))
  // What a mail has joined has the number of its first line.
  return decodedMail(text)
    .replace(COLOUR, '')
    .split(/\r\n|[\r\n]/)
    .filter((line, at) => NAMED.test(line) && !told.has(at + 1))
}
