/** lspci's forms for machines: records of `Key: value` (-vmm), and one line with quoted fields (-mm). */
import { BDF, fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import type { Facts } from './facts.ts'
import type { Line } from './lines.ts'

const FIELD =
  /^(Slot|Class|Vendor|Device|SVendor|SDevice|PhySlot|Rev|ProgIf|Driver|Module|NUMANode|DTNode|IOMMUGroup): {0,24}(.*)$/
/** `name [code]`, the bare code, or the bare name. */
const CODED = /^(.*?) ?\[([0-9a-f]{4})\]$/i
const BARE_CODE = /^[0-9a-f]{4}$/i

/** What the records of one run of the command have in common. */
interface Style {
  driversShown: boolean
  codes: 'nn' | 'n' | ''
  oldKey: boolean
}

export const readMachineRecords: Reader = (lines, at, context) => {
  if (slotOfRecord(lines[at]) === null) return 0
  // Right below the heading of a group: the record of its member.
  const group = context.memberIndent < 0 ? context.group : null
  context.boundary()
  const style: Style = { driversShown: false, codes: '', oldKey: false }
  const silent: { facts: Facts; line: Line }[] = []
  let next = at
  for (;;) {
    const slot = slotOfRecord(lines[next])
    if (slot === null) break
    const record = readRecord(lines, next, slot, style, context)
    if (group !== null) context.machine.member(slot, group, lines[next] ?? NOWHERE)
    if (!record.sawDriver && !record.cut) silent.push({ facts: record.facts, line: lines[next] ?? NOWHERE })
    next = record.end
    // Blank lines between records, more than one where other output has been taken out.
    let ahead = next
    while (ahead - next < 5 && lines[ahead]?.bare === '') ahead++
    if (slotOfRecord(lines[ahead]) === null) break
    next = ahead
  }
  if (style.driversShown && !context.grepped) {
    for (const { facts, line } of silent) if (!facts.driverKnown) context.machine.driver(facts, null, line)
  }
  context.machine.format(
    `lspci-vmm${style.driversShown && style.codes === 'n' ? 'kn' : `${style.codes}${style.driversShown ? 'k' : ''}`}${style.oldKey ? '-old' : ''}`,
  )
  context.boundary()
  return next - at
}

const NOWHERE: Line = {
  no: 0,
  text: '',
  bare: '',
  indent: 0,
  fence: false,
  long: false,
  scanned: false,
  lost: false,
  joined: false,
}

/** The address in the first line of a record; very old versions call it `Device`. */
function slotOfRecord(line: Line | undefined): string | null {
  const match = line === undefined ? null : FIELD.exec(line.bare)
  if (match === null || (match[1] !== 'Slot' && match[1] !== 'Device')) return null
  return fullAddress(match[2]?.trim() ?? '')
}

function readRecord(
  lines: readonly Line[],
  at: number,
  bdf: string,
  style: Style,
  context: Context,
): { facts: Facts; sawDriver: boolean; cut: boolean; end: number } {
  const { machine } = context
  const facts = machine.device(bdf, lines[at])
  if (lines[at]?.bare.startsWith('Device') === true) style.oldKey = true
  let vendor: string | null = null
  let device: string | null = null
  const words: string[] = []
  let sawDriver = false
  let cut = false
  let strange = 0
  let end = at + 1
  for (let line = lines[end]; line !== undefined && line.bare !== '' && !line.fence; line = lines[++end]) {
    const match = FIELD.exec(line.bare)
    if (match === null) {
      // lspci's own error messages stand inside records; something else is the end of them.
      strange++
      if (strange > 3 || !/^\S+: /.test(line.bare)) break
      continue
    }
    if (slotOfRecord(line) !== null) break
    const [, key = '', value = ''] = match
    const text = value.trim()
    cut = text === ''
    const coded = CODED.exec(text)
    const code = coded?.[2]?.toLowerCase() ?? (BARE_CODE.test(text) ? text.toLowerCase() : null)
    const name = coded?.[1] ?? (code === null ? text : '')
    if (key === 'Class' || key === 'Vendor' || key === 'Device') {
      if (coded !== null) style.codes = 'nn'
      else if (code !== null && style.codes === '') style.codes = 'n'
    }
    if (key === 'Class') machine.classOf(facts, code, name, line)
    else if (key === 'Vendor' || key === 'Device') {
      if (key === 'Vendor') vendor = code
      else device = code
      if (name !== '') words.push(name)
    } else if (key === 'Driver') {
      style.driversShown = true
      sawDriver = true
      if (text !== '') machine.driver(facts, text, line)
    } else if (key === 'Module') style.driversShown = true
    else if (key === 'IOMMUGroup' && /^\d{1,6}$/.test(text)) machine.member(bdf, text, line)
    else if (key === 'DTNode' || key === 'PhySlot') cut = false
    if (cut) machine.warn('cut', line)
  }
  machine.ids(facts, vendor, device, lines[at] ?? NOWHERE)
  if (words.length > 0) facts.name = words.join(' ')
  return { facts, sawDriver, cut, end }
}

const QUOTED = new RegExp(`^(${BDF}) "([^"]*)" "([^"]*)" "([^"]*)"`, 'i')

/** `00:1f.3 "Audio device [0403]" "Intel Corporation [8086]" "Sunrise Point-LP HD Audio [9d71]" -r21 ...` */
export const readQuotedRecord: Reader = (lines, at, context) => {
  const line = lines[at]
  const match = line === undefined ? null : QUOTED.exec(line.bare)
  const bdf = fullAddress(match?.[1] ?? '')
  if (line === undefined || match === null || bdf === null) return 0
  const { machine } = context
  if (context.group === null) context.closeBlock()
  machine.format('lspci-mm')
  const facts = machine.device(bdf, line)
  // In a loop over groups.
  if (context.group !== null) machine.member(bdf, context.group, line)
  const [code, vendor, device] = match.slice(2, 5).map((field) => {
    const coded = CODED.exec(field)
    if (coded !== null) return { code: coded[2]?.toLowerCase() ?? null, name: coded[1] ?? '' }
    return BARE_CODE.test(field) ? { code: field.toLowerCase(), name: '' } : { code: null, name: field }
  })
  machine.classOf(facts, code?.code ?? null, code?.name ?? '', line)
  machine.ids(facts, vendor?.code ?? null, device?.code ?? null, line)
  const name = `${vendor?.name ?? ''} ${device?.name ?? ''}`.trim()
  if (name !== '') facts.name = name
  return 1
}
