/** Translations of single devices: the record of each, and what writing it does to the hardware's table. */
import { BLOCKED_CONTEXT, defaultContext } from '../../iommu/context.ts'
import { writeContext } from '../../iommu/hardware.ts'
import type { World } from '../../world.ts'
import { moveDevice } from './iommu-core.ts'
import type { IoasidTrace } from './ioasid-codes.ts'
import { devicesIn, homeOf, policyOf, type IoasidState } from './ioasid-state.ts'
import { at } from './machine-state.ts'

/** Moves one device: its record, and the hardware's entries of all its requester IDs, whoever else has one of them. */
export function setContext(state: IoasidState, device: number, context: number, trace?: IoasidTrace): void {
  state.record[device] = context
  moveDevice(state, device, context, trace)
}

/**
 * Moves one device for an ATTACH or DETACH. How the hardware gets from one translation to the other is an option: in
 * one step, blocked for a moment (an entry is cleared, then set), or through the default domain.
 */
export function switchContext(state: IoasidState, device: number, context: number, trace?: IoasidTrace): void {
  const gap = policyOf(state).switchGap ?? 'blocked'
  const between = gap === 'viaDefault' ? homeOf(state, device) : BLOCKED_CONTEXT
  if (gap !== 'none' && between !== state.record[device] && between !== context) {
    trace?.effect('switch.gap', { kind: 'context', context: between, device })
    moveDevice(state, device, between, trace)
  }
  setContext(state, device, context, trace)
}

/** Moves every member of a group that is plugged in. */
export function moveMembers(state: IoasidState, group: number, context: number, trace?: IoasidTrace): void {
  for (const device of devicesIn(state, group))
    if (state.present[device] === 1) setContext(state, device, context, trace)
}

/** Moves what shares requester IDs with a device together with it, for an ATTACH or DETACH. */
export function switchClass(state: IoasidState, device: number, context: number, trace?: IoasidTrace): void {
  for (const member of ridClass(state.world, device)) {
    if (state.present[member] === 1) switchContext(state, member, context, trace)
  }
}

/** Boots every device into its default domain. */
export function bootInDefault(state: IoasidState): void {
  state.world.devices.forEach(({ group }, device) => {
    const home = defaultContext(state.world, group)
    state.record[device] = home
    if (state.present[device] === 1) writeContext(state, device, home)
  })
}

const classes = new WeakMap<World, readonly (readonly number[])[]>()

/**
 * Members of a device's group, itself among them, that the hardware cannot move apart from it: their requester IDs
 * overlap with its own or with those of another of them.
 */
export function ridClass(world: World, device: number): readonly number[] {
  let known = classes.get(world)
  if (known === undefined) {
    known = ridClasses(world)
    classes.set(world, known)
  }
  return known[device] ?? [device]
}

function ridClasses(world: World): readonly (readonly number[])[] {
  const classOf = world.devices.map((_, device) => [device])
  for (const group of world.groups) {
    group.devices.forEach((device, index) => {
      for (const other of group.devices.slice(0, index)) {
        const mine = classOf[device]
        const its = classOf[other]
        if (mine === undefined || its === undefined || mine === its || !overlap(world, device, other)) continue
        const joined = [...its, ...mine].sort((a, b) => a - b)
        for (const member of joined) classOf[member] = joined
      }
    })
  }
  return classOf
}

function overlap(world: World, device: number, other: number): boolean {
  const rids = world.devices[other]?.rids ?? []
  return (world.devices[device]?.rids ?? []).some((rid) => rids.includes(rid))
}

/** Another device of the class that the user has attached; -1: none. */
export function attachedInClass(state: IoasidState, device: number): number {
  const found = ridClass(state.world, device).find((other) => other !== device && at(state.attached, other) > 0)
  return found ?? -1
}
