import { BDF } from './address.ts'
import { readDpdkDevbind, readDriverctl } from './bound-drivers.ts'
import { Context, type Reader } from './context.ts'
import { readDomainXml } from './domain-xml.ts'
import { readFacts } from './fact-lines.ts'
import { Machine } from './facts.ts'
import { readGroupListing } from './group-listing.ts'
import { readGroupTree } from './group-tree.ts'
import { readInxi } from './inxi.ts'
import { readJson } from './json.ts'
import { readKernelLog } from './kernel-log.ts'
import { linesOf, type Line } from './lines.ts'
import { readLshwXml } from './lshw-xml.ts'
import { isCommand, isElision, isNoise, readLspci } from './lspci.ts'
import { readMachineRecords, readQuotedRecord } from './lspci-machine.ts'
import { readTree } from './lspci-tree.ts'
import { readNodedev } from './nodedev.ts'
import { withOther, withoutGuestView, type ContradictionPlace } from './other-machines.ts'
import { readNamedCommand } from './named-command.ts'
import { readNodedevList } from './nodedev-list.ts'
import { readPvesh } from './pvesh.ts'
import { readRecords } from './records.ts'
import type { ImportPlace, ImportResult, PassedOverWhy } from './result.ts'
import { readShortForms } from './short-forms.ts'
import { readSysfs } from './sysfs.ts'
import { readSystemTools } from './system-tools.ts'
import { readTable } from './table.ts'
import { readVfioErrors } from './vfio-errors.ts'
import { readYaml } from './yaml.ts'

export type { ImportedDevice, ImportedGroups, ImportResult, ImportWarning, WarningCode } from './result.ts'

/** Formats that cannot be mistaken for others come first. */
const READERS: readonly (readonly [read: Reader, lineWithoutData: PassedOverWhy])[] = [
  [readNodedev, 'document'],
  [readDomainXml, 'document'],
  [readLshwXml, 'document'],
  [readShortForms, 'detail'],
  [readPvesh, 'detail'],
  [readTable, 'detail'],
  [readInxi, 'detail'],
  [readNodedevList, 'detail'],
  [readNamedCommand, 'command'],
  [readSystemTools, 'detail'],
  [readMachineRecords, 'detail'],
  [readQuotedRecord, 'detail'],
  [readTree, 'detail'],
  [readVfioErrors, 'detail'],
  [readKernelLog, 'log'],
  [readYaml, 'document'],
  [readRecords, 'detail'],
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

/** Reads several pastes of one machine; functions are merged by address. Another machine in them is kept apart. */
export function importPastes(texts: readonly string[]): ImportResult {
  return withoutGuestView(readMachines(texts, MAX_MACHINES), texts)
}

/** More machines than these in one text are not told apart. */
const MAX_MACHINES = 4

function readMachines(texts: readonly string[], most: number): ImportResult {
  const machine = new Machine()
  const pastes: (readonly Line[])[] = []
  for (const text of texts) {
    if (pastes.length > 0) machine.nextPaste()
    const lines = linesOf(readJson(text, machine))
    pastes.push(lines)
    readLines(lines, new Context(machine))
  }
  const contradiction = most > 1 ? machine.otherMachine() : null
  const start = contradiction === null ? null : startOfOutput(pastes, contradiction)
  if (start === null) return machine.result()
  const earlier = readMachines(
    texts.map((text, paste) => part(text, paste, start, 'before')),
    most - 1,
  )
  const later = readMachines(
    texts.map((text, paste) => part(text, paste, start, 'after')),
    most - 1,
  )
  return withOther(earlier, later, start, texts)
}

/** Where the output begins in which a line stands: below the last blank line or fence. Null at the very beginning. */
function startOfOutput(pastes: readonly (readonly Line[])[], { paste, line }: ContradictionPlace): ImportPlace | null {
  const lines = pastes[paste] ?? []
  let at = lines.findIndex(({ no }) => no >= line)
  for (let above = lines[at - 1]; above !== undefined && above.bare !== '' && !above.fence; above = lines[at - 1]) at--
  const no = lines[at]?.no ?? 1
  if (paste === 0 && at <= 0) return null
  return { line: no, ...(paste === 0 ? {} : { paste }) }
}

/** A text with the lines before a place or from it on; the others are blank, so that lines keep their numbers. */
function part(text: string, paste: number, { line, paste: at = 0 }: ImportPlace, which: 'before' | 'after'): string {
  if (paste !== at) return paste < at === (which === 'before') ? text : ''
  const lines = text.split(/\r\n|[\r\n]/)
  return which === 'before'
    ? lines.slice(0, line - 1).join('\n')
    : '\n'.repeat(line - 1) + lines.slice(line - 1).join('\n')
}

function readLines(lines: readonly Line[], context: Context): void {
  let at = 0
  for (let line = lines[at]; line !== undefined; line = lines[at]) {
    const taken = line.bare === '' || line.fence ? 0 : readItem(lines, at, context)
    const end = at + Math.max(1, taken)
    for (const read of lines.slice(at, end)) readFacts(read, context.entry?.facts.bdf ?? null, context.machine)
    if (taken === 0) passOver(line, context)
    for (const read of lines.slice(at, end)) {
      if (read.scanned) context.machine.warn('corrected', read)
      if (read.lost) context.machine.cutOff(read)
    }
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
    else if (ADDRESS.test(line.bare) && !isCommand(line.bare) && !context.machine.isUnderstood(line)) {
      context.machine.warn('unread', line)
    }
    // What a script prints below a member, as deep as members or deeper, does not end the group.
    if (context.group !== null && context.memberIndent > 0 && line.indent >= context.memberIndent) return
    context.boundary()
    context.grepped = /\b(?:grep|egrep|rg|awk|sed|head|tail)\b/.test(line.bare) && line.bare.includes('lspci')
  }
}
