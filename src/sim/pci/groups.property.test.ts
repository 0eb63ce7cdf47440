import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PciFunction } from '../machine.ts'
import { parseAcsOverride } from './acs.ts'
import { dmaAliases, formatRid } from './aliases.ts'
import { formGroups, type FormationCheck } from './groups.ts'
import { machines } from './machines.test-helper.ts'
import { scanOrder } from './scan-order.ts'
import { topologyOf } from './topology.ts'

// ---- A second implementation, from the description of the algorithm alone: buses with bridges, as the kernel has them.

interface Bus {
  readonly devices: Device[]
  /** The bridge that leads here; none on root buses and on the virtual buses of SR-IOV. */
  self: Device | null
  up: Bus | null
}

interface Device {
  readonly f: PciFunction
  readonly segment: string
  readonly number: number
  readonly slot: number
  readonly fn: number
  bus: Bus
  group: number | null
}

function machineOf(functions: readonly PciFunction[]): Device[] {
  const buses = new Map<string, Bus>()
  const busAt = (name: string): Bus => {
    const bus = buses.get(name) ?? { devices: [], self: null, up: null }
    buses.set(name, bus)
    return bus
  }
  const devices = functions.map((f): Device => {
    const [segment = '', number = '', rest = ''] = f.bdf.split(':')
    const [slot = '', fn = ''] = rest.split('.')
    const bus = busAt(`${segment}:${Number.parseInt(number, 16)}`)
    const device = {
      f,
      segment,
      number: Number.parseInt(number, 16),
      slot: Number.parseInt(slot, 16),
      fn: Number(fn),
      bus,
      group: null,
    }
    bus.devices.push(device)
    return device
  })
  for (const device of devices) {
    const bridge = devices.find(({ f }) => f.bdf === device.f.parent)
    if (bridge === undefined) continue
    const below = busAt(`${bridge.segment}:${bridge.f.secondary ?? 0}`)
    below.self = bridge
    below.up = bridge.bus
    if (device.bus !== below) device.bus.up = below
  }
  return devices
}

/** The bridges above a device, the nearest first. */
function bridgesAbove(device: Device): Device[] {
  const bridges: Device[] = []
  for (let bus: Bus | null = device.bus; bus !== null; bus = bus.up) if (bus.self !== null) bridges.push(bus.self)
  return bridges
}

function acsEnabled({ f }: Device, option: string): boolean {
  const words = option.split(',')
  const flags = (): boolean => {
    if (f.acsCap === null) return false
    for (const bit of ['SV', 'RR', 'CR', 'UF'] as const) {
      if (f.acsCap.includes(bit) && f.acsCtrl !== undefined && !f.acsCtrl.includes(bit)) return false
    }
    return true
  }
  if (f.acsQuirk === true) return true
  if (f.acsQuirk === false) return false
  if (f.kind === 'rciep' && f.vendor === '8086') return true
  if (f.kind !== 'pci' && f.acsCap === null) {
    if (words.includes(`id:${f.vendor}:${f.device}`)) return true
    if (words.includes('downstream') && (f.kind === 'rp' || f.kind === 'dsp')) return true
    if (words.includes('multifunction') && f.multifunction && /^(?:ep|usp|legep|rciep)$/.test(f.kind)) return true
  }
  if (/^(?:pci|pcie2pci|pci2pcie|rcec)$/.test(f.kind)) return false
  if (f.kind === 'rp' || f.kind === 'dsp') return flags()
  return f.multifunction ? flags() : true
}

function ridsOf(device: Device): { readonly via: Device; readonly rid: string }[] {
  const name = (segment: string, bus: number, devfn: number): string =>
    `${segment}:${bus.toString(16).padStart(2, '0')}:${(devfn >> 3).toString(16).padStart(2, '0')}.${devfn & 7}`
  const own = (d: Device): string => d.f.bdf
  const list = [{ via: device, rid: own(device) }]
  const mask = [...(device.f.aliases ?? [])].sort((a, b) => a - b)
  for (const devfn of mask) list.push({ via: device, rid: name(device.segment, device.number, devfn) })
  for (const bridge of bridgesAbove(device)) {
    if (bridge.f.xlateRoot === true) return list
    const secondary = name(bridge.segment, bridge.f.secondary ?? 0, 0)
    if (bridge.f.kind === 'pcie2pci') list.push({ via: bridge, rid: secondary })
    if (bridge.f.kind === 'pci2pcie') list.push({ via: bridge, rid: own(bridge) })
    if (bridge.f.kind === 'pci')
      list.push({ via: bridge, rid: bridge.f.bridgeAlias === true ? secondary : own(bridge) })
  }
  return list
}

