/** Why a group holds more than the wanted device. */
import type { PciFunction } from '../sim/machine.ts'
import { acsEnabled } from '../sim/pci/acs.ts'
import type { Cause, Member } from './advice-types.ts'
import { isVirtualFunction, slotOf } from './kinds.ts'
import { bridgesAbove, isBehindChipset, isPartOfChipset, type Lookup } from './lookup.ts'

/** Ports above the wanted device that are in its group and do not isolate. */
export function openPorts(lookup: Lookup, wanted: PciFunction, inGroup: ReadonlySet<PciFunction>): PciFunction[] {
  return bridgesAbove(lookup, wanted).filter(
    (bridge) => inGroup.has(bridge) && (bridge.kind === 'rp' || bridge.kind === 'dsp') && !acsEnabled(bridge),
  )
}

/**
 * @param before groups of an earlier state of the same machine, by their number
 */
export function causesOf(
  lookup: Lookup,
  wanted: PciFunction,
  members: readonly Member[],
  before: Readonly<Record<string, readonly string[]>> | undefined,
): Cause[] {
  const causes: Cause[] = []
  const inGroup = new Set(members.map(({ f }) => f))
  const earlier = Object.values(before ?? {}).find((bdfs) => bdfs.includes(wanted.bdf))
  if (earlier !== undefined && earlier.length < members.length) causes.push({ code: 'changed', before: earlier })
  if (isPartOfChipset(lookup, wanted)) return [...causes, { code: 'part-of-chipset' }]

  const above = bridgesAbove(lookup, wanted).filter((bridge) => inGroup.has(bridge))
  const conventional = above.find(({ kind }) => kind === 'pcie2pci' || kind === 'pci')
  const others = members.filter(({ f, role }) => f !== wanted && role !== 'port')
  if (conventional !== undefined && others.length > 0) {
    causes.push({ code: 'conventional-bridge', bridge: conventional })
    // What is beside that bridge has other reasons.
    if (others.every(({ f }) => bridgesAbove(lookup, f).includes(conventional))) return causes
  }
  const ports = [...inGroup].filter(({ kind }) => kind === 'rp')
  const open = openPorts(lookup, wanted, inGroup)
  if (ports.length > 2 && ports.length >= lookup.rootPorts.length - 1) causes.push({ code: 'all-ports', ports })
  else if (ports.length > 1) causes.push({ code: 'ports-of-one-slot', ports })
  else if (open.length > 0) causes.push({ code: 'port-without-acs', ports: open })
  if (isBehindChipset(lookup, wanted) && others.some(({ role }) => role === 'passenger')) {
    causes.push({ code: 'chipset' })
  }
  if (isVirtualFunction(wanted) || others.some(({ f }) => isVirtualFunction(f))) {
    if (others.length > 0) causes.push({ code: 'virtual-functions' })
    return causes
  }
  const sameSlot = others.filter(({ f }) => slotOf(f.bdf) === slotOf(wanted.bdf))
  if (sameSlot.some(({ role }) => role === 'passenger')) causes.push({ code: 'twins-of-card' })
  else if (sameSlot.length > 0) causes.push({ code: 'functions-of-card' })
  return causes
}
