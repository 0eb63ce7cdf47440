/** `virsh nodedev-dumpxml`: one function in XML, with all members of its group. */
import { fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import type { Line } from './lines.ts'
import { chain } from './sysfs.ts'

/** No node device has a longer description; a text that opens the element and never closes it ends here. */
const MAX_LINES = 2000

export const readNodedev: Reader = (lines, at, context) => {
  const first = lines[at]
  if (first === undefined || !first.bare.includes('<device>')) return 0
  let end = at
  const parts: string[] = []
  for (let line = lines[end]; line !== undefined && end - at < MAX_LINES; line = lines[++end]) {
    // A second device begins before the first has ended: the first is cut.
    if (end > at && line.bare.includes('<device>')) break
    parts.push(line.text)
    if (line.bare.includes('</device>')) {
      end++
      break
    }
  }
  const xml = parts.join('\n')
  context.boundary()
  if (/<capability type=['"]pci['"]/.test(xml)) {
    const path = lines.slice(at, end).find(({ bare }) => bare.includes('<path>')) ?? first
    readFunction(xml, first, path, context)
    // Other lines with an address are another output, in a text whose element is never closed.
    for (const line of lines.slice(at, end))
      if (/^<(?:name|parent)>[\w:]{1,60}<\//.test(line.bare)) context.machine.understood(line)
  }
  context.boundary()
  return Math.max(1, end - at)
}

/** Content of the first element of a name. */
function element(xml: string, name: string): string | null {
  const open = xml.indexOf(`<${name}>`)
  if (open < 0) return null
  const close = xml.indexOf(`</${name}>`, open)
  return close < 0 ? null : xml.slice(open + name.length + 2, close).trim()
}

function attribute(tag: string, name: string): string | null {
  return new RegExp(`\\b${name}=['"]([^'"]{0,40})['"]`).exec(tag)?.[1] ?? null
}

/** The tag of a name with its attributes, and the text after it up to the next tag. */
function tagged(xml: string, name: string): { tag: string; text: string } | null {
  const open = xml.indexOf(`<${name} `)
  if (open < 0) return null
  const close = xml.indexOf('>', open)
  if (close < 0) return null
  const next = xml.indexOf('<', close)
  return { tag: xml.slice(open, close), text: next < 0 ? '' : xml.slice(close + 1, next).trim() }
}

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')

/** Address in the name of a node device, `pci_0000_01_00_0`. */
export function addressOfName(name: string): string | null {
  const [, domain = '', bus = '', slot = '', fn = ''] =
    /^pci_([0-9a-f]{4,8})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])$/i.exec(name) ?? []
  return fullAddress(`${domain}:${bus}:${slot}.${fn}`)
}

function readFunction(xml: string, place: Line, pathPlace: Line, context: Context): void {
  const { machine } = context
  const numbers = ['domain', 'bus', 'slot', 'function'].map((key) => Number(element(xml, key) ?? Number.NaN))
  const [domain = 0, bus = 0, slot = 0, fn = 0] = numbers
  const bdf = numbers.every((number) => Number.isInteger(number) && number >= 0)
    ? fullAddress(`${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`)
    : addressOfName(element(xml, 'name') ?? '')
  if (bdf === null) {
    machine.warn('unread', place)
    return
  }
  machine.format('libvirt-nodedev-xml')
  const facts = machine.device(bdf, place)
  const path = element(xml, 'path')
  if (path !== null) chain(path, machine, pathPlace)
  else {
    const parent = element(xml, 'parent') ?? ''
    const above = addressOfName(parent)
    if (above !== null || parent === 'computer') machine.parent(bdf, above, place)
  }
  const code = /^0x([0-9a-f]{6})$/i.exec(element(xml, 'class') ?? '')?.[1]
  machine.classOf(facts, code?.toLowerCase() ?? null, '', place)
  // Old versions do not print the class, but say what is a bridge.
  if (/<capability type=['"](?:pci-bridge|cardbus-bridge)['"]/.test(xml)) facts.bridge = true
  const product = tagged(xml, 'product')
  const vendor = tagged(xml, 'vendor')
  const id = (tag: string | undefined): string | null =>
    /^0x([0-9a-f]{4})$/i.exec(attribute(tag ?? '', 'id') ?? '')?.[1]?.toLowerCase() ?? null
  machine.ids(facts, id(vendor?.tag), id(product?.tag), place)
  const words = `${vendor?.text ?? ''} ${product?.text ?? ''}`.trim()
  if (words !== '') facts.name = words

  const driver = element(xml, 'driver')
  const bound = driver === null ? null : element(driver, 'name')
  // A dump that is cut before its end may lack the driver for that reason.
  if (bound !== null && bound !== '') machine.driver(facts, bound, place)
  else if (xml.includes('</device>') && driver === null) machine.driver(facts, null, place)

  const virtual = /<capability (?=[^<>]{0,80}virt_functions)[^<>]{0,80}>/.exec(xml)
  if (virtual !== null) {
    // Without virtual functions the element closes itself.
    const end = virtual[0].endsWith('/>') ? virtual.index : xml.indexOf('</capability>', virtual.index)
    const now = xml.slice(virtual.index, end < 0 ? undefined : end).split('<address ').length - 1
    const most = attribute(virtual[0], 'maxCount') ?? String(now)
    machine.fact({ kind: 'sriov', bdf, value: `${now}/${most}` }, place)
  }

  const open = xml.indexOf('<iommuGroup ')
  if (open < 0) return
  const close = xml.indexOf('</iommuGroup>', open)
  const block = xml.slice(open, close < 0 ? undefined : close)
  const group = attribute(block.slice(0, block.indexOf('>') + 1), 'number')
  if (group === null || !/^\d{1,6}$/.test(group)) return
  machine.member(bdf, group, place)
  for (const [tag] of block.matchAll(/<address [^<>]{0,200}>/g)) {
    const [d, b, s, f] = ['domain', 'bus', 'slot', 'function'].map((key) => Number(attribute(tag, key) ?? Number.NaN))
    if (d === undefined || b === undefined || s === undefined || f === undefined) continue
    const member = fullAddress(`${hex(d, 4)}:${hex(b, 2)}:${hex(s, 2)}.${f}`)
    if (member !== null) machine.member(member, group, place)
  }
}
