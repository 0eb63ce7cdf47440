/** Operations as a kernel developer writes them and as a person says them. */
import { keysOf, OPS, type IoctlKind, type Op, type OpOf } from '../sim/op.ts'
import type { World } from '../sim/world.ts'
import { amount, hex, shortBdf, size } from './words.ts'

export interface OpWords {
  /** The call: `ioctl g1 VFIO_GROUP_SET_CONTAINER c1`. */
  readonly call: string
  /** A short imperative: `Put group 7 into container c1`. */
  readonly words: string
}

/** What several operations together are for: a group that they make viable, and how many of its members they bind. */
export function describeGoal(world: World, goal: { readonly viable: number; readonly devices: number }): string {
  const id = world.groups[goal.viable]?.id ?? '?'
  return `Make group ${id} viable: bind ${goal.devices} devices to vfio-pci`
}

/** Names of IOMMU types and extensions in <linux/vfio.h>. */
export const CONSTANTS: Readonly<Record<string, string>> = {
  type1: 'VFIO_TYPE1_IOMMU',
  type1v2: 'VFIO_TYPE1v2_IOMMU',
  type1_nesting: 'VFIO_TYPE1_NESTING_IOMMU',
  noiommu: 'VFIO_NOIOMMU_IOMMU',
  spapr_tce: 'VFIO_SPAPR_TCE_IOMMU',
  spapr_tce_v2: 'VFIO_SPAPR_TCE_v2_IOMMU',
  dma_cc: 'VFIO_DMA_CC_IOMMU',
  eeh: 'VFIO_EEH',
  unmap_all: 'VFIO_UNMAP_ALL',
  update_vaddr: 'VFIO_UPDATE_VADDR',
}

function constant(name: string): string {
  return Object.hasOwn(CONSTANTS, name) ? (CONSTANTS[name] ?? name) : name
}

/**
 * An operation in both forms. Given the operations before it, words say `group 7` where the operation itself only says
 * `g1`; without them they say `g1`. Where several processes could do it, they begin with the one that does.
 */
export function describeOp(world: World, op: Op, earlier: readonly Op[] = []): OpWords {
  const { call, words } = textsOf(world, op, earlier)
  return { call, words: isAmbiguous(world, op) ? `${op.by}: ${words.charAt(0).toLowerCase()}${words.slice(1)}` : words }
}

/** Whether it matters who does an operation: there are several processes, and no name that it uses belongs to one of them. */
function isAmbiguous(world: World, op: Op): boolean {
  const namesFile = keysOf(op.op).some(([, role]) => role === 'fd')
  return op.by !== undefined && world.setup.processes.length > 1 && !namesFile && op.op !== 'exit'
}

