/**
 * One intent, two interfaces. A scenario written for VFIO's groups and containers can be put to a kernel that has only
 * device files and iommufds, and the other way round: what the caller wants is the same, the calls are not.
 */
import type { Op, OpKind } from '../sim/op.ts'

/**
 * How a kernel is asked for what an operation wants: with the operation itself, with others that come to the same, not
 * at all because another call will do it (`nothing`), or not at all because this kernel has no such thing (`missing`).
 */
export interface Translation {
  readonly kind: 'same' | 'translated' | 'nothing' | 'missing'
  readonly ops: readonly Op[]
}

/** What a translation needs to know of the machine: the number of the group that a device is in. */
export type GroupFinder = (bdf: string) => number | undefined

const NOTHING: Translation = { kind: 'nothing', ops: [] }
const MISSING: Translation = { kind: 'missing', ops: [] }

function translated(...ops: readonly Op[]): Translation {
  return { kind: 'translated', ops }
}

/**
 * Translates a list of operations for a kernel.
 * @param abi what the kernel can be asked for
 * @returns one translation for each operation, in order
 */
export function translate(ops: readonly Op[], abi: readonly OpKind[], groupOf: GroupFinder): Translation[] {
  const groups = abi.includes('group_set_container')
  const cdevs = abi.includes('open_cdev')
  const toGroups = new ToGroups(groupOf)
  const toDevices = new ToDevices()
  return ops.map((op) => {
    // A kernel with both interfaces, or with the one that is meant, needs no translation.
    const foreign = cdevs ? !groups && toDevices.knows(op) : toGroups.knows(op)
    if (foreign) return cdevs ? toDevices.next(op) : toGroups.next(op)
    return abi.includes(op.op) ? { kind: 'same', ops: [op] } : MISSING
  })
}

/** From device files and iommufds to groups and containers: open, join, choose a type, then get the device. */
class ToGroups {
  private readonly groupOf: GroupFinder
  /** Device file → device, who opened it, and the iommufd it was bound to. */
  private readonly files = new Map<string, { device: string; by: { by?: string }; iommufd?: string; open: boolean }>()
  /** iommufd → its one address space, and whether the container has its type. */
  private readonly containers = new Map<string, { ioas?: string; typed: boolean }>()
  /** iommufd and group → name of the group's file. */
  private readonly groupFiles = new Map<string, string>()

  constructor(groupOf: GroupFinder) {
    this.groupOf = groupOf
  }

  knows(op: Op): boolean {
    if (op.op === 'close') return this.files.has(op.fd)
    return (
      op.op === 'open_iommufd' ||
      op.op === 'open_cdev' ||
      op.op === 'bind_iommufd' ||
      op.op === 'ioas_alloc' ||
      op.op === 'ioas_map' ||
      op.op === 'ioas_unmap' ||
      op.op === 'ioas_destroy' ||
      op.op === 'attach' ||
      op.op === 'detach'
    )
  }

