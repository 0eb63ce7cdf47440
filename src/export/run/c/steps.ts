/** Every operation as the C statement that makes its system call. */
import { CONSTANTS } from '../../../explain/ops.ts'
import type { Op } from '../../../sim/op.ts'
import { commentText, literal, u64 } from './text.ts'

/** What the names of a run are in the program. */
export interface Names {
  /** Variable of a file. */
  file(name: string): string
  /** Number of an object of an iommufd, as an expression that can be assigned to. */
  object(name: string): string
  /** Number of the object that a bound device file stands for. */
  bound(name: string): string
  /** Number of a user, with its name beside it. */
  user(name: string): string
  /** Functions of a group. */
  members(group: string): readonly string[]
}

/** Names of IOMMU types and extensions; any other word is taken as a number. */
function constant(word: string): string {
  const known = Object.hasOwn(CONSTANTS, word) ? CONSTANTS[word] : undefined
  if (known !== undefined) return known
  const number = /^(?:0x[0-9a-f]+|\d+)$/.test(word) ? Number(word) : 0
  return Number.isSafeInteger(number) ? `${number}ul` : '0ul'
}

/**
 * @returns the statement; null for what software cannot do (`dma_probe`), undefined for a call that no Linux has
 */
export function statementOf(op: Op, names: Names): string | null | undefined {
  const { file, object, bound } = names
  switch (op.op) {
    case 'bind':
      return `bind_driver(a, ${literal(op.device)}, ${literal(op.driver)});`
    case 'unbind':
      return `unbind_driver(a, ${literal(op.device)});`
    case 'driver_override':
      return `override_driver(a, ${literal(op.device)}, ${literal(op.driver)});`
    case 'drivers_probe':
      return `a->error = write_file("/sys/bus/pci/drivers_probe", ${literal(op.device)});`
    case 'hot_add':
      return `hot_add(a, ${literal(op.device)});`
    case 'chown_group':
      return [
        `request(a, chown(${literal(`/dev/vfio/${op.group}`)}, ${names.user(op.user)}, -1));`,
        ...names.members(op.group).map((bdf) => `give_device_file(a, ${literal(bdf)}, ${names.user(op.user)});`),
      ].join('\n  ')
    case 'chown_iommu':
      return `request(a, chown("/dev/iommu", ${names.user(op.user)}, -1));`
    case 'open_container':
      return `open_file(a, &${file(op.as)}, "/dev/vfio/vfio");`
    case 'open_group':
      return `open_file(a, &${file(op.as)}, ${literal(`/dev/vfio/${op.group}`)});`
    case 'get_api_version':
      return `number(a, ioctl(${file(op.container_fd)}, VFIO_GET_API_VERSION));`
    case 'check_extension':
      return `number(a, ioctl(${file(op.container_fd)}, VFIO_CHECK_EXTENSION, ${constant(op.extension)}));`
    case 'group_get_status':
      return `get_status(a, ${file(op.group_fd)});`
    case 'group_set_container':
      return `request(a, ioctl(${file(op.group_fd)}, VFIO_GROUP_SET_CONTAINER, &${file(op.container_fd)}));`
    case 'group_unset_container':
      return `request(a, ioctl(${file(op.group_fd)}, VFIO_GROUP_UNSET_CONTAINER));`
    case 'set_iommu':
      return `request(a, ioctl(${file(op.container_fd)}, VFIO_SET_IOMMU, ${constant(op.type)}));`
    case 'iommu_get_info':
      return `get_iommu_info(a, ${file(op.container_fd)});`
    case 'map_dma':
    case 'unmap_dma':
      return `${op.op}(a, ${file(op.container_fd)}, ${u64(op.iova)}, ${u64(op.size)});`
    case 'group_get_device_fd':
      return `get_device_fd(a, &${file(op.as)}, ${file(op.group_fd)}, ${literal(op.device)});`
    case 'kvm_group_add':
      return `tell_kvm(a, KVM_DEV_VFIO_GROUP_ADD, ${file(op.group_fd)});`
    case 'kvm_group_del':
      return `tell_kvm(a, KVM_DEV_VFIO_GROUP_DEL, ${file(op.group_fd)});`
    case 'device_get_info':
      return `get_device_info(a, ${file(op.device_fd)});`
    case 'device_access':
      return `access_device(a, ${file(op.device_fd)});`
    case 'device_reset':
      return `request(a, ioctl(${file(op.device_fd)}, VFIO_DEVICE_RESET));`
    case 'device_hot_reset':
      return `hot_reset(a, ${file(op.device_fd)}, ${op.group_fd === undefined ? 'NULL' : `&${file(op.group_fd)}`});`
    case 'open_iommufd':
      return `open_file(a, &${file(op.as)}, "/dev/iommu");`
    case 'open_cdev':
      return `open_device_file(a, &${file(op.as)}, ${literal(op.device)});`
    case 'bind_iommufd':
      return `bind_iommufd(a, &${bound(op.device_fd)}, ${file(op.device_fd)}, ${file(op.iommufd)});`
    case 'ioas_alloc':
      return `ioas_alloc(a, &${object(op.as)}, ${file(op.iommufd)});`
    case 'ioas_map':
    case 'ioas_unmap':
      return `${op.op}(a, ${file(op.iommufd)}, ${object(op.ioas)}, ${u64(op.iova)}, ${u64(op.size)});`
    case 'attach': {
      const table = op.hwpt ?? op.ioas
      return `attach(a, ${file(op.device_fd)}, ${table === undefined ? 'NO_OBJECT' : object(table)});`
    }
    case 'detach':
      return `detach(a, ${file(op.device_fd)});`
    case 'ioas_destroy':
      return `destroy(a, ${file(op.iommufd)}, &${object(op.ioas)});`
    case 'hwpt_alloc':
      return `hwpt_alloc(a, &${object(op.as)}, ${file(op.iommufd)}, ${bound(op.device_fd)}, ${object(op.ioas)});`
    case 'hwpt_destroy':
      return `destroy(a, ${file(op.iommufd)}, &${object(op.hwpt)});`
    case 'close':
      return `close_file(a, &${file(op.fd)});`
    case 'exit':
      return '(void)a;\n  _exit(0);'
    case 'dma_probe':
      return null
    case 'unbind_iommufd':
    case 'group_bind_iommufd':
    case 'group_unbind_iommufd':
      return undefined
  }
}

/** A user's number with the name beside it: a number and a comment. */
export function userNumber(user: string, number: number): string {
  return number === 0 ? '0' : `${number} /* ${commentText(user)} */`
}
