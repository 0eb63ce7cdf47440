/**
 * What to say to a person who wants to hand a device to a guest: can it go, with what else, what has to let go of it,
 * what the host loses, what else could be tried. Facts only; `words.ts` puts them into sentences.
 */
import { driverFamily, UNKNOWN_DRIVER } from '../sim/drivers.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { acsEnabled, acsPath, parseAcsOverride } from '../sim/pci/acs.ts'
import { formGroups } from '../sim/pci/groups.ts'
import { topologyOf, type Topology } from '../sim/pci/topology.ts'
import {
  bridgesAbove,
  isBehindChipset,
  isOnBoard,
  isVirtualFunction,
  kindOf,
  slotOf,
  type DeviceKind,
} from './kinds.ts'

/**
 * `ready`: nothing is left to do; `yes`: it can go, alone or with the rest of its card; `with-others`: devices that
 * stand for themselves must go along; `against`: these are devices that the host cannot do without; `no`: it cannot be
 * handed over at all.
 */
export type Verdict = 'ready' | 'yes' | 'with-others' | 'against' | 'no'

/** Why a device cannot be handed over at all. */
export type Refusal = 'bridge' | 'host-part' | 'no-group' | 'rmrr'

/** `card`: another function of the wanted device's card; `port`: a bridge; `passenger`: anything else of the group. */
export type Role = 'wanted' | 'card' | 'passenger' | 'port'

/**
 * What a member of the group needs: `bind` to vfio-pci; `release` from its driver without another (bridges to the host
 * and other parts of the chipset); `nothing`, it is free already; `leave` alone, as ports are; `done`, on a VFIO driver.
 */
export type Need = 'bind' | 'release' | 'nothing' | 'leave' | 'done'

export interface Member {
  readonly f: PciFunction
  readonly kind: DeviceKind
  readonly role: Role
  readonly need: Need
  /** The listing does not say which driver it has, so it may be free already. */
  readonly unknown: boolean
}

/** Something that the host no longer has while the guest runs. */
export interface Loss {
  readonly f: PciFunction
  readonly kind: 'display' | 'disk' | 'network' | 'usb' | 'sound' | 'chipset' | 'unknown'
  /** The host has no other of this kind outside the group. */
  readonly last: boolean
}

/** Why the group holds more than the wanted device. */
export type Cause =
  /** Ports above without ACS, which therefore share a group with all below. */
  | { readonly code: 'port-without-acs'; readonly ports: readonly PciFunction[] }
  /** Several ports in one slot without ACS: what is below each is in one group. */
  | { readonly code: 'ports-of-one-slot'; readonly ports: readonly PciFunction[] }
  /** Nearly all root ports of the machine are in the group. */
  | { readonly code: 'all-ports'; readonly ports: readonly PciFunction[] }
  | { readonly code: 'chipset' }
  /** The wanted device is a function of the chipset beside its ISA bridge. */
  | { readonly code: 'part-of-chipset' }
  /** Functions of one card that do not isolate from each other. */
  | { readonly code: 'functions-of-card' }
  /** Ports of one network card, or several controllers of one card. */
  | { readonly code: 'twins-of-card' }
  | { readonly code: 'virtual-functions' }
  /** A bridge to conventional PCI, whose devices all appear under its requester ID. */
  | { readonly code: 'conventional-bridge'; readonly bridge: PciFunction }
  /** An earlier state of the same machine in the same text had a smaller group. */
  | { readonly code: 'changed'; readonly before: readonly string[] }

export type Alternative =
  /** Ports that isolate: with nothing below, or with something that could change places. */
  | { readonly code: 'other-slot'; readonly free: readonly PciFunction[]; readonly taken: readonly PciFunction[] }
  | { readonly code: 'firmware-acs' }
  /** What `pcie_acs_override=downstream,multifunction` would leave in the group; `reach`: who stays within reach. */
  | { readonly code: 'override'; readonly left: readonly PciFunction[]; readonly reach: readonly PciFunction[] }
  /** Devices of the same kind whose group holds nothing else that counts. */
  | { readonly code: 'other-device'; readonly devices: readonly PciFunction[] }
  /** All devices that count go to one guest. */
  | { readonly code: 'together' }
  | { readonly code: 'virtual-functions' }
  | { readonly code: 'older-kernel' }
  | { readonly code: 'usb-sound' }
  /** The guest gets an emulated or paravirtual device instead. */
  | { readonly code: 'emulated' }

