import type { Op } from '../../sim/op.ts'
import { nativelyDriven, wireContext } from '../../sim/iommu/landing.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { nodeId } from './layout.ts'

/** A wire of the picture: who holds what, and where DMA goes. */
export interface Wire {
  readonly id: string
  readonly from: string
  /** Handle at the source: the descriptor's slot for a process. */
  readonly fromHandle?: string
  readonly to: string
  /** Handle at the target; its only one if absent. */
  readonly toHandle?: string
  readonly role: 'fd' | 'member' | 'dma-host' | 'dma-all' | 'dma-domain' | 'dma-none' | 'mapped'
  /** Operations that cut it; none: it follows from something else. */
  readonly cut: readonly Op[]
  /** For people who do not see it. */
  readonly label: string
}

/** Above this many devices only those of groups that somebody uses, or looks at, have their DMA drawn. */
const FEW_DEVICES = 12

/** All wires of a state between the nodes that are drawn. */
export function wiresOf(
  world: World,
  snapshot: Snapshot,
  drawn: ReadonlySet<string>,
  looked: number | undefined,
): Wire[] {
  const wires: Wire[] = []
  const name = (slot: number): string => world.slots[slot] ?? ''
  const bdf = (device: number): string => (world.devices[device]?.spec.bdf ?? '').replace(/^0000:/, '')

  for (const fd of snapshot.fds) {
    const process = world.setup.processes[fd.process]?.name ?? ''
    const [to, what] =
      fd.kind === 'container'
        ? [nodeId.container(fd.object), `container ${name(fd.slot)}`]
        : fd.kind === 'group'
          ? [nodeId.group(fd.object), `group ${world.groups[fd.object]?.id ?? ''}`]
          : fd.kind === 'device' || fd.kind === 'cdev'
            ? [nodeId.device(fd.object), `device ${bdf(fd.object)}`]
            : fd.kind === 'iommufd'
              ? [nodeId.iommufd(fd.object), `iommufd ${name(fd.slot)}`]
              : ['', '']
    if (to === '') continue
    wires.push({
      id: `fd ${fd.slot}`,
      from: nodeId.process(fd.process),
      fromHandle: `slot ${fd.slot}`,
      to,
      role: 'fd',
      cut: [{ op: 'close', fd: name(fd.slot) }],
      label: `${process} holds ${what} as ${name(fd.slot)}`,
    })
  }

  for (const container of snapshot.containers) {
    const label = container.slots.map(name).join(', ') || 'a container without an fd'
    for (const group of container.groups) {
      const groupFd = snapshot.fds.find((fd) => fd.kind === 'group' && fd.object === group)
      wires.push({
        id: `member ${container.container} ${group}`,
        from: nodeId.container(container.container),
        to: nodeId.group(group),
        toHandle: 'member',
        role: 'member',
        cut: groupFd === undefined ? [] : [{ op: 'group_unset_container', group_fd: name(groupFd.slot) }],
        label: `group ${world.groups[group]?.id ?? ''} is in ${label}`,
      })
    }
  }

  // What an iommufd holds: groups that its bound devices own for it, or that use it in place of a container.
  for (const { group, compat, ownership } of snapshot.groups) {
    const iommufd = ownership?.owner === 'iommufd' ? ownership.iommufd : compat
    if (iommufd < 0) continue
    const id = world.groups[group]?.id ?? ''
    const groupFd = snapshot.fds.find((fd) => fd.kind === 'group' && fd.object === group)
    wires.push({
      id: `holds ${iommufd} ${group}`,
      from: nodeId.iommufd(iommufd),
      to: nodeId.group(group),
      toHandle: 'member',
      role: 'member',
      cut: compat < 0 || groupFd === undefined ? [] : [{ op: 'group_unset_container', group_fd: name(groupFd.slot) }],
      label: ownership?.owner === 'iommufd' ? `group ${id} belongs to this iommufd` : `group ${id} uses this iommufd`,
    })
  }

  const devices = snapshot.devices.filter((device) => device.present && drawn.has(nodeId.device(device.device)))
  for (const { device } of devices) {
    const group = world.devices[device]?.group ?? -1
    const view = snapshot.groups[group]
    const used = view !== undefined && (view.opened || view.container >= 0 || view.node || group === looked)
    if (devices.length > FEW_DEVICES && !used) continue
    const reach = dmaReach(world, snapshot, device)
    wires.push({
      id: `dma ${device}`,
      from: nodeId.device(device),
      to: reach.to,
      role: reach.role,
      cut: [],
      label: `DMA of ${bdf(device)} ${reach.words}`,
    })
  }
  return wires.filter((wire) => drawn.has(wire.from) && drawn.has(wire.to))
}

function dmaReach(world: World, snapshot: Snapshot, device: number): { to: string; role: Wire['role']; words: string } {
  const context = wireContext(world, snapshot, device)
  switch (context.kind) {
    case 'blocked':
      return { to: nodeId.nothing, role: 'dma-none', words: 'is blocked' }
    case 'identity':
      return { to: nodeId.host, role: 'dma-all', words: 'reaches all host memory' }
    case 'domain':
      return { to: nodeId.domain(context.domain), role: 'dma-domain', words: 'goes through a page table of userspace' }
    case 'dma':
      return nativelyDriven(world, snapshot, context.group).length > 0
        ? { to: nodeId.host, role: 'dma-host', words: 'reaches the buffers that a host driver mapped' }
        : { to: nodeId.nothing, role: 'dma-none', words: 'reaches nothing: nobody mapped anything' }
  }
}