function naiveGroups(functions: readonly PciFunction[], option: string): number[] {
  const devices = machineOf(functions)
  const devfn = ({ slot, fn }: Device): number => slot * 8 + fn
  const path = (d: Device): boolean => [d, ...bridgesAbove(d)].every((each) => acsEnabled(each, option))
  const byAlias = (x: Device, seen: number[]): number | null => {
    if (seen.includes(devfn(x))) return null
    seen.push(devfn(x))
    if (x.group !== null) return x.group
    for (const t of devices) {
      if (t === x || t.bus !== x.bus) continue
      if (!(x.f.aliases ?? []).includes(devfn(t)) && !(t.f.aliases ?? []).includes(devfn(x))) continue
      const group = byAlias(t, seen) ?? byFunction(t, seen)
      if (group !== null) return group
    }
    return null
  }
  const byFunction = (x: Device, seen: number[]): number | null => {
    if (!x.f.multifunction || acsEnabled(x, option)) return null
    for (const t of devices) {
      if (t === x || t.bus !== x.bus || t.slot !== x.slot || acsEnabled(t, option)) continue
      const group = byAlias(t, seen)
      if (group !== null) return group
    }
    return null
  }
  const choose = (d: Device): number | null => {
    let p = d
    for (const { via } of ridsOf(d)) {
      p = via
      if (via.group !== null) return via.group
    }
    let current = p
    for (const bridge of bridgesAbove(p)) {
      if (path(bridge)) break
      current = bridge
      if (bridge.group !== null) return bridge.group
    }
    const seen: number[] = []
    return byAlias(current, seen) ?? byFunction(current, seen)
  }
  let next = 0
  for (const device of devices) device.group = choose(device) ?? next++
  return devices.map(({ group }) => group ?? -1)
}

const options = fc.constantFrom(
  '',
  'downstream',
  'multifunction',
  'downstream,multifunction',
  'id:8086:0002,downstream',
)

test('groups are those of the second implementation, for any machine and override', () => {
  fc.assert(
    fc.property(machines, options, (functions, option) => {
      const ordered = scanOrder(functions)
      expect(formGroups(topologyOf(ordered), parseAcsOverride(option)).groups).toEqual(naiveGroups(ordered, option))
    }),
    { numRuns: 2000 },
  )
})

test('also when functions come in another order than that of the scan: hot-plugged, or probed late', () => {
  const shuffled = machines.chain((functions) => fc.shuffledSubarray(functions, { minLength: functions.length }))
  fc.assert(
    fc.property(shuffled, options, (functions, option) => {
      expect(formGroups(topologyOf(functions), parseAcsOverride(option)).groups).toEqual(naiveGroups(functions, option))
    }),
    { numRuns: 1000 },
  )
})

test('requester IDs are those of the second implementation', () => {
  fc.assert(
    fc.property(machines, (functions) => {
      const topology = topologyOf(functions)
      const expected = machineOf(functions).map((device) => ridsOf(device).map(({ rid }) => rid))
      expect(functions.map((_, index) => dmaAliases(topology, index).map(({ rid }) => formatRid(rid)))).toEqual(
        expected,
      )
    }),
    { numRuns: 500 },
  )
})

test('what is recorded of a function decides its group, and recording changes nothing', () => {
  fc.assert(
    fc.property(machines, fc.nat(), (functions, nth) => {
      const topology = topologyOf(scanOrder(functions))
      const index = nth % functions.length
      const checks: FormationCheck[] = []
      const { groups, reasons } = formGroups(topology, undefined, { index, checks })
      expect(groups).toEqual(formGroups(topology).groups)
      const last = checks.at(-1)
      expect(last?.joined).toBe(reasons[index]?.joined)
    }),
    { numRuns: 500 },
  )
})

test('the random machines come by every step of the choice', () => {
  const samples = fc.sample(machines, { seed: 1, numRuns: 300 })
  const steps = samples.flatMap((functions) =>
    formGroups(topologyOf(scanOrder(functions))).reasons.map(({ step }) => step),
  )
  expect([...new Set(steps)].sort()).toEqual(['alias', 'alias-mask', 'function', 'new', 'peer-to-peer'])
})
