import { BDF } from './address.ts'
import { readDpdkDevbind, readDriverctl } from './bound-drivers.ts'
import { Context, type Reader } from './context.ts'
import { readFacts } from './fact-lines.ts'
import { Machine } from './facts.ts'
import { readGroupListing } from './group-listing.ts'
import { readGroupTree } from './group-tree.ts'
import { readJson } from './json.ts'
import { readKernelLog } from './kernel-log.ts'
import { linesOf, type Line } from './lines.ts'
import { isCommand, isElision, isNoise, readLspci } from './lspci.ts'
import { readMachineRecords, readQuotedRecord } from './lspci-machine.ts'
import { readTree } from './lspci-tree.ts'
import { readNodedev } from './nodedev.ts'
import { readPvesh } from './pvesh.ts'
import type { ImportResult, PassedOverWhy } from './result.ts'
import { readSysfs } from './sysfs.ts'
import { readVfioErrors } from './vfio-errors.ts'

export type { ImportedDevice, ImportedGroups, ImportResult, ImportWarning, WarningCode } from './result.ts'

/** Formats that cannot be mistaken for others come first. */
const READERS: readonly (readonly [read: Reader, lineWithoutData: PassedOverWhy])[] = [
  [readNodedev, 'document'],
  [readPvesh, 'detail'],
  [readMachineRecords, 'detail'],
  [readQuotedRecord, 'detail'],
  [readTree, 'detail'],
  [readVfioErrors, 'detail'],
  [readKernelLog, 'log'],
  [readGroupTree, 'detail'],
  [readSysfs, 'detail'],
  [readGroupListing, 'detail'],
  [readDpdkDevbind, 'detail'],
  [readDriverctl, 'detail'],
  [readLspci, 'detail'],
]

const SHORTEST = 4
const ADDRESS = new RegExp(`(?:^|[^\\w.:])${BDF}(?![\\w.:])`, 'i')

/**
 * Reads what people paste about a machine: listings of IOMMU groups, output of lspci and other tools, logs, errors, any
 * number of them one after the other. Pure and total: never throws, takes time in proportion to the length of the text;
 * what cannot be read is listed in `passedOver`.
 */
export function importListing(text: string): ImportResult {
  return importPastes([text])
}

/** Reads several pastes of one machine; functions are merged by address. */
export function importPastes(texts: readonly string[]): ImportResult {
  const machine = new Machine()
  texts.forEach((text, index) => {
    if (index > 0) machine.nextPaste()
    readLines(linesOf(readJson(text, machine)), new Context(machine))
  })
  return machine.result()
}

function readLines(lines: readonly Line[], context: Context): void {
  let at = 0
  for (let line = lines[at]; line !== undefined; line = lines[at]) {
    const taken = line.bare === '' || line.fence ? 0 : readItem(lines, at, context)
    if (taken === 0) passOver(line, context)
    const end = at + Math.max(1, taken)
    for (const passed of lines.slice(at, end)) readFacts(passed, context.entry?.facts.bdf ?? null, context.machine)
    if (line.lost) context.machine.cutOff(line)
    at = end
  }
  context.closeBlock()
}

function readItem(lines: readonly Line[], at: number, context: Context): number {
  // Nothing as short begins an item; within records and listings it may be the end of one.
  if (context.entry === null && context.group === null && (lines[at]?.bare.length ?? 0) < SHORTEST) return 0
  for (const [read, lineWithoutData] of READERS) {
    const taken = read(lines, at, context)
    for (let line = at; line < at + taken; line++) {
      const place = lines[line]
      if (place !== undefined) context.machine.passOver(lineWithoutData, place)
    }
    if (taken > 0) return taken
  }
  return 0
}

/** A line that is no data. */
function passOver(line: Line, context: Context): void {
  const why = line.long ? 'long' : isCommand(line.bare) ? 'command' : 'prose'
  if (!isElision(line.bare)) context.machine.passOver(why, line)
  if (line.fence) {
    // A heading may stand above the fence that has the members.
    if (context.group === null || context.memberIndent >= 0 || context.entry !== null) context.boundary()
  } else if (line.bare === '') {
    context.blank = true
  } else if (isElision(line.bare)) {
    // What is left out may be more of the same: the listing goes on.
    context.machine.warn('elided', line)
  } else if (!isNoise(line.bare)) {
    if (line.long) context.machine.warn('long', line)
    else if (ADDRESS.test(line.bare) && !isCommand(line.bare)) context.machine.warn('unread', line)
    // What a script prints below a member, as deep as members or deeper, does not end the group.
    if (context.group !== null && context.memberIndent > 0 && line.indent >= context.memberIndent) return
    context.boundary()
    context.grepped = /\b(?:grep|egrep|rg|awk|sed|head|tail)\b/.test(line.bare) && line.bare.includes('lspci')
  }
}