export interface Advice {
  readonly wanted: PciFunction
  /** The kernel's number of its group; null: in none. */
  readonly group: string | null
  readonly estimated: boolean
  readonly verdict: Verdict
  readonly refusal: Refusal | null
  /** In the machine's order. */
  readonly members: readonly Member[]
  readonly losses: readonly Loss[]
  readonly causes: readonly Cause[]
  readonly alternatives: readonly Alternative[]
  /** The group cannot be made smaller by any setting, slot or option. */
  readonly nothingSplits: boolean
  /** A bridge is all that some tools would find fault with: the kernel does not. */
  readonly onlyBridgesHeld: boolean
  /** The host shows its picture through the wanted device, or may do so. */
  readonly hostDisplay: boolean
  /** Functions outside the group with the same ids as the wanted card: binding by id would take them too. */
  readonly twins: readonly PciFunction[]
}

export interface AdviceOptions {
  /** Groups of an earlier state of the same machine, by their number. */
  readonly before?: Readonly<Record<string, readonly string[]>>
}

/**
 * Advises on handing a function of a machine to a guest.
 * @param bdf address of the wanted function
 * @returns null if the machine has no such function
 */
export function adviceFor(machine: Machine, bdf: string, { before }: AdviceOptions = {}): Advice | null {
  const wanted = machine.devices.find((f) => f.bdf === bdf)
  if (wanted === undefined) return null
  const topology = topologyOf(machine.devices)
  const groups = groupsOf(machine, topology)
  const group = [...groups].find(([, members]) => members.includes(wanted))?.[0] ?? null
  const inGroup = group === null ? [wanted] : (groups.get(group) ?? [wanted])
  const refusal = refusalOf(wanted, group)
  const members = inGroup.map((f) => memberOf(machine, wanted, f))
  const passengers = members.filter(({ role }) => role === 'passenger')
  const losses = lossesOf(machine, members)
  const causes = members.length === 1 ? [] : causesOf(machine, wanted, members, before)
  const verdict = refusal === null ? verdictOf(members, passengers, losses, causes) : 'no'
  const crowded = passengers.some(({ need }) => need !== 'nothing' && need !== 'leave')
  const alternatives =
    refusal === null && (crowded || verdict === 'against')
      ? alternativesOf(machine, topology, groups, wanted, members, causes)
      : refusal === null
        ? []
        : [{ code: 'emulated' } as const]
  const splitting = alternatives.some(({ code }) =>
    ['other-slot', 'firmware-acs', 'override', 'older-kernel'].includes(code),
  )
  return {
    wanted,
    group,
    estimated: machine.estimated === true,
    verdict,
    refusal,
    members,
    losses,
    causes,
    alternatives,
    nothingSplits: refusal === null && crowded && !splitting,
    onlyBridgesHeld:
      members.some(({ role }) => role === 'port') &&
      members.every(({ need }) => need === 'leave' || need === 'done' || need === 'nothing'),
    hostDisplay: kindOf(wanted) === 'graphics' && isHostDisplay(machine, wanted),
    twins: twinsOf(machine, members),
  }
}

/** Members of each group, in the machine's order. */
export function groupsOf(
  machine: Machine,
  topology: Topology = topologyOf(machine.devices),
): Map<string, PciFunction[]> {
  const groups = new Map<string, PciFunction[]>()
  const add = (id: string, f: PciFunction): void => {
    const known = groups.get(id)
    if (known === undefined) groups.set(id, [f])
    else known.push(f)
  }
  if (machine.groups === undefined) {
    formGroups(topology).groups.forEach((id, index) => {
      const f = machine.devices[index]
      if (f !== undefined) add(String(id), f)
    })
    return groups
  }
  const groupOf = new Map(Object.entries(machine.groups).flatMap(([id, bdfs]) => bdfs.map((bdf) => [bdf, id] as const)))
  for (const f of machine.devices) {
    const id = groupOf.get(f.bdf)
    if (id !== undefined) add(id, f)
  }
  return groups
}

