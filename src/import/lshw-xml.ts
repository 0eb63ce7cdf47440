/** `lshw -xml`: nodes in each other, a function in some of them. */
import { fullAddress } from './address.ts'
import { codeOfClass } from './class-names.ts'
import type { Reader } from './context.ts'
import type { Machine, Place } from './facts.ts'

interface Node {
  readonly handle: string
  readonly claimed: boolean
  readonly values: Map<string, string>
  readonly networks: string[]
  place: Place
  /** The bridge above its functions; null: a root bus; undefined: not told. */
  readonly above: string | null | undefined
}

const NODE = /<node id="/
const TAGS =
  /<node ([^<>]{0,300})>|(<\/node>)|<(description|product|vendor|businfo|logicalname|physid)(?: [^<>]{0,80})?>([^<]{0,300})<\/|<setting id="(driver)" value="([^"]{1,60})"/g
/** lshw's own words for what a driver makes of a function. */
const CLASSES: Readonly<Record<string, string>> = {
  'Ethernet interface': '0200',
  'Wireless interface': '0280',
  'NVMe device': '0108',
}

export const readLshwXml: Reader = (lines, at, context) => {
  const first = lines[at]
  if (first === undefined || !NODE.test(first.bare)) return 0
  const { machine } = context
  const open: Node[] = []
  let end = at
  context.boundary()
  for (let line = lines[end]; line !== undefined && !line.fence; line = lines[++end]) {
    if (end > at && open.length === 0 && !NODE.test(line.bare)) break
    for (const [, attributes, closes, key, text, driver, bound] of line.bare.matchAll(TAGS)) {
      const node = open.at(-1)
      if (attributes !== undefined) open.push(nodeOf(attributes, line, aboveOf(open)))
      else if (closes !== undefined) {
        const closed = open.pop()
        if (closed !== undefined) take(closed, machine)
      } else if (node !== undefined && driver !== undefined) node.values.set('driver', bound ?? '')
      else if (node !== undefined && key !== undefined) note(node, key, text ?? '', line)
    }
  }
  for (const node of open.toReversed()) take(node, machine)
  context.boundary()
  return Math.max(1, end - at)
}

function nodeOf(attributes: string, place: Place, above: string | null | undefined): Node {
  const value = (name: string): string => new RegExp(`\\b${name}="([^"]{0,120})"`).exec(attributes)?.[1] ?? ''
  return {
    handle: value('handle'),
    claimed: value('claimed') === 'true',
    values: new Map(),
    networks: [],
    place,
    above,
  }
}

/** A host bridge says where its root bus is, and a PCI bridge is above what it holds. */
function aboveOf(open: readonly Node[]): string | null | undefined {
  const around = open.at(-1)
  if (around === undefined) return undefined
  const bdf = addressOf(around)
  if (bdf === null) return around.above
  return around.values.get('description') === 'Host bridge' ? null : bdf
}

function note(node: Node, key: string, text: string, place: Place): void {
  if (key === 'businfo') node.place = place
  if (key === 'logicalname') node.networks.push(text)
  else if (!node.values.has(key)) node.values.set(key, text)
}

function addressOf({ values, handle }: Node): string | null {
  return fullAddress((values.get('businfo') ?? '').replace(/^pci@/, '')) ?? fullAddress(handle.replace(/^PCI:/, ''))
}

function take(node: Node, machine: Machine): void {
  const bdf = addressOf(node)
  if (bdf === null) return
  const { values, place, networks, claimed, above } = node
  machine.format('lshw-xml')
  const facts = machine.device(bdf, place)
  const description = values.get('description') ?? ''
  const code = codeOfClass(description) === undefined ? (CLASSES[description] ?? null) : null
  machine.classOf(facts, facts.class === null ? code : null, description, place)
  const name = [values.get('vendor'), values.get('product')].filter((word) => word !== undefined).join(' ')
  if (name !== '') facts.name = name
  const driver = values.get('driver')
  if (driver !== undefined) machine.driver(facts, driver, place)
  else if (!claimed) machine.driver(facts, null, place)
  if (above !== undefined && facts.class !== '0600') machine.parent(bdf, above, place)
  for (const value of networks) {
    if (/^(?:en|eth|wl|ib)\w+$/.test(value)) machine.fact({ kind: 'network', bdf, value }, place)
    else if (/^\/dev\/(?:nvme|sd)/.test(value)) machine.fact({ kind: 'disk', bdf, value }, place)
  }
}
