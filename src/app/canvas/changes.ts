/** What differs between two states that the picture shows one after the other, by card and by wire. */
import type { Kernel } from '../../sim/kernel.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import type { DeviceCard, GroupCard } from './cards.ts'
import { groupCards } from './group-cards.ts'
import { processCards } from './process-cards.ts'
import { spaceCards } from './space-cards.ts'
import { wiresOf, type Wire } from './wires.ts'

/** A state that was or is on the screen. */
export interface Shown {
  readonly world: World
  readonly snapshot: Snapshot
}

/**
 * Parts of a card: `card` is a card that was not there; of a device its driver, where its DMA lands and who has it open;
 * of a group its verdicts and the line below; of a process its descriptors, by name; of an address space its lines.
 */
export type Part =
  'card' | 'driver' | 'reach' | 'holder' | 'status' | 'isolation' | 'foot' | 'lines' | 'alive' | `fd ${string}`

export interface Changes {
  /** Changed parts by the id of the node. */
  readonly parts: ReadonlyMap<string, ReadonlySet<Part>>
  /** Ids of wires that were not there, or went elsewhere. */
  readonly wires: ReadonlySet<string>
}

/** What is different now. Both states are of one machine: the same groups and devices under the same numbers. */
export function changesBetween(kernel: Kernel, before: Shown, now: Shown): Changes {
  const groups = touchedGroups(before, now)
  const [old, cards] = [before, now].map(({ world, snapshot }) => groupCards(kernel, world, snapshot, groups))
  const parts = new Map<string, ReadonlySet<Part>>()
  const add = (id: string, changed: readonly (Part | false)[]): void => {
    const list = changed.filter((part) => part !== false)
    if (list.length > 0) parts.set(id, new Set(list))
  }
  for (const card of cards ?? []) {
    const was = old?.find(({ id }) => id === card.id)
    if (was !== undefined) compareGroups(was, card, add)
  }
  compareProcesses(before, now, add)
  compareSpaces(before, now, add)
  return { parts, wires: changedWires(wiresIn(before, old ?? []), wiresIn(now, cards ?? [])) }
}

type Add = (id: string, changed: readonly (Part | false)[]) => void

/** Groups of which a snapshot shows anything else than before, by index. */
function touchedGroups(before: Shown, now: Shown): number[] {
  return now.world.groups.flatMap((_, group) => (stateOf(before, group) === stateOf(now, group) ? [] : [group]))
}

function stateOf({ world, snapshot }: Shown, group: number): string {
  const devices = world.groups[group]?.devices ?? []
  const rids = devices.flatMap((device) => world.devices[device]?.rids ?? [])
  const files = snapshot.fds.filter(
    ({ kind, object }) => (kind === 'device' || kind === 'cdev') && devices.includes(object),
  )
  return JSON.stringify([
    snapshot.groups[group],
    devices.map((device) => snapshot.devices[device]),
    rids.map((rid) => snapshot.contexts[rid]),
    files,
  ])
}

function compareGroups(was: GroupCard, card: GroupCard, add: Add): void {
  add(card.id, [
    card.status !== was.status && 'status',
    card.isolation !== was.isolation && 'isolation',
    card.foot.join('\n') !== was.foot.join('\n') && 'foot',
  ])
  for (const device of card.devices) {
    const old = was.devices.find(({ id }) => id === device.id)
    if (old !== undefined) compareDevices(old, device, add)
  }
}

function compareDevices(was: DeviceCard, card: DeviceCard, add: Add): void {
  add(card.id, [
    (card.driver.text !== was.driver.text || card.good !== was.good) && 'driver',
    (card.lands !== was.lands || card.harm !== was.harm || card.reach.forms[0] !== was.reach.forms[0]) && 'reach',
    card.holders.join('\n') !== was.holders.join('\n') && 'holder',
  ])
}

function compareProcesses(before: Shown, now: Shown, add: Add): void {
  const old = new Map(processCards(before.world, before.snapshot).map((card) => [card.id, card]))
  for (const card of processCards(now.world, now.snapshot)) {
    const was = old.get(card.id)
    const had = new Set(was?.fds.map(({ name, to }) => `${name} ${to}`))
    add(card.id, [
      was !== undefined && was.alive !== card.alive && 'alive',
      ...card.fds.map(({ name, to }) => !had.has(`${name} ${to}`) && (`fd ${name}` as const)),
    ])
  }
}

function compareSpaces(before: Shown, now: Shown, add: Add): void {
  const old = new Map(spaceCards(before.world, before.snapshot).map((card) => [card.id, card]))
  for (const card of spaceCards(now.world, now.snapshot)) {
    const was = old.get(card.id)
    add(card.id, [
      was === undefined && 'card',
      was !== undefined &&
        JSON.stringify([was.title, was.lines]) !== JSON.stringify([card.title, card.lines]) &&
        'lines',
    ])
  }
}

function wiresIn({ world, snapshot }: Shown, groups: readonly GroupCard[]): Wire[] {
  return wiresOf(world, snapshot, processCards(world, snapshot), groups)
}

function changedWires(old: readonly Wire[], wires: readonly Wire[]): Set<string> {
  const way = ({ id, from, to, tone }: Wire): string => `${id} ${from} ${to} ${tone}`
  const had = new Set(old.map(way))
  return new Set(wires.filter((wire) => !had.has(way(wire))).map(({ id }) => id))
}