  next(op: Op): Translation {
    const by = op.by === undefined ? {} : { by: op.by }
    switch (op.op) {
      case 'open_iommufd':
        this.containers.set(op.as, { typed: false })
        return translated({ op: 'open_container', as: op.as, ...by })
      case 'open_cdev':
        // There is no device file before the group has a container with an IOMMU: GET_DEVICE_FD gives it.
        this.files.set(op.as, { device: op.device, by, open: false })
        return NOTHING
      case 'bind_iommufd': {
        const file = this.files.get(op.device_fd)
        if (file === undefined) return MISSING
        file.iommufd = op.iommufd
        const group = this.groupOf(file.device)
        const key = `${op.iommufd} ${group ?? 'none'}`
        if (this.groupFiles.has(key)) return NOTHING
        const name = `g-${op.device_fd}`
        this.groupFiles.set(key, name)
        return translated(
          { op: 'open_group', group: String(group ?? -1), as: name, ...file.by },
          { op: 'group_set_container', group_fd: name, container_fd: op.iommufd },
        )
      }
      case 'ioas_alloc': {
        const container = this.containers.get(op.iommufd)
        // A container is one address space: for a second one there is nothing to ask.
        if (container === undefined || container.ioas !== undefined) return MISSING
        container.ioas = op.as
        return NOTHING
      }
      case 'ioas_map':
      case 'ioas_unmap': {
        const container = this.containers.get(op.iommufd)
        if (container === undefined || container.ioas !== op.ioas) return MISSING
        const map: Op = {
          op: op.op === 'ioas_map' ? 'map_dma' : 'unmap_dma',
          container_fd: op.iommufd,
          iova: op.iova,
          size: op.size,
        }
        return translated(...this.type(op.iommufd, container), map)
      }
      case 'attach': {
        const file = this.files.get(op.device_fd)
        const container = file?.iommufd === undefined ? undefined : this.containers.get(file.iommufd)
        if (file?.iommufd === undefined || container === undefined || container.ioas !== op.ioas) return MISSING
        const group = this.groupFiles.get(`${file.iommufd} ${this.groupOf(file.device) ?? 'none'}`) ?? ''
        file.open = true
        return translated(...this.type(file.iommufd, container), {
          op: 'group_get_device_fd',
          group_fd: group,
          device: file.device,
          as: op.device_fd,
        })
      }
      case 'close': {
        const file = this.files.get(op.fd)
        this.files.delete(op.fd)
        if (file === undefined || !file.open) return NOTHING
        return { kind: 'same', ops: [op] }
      }
      default:
        return MISSING
    }
  }

  /** SET_IOMMU, once a container, before anything can be mapped in it. */
  private type(name: string, container: { typed: boolean }): Op[] {
    if (container.typed) return []
    container.typed = true
    return [{ op: 'set_iommu', container_fd: name, type: 'type1v2' }]
  }
}

/** From groups and containers to device files and iommufds: open the device, bind it, attach it. */
class ToDevices {
  /** Container → its address space's name. */
  private readonly containers = new Set<string>()
  /** Group file → the container it joined. */
  private readonly groups = new Map<string, string>()

  knows(op: Op): boolean {
    if (op.op === 'close') return this.groups.has(op.fd)
    return (
      op.op === 'open_container' ||
      op.op === 'open_group' ||
      op.op === 'group_set_container' ||
      op.op === 'group_unset_container' ||
      op.op === 'group_get_status' ||
      op.op === 'set_iommu' ||
      op.op === 'map_dma' ||
      op.op === 'unmap_dma' ||
      op.op === 'group_get_device_fd'
    )
  }

  next(op: Op): Translation {
    const by = op.by === undefined ? {} : { by: op.by }
    switch (op.op) {
      case 'open_container':
        this.containers.add(op.as)
        return translated({ op: 'open_iommufd', as: op.as, ...by }, { op: 'ioas_alloc', iommufd: op.as, as: ioasOf(op.as) })
      case 'open_group':
        this.groups.set(op.as, '')
        return NOTHING
      case 'group_set_container':
        this.groups.set(op.group_fd, op.container_fd)
        return NOTHING
      case 'set_iommu':
        return NOTHING
      case 'map_dma':
      case 'unmap_dma':
        return translated({
          op: op.op === 'map_dma' ? 'ioas_map' : 'ioas_unmap',
          iommufd: op.container_fd,
          ioas: ioasOf(op.container_fd),
          iova: op.iova,
          size: op.size,
        })
      case 'group_get_device_fd': {
        const container = this.groups.get(op.group_fd) ?? ''
        if (container === '') return MISSING
        return translated(
          { op: 'open_cdev', device: op.device, as: op.as, ...by },
          { op: 'bind_iommufd', device_fd: op.as, iommufd: container },
          { op: 'attach', device_fd: op.as, ioas: ioasOf(container) },
        )
      }
      case 'close':
        this.groups.delete(op.fd)
        return NOTHING
      default:
        return MISSING
    }
  }
}

function ioasOf(container: string): string {
  return `${container}-ioas`
}
