/**
 * From groups and containers to device files and iommufds. A container is an iommufd with one address space; a group's
 * file has no counterpart, and what was to be done with it is done when a device is asked for: open it, bind it, attach it.
 */
import type { Op, OpOf } from '../../sim/op.ts'
import { succeeded } from '../../sim/result.ts'
import { ContainerIommufds } from './container-iommufd.ts'
import type { Ask, Dialect, Surroundings, Translation } from './dialect.ts'
import { EARLIER, LATER, NEEDLESS, NO_OBJECT, TRANSLATED, doneBy } from './dialect.ts'

/** A group's file that this kernel does not have. */
interface GroupFile {
  readonly by: string
  /** What the group was to join: an iommufd, and the address space that a container stands for. */
  joined?: { readonly iommufd: string; readonly ioas?: string }
  /** Device files that came from it and are open. */
  readonly devices: Set<string>
}

export class ToDevices implements Dialect {
  private readonly around: Surroundings
  private readonly containers: ContainerIommufds
  private readonly groups = new Map<string, GroupFile>()
  /** Open device files → the device and who opened it. */
  private readonly files = new Map<string, { readonly device: string; readonly by: string }>()
  /** Page table → its address space, where there are no page tables to ask for. */
  private readonly tables = new Map<string, string>()

  constructor(around: Surroundings) {
    this.around = around
    this.containers = new ContainerIommufds(around)
  }

  next(op: Op, ask: Ask): Translation | null {
    const { abi, first, boundAsGroups } = this.around
    const by = op.by ?? first
    switch (op.op) {
      case 'open_container':
        return abi.has('open_container') ? null : this.containers.open(op, ask)
      case 'set_iommu':
      case 'map_dma':
      case 'unmap_dma':
        return this.containers.use(op, ask)

      case 'open_group':
        if (abi.has('open_group') && !boundAsGroups.has(op.as)) return null
        this.groups.set(op.as, { by, devices: new Set() })
        return LATER
      case 'group_set_container':
        return this.join(op.group_fd, op.container_fd, this.containers.spaceOf(op.container_fd))
      case 'group_bind_iommufd':
        return this.join(op.group_fd, op.iommufd)
      case 'group_unset_container':
      case 'group_unbind_iommufd': {
        const group = this.groups.get(op.group_fd)
        if (group === undefined) return null
        // With an open device no kernel of groups lets go; here there is nothing that could refuse.
        if (group.joined === undefined || group.devices.size > 0) return NO_OBJECT
        delete group.joined
        return NEEDLESS
      }
      case 'group_get_device_fd':
        return this.open(op, ask)

      case 'hwpt_alloc':
        if (abi.has('hwpt_alloc')) return null
        this.tables.set(op.as, op.ioas)
        return LATER
      case 'attach': {
        const ioas = op.hwpt === undefined ? undefined : this.tables.get(op.hwpt)
        if (ioas === undefined) return null
        ask({ op: 'attach', device_fd: op.device_fd, ioas })
        return TRANSLATED
      }
      case 'open_cdev':
        this.files.set(op.as, { device: op.device, by })
        return null
      case 'unbind_iommufd': {
        const file = this.files.get(op.device_fd)
        if (abi.has('unbind_iommufd') || file === undefined) return null
        // Only closing unbinds.
        ask({ op: 'close', fd: op.device_fd })
        ask({ op: 'open_cdev', ...doneBy(this.around, file.by), device: file.device, as: op.device_fd })
        return TRANSLATED
      }
      case 'device_hot_reset':
        if (op.group_fd === undefined || !this.groups.has(op.group_fd)) return null
        ask({ op: 'device_hot_reset', device_fd: op.device_fd })
        return TRANSLATED

      case 'close':
        if (this.groups.delete(op.fd)) return NEEDLESS
        this.forget(op.fd)
        return null
      case 'exit':
        for (const [name, group] of this.groups) if (group.by === by) this.groups.delete(name)
        for (const [name, file] of this.files) if (file.by === by) this.forget(name)
        return null
      default:
        return null
    }
  }

  private join(name: string, iommufd: string, ioas?: string): Translation | null {
    const group = this.groups.get(name)
    if (group === undefined) return null
    if (group.joined !== undefined) return EARLIER
    group.joined = { iommufd, ...(ioas === undefined ? {} : { ioas }) }
    return LATER
  }

  private open({ group_fd, device, as }: OpOf<'group_get_device_fd'>, ask: Ask): Translation | null {
    const group = this.groups.get(group_fd)
    if (group === undefined) return null
    if (!succeeded(ask({ op: 'open_cdev', ...doneBy(this.around, group.by), device, as }))) return TRANSLATED
    this.files.set(as, { device, by: group.by })
    const { joined } = group
    // A device can be opened before there is anything to bind it to.
    if (joined === undefined) return TRANSLATED
    const usable =
      succeeded(ask({ op: 'bind_iommufd', device_fd: as, iommufd: joined.iommufd })) &&
      (joined.ioas === undefined || succeeded(ask({ op: 'attach', device_fd: as, ioas: joined.ioas })))
    if (usable) group.devices.add(as)
    else {
      ask({ op: 'close', fd: as })
      this.forget(as)
    }
    return TRANSLATED
  }

  private forget(file: string): void {
    this.files.delete(file)
    for (const group of this.groups.values()) group.devices.delete(file)
  }
}
