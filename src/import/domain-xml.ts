/** Devices that a guest's configuration of libvirt names: `<hostdev>`, and `<interface type='hostdev'>`. */
import { fullAddress } from './address.ts'
import type { Reader } from './context.ts'

const OPENS = /<(hostdev|interface)\b[^>]{0,200}\btype=['"](?:pci|hostdev)['"]/
/** An element has fewer lines. */
const MAX_LINES = 30

/** The host's address stands in `<source>`; the one behind it is the guest's. */
export const readDomainXml: Reader = (lines, at, context) => {
  const first = lines[at]
  const kind = first?.bare.includes('type=') === true ? OPENS.exec(first.bare)?.[1] : undefined
  if (first === undefined || kind === undefined) return 0
  let inSource = false
  let end = at
  let found = false
  for (let line = lines[end]; line !== undefined && end - at < MAX_LINES; line = lines[++end]) {
    // A second element begins before the first has ended: the first is cut.
    if (end > at && OPENS.test(line.bare)) break
    if (line.bare.includes('<source>')) inSource = true
    const tag = inSource ? /<address ([^<>]{0,200})\/?>/.exec(line.bare)?.[1] : undefined
    const bdf = tag === undefined ? null : addressOfTag(tag)
    if (bdf !== null) {
      context.machine.fact({ kind: 'assigned', bdf, value: kind }, line)
      found = true
    }
    if (line.bare.includes('</source>')) inSource = false
    if (line.bare.includes(`</${kind}>`)) {
      end++
      break
    }
  }
  if (found) context.machine.format('libvirt-domain-xml')
  return Math.max(1, end - at)
}

/** `domain='0x0000' bus='0x01' slot='0x00' function='0x0'`, in any order; numbers may be decimal. */
export function addressOfTag(tag: string): string | null {
  const [domain = 0, bus, slot, fn] = ['domain', 'bus', 'slot', 'function'].map((name) => {
    const value = new RegExp(`\\b${name}=['"](0x[0-9a-f]{1,8}|\\d{1,6})['"]`, 'i').exec(tag)?.[1]
    return value === undefined ? undefined : Number(value)
  })
  if (bus === undefined || slot === undefined || fn === undefined) return null
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
  return fullAddress(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`)
}
