import type { Kernel } from '../../sim/kernel.ts'
import { isBefore } from '../../sim/kernels/list.ts'
import { NAME_PREFIXES, type NameKind, type Op, type OpKind } from '../../sim/op.ts'
import type { FdView, MappingView, Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'

/**
 * Something that a person can do now with a part of the machine: usually one operation, sometimes the two or three that
 * an administrator would type in a row (unbind, then bind). Whether the kernel agrees is found out by a dry run.
 */
export interface Offer {
  /** Stable within its subject, so that a list of offers can be compared between steps. */
  readonly id: string
  readonly ops: readonly Op[]
  /** The first thing that people look for here comes without asking; the rest stands behind "more". */
  readonly common: boolean
  /** What several operations are for, where naming each would say less: the group they make viable, how many members. */
  readonly goal?: { readonly viable: number; readonly devices: number }
}

/** What offers are made from: a kernel, its world and the state they are about. */
export interface Situation {
  readonly kernel: Kernel
  readonly world: World
  readonly snapshot: Snapshot
  /** Names that operations so far have given with `as`: a new one must differ. */
  readonly names: ReadonlySet<string>
}

/** Names that a list of operations gives with `as`. */
export function namesIn(ops: readonly Op[]): Set<string> {
  return new Set(ops.flatMap((op) => ('as' in op ? [op.as] : [])))
}

const MIB = 1024 * 1024

/** The lowest-numbered name for a kind of thing that nothing has been given yet. */
export function freshName({ names }: Situation, kind: NameKind): string {
  const prefix = NAME_PREFIXES[kind]
  for (let number = 1; ; number++) if (!names.has(`${prefix}${number}`)) return `${prefix}${number}`
}

class OfferList {
  readonly offers: Offer[] = []
  private readonly abi: readonly OpKind[]
  constructor(abi: readonly OpKind[]) {
    this.abi = abi
  }
  /** Adds an offer if this kernel has all its operations. */
  add(id: string, ops: readonly Op[], common = true, goal?: Offer['goal']): void {
    if (ops.length === 0 || !ops.every((op) => this.abi.includes(op.op))) return
    this.offers.push({ id, ops, common, ...(goal === undefined ? {} : { goal }) })
  }
}

function slotName(world: World, slot: number): string {
  return world.slots[slot] ?? ''
}

function bdfOf(world: World, device: number): string {
  return world.devices[device]?.spec.bdf ?? ''
}

function driverName(world: World, driver: number): string {
  return world.drivers[driver]?.name ?? ''
}

/** Who does something new: written into the operation only where there is a choice. */
export function by(world: World, process: number): { by?: string } {
  const spec = world.setup.processes[process]
  return spec === undefined || world.setup.processes.length < 2 ? {} : { by: spec.name }
}

function fdsOf(snapshot: Snapshot, kind: FdView['kind'], object: number): FdView[] {
  return snapshot.fds.filter((fd) => fd.kind === kind && fd.object === object)
}

/** Operations that give a device another driver: what is bound now is unbound first, as driverctl does. */
export function bindOps({ world, snapshot }: Situation, device: number, driver: string): Op[] {
  const bdf = bdfOf(world, device)
  const bound = (snapshot.devices[device]?.link ?? 0) > 0
  const bind: Op[] = driver === '' ? [] : [{ op: 'bind', device: bdf, driver }]
  return bound ? [{ op: 'unbind', device: bdf }, ...bind] : bind
}

/** Drivers that make sense for a device: its own, and those that take any device. */
export function driversFor(world: World, device: number): string[] {
  const target = world.devices[device]
  if (target === undefined) return []
  const own = [driverName(world, target.native), driverName(world, target.bootDriver)].filter(
    (n) => n !== '' && n !== '?',
  )
  return [...new Set([...own, 'vfio-pci', 'pci-stub', 'uio_pci_generic'])]
}

/** What an open device cdev can be asked for: an iommufd to bind to, an address space to attach to, and back. */
function addBindingOffers({ world, snapshot }: Situation, device: number, fd: FdView, list: OfferList): void {
  const name = slotName(world, fd.slot)
  const binding = snapshot.devices[device]?.binding ?? null
  if (binding === null) {
    for (const iommufd of snapshot.fds.filter((other) => other.kind === 'iommufd' && other.process === fd.process)) {
      const target = slotName(world, iommufd.slot)
      list.add(`bind-iommufd ${fd.slot} ${iommufd.slot}`, [{ op: 'bind_iommufd', device_fd: name, iommufd: target }])
    }
    return
  }
  for (const ioas of snapshot.ioases.filter((other) => other.iommufd === binding.iommufd)) {
    for (const slot of ioas.slots) {
      list.add(`attach ${fd.slot} ${slot}`, [{ op: 'attach', device_fd: name, ioas: slotName(world, slot) }])
    }
  }
  for (const hwpt of snapshot.hwpts.filter((other) => other.iommufd === binding.iommufd)) {
    for (const slot of hwpt.slots) {
      list.add(`attach-hwpt ${fd.slot} ${slot}`, [{ op: 'attach', device_fd: name, hwpt: slotName(world, slot) }])
    }
  }
  list.add(`detach ${fd.slot}`, [{ op: 'detach', device_fd: name }], binding.hwpt >= 0)
  // The device file of a group is bound as long as its group is.
  if (fd.kind === 'cdev') list.add(`unbind-iommufd ${fd.slot}`, [{ op: 'unbind_iommufd', device_fd: name }])
}

/** What operations can be done on, by its index in the world. */
export type OfferedOn =
  | { readonly kind: 'device'; readonly device: number }
  | { readonly kind: 'group'; readonly group: number }
  | { readonly kind: 'process'; readonly process: number }
  | { readonly kind: 'container'; readonly container: number }
  | { readonly kind: 'iommufd'; readonly iommufd: number }

/** The actions of one object, the most usual first. */
export function offersOn(situation: Situation, on: OfferedOn): Offer[] {
  switch (on.kind) {
    case 'device':
      return deviceOffers(situation, on.device)
    case 'group':
      return groupOffers(situation, on.group)
    case 'process':
      return processOffers(situation, on.process)
    case 'container':
      return containerOffers(situation, on.container)
    case 'iommufd':
      return iommufdOffers(situation, on.iommufd)
  }
}

/** A virtual machine can hold the file, and let it go. */
function addKvmOffers(list: OfferList, slot: number, group_fd: string): void {
  list.add(`kvm-add ${slot}`, [{ op: 'kvm_group_add', group_fd }], false)
  list.add(`kvm-del ${slot}`, [{ op: 'kvm_group_del', group_fd }], false)
}

/** What can be done with a device now. */
export function deviceOffers(situation: Situation, device: number): Offer[] {
  const { kernel, world, snapshot } = situation
  const list = new OfferList(kernel.abi)
  const view = snapshot.devices[device]
  const target = world.devices[device]
  if (view === undefined || target === undefined) return []
  const bdf = target.spec.bdf
  if (!view.present) {
    list.add('hot-add', [{ op: 'hot_add', device: bdf }])
    return list.offers
  }
  for (const group of fdsOf(snapshot, 'group', target.group)) {
    const name = freshName(situation, 'device')
    list.add(`get-device-fd ${group.slot}`, [
      { op: 'group_get_device_fd', group_fd: slotName(world, group.slot), device: bdf, as: name },
    ])
  }
  if (view.cdev) {
    world.setup.processes.forEach((_, process) => {
      if (snapshot.processes[process]?.alive === false) return
      const held = snapshot.fds.some((fd) => fd.kind === 'cdev' && fd.object === device && fd.process === process)
      list.add(
        `open-cdev ${process}`,
        [{ op: 'open_cdev', device: bdf, as: freshName(situation, 'device'), ...by(world, process) }],
        !held,
      )
    })
  }
  // Where groups are bound, the device files that come from them are attached; elsewhere only a device's own file is.
  const bindable = kernel.abi.includes('group_bind_iommufd') ? (['cdev', 'device'] as const) : (['cdev'] as const)
  for (const kind of bindable) {
    for (const fd of fdsOf(snapshot, kind, device)) addBindingOffers(situation, device, fd, list)
  }
  for (const fd of [...fdsOf(snapshot, 'device', device), ...fdsOf(snapshot, 'cdev', device)]) {
    const name = slotName(world, fd.slot)
    list.add(`close ${fd.slot}`, [{ op: 'close', fd: name }])
    list.add(`get-info ${fd.slot}`, [{ op: 'device_get_info', device_fd: name }], false)
    list.add(`reset ${fd.slot}`, [{ op: 'device_reset', device_fd: name }], false)
    // Earlier kernels take group files only (kvm_vfio_group_add).
    if (!isBefore(kernel.id, '6.12')) addKvmOffers(list, fd.slot, name)
  }
  if (view.link > 0) list.add('unbind', [{ op: 'unbind', device: bdf }])
  const current = driverName(world, view.link)
  for (const driver of driversFor(world, device)) {
    if (driver === current) continue
    const common = driver === 'vfio-pci' || driver === driverName(world, target.native)
    list.add(`bind ${driver}`, bindOps(situation, device, driver), common && !target.spec.bridge)
  }
  const mapped = snapshot.domains.flatMap((domain) => domain.mappings)[0]
  list.add('dma-probe', [{ op: 'dma_probe', device: bdf, iova: mapped?.iova ?? 0 }])
  return list.offers
}

/** What can be done with a group now, its members' drivers included where they stand in the way. */
export function groupOffers(situation: Situation, group: number): Offer[] {
  const { kernel, world, snapshot } = situation
  const list = new OfferList(kernel.abi)
  const view = snapshot.groups[group]
  const target = world.groups[group]
  if (view === undefined || target === undefined) return []
  const open = fdsOf(snapshot, 'group', group)
  const containers = snapshot.fds.filter((fd) => fd.kind === 'container')
  // Proposal W binds groups; elsewhere an iommufd owns a group by its devices.
  const isBound = view.ownership?.owner === 'iommufd' && kernel.abi.includes('group_unbind_iommufd')
  for (const fd of open) {
    const name = slotName(world, fd.slot)
    if (view.container < 0 && view.compat < 0 && !isBound) {
      for (const iommufd of snapshot.fds.filter((other) => other.kind === 'iommufd')) {
        const target = slotName(world, iommufd.slot)
        list.add(`group-bind ${fd.slot} ${iommufd.slot}`, [
          { op: 'group_bind_iommufd', group_fd: name, iommufd: target },
        ])
        list.add(
          `set-compat ${fd.slot} ${iommufd.slot}`,
          [{ op: 'group_set_container', group_fd: name, container_fd: target }],
          false,
        )
      }
      for (const container of containers) {
        list.add(`set-container ${fd.slot} ${container.slot}`, [
          { op: 'group_set_container', group_fd: name, container_fd: slotName(world, container.slot) },
        ])
      }
    } else {
      const container = snapshot.containers.find((c) => c.container === view.container)
      if (container !== undefined && container.iommu === null) {
        for (const slot of container.slots) {
          list.add(`set-iommu ${slot}`, [{ op: 'set_iommu', container_fd: slotName(world, slot), type: 'type1v2' }])
        }
      }
      list.add(`unset-container ${fd.slot}`, [{ op: 'group_unset_container', group_fd: name }])
      list.add(`group-unbind ${fd.slot}`, [{ op: 'group_unbind_iommufd', group_fd: name }])
    }
  }
  const obstacles = view.members.filter(({ good }) => !good).map(({ device }) => device)
  if (obstacles.length > 1 && obstacles.every((device) => world.devices[device]?.spec.bridge !== true)) {
    const ops = obstacles.flatMap((device) => bindOps(situation, device, 'vfio-pci'))
    list.add('make-viable', ops, true, { viable: group, devices: obstacles.length })
  }
  for (const { device, good } of view.members) {
    if (!good) {
      const bdf = bdfOf(world, device)
      if ((snapshot.devices[device]?.link ?? 0) > 0) list.add(`unbind ${device}`, [{ op: 'unbind', device: bdf }])
      if (world.devices[device]?.spec.bridge !== true) {
        list.add(`bind ${device} vfio-pci`, bindOps(situation, device, 'vfio-pci'))
      }
    } else if (world.devices[device]?.spec.bridge !== true) {
      const native = driverName(world, world.devices[device]?.native ?? 0)
      if (native !== '' && snapshot.devices[device]?.link === 0) {
        list.add(`bind ${device} native`, bindOps(situation, device, native))
      }
      if (snapshot.devices[device]?.link === 0) {
        list.add(`bind ${device} vfio-pci`, bindOps(situation, device, 'vfio-pci'), !view.node)
      }
    }
  }
  for (const fd of open) {
    const name = slotName(world, fd.slot)
    for (const device of target.devices) {
      if (world.drivers[snapshot.devices[device]?.driver ?? 0]?.family !== 'vfio') continue
      list.add(`get-device-fd ${fd.slot} ${device}`, [
        { op: 'group_get_device_fd', group_fd: name, device: bdfOf(world, device), as: freshName(situation, 'device') },
      ])
    }
    list.add(`get-status ${fd.slot}`, [{ op: 'group_get_status', group_fd: name }])
  }
  if (view.node || open.length > 0) {
    world.setup.processes.forEach((_, process) => {
      if (snapshot.processes[process]?.alive === false) return
      const ops: Op[] = [
        { op: 'open_group', group: String(target.id), as: freshName(situation, 'group'), ...by(world, process) },
      ]
      list.add(`open-group ${process}`, ops, open.length === 0)
    })
    const users = new Set(world.setup.processes.map((process) => process.user).filter((user) => user !== 'root'))
    for (const user of users) {
      if (user !== view.owner) list.add(`chown ${user}`, [{ op: 'chown_group', group: String(target.id), user }], false)
    }
  }
  for (const fd of open) {
    const name = slotName(world, fd.slot)
    list.add(`close ${fd.slot}`, [{ op: 'close', fd: name }])
    addKvmOffers(list, fd.slot, name)
  }
  return list.offers
}

/** The lowest 2 MiB range that no mapping touches. */
function freeRange(mappings: readonly MappingView[]): number {
  for (let iova = 0; ; iova += 2 * MIB) {
    if (!mappings.some((m) => m.iova < iova + 2 * MIB && iova < m.iova + m.size)) return iova
  }
}

/** What can be done with an iommufd now: address spaces, mappings, page tables. */
export function iommufdOffers(situation: Situation, iommufd: number): Offer[] {
  const { kernel, world, snapshot } = situation
  const list = new OfferList(kernel.abi)
  const view = snapshot.iommufds.find((other) => other.iommufd === iommufd)
  if (view === undefined) return []
  for (const slot of view.slots) {
    const name = slotName(world, slot)
    list.add(`ioas-alloc ${slot}`, [{ op: 'ioas_alloc', iommufd: name, as: freshName(situation, 'ioas') }])
    for (const ioas of snapshot.ioases.filter((other) => other.iommufd === iommufd)) {
      for (const own of ioas.slots) {
        const target = slotName(world, own)
        const iova = freeRange(ioas.mappings)
        list.add(`ioas-map ${own}`, [{ op: 'ioas_map', iommufd: name, ioas: target, iova, size: 2 * MIB }])
        for (const mapping of ioas.mappings) {
          const range = { iova: mapping.iova, size: mapping.size }
          list.add(`ioas-unmap ${own} ${mapping.iova}`, [{ op: 'ioas_unmap', iommufd: name, ioas: target, ...range }])
        }
        for (const fd of snapshot.fds.filter((other) => other.kind === 'cdev')) {
          if (snapshot.devices[fd.object]?.binding?.iommufd !== iommufd) continue
          const device = slotName(world, fd.slot)
          const as = freshName(situation, 'hwpt')
          list.add(
            `hwpt-alloc ${own} ${fd.slot}`,
            [{ op: 'hwpt_alloc', iommufd: name, device_fd: device, ioas: target, as }],
            false,
          )
        }
        list.add(`ioas-destroy ${own}`, [{ op: 'ioas_destroy', iommufd: name, ioas: target }], false)
      }
    }
    for (const hwpt of snapshot.hwpts.filter((other) => other.iommufd === iommufd)) {
      for (const own of hwpt.slots) {
        list.add(`hwpt-destroy ${own}`, [{ op: 'hwpt_destroy', iommufd: name, hwpt: slotName(world, own) }], false)
      }
    }
    list.add(`close ${slot}`, [{ op: 'close', fd: name }])
  }
  return list.offers
}

/** What can be done with a container now. */
export function containerOffers({ kernel, world, snapshot }: Situation, container: number): Offer[] {
  const list = new OfferList(kernel.abi)
  const view = snapshot.containers.find((c) => c.container === container)
  if (view === undefined) return []
  for (const slot of view.slots) {
    const name = slotName(world, slot)
    list.add(`set-iommu ${slot}`, [{ op: 'set_iommu', container_fd: name, type: 'type1v2' }], view.iommu === null)
    list.add(`set-iommu-v1 ${slot}`, [{ op: 'set_iommu', container_fd: name, type: 'type1' }], false)
    for (const fd of snapshot.fds) {
      if (fd.kind !== 'group' || snapshot.groups[fd.object]?.container !== -1) continue
      list.add(`set-container ${fd.slot} ${slot}`, [
        { op: 'group_set_container', group_fd: slotName(world, fd.slot), container_fd: name },
      ])
    }
    const mappings = snapshot.domains.find((domain) => domain.domain === view.domain)?.mappings ?? []
    list.add(
      `map ${slot}`,
      [{ op: 'map_dma', container_fd: name, iova: freeRange(mappings), size: 2 * MIB }],
      view.iommu !== null,
    )
    for (const { iova, size } of mappings) {
      list.add(`unmap ${slot} ${iova}`, [{ op: 'unmap_dma', container_fd: name, iova, size }])
    }
    list.add(`check ${slot}`, [{ op: 'check_extension', container_fd: name, extension: 'type1v2' }], false)
    list.add(`info ${slot}`, [{ op: 'iommu_get_info', container_fd: name }], false)
    list.add(`close ${slot}`, [{ op: 'close', fd: name }])
  }
  return list.offers
}

/** What a process can do now: open what there is, close what it holds, exit. */
export function processOffers(situation: Situation, process: number): Offer[] {
  const { kernel, world, snapshot } = situation
  const list = new OfferList(kernel.abi)
  if (snapshot.processes[process]?.alive === false) return []
  const doer = by(world, process)
  const own = snapshot.fds.filter((fd) => fd.process === process)
  const hasContainer = own.some((fd) => fd.kind === 'container')
  list.add('open-container', [{ op: 'open_container', as: freshName(situation, 'container'), ...doer }], !hasContainer)
  const hasIommufd = own.some((fd) => fd.kind === 'iommufd')
  list.add('open-iommufd', [{ op: 'open_iommufd', as: freshName(situation, 'iommufd'), ...doer }], !hasIommufd)
  const user = world.setup.processes[process]?.user ?? 'root'
  if (user !== 'root' && !hasIommufd) list.add('chown-iommu', [{ op: 'chown_iommu', user }], false)
  for (const { device, cdev } of snapshot.devices) {
    if (!cdev) continue
    const held = own.some((fd) => fd.kind === 'cdev' && fd.object === device)
    const as = freshName(situation, 'device')
    list.add(`open-cdev ${device}`, [{ op: 'open_cdev', device: bdfOf(world, device), as, ...doer }], !held)
  }
  snapshot.groups.forEach((view) => {
    const id = world.groups[view.group]?.id
    if (!view.node || id === undefined) return
    const held = own.some((fd) => fd.kind === 'group' && fd.object === view.group)
    list.add(
      `open-group ${view.group}`,
      [{ op: 'open_group', group: String(id), as: freshName(situation, 'group'), ...doer }],
      !held,
    )
  })
  for (const group of own.filter((fd) => fd.kind === 'group')) {
    if (snapshot.groups[group.object]?.container !== -1) continue
    for (const container of own.filter((fd) => fd.kind === 'container')) {
      list.add(`set-container ${group.slot} ${container.slot}`, [
        {
          op: 'group_set_container',
          group_fd: slotName(world, group.slot),
          container_fd: slotName(world, container.slot),
        },
      ])
    }
  }
  for (const fd of own) list.add(`close ${fd.slot}`, [{ op: 'close', fd: slotName(world, fd.slot) }])
  list.add('exit', [{ op: 'exit', ...doer }], false)
  return list.offers
}