function refusalOf(wanted: PciFunction, group: string | null): Refusal | null {
  if (wanted.bridge) return 'bridge'
  const kind = kindOf(wanted)
  if (kind === 'host-bridge' || kind === 'isa' || /^(?:05|0806|13)/.test(wanted.class ?? '')) return 'host-part'
  if (group === null) return 'no-group'
  return wanted.rmrr === true ? 'rmrr' : null
}

// ---- Members ----------------------------------------------------------------------------------------------------

function memberOf(machine: Machine, wanted: PciFunction, f: PciFunction): Member {
  const role = roleOf(machine, wanted, f)
  const kind = kindOf(f)
  const unknown = f.driver === UNKNOWN_DRIVER
  const base = { f, kind, role, unknown }
  const family = f.driver === null ? 'none' : driverFamily(f.driver)
  // Since Linux 5.19 a bridge passes for its driver, pcieport; another one, as shpchp, is in the way like any.
  if (f.bridge) return { ...base, need: family === 'native' || family === 'uio' ? 'release' : 'leave' }
  if (family === 'vfio') return { ...base, need: 'done' }
  // Others of the group may stay without a driver; what the guest gets must be on a VFIO driver.
  const free = family === 'none' || family === 'stub'
  if (free && role === 'passenger') return { ...base, need: 'nothing' }
  const part = kind === 'host-bridge' || kind === 'isa' || /^(?:05|0806|13)/.test(f.class ?? '')
  return { ...base, need: part && role !== 'wanted' ? (free ? 'nothing' : 'release') : 'bind' }
}

function roleOf(machine: Machine, wanted: PciFunction, f: PciFunction): Role {
  if (f === wanted) return 'wanted'
  if (f.bridge) return 'port'
  if (slotOf(f.bdf) !== slotOf(wanted.bdf) || isPartOfChipset(machine, wanted)) return 'passenger'
  // A second network port or a disk controller serves the host by itself; so do USB ports, unless they are on a graphics
  // card (a processor with graphics has the host's among its functions, by another vendor id).
  const kind = kindOf(f)
  const graphics = machine.devices.find((other) => slotOf(other.bdf) === slotOf(f.bdf) && kindOf(other) === 'graphics')
  const serves =
    ['network', 'nvme', 'storage'].includes(kind) ||
    (kind === 'usb' && (graphics === undefined || graphics.vendor !== f.vendor)) ||
    (kind === 'unknown' && isOnBoard(f))
  return serves || isVirtualFunction(wanted) !== isVirtualFunction(f) ? 'passenger' : 'card'
}

/** One of the functions of a chip on a root bus that has the ISA bridge among them, as Intel's 00:1f.* and AMD's 00:14.*. */
function isPartOfChipset(machine: Machine, f: PciFunction): boolean {
  return (
    isOnBoard(f) &&
    machine.devices.some((other) => slotOf(other.bdf) === slotOf(f.bdf) && other !== f && kindOf(other) === 'isa')
  )
}

function verdictOf(
  members: readonly Member[],
  passengers: readonly Member[],
  losses: readonly Loss[],
  causes: readonly Cause[],
): Verdict {
  const costly = passengers.filter(({ need }) => need === 'bind' || need === 'release')
  if (causes.some(({ code }) => code === 'part-of-chipset')) return 'against'
  if (costly.length === 0) return members.some(({ need }) => need === 'bind' || need === 'release') ? 'yes' : 'ready'
  const vital = losses.filter(({ kind, last }) => last && (kind === 'disk' || kind === 'network' || kind === 'usb'))
  const last = new Set(vital.filter(({ f }) => costly.some((member) => member.f === f)).map(({ kind }) => kind))
  const all = causes.some(({ code }) => code === 'all-ports')
  if (all || last.has('disk') || last.size > 1 || costly.some(({ kind }) => kind === 'isa')) return 'against'
  return 'with-others'
}

