/** Tells whether a text is about more than one machine, and keeps what belongs to another apart. */
import {
  MAX_PASSED_OVER,
  type ImportedDevice,
  type ImportPlace,
  type ImportResult,
  type OtherMachine,
  type PassedOver,
} from './result.ts'

/** A line of a paste; pastes count from 0, lines from 1. */
export interface ContradictionPlace {
  readonly paste: number
  readonly line: number
}

/** With fewer functions that changed it is a card that was swapped, or a misprint. */
const FEWEST = 2

/** Counts the functions that a text names again with other ids or another revision. */
export class Contradictions {
  private readonly comparisons = new Map<string, ContradictionPlace | null>()

  /** A function has been named again; `differs`: as other hardware. */
  compared(bdf: string, differs: boolean, place: ContradictionPlace): void {
    const known = this.comparisons.get(bdf)
    if (known === undefined || (known === null && differs)) this.comparisons.set(bdf, differs ? place : null)
  }

  /** The first line of the other machine's hardware; null if all is of one. */
  verdict(): ContradictionPlace | null {
    const places = [...this.comparisons.values()]
    const other = places.filter((place) => place !== null)
    return other.length >= FEWEST && other.length * 2 >= places.length ? (other[0] ?? null) : null
  }
}

/** Hardware that only guests have. */
const VIRTUAL_VENDORS = new Set(['1af4', '1b36', '1234', '15ad', '1414', '5853'])
const VIRTUAL_NAME = /\b(?:QEMU|Virtio|VMware|QXL|440FX)\b/i

/** Whether hardware of a hypervisor is among the functions. */
function isGuest({ devices }: Pick<ImportResult, 'devices'>): boolean {
  return Object.values(devices).some(
    ({ vendor, name = '' }) => VIRTUAL_VENDORS.has(vendor ?? '') || VIRTUAL_NAME.test(name),
  )
}

/**
 * What a guest sees of a card that the same text shows on the host: a PCIe endpoint on the root bus, where real ones are
 * behind a port, with the name of a function that is behind one.
 */
function seenByGuest({ devices, groups }: ImportResult): string[] {
  const inGroups = new Set(Object.values(groups).flat())
  const behindPorts = new Set<string>()
  for (const [bdf, { name }] of Object.entries(devices))
    if (!isOnRootBus(bdf) && name !== undefined) behindPorts.add(name)
  return Object.entries(devices)
    .filter(
      ([bdf, device]) =>
        isOnRootBus(bdf) && isEndpoint(device) && behindPorts.has(device.name ?? '') && !inGroups.has(bdf),
    )
    .map(([bdf]) => bdf)
}

function isOnRootBus(bdf: string): boolean {
  return bdf.startsWith('0000:00:')
}

function isEndpoint({ pcieType }: ImportedDevice): boolean {
  return pcieType === 'Endpoint' || pcieType === 'Legacy Endpoint'
}

/** A result without the functions that a guest sees; they become another machine. `texts`: the pasted texts. */
export function withoutGuestView(result: ImportResult, texts: readonly string[]): ImportResult {
  const seen = new Set(seenByGuest(result))
  const [first] = seen
  if (first === undefined) return result
  const keep = <T>(entries: Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(Object.entries(entries).filter(([bdf]) => !seen.has(bdf)))
  const devices = Object.fromEntries(Object.entries(result.devices).filter(([bdf]) => seen.has(bdf)))
  const places = [...seen].flatMap((bdf) => result.sources[bdf] ?? []).map(placeOf)
  const at = places[0] ?? { line: 0 }
  const other = places.map((place): PassedOver => ({ ...place, text: textAt(place, texts), why: 'other' }))
  const { parents } = result
  return {
    ...result,
    devices: keep(result.devices),
    sources: keep(result.sources),
    ...(parents === undefined ? {} : { parents: keep(parents) }),
    warnings: [...result.warnings, { ...at, code: 'machine', text: textAt(at, texts) }],
    passedOver: [...result.passedOver, ...other].sort(inOrderOfText),
    others: [...(result.others ?? []), { ...at, kind: 'guest', groups: {}, devices }],
  }
}

/** Of two machines in one text, one after the other, the later with the earlier apart; a guest's never comes first. */
export function withOther(
  earlier: ImportResult,
  later: ImportResult,
  start: ImportPlace,
  texts: readonly string[],
): ImportResult {
  const guest = isGuest(later) !== isGuest(earlier)
  const noGroups = Object.keys(later.groups).length === 0 && Object.keys(earlier.groups).length > 0
  const laterIsOther = guest ? isGuest(later) : noGroups
  const [main, other] = laterIsOther ? [earlier, later] : [later, earlier]
  const places = [...Object.values(other.sources).flat(), ...other.facts].map(placeOf)
  const [first] = laterIsOther ? [start] : places.sort(inOrderOfText)
  const apart: OtherMachine = {
    ...(first ?? start),
    kind: guest ? 'guest' : 'machine',
    groups: other.groups,
    devices: other.devices,
  }
  const passed = places.map((place): PassedOver => ({ ...place, text: textAt(place, texts), why: 'other' }))
  const alternatives =
    guest || Object.keys(other.groups).length === 0 ? main.alternatives : { before: other.groups, ...main.alternatives }
  return {
    ...main,
    ...(alternatives === undefined ? {} : { alternatives }),
    warnings: [...main.warnings, { ...start, code: 'machine', text: textAt(start, texts) }],
    passedOver: [...main.passedOver, ...other.passedOver, ...passed].sort(inOrderOfText).slice(0, MAX_PASSED_OVER),
    others: [...(other.others ?? []), ...(main.others ?? []), apart],
  }
}

function placeOf({ line, paste }: ImportPlace): ImportPlace {
  return { line, ...(paste === undefined ? {} : { paste }) }
}

function textAt({ line, paste = 0 }: ImportPlace, texts: readonly string[]): string {
  return (texts[paste]?.split(/\r\n|[\r\n]/)[line - 1] ?? '').trim().slice(0, 160)
}

export function inOrderOfText(a: ImportPlace, b: ImportPlace): number {
  return (a.paste ?? 0) - (b.paste ?? 0) || a.line - b.line
}
