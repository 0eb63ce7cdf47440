import { containerName } from '../../explain/contexts.ts'
import type { Op } from '../../sim/op.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import type { GroupCard, ProcessCard } from './cards.ts'
import { nodeId } from './ids.ts'

/** A wire of the picture: who holds what, what a group is attached to, and where DMA lands. */
export interface Wire {
  readonly id: string
  readonly kind: 'holds' | 'attached' | 'dma'
  /** The nodes that it joins. */
  readonly from: string
  readonly to: string
  /** The descriptor that it starts at. */
  readonly slot?: number
  /** Devices whose DMA it is, by index. */
  readonly devices?: readonly number[]
  readonly tone: 'user' | 'ctx' | 'host' | 'none' | 'bad'
  /** Operations that cut it; none: it follows from something else. */
  readonly cut: readonly Op[]
  /** For people who do not see it. */
  readonly label: string
}

/** All wires of a state. */
export function wiresOf(
  world: World,
  snapshot: Snapshot,
  processes: readonly ProcessCard[],
  groups: readonly GroupCard[],
): Wire[] {
  return [
    ...processes.flatMap(holdsWires),
    ...attachedWires(world, snapshot),
    ...groups.flatMap((group) => dmaWires(group)),
  ]
}

function holdsWires(process: ProcessCard): Wire[] {
  return process.fds.map((fd) => ({
    id: `fd ${fd.slot}`,
    kind: 'holds',
    from: process.id,
    to: fd.to,
    slot: fd.slot,
    tone: 'user',
    cut: [{ op: 'close', fd: fd.name }],
    label: `${process.name} holds ${nounOf(fd.to)} ${fd.text === 'container' || fd.text === 'iommufd' ? fd.name : fd.text.replace('group ', '')} as ${fd.name}`,
  }))
}

function nounOf(node: string): string {
  return node.split(' ')[0] ?? ''
}

function attachedWires(world: World, snapshot: Snapshot): Wire[] {
  const name = (slot: number): string => world.slots[slot] ?? ''
  const fileOf = (group: number): string | undefined => {
    const file = snapshot.fds.find((fd) => fd.kind === 'group' && fd.object === group)
    return file === undefined ? undefined : name(file.slot)
  }
  const takeOut = (group: number): readonly Op[] => {
    const file = fileOf(group)
    return file === undefined ? [] : [{ op: 'group_unset_container', group_fd: file }]
  }
  return snapshot.groups.flatMap(({ group, container, compat, ownership }): Wire[] => {
    const id = world.groups[group]?.id ?? ''
    const attached = (to: string, label: string, cut: readonly Op[]): Wire => ({
      id: `attached ${group} ${to}`,
      kind: 'attached',
      from: nodeId.group(group),
      to,
      tone: 'ctx',
      cut,
      label: `group ${id} ${label}`,
    })
    if (container >= 0) {
      const held = containerName(snapshot, world, container)
      return [attached(nodeId.container(container), `is in ${held}`, takeOut(group))]
    }
    if (ownership?.owner === 'iommufd' && ownership.iommufd >= 0) {
      const cut = compat < 0 ? [] : takeOut(group)
      return [attached(nodeId.iommufd(ownership.iommufd), 'belongs to this iommufd', cut)]
    }
    return compat >= 0 ? [attached(nodeId.iommufd(compat), 'uses this iommufd', takeOut(group))] : []
  })
}

const TONES = { host: 'host', ctx: 'ctx', none: 'none', bad: 'bad' } as const

/** DMA of a group: one wire for all devices whose DMA goes the same way and does the same harm. */
function dmaWires(group: GroupCard): Wire[] {
  const ways = new Map<string, GroupCard['devices'][number][]>()
  for (const device of group.devices) {
    if (!device.present) continue
    const way = `${device.lands} ${device.harm}`
    ways.set(way, [...(ways.get(way) ?? []), device])
  }
  return [...ways.values()].flatMap((devices): Wire[] => {
    const [first] = devices
    if (first === undefined) return []
    const parted = ways.size > 1
    const names = devices.map(({ bdf }) => bdf).join(', ')
    const where =
      first.lands === nodeId.host
        ? 'host memory'
        : first.lands === nodeId.nothing
          ? 'nothing: it is blocked'
          : 'an address space of userspace'
    const tone = first.harm
      ? 'bad'
      : TONES[first.lands === nodeId.host ? 'host' : first.lands === nodeId.nothing ? 'none' : 'ctx']
    return [
      {
        id: `dma ${first.id}`,
        kind: 'dma',
        from: parted ? first.id : group.id,
        to: first.lands,
        devices: devices.map(({ device }) => device),
        tone,
        cut: [],
        label: `DMA of ${names} reaches ${where}`,
      },
    ]
  })
}