// ---- Losses -----------------------------------------------------------------------------------------------------

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

/** What the host loses; of the wanted card itself only what the host may live from. */
function lossesOf(machine: Machine, members: readonly Member[]): Loss[] {
  return members.flatMap(({ f, kind, role, need }): Loss[] => {
    const lost = LOST[kind]
    if (lost === undefined || role === 'port' || need === 'nothing' || need === 'done') return []
    const vital = lost === 'display' || lost === 'disk' || lost === 'network'
    if ((role === 'wanted' && !vital) || role === 'card') return []
    const others = machine.devices.filter(
      (other) =>
        LOST[kindOf(other)] === lost && !members.some((member) => member.f === other && member.need !== 'nothing'),
    )
    return [{ f, kind: lost, last: others.length === 0 }]
  })
}

/** The only graphics device, or the first VGA of the machine: firmware and console show their picture there. */
function isHostDisplay(machine: Machine, wanted: PciFunction): boolean {
  const graphics = machine.devices.filter((f) => kindOf(f) === 'graphics')
  if (driverFamily(wanted.driver ?? '') === 'vfio' && wanted.driver !== null) return false
  return graphics.length === 1
}

function twinsOf(machine: Machine, members: readonly Member[]): PciFunction[] {
  const bound = members.filter(({ need }) => need === 'bind' || need === 'done').map(({ f }) => f)
  const ids = new Set(bound.flatMap(({ vendor, device }) => (vendor && device ? [`${vendor}:${device}`] : [])))
  return machine.devices.filter((f) => !bound.includes(f) && ids.has(`${f.vendor ?? ''}:${f.device ?? ''}`))
}

// ---- Causes -----------------------------------------------------------------------------------------------------

function causesOf(
  machine: Machine,
  wanted: PciFunction,
  members: readonly Member[],
  before: AdviceOptions['before'],
): Cause[] {
  const causes: Cause[] = []
  const inGroup = new Set(members.map(({ f }) => f))
  const earlier = Object.values(before ?? {}).find((bdfs) => bdfs.includes(wanted.bdf))
  if (earlier !== undefined && earlier.length < members.length) causes.push({ code: 'changed', before: earlier })
  if (isPartOfChipset(machine, wanted)) return [...causes, { code: 'part-of-chipset' }]

  const above = bridgesAbove(machine, wanted).filter((bridge) => inGroup.has(bridge))
  const conventional = above.find(({ kind }) => kind === 'pcie2pci' || kind === 'pci')
  const others = members.filter(({ f, role }) => f !== wanted && role !== 'port')
  if (conventional !== undefined && others.length > 0) {
    causes.push({ code: 'conventional-bridge', bridge: conventional })
    // What is beside that bridge has other reasons.
    if (others.every(({ f }) => bridgesAbove(machine, f).includes(conventional))) return causes
  }
  const rootPorts = machine.devices.filter(({ kind }) => kind === 'rp')
  const ports = [...inGroup].filter(({ kind }) => kind === 'rp')
  const open = above.filter((bridge) => (bridge.kind === 'rp' || bridge.kind === 'dsp') && !acsEnabled(bridge))
  if (ports.length > 2 && ports.length >= rootPorts.length - 1) causes.push({ code: 'all-ports', ports })
  else if (ports.length > 1) causes.push({ code: 'ports-of-one-slot', ports })
  else if (open.length > 0) causes.push({ code: 'port-without-acs', ports: open })
  if (isBehindChipset(machine, wanted) && others.some(({ role }) => role === 'passenger'))
    causes.push({ code: 'chipset' })

  if (isVirtualFunction(wanted) || others.some(({ f }) => isVirtualFunction(f))) {
    if (others.length > 0) causes.push({ code: 'virtual-functions' })
  } else {
    const sameSlot = others.filter(({ f }) => slotOf(f.bdf) === slotOf(wanted.bdf))
    if (sameSlot.some(({ role }) => role === 'passenger')) causes.push({ code: 'twins-of-card' })
    else if (sameSlot.length > 0) causes.push({ code: 'functions-of-card' })
  }
  return causes
}

