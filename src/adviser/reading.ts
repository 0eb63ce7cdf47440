/** What the page and the command line make of pastes: what was read, the machine, and the error messages in them. */
import { driverFamily } from '../sim/drivers.ts'
import type { Machine } from '../sim/machine.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importPastes } from '../import/index.ts'
import type { ImportResult } from '../import/result.ts'
import { groupsOf } from './advice.ts'
import { candidatesOf, isOnBoard, kindOf } from './kinds.ts'
import { messagesIn, type Message } from './messages.ts'

export interface Reading {
  readonly result: ImportResult
  /** Null if the text names no function, or more than a machine has. */
  readonly machine: Machine | null
  readonly messages: readonly Message[]
}

/** As many functions as a document may have. */
const MOST_DEVICES = 5000

/** Reads pastes of one machine. Never throws. */
export function readPastes(texts: readonly string[], title: string): Reading {
  const result = importPastes(texts)
  const count = Object.keys(result.devices).length
  const messages = texts.flatMap((text) => messagesIn(text))
  return {
    result,
    machine: count === 0 || count > MOST_DEVICES ? null : machineFromImport(result, title),
    messages: messages.filter(
      (message, index) => messages.findIndex((other) => JSON.stringify(other) === JSON.stringify(message)) === index,
    ),
  }
}

/**
 * The function that a person most likely asks about: one that an error names, else one that is on vfio-pci already, else a
 * graphics card in a slot, else the first of those that people pass on.
 */
export function likelyWanted(machine: Machine, messages: readonly Message[]): string | null {
  const { usual, rest } = candidatesOf(machine)
  const named = messages.find(({ bdf }) => machine.devices.some((f) => f.bdf === bdf && !f.bridge))
  if (named !== undefined) return named.bdf
  const groups = groupsOf(machine)
  const members = messages.flatMap(({ group }) => (group === null ? [] : (groups.get(group) ?? [])))
  const likely =
    usual.find((f) => members.includes(f)) ??
    usual.find(({ driver }) => driver !== null && driverFamily(driver) === 'vfio') ??
    usual.find((f) => kindOf(f) === 'graphics' && !isOnBoard(f)) ??
    usual[0] ??
    rest[0]
  return likely?.bdf ?? null
}
