/** What somebody who knows the hardware sees in a machine that a listing tells only in part. */
import type { Machine, PciFunction } from '../sim/machine.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { parseBdf } from '../sim/pci/topology.ts'
import { isOnBoard, isVirtualFunction, kindOf } from './kinds.ts'

/**
 * The machine with the ports of switches that a listing without classes does not call so: a PCIe link has one device,
 * number 0, so a bus with functions at several device numbers and of unknown class is the inside of a switch (or
 * conventional, where nobody should bind one of them unseen either). Above them is the last function of the slot on the
 * next lower bus of their group, as in AMD's chipsets; below them is what their group has on higher buses.
 */
export function withLikelyPorts(machine: Machine): Machine {
  const unseen = machine.devices.filter((f) => kindOf(f) === 'unknown' && !isOnBoard(f) && f.parent !== null)
  const buses = byBus(unseen)
  const groupOf = new Map(
    Object.entries(machine.groups ?? {}).flatMap(([id, bdfs]) => bdfs.map((bdf) => [bdf, id] as const)),
  )
  const changed = new Map<PciFunction, Partial<PciFunction>>()
  for (const [bus, ports] of buses) {
    const [first] = ports
    if (first === undefined || ports.length < 2 || !ports.every(({ bdf }) => bdf.endsWith('.0'))) continue
    const domain = bus.slice(0, bus.indexOf(':') + 1)
    if (!machine.devices.some(({ bdf }) => bdf.startsWith(domain) && busOf(bdf) > bus)) continue
    const group = groupOf.get(first.bdf)
    const mates =
      group === undefined ? [] : unseen.filter(({ bdf }) => groupOf.get(bdf) === group && bdf.startsWith(domain))
    const above = mates.findLast(({ bdf }) => busOf(bdf) < bus)
    if (above !== undefined) changed.set(above, { ...PORT, kind: 'usp' })
    for (const port of ports) changed.set(port, { ...PORT, ...(above === undefined ? {} : { parent: above.bdf }) })
    const below = [...byBus(mates.filter(({ bdf }) => busOf(bdf) > bus)).values()]
    below.forEach((functions, index) => {
      const port = ports[Math.min(index, ports.length - 1)]
      for (const f of functions) if (port !== undefined && !changed.has(f)) changed.set(f, { parent: port.bdf })
    })
  }
  if (changed.size === 0) return machine
  return { ...machine, devices: scanOrder(machine.devices.map((f) => ({ ...f, ...changed.get(f) }))) }
}

const PORT = {
  kind: 'dsp',
  bridge: true,
  driver: 'pcieport',
  native: 'pcieport',
} as const satisfies Partial<PciFunction>

function busOf(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf(':'))
}

function byBus(functions: readonly PciFunction[]): Map<string, PciFunction[]> {
  const buses = new Map<string, PciFunction[]>()
  for (const f of functions) {
    const list = buses.get(busOf(f.bdf))
    if (list === undefined) buses.set(busOf(f.bdf), [f])
    else list.push(f)
  }
  return buses
}

/**
 * The machine without functions that a guest sees: on a root bus, where the same hardware stands elsewhere too. A card
 * in a slot is never on a root bus of the host.
 */
export function withoutGuestViews(machine: Machine): { readonly machine: Machine; readonly guestViews: string[] } {
  const cards = new Set(machine.devices.filter((f) => !isOnBoard(f)).map(hardwareOf))
  const seen = machine.devices.filter((f) => {
    const hardware = hardwareOf(f)
    return isOnBoard(f) && hardware !== null && parseBdf(f.bdf)?.segment === 0 && cards.has(hardware)
  })
  if (seen.length === 0) return { machine, guestViews: [] }
  const guestViews = seen.map(({ bdf }) => bdf)
  const hidden = new Set(guestViews)
  const groups =
    machine.groups === undefined
      ? undefined
      : Object.fromEntries(
          Object.entries(machine.groups)
            .map(([id, bdfs]) => [id, bdfs.filter((bdf) => !hidden.has(bdf))] as const)
            .filter(([, bdfs]) => bdfs.length > 0),
        )
  const devices = machine.devices
    .filter(({ bdf }) => !hidden.has(bdf))
    .map((f) => (f.parent !== null && hidden.has(f.parent) ? { ...f, parent: null } : f))
  return { machine: { ...machine, devices, ...(groups === undefined ? {} : { groups }) }, guestViews }
}

/** What tells one piece of hardware from another; null where that would be too little, or where there are many of one. */
function hardwareOf(f: PciFunction): string | null {
  const kind = kindOf(f)
  if (!['graphics', 'audio', 'nvme'].includes(kind) || isVirtualFunction(f)) return null
  // Cards of AMD and NVIDIA; Intel's graphics are on the root bus, and its audio may be in two places.
  if (f.vendor === '8086' || (f.name ?? '') === '') return null
  return `${f.class ?? ''} ${f.vendor ?? ''}:${f.device ?? ''} ${f.name ?? ''}`
}
