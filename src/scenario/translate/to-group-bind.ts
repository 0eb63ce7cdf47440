/**
 * To group files that are bound to an iommufd as a whole, from either side: a container is an iommufd with one address
 * space, joining it is binding the group, and a device that was got from it is attached at once; opening a device's file
 * opens its group, binding it binds the group and gets the device.
 */
import type { Op, OpOf } from '../../sim/op.ts'
import { succeeded } from '../../sim/result.ts'
import { ContainerIommufds } from './container-iommufd.ts'
import { GroupFiles } from './group-files.ts'
import type { Ask, Dialect, Surroundings, Translation } from './dialect.ts'
import { LATER, NO_OBJECT, TRANSLATED } from './dialect.ts'

export class ToGroupBind implements Dialect {
  private readonly around: Surroundings
  private readonly files: GroupFiles
  private readonly containers: ContainerIommufds
  /** Group files of the scenario itself → the container that they joined. */
  private readonly joined = new Map<string, string>()
  /** Page table → its address space. */
  private readonly tables = new Map<string, string>()

  constructor(around: Surroundings) {
    this.around = around
    this.files = new GroupFiles(around)
    this.containers = new ContainerIommufds(around)
  }

  next(op: Op, ask: Ask): Translation | null {
    const by = op.by ?? this.around.first
    switch (op.op) {
      case 'open_container':
        return this.containers.open(op, ask)
      case 'set_iommu':
      case 'map_dma':
      case 'unmap_dma':
        return this.containers.use(op, ask)
      case 'group_set_container':
        if (succeeded(ask({ op: 'group_bind_iommufd', group_fd: op.group_fd, iommufd: op.container_fd }))) {
          this.joined.set(op.group_fd, op.container_fd)
        }
        return TRANSLATED
      case 'group_unset_container':
        if (succeeded(ask({ op: 'group_unbind_iommufd', group_fd: op.group_fd }))) this.joined.delete(op.group_fd)
        return TRANSLATED
      case 'group_get_device_fd': {
        const ioas = this.containers.spaceOf(this.joined.get(op.group_fd))
        if (ioas === undefined) return null
        if (succeeded(ask(op)) && !succeeded(ask({ op: 'attach', device_fd: op.as, ioas }))) {
          ask({ op: 'close', fd: op.as })
        }
        return TRANSLATED
      }

      case 'open_cdev':
        return this.files.open(op, ask)
      case 'bind_iommufd':
        return this.bind(op, ask)
      case 'unbind_iommufd':
        return this.files.unbind(op.device_fd, ask, ({ name }) => ({ op: 'group_unbind_iommufd', group_fd: name }))
      case 'hwpt_alloc':
        this.tables.set(op.as, op.ioas)
        return LATER
      case 'attach': {
        if (this.files.get(op.device_fd)?.open === false) return NO_OBJECT
        const ioas = op.hwpt === undefined ? undefined : this.tables.get(op.hwpt)
        if (ioas === undefined) return null
        ask({ op: 'attach', device_fd: op.device_fd, ioas })
        return TRANSLATED
      }
      case 'detach':
      case 'device_access':
      case 'device_get_info':
      case 'device_reset':
      case 'device_hot_reset':
        return this.files.get(op.device_fd)?.open === false ? NO_OBJECT : null
      case 'close':
        if (this.files.get(op.fd) !== undefined) return this.files.close(op.fd, ask)
        this.joined.delete(op.fd)
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
    if (group.joined !== iommufd || file.bound !== undefined) {
      if (!succeeded(ask({ op: 'group_bind_iommufd', group_fd: group.name, iommufd }))) return TRANSLATED
      group.joined = iommufd
    }
    file.bound = iommufd
    const asked: Op = { op: 'group_get_device_fd', group_fd: group.name, device: file.device, as: device_fd }
    if (succeeded(ask(asked))) file.open = true
    return TRANSLATED
  }
}
