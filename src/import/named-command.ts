/**
 * Commands that name a function whose output does not: `lspci -s 01:00.0 -k | grep driver`, and `cat` or `grep` of the
 * attributes of one function in sysfs.
 */
import { BDF, fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import { driverOf } from './fields.ts'
import type { Line } from './lines.ts'
import type { Machine } from './facts.ts'

/** Bus and device may lack their zeros: `0:2.0`. */
const SELECTED =
  /\blspci\b[^|;&]{0,120}? -[a-zA-Z]*s ?["']?((?:[0-9a-f]{1,8}:)?[0-9a-f]{1,2}:[0-9a-f]{1,2}(?:\.[0-7])?)["']?(?![\w.:])/gi
const DETAIL =
  /^(?:Kernel driver in use|Kernel modules|Subsystem|IOMMU group|NUMA node|Control|Status|Flags|Capabilities|LnkCap|LnkSta|Region \d|Physical Slot|Latency|Interrupt)\b/i
const ATTRIBUTE = new RegExp(
  `devices/(${BDF})/(vendor|device|class|driver_override|numa_node|boot_vga|power_state|reset_method|sriov_numvfs|sriov_totalvfs|iommu_group/type|modalias|enable)(?=["':\\s)]|$)`,
  'i',
)

/** The function that a command selects, in full; null if it selects none or several. */
function selectedBy(bare: string): string | null {
  const words = [...bare.matchAll(SELECTED)].map(([, word = '']) => word)
  const [word] = words
  if (word === undefined || words.length > 1 || !word.includes('.')) return null
  const parts = word.split(':')
  const domain = parts.length === 3 ? (parts[0] ?? '') : '0'
  const [slot = '', fn = ''] = (parts.at(-1) ?? '').split('.')
  const bus = parts.at(-2) ?? ''
  return fullAddress(`${domain.padStart(4, '0')}:${bus.padStart(2, '0')}:${slot.padStart(2, '0')}.${fn}`)
}

export const readNamedCommand: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  const selected = line.bare.includes('lspci') ? selectedBy(line.bare) : null
  if (selected !== null) return readSelected(lines, at, selected, context)
  return line.bare.includes('devices/') ? readAttribute(line, lines[at + 1], context) : 0
}

/** The lines below a command that have lost the first line of their record. */
function readSelected(lines: readonly Line[], at: number, bdf: string, context: Context): number {
  const next = lines[at + 1]
  if (next === undefined || !DETAIL.test(next.bare)) return 0
  const { machine } = context
  context.boundary()
  machine.format('lspci-k-grepped')
  machine.device(bdf, lines[at])
  let end = at + 1
  for (let line = lines[end]; line !== undefined && DETAIL.test(line.bare); line = lines[++end]) {
    const driver = /^Kernel driver in use: {0,4}(\S{1,60})/i.exec(line.bare)?.[1]
    if (driver !== undefined) machine.driver(machine.device(bdf), driver, line)
    const group = /^IOMMU group: (\d{1,6})$/i.exec(line.bare)?.[1]
    if (group !== undefined) machine.member(bdf, group, line)
  }
  return end - at
}

/** `cat .../0000:01:00.0/vendor` and its answer on the next line, or with `grep .` behind a colon on the same one. */
function readAttribute(line: Line, answer: Line | undefined, { machine }: Context): number {
  const match = ATTRIBUTE.exec(line.bare)
  const bdf = fullAddress(match?.[1] ?? '')
  if (match === null || bdf === null) return 0
  const attribute = (match[2] ?? '').toLowerCase()
  const behind = line.bare.slice(match.index + match[0].length)
  const inline = /^:(\S.{0,80})?$/.exec(behind)
  if (inline !== null) {
    if (!takeAttribute(bdf, attribute, inline[1] ?? '', line, machine)) return 0
    machine.format('sysfs-attributes')
    return 1
  }
  if (!/\b(?:cat|more|less|head)\b/.test(line.bare) || answer === undefined || !/^["']?\s*$/.test(behind)) return 0
  if (!takeAttribute(bdf, attribute, answer.bare, answer, machine)) return 0
  machine.told(bdf, 'name', line)
  machine.format('sysfs-attributes')
  return 2
}

function takeAttribute(bdf: string, attribute: string, value: string, line: Line, machine: Machine): boolean {
  const code = /^0x([0-9a-f]{4})(?:[0-9a-f]{2})?$/i.exec(value)?.[1]?.toLowerCase()
  if (attribute === 'vendor' || attribute === 'device' || attribute === 'class') {
    if (code === undefined) return false
    const facts = machine.device(bdf, line)
    if (attribute === 'class') machine.classOf(facts, code, '', line)
    else machine.ids(facts, attribute === 'vendor' ? code : null, attribute === 'device' ? code : null, line)
    return true
  }
  machine.device(bdf, line)
  if (attribute === 'boot_vga' && value === '1') machine.fact({ kind: 'boot-display', bdf }, line)
  else if (attribute === 'power_state' && value === 'D3cold') machine.fact({ kind: 'd3cold', bdf }, line)
  else if (attribute === 'reset_method' && value === '') machine.fact({ kind: 'no-reset', bdf }, line)
  else if (attribute === 'numa_node' && /^\d+$/.test(value)) machine.fact({ kind: 'numa', bdf, value }, line)
  else if (attribute.startsWith('sriov_') && /^\d+$/.test(value)) {
    machine.fact({ kind: 'sriov', bdf, value: attribute === 'sriov_numvfs' ? value : `0/${value}` }, line)
  } else if (attribute === 'driver_override' && driverOf(value, false) !== undefined) {
    machine.told(bdf, 'state', line)
  }
  return true
}