function textsOf(world: World, op: Op, earlier: readonly Op[]): OpWords {
  const at = shortBdf
  const opened = (name: string): Op | undefined => earlier.findLast((made) => 'as' in made && made.as === name)
  const groupOf = (name: string): string => {
    const made = opened(name)
    return made?.op === 'open_group' ? `group ${made.group}` : `the group of ${name}`
  }
  const madeAs = (made: Op | undefined): string | undefined =>
    made?.op === 'group_get_device_fd' || made?.op === 'open_cdev' ? at(made.device) : undefined
  const deviceOf = (name: string): string => madeAs(opened(name)) ?? `the device of ${name}`
  // KVM takes files of groups, and since 6.2 files of devices.
  const fileOf = (name: string): string => madeAs(opened(name)) ?? groupOf(name)
  const ioctl = (fd: string, kind: IoctlKind, ...args: readonly string[]): string =>
    ['ioctl', fd, OPS[kind].call.ioctl, ...args].join(' ')
  const range = (mapped: { readonly iova: number; readonly size: number }): string =>
    `iova=${hex(mapped.iova)} size=${size(mapped.size)}`
  const tableOf = (attach: OpOf<'attach'>): string => attach.hwpt ?? attach.ioas ?? 'nothing'

  switch (op.op) {
    case 'bind':
      return { call: `bind ${at(op.device)} ${op.driver}`, words: `Bind ${at(op.device)} to ${op.driver}` }
    case 'unbind':
      return { call: `unbind ${at(op.device)}`, words: `Take ${at(op.device)} away from its driver` }
    case 'driver_override':
      return op.driver === ''
        ? { call: `driver_override ${at(op.device)} ""`, words: `Let any matching driver take ${at(op.device)} again` }
        : {
            call: `driver_override ${at(op.device)} ${op.driver}`,
            words: `Reserve ${at(op.device)} for the driver ${op.driver}`,
          }
    case 'drivers_probe':
      return { call: `drivers_probe ${at(op.device)}`, words: `Let the kernel look for a driver for ${at(op.device)}` }
    case 'hot_add':
      return { call: `hot-add ${at(op.device)}`, words: `Plug ${at(op.device)} into its slot` }
    case 'chown_group':
      return { call: `chown ${op.user} /dev/vfio/${op.group}`, words: `Give /dev/vfio/${op.group} to user ${op.user}` }
    case 'chown_iommu':
      return { call: `chown ${op.user} /dev/iommu`, words: `Give /dev/iommu to user ${op.user}` }
    case 'open_container':
      return { call: `${op.as} = open /dev/vfio/vfio`, words: `Open a new container, ${op.as}` }
    case 'open_group':
      return { call: `${op.as} = open /dev/vfio/${op.group}`, words: `Open group ${op.group} as ${op.as}` }
    case 'get_api_version':
      return { call: ioctl(op.container_fd, op.op), words: 'Ask for the version of VFIO’s interface' }
    case 'check_extension':
      return {
        call: ioctl(op.container_fd, op.op, constant(op.extension)),
        words: `Ask whether ${op.container_fd} supports ${op.extension}`,
      }
    case 'group_get_status':
      return {
        call: ioctl(op.group_fd, op.op),
        words: `Ask whether ${groupOf(op.group_fd)} is viable`,
      }
    case 'group_set_container':
      return {
        call: ioctl(op.group_fd, op.op, op.container_fd),
        words: `Put ${groupOf(op.group_fd)} into ${opened(op.container_fd)?.op === 'open_iommufd' ? 'iommufd' : 'container'} ${op.container_fd}`,
      }
    case 'group_unset_container':
      return {
        call: ioctl(op.group_fd, op.op),
        words: `Take ${groupOf(op.group_fd)} out of its container`,
      }
    case 'set_iommu':
      return {
        call: ioctl(op.container_fd, op.op, constant(op.type)),
        words: `Give container ${op.container_fd} an IOMMU of type ${op.type}`,
      }
    case 'iommu_get_info':
      return {
        call: ioctl(op.container_fd, op.op),
        words: `Ask what the IOMMU of ${op.container_fd} can do`,
      }
    case 'map_dma':
      return {
        call: ioctl(op.container_fd, op.op, range(op)),
        words: `Map ${amount(op.size)} of memory at ${hex(op.iova)} for the devices of ${op.container_fd}`,
      }
    case 'unmap_dma':
      return {
        call: ioctl(op.container_fd, op.op, range(op)),
        words: `Unmap ${amount(op.size)} at ${hex(op.iova)} from ${op.container_fd}`,
      }
    case 'group_get_device_fd':
      return {
        call: ioctl(op.group_fd, op.op, op.device, '→', op.as),
        words: `Get device ${at(op.device)} from ${groupOf(op.group_fd)} as ${op.as}`,
      }
    case 'kvm_group_add':
      return {
        call: ioctl('kvm', op.op, op.group_fd),
        words: `Tell KVM about ${fileOf(op.group_fd)}`,
      }
    case 'kvm_group_del':
      return {
        call: ioctl('kvm', op.op, op.group_fd),
        words: `Let KVM forget ${fileOf(op.group_fd)}`,
      }
    case 'device_get_info':
      return {
        call: ioctl(op.device_fd, op.op),
        words: `Ask what ${deviceOf(op.device_fd)} offers`,
      }
    case 'device_access':
      return { call: `access ${op.device_fd}`, words: `Use the registers of ${deviceOf(op.device_fd)}` }
    case 'device_reset':
      return { call: ioctl(op.device_fd, op.op), words: `Reset ${deviceOf(op.device_fd)}` }
    case 'device_hot_reset':
      return {
        call: ioctl(op.device_fd, op.op, ...(op.group_fd === undefined ? [] : [op.group_fd])),
        words: `Reset the whole bus of ${deviceOf(op.device_fd)}`,
      }
    case 'open_iommufd':
      return { call: `${op.as} = open /dev/iommu`, words: `Open a new iommufd, ${op.as}` }
    case 'open_cdev':
      return {
        call: `${op.as} = open /dev/vfio/devices/${at(op.device)}`,
        words: `Open the device file of ${at(op.device)} as ${op.as}`,
      }
    case 'bind_iommufd':
      return {
        call: ioctl(op.device_fd, op.op, op.iommufd),
        words: `Bind ${deviceOf(op.device_fd)} to iommufd ${op.iommufd}`,
      }
    case 'unbind_iommufd':
      return {
        call: ioctl(op.device_fd, op.op),
        words: `Unbind ${deviceOf(op.device_fd)} from its iommufd`,
      }
    case 'group_bind_iommufd':
      return {
        call: ioctl(op.group_fd, op.op, op.iommufd),
        words: `Bind all of ${groupOf(op.group_fd)} to iommufd ${op.iommufd}`,
      }
    case 'group_unbind_iommufd':
      return {
        call: ioctl(op.group_fd, op.op),
        words: `Unbind ${groupOf(op.group_fd)} from its iommufd`,
      }
    case 'ioas_alloc':
      return { call: `${op.as} = ${ioctl(op.iommufd, op.op)}`, words: `Make an address space, ${op.as}` }
    case 'ioas_map':
      return {
        call: ioctl(op.iommufd, op.op, op.ioas, range(op)),
        words: `Map ${amount(op.size)} of memory at ${hex(op.iova)} in ${op.ioas}`,
      }
    case 'ioas_unmap':
      return {
        call: ioctl(op.iommufd, op.op, op.ioas, range(op)),
        words: `Unmap ${amount(op.size)} at ${hex(op.iova)} from ${op.ioas}`,
      }
    case 'attach':
      return {
        call: ioctl(op.device_fd, op.op, tableOf(op)),
        words: `Attach ${deviceOf(op.device_fd)} to ${tableOf(op)}`,
      }
    case 'detach':
      return {
        call: ioctl(op.device_fd, op.op),
        words: `Detach ${deviceOf(op.device_fd)} from its address space`,
      }
    case 'ioas_destroy':
      return { call: ioctl(op.iommufd, op.op, op.ioas), words: `Destroy the address space ${op.ioas}` }
    case 'hwpt_alloc':
      return {
        call: `${op.as} = ${ioctl(op.iommufd, op.op, op.device_fd, op.ioas)}`,
        words: `Make a page table ${op.as} of ${op.ioas} for ${deviceOf(op.device_fd)}`,
      }
    case 'hwpt_destroy':
      return { call: ioctl(op.iommufd, op.op, op.hwpt), words: `Destroy the page table ${op.hwpt}` }
    case 'close':
      return { call: `close ${op.fd}`, words: `Close ${op.fd}` }
    case 'exit': {
      const name = op.by ?? world.setup.processes[0]?.name ?? 'the process'
      return { call: `exit ${name}`, words: `End ${name}; the kernel closes all it has open` }
    }
    case 'dma_probe':
      return {
        call: `dma ${at(op.device)} ${hex(op.iova)}`,
        words: `Let ${at(op.device)} try a DMA to ${hex(op.iova)}`,
      }
  }
}