// ---- Alternatives -----------------------------------------------------------------------------------------------

/** Functions that make a group one of somebody else's: neither ports nor free parts of the host. */
function counting(machine: Machine, wanted: PciFunction, functions: readonly PciFunction[]): PciFunction[] {
  return functions.filter((f) => {
    const { role, need } = memberOf(machine, wanted, f)
    return role === 'passenger' && need !== 'nothing'
  })
}

function alternativesOf(
  machine: Machine,
  topology: Topology,
  groups: ReadonlyMap<string, readonly PciFunction[]>,
  wanted: PciFunction,
  members: readonly Member[],
  causes: readonly Cause[],
): Alternative[] {
  const has = (...codes: readonly Cause['code'][]): boolean => causes.some(({ code }) => codes.includes(code))
  const list: Alternative[] = []
  const inGroup = new Set(members.map(({ f }) => f))
  const kind = kindOf(wanted)
  if (has('changed')) list.push({ code: 'older-kernel' })

  const onCard = !isOnBoard(wanted) && !isVirtualFunction(wanted)
  const byPorts = has('port-without-acs', 'ports-of-one-slot', 'chipset', 'all-ports')
  if (onCard && (byPorts || has('twins-of-card') === false) && !has('part-of-chipset')) {
    const ports = machine.devices.filter(
      (f, index) => (f.kind === 'rp' || f.kind === 'dsp') && !inGroup.has(f) && f.bridge && acsPath(topology, index),
    )
    const free = ports.filter((port) => !machine.devices.some((f) => f.parent === port.bdf))
    const taken = ports.filter((port) =>
      machine.devices.some((f) => f.parent === port.bdf && !f.bridge && kindOf(f) !== 'chipset'),
    )
    if (byPorts || has('conventional-bridge')) list.push({ code: 'other-slot', free, taken })
  }
  if (byPorts || has('virtual-functions')) list.push({ code: 'firmware-acs' })

  const override = overrideEffect(machine, topology, wanted)
  if (override !== null) list.push(override)

  if (has('twins-of-card') && kind === 'network' && !isOnBoard(wanted)) list.push({ code: 'virtual-functions' })
  const devices = [...groups.values()].flatMap((group) =>
    group.filter(
      (f) =>
        f !== wanted &&
        !inGroup.has(f) &&
        kindOf(f) === kind &&
        kind !== 'unknown' &&
        kind !== 'other' &&
        kind !== 'chipset' &&
        isVirtualFunction(f) === isVirtualFunction(wanted) &&
        counting(machine, f, group).length === 0,
    ),
  )
  if (devices.length > 0) list.push({ code: 'other-device', devices })
  if (counting(machine, wanted, [...inGroup]).some((f) => kindOf(f) === kind || isVirtualFunction(f))) {
    list.push({ code: 'together' })
  }
  if (kind === 'audio' && has('part-of-chipset')) list.push({ code: 'usb-sound' })
  if (list.length === 0 || has('part-of-chipset', 'conventional-bridge', 'all-ports')) list.push({ code: 'emulated' })
  return list
}

/** What the override makes of the group; null if it takes nobody out of it. */
function overrideEffect(machine: Machine, topology: Topology, wanted: PciFunction): Alternative | null {
  const at = machine.devices.indexOf(wanted)
  const together = (option: string): PciFunction[] => {
    const { groups } = formGroups(topology, parseAcsOverride(option))
    return machine.devices.filter((f, index) => f !== wanted && groups[index] === groups[at] && !f.bridge)
  }
  const now = together('')
  const left = together('downstream,multifunction')
  const reach = now.filter((f) => !left.includes(f))
  return counting(machine, wanted, reach).length === 0 ? null : { code: 'override', left, reach }
}
