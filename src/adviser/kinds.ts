import type { Machine, PciFunction } from '../sim/machine.ts'
import { parseBdf } from '../sim/pci/topology.ts'

/** What a function is to its owner, as far as its class tells. `unknown`: the listing does not say. */
export type DeviceKind =
  | 'graphics'
  | 'network'
  | 'nvme'
  | 'storage'
  | 'usb'
  | 'audio'
  | 'bridge'
  | 'host-bridge'
  | 'isa'
  | 'chipset'
  | 'other'
  | 'unknown'

const KINDS: readonly (readonly [prefix: string, kind: DeviceKind])[] = [
  ['03', 'graphics'],
  ['02', 'network'],
  ['0108', 'nvme'],
  ['01', 'storage'],
  ['0c03', 'usb'],
  ['04', 'audio'],
  ['0600', 'host-bridge'],
  ['0601', 'isa'],
  ['06', 'chipset'],
  ['05', 'chipset'],
  ['0780', 'chipset'],
  ['07', 'other'],
  ['0805', 'other'],
  ['0880', 'other'],
  ['08', 'chipset'],
  ['0c05', 'chipset'],
  ['0c80', 'chipset'],
  ['1101', 'chipset'],
  ['1180', 'chipset'],
  ['13', 'chipset'],
]

/** For listings without classes. */
const NAMES: readonly (readonly [pattern: RegExp, kind: DeviceKind])[] = [
  [/\b(?:HD |HDMI )?Audio\b/i, 'audio'],
  [/\b(?:USB ?[\d.]*|[xeou]HCI)\b/i, 'usb'],
  [/\bLPC\b|\bISA\b|\beSPI\b/i, 'isa'],
  [/\bHost Bridge\b|\bRoot Complex\b|\bData Fabric\b|\bDummy\b/i, 'host-bridge'],
  [/\bSMBus\b|\bSRAM\b|\bSerial IO\b|\bSPI\b|\bThermal\b|\bIOMMU\b/i, 'chipset'],
  [/\bNVMe\b|\bSSD\b/i, 'nvme'],
  [/\bSATA\b|\bRAID\b/i, 'storage'],
  [/\bEthernet\b|\bWireless|\bWi-?Fi\b|\bNetwork\b/i, 'network'],
  [/\bGeForce\b|\bQuadro\b|\bRadeon\b|\bGraphics\b|\bVGA\b/i, 'graphics'],
]

export function kindOf(f: PciFunction): DeviceKind {
  if (f.bridge) return 'bridge'
  const { class: code } = f
  if (code === undefined) return NAMES.find(([pattern]) => pattern.test(f.name ?? ''))?.[1] ?? 'unknown'
  return KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'other'
}

/** `dddd:bb:dd` of an address: functions that share it are one chip or card. */
export function slotOf(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf('.'))
}

/** On the processor's or chipset's own bus; a bridge above that is not listed does not make a card's bus a root bus. */
export function isOnBoard(f: PciFunction): boolean {
  return f.parent === null && parseBdf(f.bdf)?.bus === 0
}

/** A virtual function of an SR-IOV card, by its name. */
export function isVirtualFunction(f: PciFunction): boolean {
  return /\bVirtual Function\b|\bVF\b/i.test(f.name ?? '')
}

/** The bridges above a function, nearest first. */
export function bridgesAbove(machine: Machine, f: PciFunction): PciFunction[] {
  const byBdf = new Map(machine.devices.map((other) => [other.bdf, other]))
  const above: PciFunction[] = []
  for (let at = f.parent; at !== null;) {
    const bridge = byBdf.get(at)
    if (bridge === undefined || above.includes(bridge)) break
    above.push(bridge)
    at = bridge.parent
  }
  return above
}

/**
 * Whether a function hangs off the chipset and not off the processor: below an Intel root port of device 1a to 1d, or
 * below a switch that is one chip with a USB or SATA controller, as AMD's chipsets are.
 */
export function isBehindChipset(machine: Machine, f: PciFunction): boolean {
  return bridgesAbove(machine, f).some((bridge) => {
    const address = parseBdf(bridge.bdf)
    if (address === null) return false
    if (bridge.parent === null) return address.bus === 0 && address.slot >= 0x1a && address.slot <= 0x1d
    if (bridge.kind !== 'usp') return false
    return machine.devices.some(
      (other) => slotOf(other.bdf) === slotOf(bridge.bdf) && /^(?:0c03|0106)/.test(other.class ?? ''),
    )
  })
}

/** Kinds in the order in which people look for a device to hand to a guest. */
const SOUGHT: readonly DeviceKind[] = ['graphics', 'network', 'nvme', 'storage', 'usb', 'audio', 'other', 'unknown']

export interface Candidates {
  /** What people hand to guests, the usual first; further functions of a graphics card stand behind it. */
  readonly usual: readonly PciFunction[]
  /** Bridges and parts of the chipset. */
  readonly rest: readonly PciFunction[]
}

/** The functions of a machine, in the order in which a person who wants to hand one to a guest looks for it. */
export function candidatesOf(machine: Machine): Candidates {
  const ranked = machine.devices.map((f, index) => ({ f, index, rank: SOUGHT.indexOf(kindOf(f)) }))
  // The audio function of a graphics card follows its card.
  const ranks = new Map(ranked.filter(({ rank }) => rank === 0).map(({ f }) => [slotOf(f.bdf), 0]))
  const usual = ranked
    .filter(({ rank }) => rank >= 0)
    .map((entry) => ({ ...entry, rank: ranks.get(slotOf(entry.f.bdf)) ?? entry.rank }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ f }) => f)
  return { usual, rest: ranked.filter(({ rank }) => rank < 0).map(({ f }) => f) }
}
