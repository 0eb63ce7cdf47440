/** What the page and the command line make of pastes: what was read, the machine, and what the text says around it. */
import type { Machine } from '../sim/machine.ts'
import { machineFromImport } from '../import/from-import.ts'
import { decodedMail } from '../import/dress.ts'
import { importPastes } from '../import/index.ts'
import type { ImportResult } from '../import/result.ts'
import { contradictionsIn, contradictionsOf, type Contradiction } from './contradictions.ts'
import { messagesOfFacts } from './fact-messages.ts'
import { messagesIn, type Message } from './messages.ts'
import { withLikelyPorts, withoutGuestViews } from './refine.ts'
import { surroundingsOf, type Surroundings } from './surroundings.ts'

export interface Reading {
  readonly result: ImportResult
  /** Null if the text names no function, or more than a machine has. */
  readonly machine: Machine | null
  readonly messages: readonly Message[]
  readonly surroundings: Surroundings
  /** Functions that the text describes twice, as different hardware: two machines, or two states of one. */
  readonly contradictions: readonly Contradiction[]
  /** Functions that a guest in the same text sees; they are not among the machine's. */
  readonly guestViews: readonly string[]
}

/** As many functions as a document may have. */
const MOST_DEVICES = 5000

/** Reads pastes of one machine. Never throws. */
export function readPastes(pasted: readonly string[], title: string): Reading {
  const result = importPastes(pasted)
  const texts = pasted.map(decodedMail)
  const count = Object.keys(result.devices).length
  const found = texts.flatMap((text, paste) => messagesIn(text, paste))
  const messages = [...found, ...messagesOfFacts(result.facts, found)]
  const listed = count === 0 || count > MOST_DEVICES ? null : machineFromImport(result, title)
  const { machine, guestViews } =
    listed === null ? { machine: null, guestViews: [] } : withoutGuestViews(withLikelyPorts(listed))
  return {
    result,
    machine,
    messages: messages.filter((message, index) => messages.findIndex((other) => sameMessage(other, message)) === index),
    surroundings: surroundingsOf(texts, result.facts),
    contradictions: [...contradictionsIn(texts), ...contradictionsOf(result, texts)],
    guestViews,
  }
}

function sameMessage(a: Message, b: Message): boolean {
  return a.code === b.code && a.bdf === b.bdf && a.group === b.group && a.value === b.value
}
