/** What the host no longer has while the guest runs. */
import { driverFamily } from '../sim/drivers.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Loss, Member } from './advice-types.ts'
import { kindOf, type DeviceKind } from './kinds.ts'
import type { Lookup } from './lookup.ts'
import type { Place, Surroundings, Told } from './surroundings.ts'
import { placeOf } from './troubles.ts'

const LOST: Readonly<Partial<Record<DeviceKind, Loss['kind']>>> = {
  graphics: 'display',
  nvme: 'disk',
  storage: 'disk',
  network: 'network',
  usb: 'usb',
  audio: 'sound',
  isa: 'chipset',
  chipset: 'chipset',
  unknown: 'unknown',
}

/** What the host is shown to use now, by address. */
export interface InUse {
  /** The controller of its root file system; `certain`: the text says so, and not only that it is the one possible. */
  readonly disk: { readonly bdf: string; readonly place: Place } | null
  readonly network: ReadonlyMap<string, Place>
  readonly display: { readonly bdf: string; readonly place: Place } | null
}

/** What the host uses, as far as the text shows it or leaves only one possibility. */
export function inUseOf(lookup: Lookup, surroundings: Surroundings | null): InUse {
  if (surroundings === null) return { disk: null, network: new Map(), display: null }
  const { rootDisk, activeNetwork, bootDisplay } = surroundings
  return {
    disk: diskOf(lookup, rootDisk),
    network: new Map(activeNetwork.map((told) => [told.value, placeOf(told)])),
    display: bootDisplay === null ? null : { bdf: bootDisplay.value, place: placeOf(bootDisplay) },
  }
}

function diskOf({ byBdf, ofKind }: Lookup, rootDisk: Told<string> | null): InUse['disk'] {
  if (rootDisk === null) return null
  const { value } = rootDisk
  const place = placeOf(rootDisk)
  if (byBdf.has(value)) return { bdf: value, place }
  const kind = value.startsWith('nvme') ? 'nvme' : value.startsWith('sd') ? 'storage' : null
  const [only, ...others] = kind === null ? [] : (ofKind.get(kind) ?? [])
  return only !== undefined && others.length === 0 ? { bdf: only.bdf, place } : null
}

/** What the host loses; of the wanted card itself only what the host may depend on. */
export function lossesOf(lookup: Lookup, members: readonly Member[], inUse: InUse): Loss[] {
  const leaving = new Map<Loss['kind'], number>()
  for (const { f, need } of members) {
    const lost = LOST[kindOf(f)]
    if (lost !== undefined && need !== 'nothing') leaving.set(lost, (leaving.get(lost) ?? 0) + 1)
  }
  return members.flatMap(({ f, kind, role, need }): Loss[] => {
    const lost = LOST[kind]
    const used = usedFrom(inUse, f)
    if (lost === undefined || role === 'port' || need === 'nothing') return []
    if (need === 'done' && used === null) return []
    const vital = lost === 'display' || lost === 'disk' || lost === 'network' || lost === 'unknown'
    const last = countOf(lookup, lost) <= (leaving.get(lost) ?? 0)
    if (role === 'wanted' && !vital) return []
    // The rest of a card goes unsaid, unless the host has no other of its kind.
    if (role === 'card' && used === null && !(last && lost === 'display')) return []
    return [{ f, kind: lost, last, ...(used === null ? {} : { used }) }]
  })
}

function usedFrom({ disk, network, display }: InUse, f: PciFunction): Place | null {
  if (disk?.bdf === f.bdf) return disk.place
  if (display?.bdf === f.bdf) return f.driver !== null && driverFamily(f.driver) === 'vfio' ? null : display.place
  return network.get(f.bdf) ?? null
}

/** How many functions of the machine serve as one thing. */
function countOf({ ofKind }: Lookup, lost: Loss['kind']): number {
  let count = 0
  for (const [kind, functions] of ofKind) if (LOST[kind] === lost) count += functions.length
  return count
}

/** The host shows its picture through the wanted device: it is the boot display, or the only graphics device. */
export function isHostDisplay({ ofKind }: Lookup, wanted: PciFunction, { display }: InUse): boolean {
  if (kindOf(wanted) !== 'graphics') return false
  if (wanted.driver !== null && driverFamily(wanted.driver) === 'vfio') return false
  if (display !== null) return display.bdf === wanted.bdf
  return ofKind.get('graphics')?.length === 1
}
