/** Rich text as data: the page colours and links the parts, everything else prints them. */
import type { World } from '../sim/world.ts'

/**
 * A piece of text, or the name of something: `index` is its index in the world's table of that kind (devices, groups,
 * drivers, slots for `fd`, containers, processes).
 */
export type Span =
  | string
  | {
      readonly kind: 'device' | 'group' | 'driver' | 'fd' | 'container' | 'process' | 'fn' | 'errno' | 'code'
      readonly text: string
      readonly index?: number
    }

export type Words = readonly Span[]

/** The text alone. */
export function plain(words: Words): string {
  return words.map((span) => (typeof span === 'string' ? span : span.text)).join('')
}

/** Joins pieces to one text; neighbouring strings become one, empty ones go. */
export function join(...pieces: readonly (Span | Words)[]): Words {
  const out: Span[] = []
  for (const span of pieces.flatMap((piece) => (isWords(piece) ? piece : [piece]))) {
    const last = out.at(-1)
    if (span === '') continue
    if (typeof span === 'string' && typeof last === 'string') out[out.length - 1] = last + span
    else out.push(span)
  }
  return out
}

function isWords(piece: Span | Words): piece is Words {
  return Array.isArray(piece)
}

/** Text with spans in it: rich`${device} is bound to ${driver}.` */
export function rich(text: TemplateStringsArray, ...parts: readonly (Span | Words)[]): Words {
  return join(...text.flatMap((piece, index): (Span | Words)[] => [piece, parts[index] ?? '']))
}

/** With a capital, unless it begins with a name that has a form of its own. */
export function capital(words: Words): Words {
  const [first, ...rest] = words
  if (first === undefined) return words
  const raise = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
  if (typeof first === 'string') return [raise(first), ...rest]
  return first.kind === 'group' ? [{ ...first, text: raise(first.text) }, ...rest] : words
}

/** Sentences one after the other, with a space between; absent ones are passed over. */
export function sentences(...parts: readonly (Words | null | undefined | false)[]): Words {
  const present = parts.filter((part) => part !== null && part !== undefined && part !== false).map(capital)
  return join(...present.flatMap((part, index): (Span | Words)[] => (index === 0 ? [part] : [' ', part])))
}

/** `a`, `a and b`, `a, b and c`. */
export function list(items: readonly (Span | Words)[]): Words {
  return join(
    ...items.flatMap((item, index): (Span | Words)[] =>
      index === 0 ? [item] : [index === items.length - 1 ? ' and ' : ', ', item],
    ),
  )
}

/** A PCI address as people say it: without the segment when that is 0000. */
export function shortBdf(bdf: string): string {
  return bdf.startsWith('0000:') ? bdf.slice(5) : bdf
}

export function deviceSpan(world: World, device: number): Span {
  const bdf = world.devices[device]?.spec.bdf
  return bdf === undefined ? 'the device' : { kind: 'device', text: shortBdf(bdf), index: device }
}

/** An address that an operation names, which may be nobody's. */
export function bdfSpan(world: World, bdf: string): Span {
  const device = world.deviceIndex.get(bdf)
  return device === undefined ? { kind: 'code', text: shortBdf(bdf) } : deviceSpan(world, device)
}

export function groupSpan(world: World, group: number): Span {
  const id = world.groups[group]?.id
  return id === undefined ? 'the group' : { kind: 'group', text: `group ${id}`, index: group }
}

export function driverSpan(world: World, driver: number): Span {
  const found = world.drivers[driver]
  if (found === undefined || found.name === '') return 'no driver'
  if (found.family === 'unknown')
    return { kind: 'driver', text: 'a driver that the listing does not name', index: driver }
  return { kind: 'driver', text: found.name, index: driver }
}

/** A driver that an operation names, which may be absent from the kernel. */
export function driverNameSpan(world: World, name: string): Span {
  const driver = world.driverIndex.get(name)
  return driver === undefined ? { kind: 'driver', text: name } : { kind: 'driver', text: name, index: driver }
}

export function slotSpan(world: World, slot: number): Span {
  const name = world.slots[slot]
  return name === undefined ? 'the file' : { kind: 'fd', text: name, index: slot }
}

/** A name given by `as`; it has an index once some operation with it has been compiled. */
export function fdSpan(world: World, name: string): Span {
  const slot = world.slotIndex.get(name)
  return slot === undefined ? { kind: 'fd', text: name } : { kind: 'fd', text: name, index: slot }
}

export function processSpan(world: World, process: number): Span {
  const found = world.setup.processes[process]
  return found === undefined ? 'the process' : { kind: 'process', text: found.name, index: process }
}

export function fn(name: string): Span {
  return { kind: 'fn', text: name }
}

export function code(text: string): Span {
  return { kind: 'code', text }
}

/** An address in hexadecimal, as the kernel prints them. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`
}

const UNITS = ['', 'K', 'M', 'G', 'T'] as const

/** A size in bytes as QEMU and the kernel's command line write it: 4K, 2M, 1G; plain bytes where that is not even. */
export function size(bytes: number): string {
  let unit = 0
  let value = bytes
  while (value >= 1024 && value % 1024 === 0 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${value}${UNITS[unit] ?? ''}`
}

/** The same in a sentence: `2M`, `5 bytes`. */
export function amount(bytes: number): string {
  const short = size(bytes)
  return /\d$/.test(short) ? `${short} bytes` : short
}
