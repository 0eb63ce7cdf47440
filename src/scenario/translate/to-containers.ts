/**
 * From device files and iommufds to groups and containers. Opening a device opens its group, binding it puts the group
 * into a container, attaching it gives the container its type and gets the device. An iommufd's first address space is
 * the container that stands for it; every further one is a container of its own.
 */
import type { Op, OpOf } from '../../sim/op.ts'
import { succeeded } from '../../sim/result.ts'
import { GroupFiles, type DeviceFile } from './group-files.ts'
import type { Ask, Dialect, Surroundings, Translation } from './dialect.ts'
import { EARLIER, LATER, NO_OBJECT, TRANSLATED, doneBy } from './dialect.ts'

/** A container that stands for an iommufd or an address space. */
interface Container {
  readonly name: string
  readonly by: string
  typed: boolean
  /** Mappings that wait until it has a type. */
  later: Op[]
}

export class ToContainers implements Dialect {
  private readonly around: Surroundings
  private readonly files: GroupFiles
  /** iommufd → its container, and whether that is taken as an address space. */
  private readonly iommufds = new Map<string, { readonly container: Container; taken: boolean }>()
  /** Address space → its container. */
  private readonly spaces = new Map<string, Container>()
  /** Page table → its address space. */
  private readonly tables = new Map<string, string>()
  /** Group files of the scenario itself that were bound to an iommufd → its container. */
  private readonly bound = new Map<string, Container>()
  /** Device files that came from those. */
  private readonly devices = new Set<string>()

  constructor(around: Surroundings) {
    this.around = around
    this.files = new GroupFiles(around)
  }

  next(op: Op, ask: Ask): Translation | null {
    const by = op.by ?? this.around.first
    switch (op.op) {
      case 'open_iommufd':
        if (succeeded(ask({ op: 'open_container', ...doneBy(this.around, by), as: op.as }))) {
          this.iommufds.set(op.as, { container: { name: op.as, by, typed: false, later: [] }, taken: false })
        }
        return TRANSLATED
      case 'ioas_alloc': {
        const iommufd = this.iommufds.get(op.iommufd)
        if (iommufd === undefined) return NO_OBJECT
        if (!iommufd.taken) {
          iommufd.taken = true
          this.spaces.set(op.as, iommufd.container)
          return EARLIER
        }
        const container = { name: op.as, by: iommufd.container.by, typed: false, later: [] }
        const opened = ask({ op: 'open_container', ...doneBy(this.around, container.by), as: op.as })
        if (succeeded(opened)) this.spaces.set(op.as, container)
        return TRANSLATED
      }
      case 'ioas_map':
      case 'ioas_unmap': {
        const container = this.spaces.get(op.ioas)
        if (container === undefined) return NO_OBJECT
        const kind = op.op === 'ioas_map' ? 'map_dma' : 'unmap_dma'
        const mapping: Op = { op: kind, container_fd: container.name, iova: op.iova, size: op.size }
        if (container.typed) {
          ask(mapping)
          return TRANSLATED
        }
        // Nothing can be mapped in a container before it has a type, which it gets with the first device.
        container.later.push(mapping)
        return LATER
      }

      case 'open_cdev':
        return this.files.open(op, ask)
      case 'bind_iommufd':
        return this.bind(op, ask)
      case 'attach':
        return this.attach(op, ask)
      case 'unbind_iommufd':
        return this.files.unbind(op.device_fd, ask, ({ name }) => ({ op: 'group_unset_container', group_fd: name }))
      case 'hwpt_alloc':
        this.tables.set(op.as, op.ioas)
        return LATER

      case 'group_bind_iommufd': {
        const container = this.iommufds.get(op.iommufd)?.container
        const result = ask({ op: 'group_set_container', group_fd: op.group_fd, container_fd: op.iommufd })
        if (succeeded(result) && container !== undefined) this.bound.set(op.group_fd, container)
        return TRANSLATED
      }
      case 'group_unbind_iommufd':
        if (succeeded(ask({ op: 'group_unset_container', group_fd: op.group_fd }))) this.bound.delete(op.group_fd)
        return TRANSLATED
      case 'group_get_device_fd': {
        const container = this.bound.get(op.group_fd)
        if (container === undefined) return null
        // The scenario's kernel gives a device before it is attached; a container must have its type first.
        if (this.type(container, ask) && succeeded(ask(op))) this.devices.add(op.as)
        return TRANSLATED
      }

      case 'device_access':
      case 'device_get_info':
      case 'device_reset':
        return this.files.get(op.device_fd)?.open === false ? NO_OBJECT : null
      case 'device_hot_reset': {
        const file = this.files.get(op.device_fd)
        if (file === undefined) return null
        if (!file.open) return NO_OBJECT
        if (op.group_fd !== undefined) return null
        ask({ op: 'device_hot_reset', device_fd: op.device_fd, group_fd: file.group.name })
        return TRANSLATED
      }
      case 'close':
        if (this.files.get(op.fd) !== undefined) return this.files.close(op.fd, ask)
        this.bound.delete(op.fd)
        this.devices.delete(op.fd)
        return null
      case 'exit':
        this.files.exit(by)
        return null
      default:
        return null
    }
  }

  private bind({ device_fd, iommufd }: OpOf<'bind_iommufd'>, ask: Ask): Translation {
    const file = this.files.get(device_fd)
    if (file === undefined) return NO_OBJECT
    const { group } = file
    if (file.bound === undefined && group.joined === iommufd) {
      file.bound = iommufd
      return EARLIER
    }
    if (succeeded(ask({ op: 'group_set_container', group_fd: group.name, container_fd: iommufd }))) {
      group.joined = iommufd
      file.bound = iommufd
    }
    return TRANSLATED
  }

  private attach(op: OpOf<'attach'>, ask: Ask): Translation {
    const ioas = op.ioas ?? (op.hwpt === undefined ? undefined : this.tables.get(op.hwpt))
    const container = ioas === undefined ? undefined : this.spaces.get(ioas)
    if (container === undefined) return NO_OBJECT
    // A device of a group that was bound as a whole is where the group is.
    if (this.devices.has(op.device_fd)) return EARLIER
    const file = this.files.get(op.device_fd)
    if (file === undefined) return NO_OBJECT
    if (file.bound !== undefined && file.group.joined !== container.name) {
      const { name } = file.group
      if (!succeeded(ask({ op: 'group_set_container', group_fd: name, container_fd: container.name })))
        return TRANSLATED
      file.group.joined = container.name
    }
    if (file.open) return EARLIER
    if (file.bound === undefined || this.type(container, ask)) this.get(file, op.device_fd, ask)
    return TRANSLATED
  }

  private get(file: DeviceFile, as: string, ask: Ask): void {
    const asked: Op = { op: 'group_get_device_fd', group_fd: file.group.name, device: file.device, as }
    if (succeeded(ask(asked))) file.open = true
  }

  /** SET_IOMMU, once a container, and the mappings that waited for it. False if the kernel refused. */
  private type(container: Container, ask: Ask): boolean {
    if (container.typed) return true
    if (!succeeded(ask({ op: 'set_iommu', container_fd: container.name, type: 'type1v2' }))) return false
    container.typed = true
    const { later } = container
    container.later = []
    for (const mapping of later) ask(mapping)
    return true
  }
}
