import { describe, expect, test } from 'vitest'
import type { Machine } from '../sim/machine.ts'
import { nic } from '../sim/nic.test-helper.ts'
import { OP_KINDS, type Op } from '../sim/op.ts'
import { compileWorld } from '../sim/world.ts'
import { describeOp } from './ops.ts'

const machine: Machine = {
  id: 'two',
  title: 'Two functions',
  devices: ['0000:01:00.0', '0001:01:00.1'].map((bdf) => nic(bdf)),
  groups: { '7': ['0000:01:00.0', '0001:01:00.1'] },
}
const world = compileWorld({ machine, boot: { iommu: 'nopt' }, processes: [{ name: 'qemu', user: 'a' }] }, [])

const a = '0000:01:00.0'
const open: readonly Op[] = [
  { op: 'open_group', group: '7', as: 'g1' },
  { op: 'open_container', as: 'c1' },
  { op: 'group_get_device_fd', group_fd: 'g1', device: a, as: 'd1' },
]

// prettier-ignore
const cases: readonly (readonly [op: Op, call: string, words: string])[] = [
  [{ op: 'bind', device: a, driver: 'vfio-pci' }, 'bind 01:00.0 vfio-pci', 'Bind 01:00.0 to vfio-pci'],
  [{ op: 'unbind', device: '0001:01:00.1' }, 'unbind 0001:01:00.1', 'Take 0001:01:00.1 away from its driver'],
  [{ op: 'driver_override', device: a, driver: 'x' }, 'driver_override 01:00.0 x', 'Reserve 01:00.0 for the driver x'],
  [{ op: 'driver_override', device: a, driver: '' }, 'driver_override 01:00.0 ""', 'Let any matching driver take 01:00.0 again'],
  [{ op: 'drivers_probe', device: a }, 'drivers_probe 01:00.0', 'Let the kernel look for a driver for 01:00.0'],
  [{ op: 'hot_add', device: a }, 'hot-add 01:00.0', 'Plug 01:00.0 into its slot'],
  [{ op: 'chown_iommu', user: 'bob' }, 'chown bob /dev/iommu', 'Give /dev/iommu to user bob'],
  [{ op: 'chown_group', group: '7', user: 'bob' }, 'chown bob /dev/vfio/7', 'Give /dev/vfio/7 to user bob'],
  [{ op: 'open_container', as: 'c1' }, 'c1 = open /dev/vfio/vfio', 'Open a new container, c1'],
  [{ op: 'open_group', group: '7', as: 'g1' }, 'g1 = open /dev/vfio/7', 'Open group 7 as g1'],
  [{ op: 'get_api_version', container_fd: 'c1' }, 'ioctl c1 VFIO_GET_API_VERSION', 'Ask for the version of VFIO’s interface'],
  [{ op: 'check_extension', container_fd: 'c1', extension: 'dma_cc' }, 'ioctl c1 VFIO_CHECK_EXTENSION VFIO_DMA_CC_IOMMU', 'Ask whether c1 supports dma_cc'],
  [{ op: 'group_get_status', group_fd: 'g1' }, 'ioctl g1 VFIO_GROUP_GET_STATUS', 'Ask whether group 7 is viable'],
  [{ op: 'group_set_container', group_fd: 'g1', container_fd: 'c1' }, 'ioctl g1 VFIO_GROUP_SET_CONTAINER c1', 'Put group 7 into container c1'],
  [{ op: 'group_set_container', group_fd: 'g9', container_fd: 'c1' }, 'ioctl g9 VFIO_GROUP_SET_CONTAINER c1', 'Put the group of g9 into container c1'],
  [{ op: 'group_unset_container', group_fd: 'g1' }, 'ioctl g1 VFIO_GROUP_UNSET_CONTAINER', 'Take group 7 out of its container'],
  [{ op: 'set_iommu', container_fd: 'c1', type: 'type1v2' }, 'ioctl c1 VFIO_SET_IOMMU VFIO_TYPE1v2_IOMMU', 'Give container c1 an IOMMU of type type1v2'],
  [{ op: 'iommu_get_info', container_fd: 'c1' }, 'ioctl c1 VFIO_IOMMU_GET_INFO', 'Ask what the IOMMU of c1 can do'],
  [{ op: 'map_dma', container_fd: 'c1', iova: 0, size: 2097152 }, 'ioctl c1 VFIO_IOMMU_MAP_DMA iova=0x0 size=2M', 'Map 2M of memory at 0x0 for the devices of c1'],
  [{ op: 'unmap_dma', container_fd: 'c1', iova: 4096, size: 5 }, 'ioctl c1 VFIO_IOMMU_UNMAP_DMA iova=0x1000 size=5', 'Unmap 5 bytes at 0x1000 from c1'],
  [{ op: 'group_get_device_fd', group_fd: 'g1', device: a, as: 'd1' }, 'ioctl g1 VFIO_GROUP_GET_DEVICE_FD 0000:01:00.0 → d1', 'Get device 01:00.0 from group 7 as d1'],
  [{ op: 'kvm_group_add', group_fd: 'g1' }, 'ioctl kvm KVM_DEV_VFIO_GROUP_ADD g1', 'Tell KVM about group 7'],
  [{ op: 'kvm_group_del', group_fd: 'g1' }, 'ioctl kvm KVM_DEV_VFIO_GROUP_DEL g1', 'Let KVM forget group 7'],
  [{ op: 'kvm_group_add', group_fd: 'd1' }, 'ioctl kvm KVM_DEV_VFIO_GROUP_ADD d1', 'Tell KVM about 01:00.0'],
  [{ op: 'kvm_group_del', group_fd: 'd1' }, 'ioctl kvm KVM_DEV_VFIO_GROUP_DEL d1', 'Let KVM forget 01:00.0'],
  [{ op: 'device_get_info', device_fd: 'd1' }, 'ioctl d1 VFIO_DEVICE_GET_INFO', 'Ask what 01:00.0 offers'],
  [{ op: 'device_access', device_fd: 'd1' }, 'access d1', 'Use the registers of 01:00.0'],
  [{ op: 'device_reset', device_fd: 'd2' }, 'ioctl d2 VFIO_DEVICE_RESET', 'Reset the device of d2'],
  [{ op: 'device_hot_reset', device_fd: 'd1', group_fd: 'g1' }, 'ioctl d1 VFIO_DEVICE_PCI_HOT_RESET g1', 'Reset the whole bus of 01:00.0'],
  [{ op: 'open_iommufd', as: 'i1' }, 'i1 = open /dev/iommu', 'Open a new iommufd, i1'],
  [{ op: 'open_cdev', device: a, as: 'd1' }, 'd1 = open /dev/vfio/devices/01:00.0', 'Open the device file of 01:00.0 as d1'],
  [{ op: 'bind_iommufd', device_fd: 'd1', iommufd: 'i1' }, 'ioctl d1 VFIO_DEVICE_BIND_IOMMUFD i1', 'Bind 01:00.0 to iommufd i1'],
  [{ op: 'unbind_iommufd', device_fd: 'd1' }, 'ioctl d1 VFIO_DEVICE_UNBIND_IOMMUFD', 'Unbind 01:00.0 from its iommufd'],
  [{ op: 'group_bind_iommufd', group_fd: 'g1', iommufd: 'i1' }, 'ioctl g1 VFIO_GROUP_BIND_IOMMUFD i1', 'Bind all of group 7 to iommufd i1'],
  [{ op: 'group_unbind_iommufd', group_fd: 'g1' }, 'ioctl g1 VFIO_GROUP_UNBIND_IOMMUFD', 'Unbind group 7 from its iommufd'],
  [{ op: 'ioas_alloc', iommufd: 'i1', as: 'a1' }, 'a1 = ioctl i1 IOMMU_IOAS_ALLOC', 'Make an address space, a1'],
  [{ op: 'ioas_map', iommufd: 'i1', ioas: 'a1', iova: 0, size: 4096 }, 'ioctl i1 IOMMU_IOAS_MAP a1 iova=0x0 size=4K', 'Map 4K of memory at 0x0 in a1'],
  [{ op: 'ioas_unmap', iommufd: 'i1', ioas: 'a1', iova: 0, size: 1 << 30 }, 'ioctl i1 IOMMU_IOAS_UNMAP a1 iova=0x0 size=1G', 'Unmap 1G at 0x0 from a1'],
  [{ op: 'attach', device_fd: 'd1', ioas: 'a1' }, 'ioctl d1 VFIO_DEVICE_ATTACH_IOMMUFD_PT a1', 'Attach 01:00.0 to a1'],
  [{ op: 'attach', device_fd: 'd1', hwpt: 'h1' }, 'ioctl d1 VFIO_DEVICE_ATTACH_IOMMUFD_PT h1', 'Attach 01:00.0 to h1'],
  [{ op: 'detach', device_fd: 'd1' }, 'ioctl d1 VFIO_DEVICE_DETACH_IOMMUFD_PT', 'Detach 01:00.0 from its address space'],
  [{ op: 'ioas_destroy', iommufd: 'i1', ioas: 'a1' }, 'ioctl i1 IOMMU_DESTROY a1', 'Destroy the address space a1'],
  [{ op: 'hwpt_alloc', iommufd: 'i1', device_fd: 'd1', ioas: 'a1', as: 'h1' }, 'h1 = ioctl i1 IOMMU_HWPT_ALLOC d1 a1', 'Make a page table h1 of a1 for 01:00.0'],
  [{ op: 'hwpt_destroy', iommufd: 'i1', hwpt: 'h1' }, 'ioctl i1 IOMMU_DESTROY h1', 'Destroy the page table h1'],
  [{ op: 'close', fd: 'd1' }, 'close d1', 'Close d1'],
  [{ op: 'exit' }, 'exit qemu', 'End qemu; the kernel closes all it has open'],
  [{ op: 'dma_probe', device: a, iova: 4096 }, 'dma 01:00.0 0x1000', 'Let 01:00.0 try a DMA to 0x1000'],
]

describe('describeOp', () => {
  test.each(cases)('%j', (op, call, words) => expect(describeOp(world, op, open)).toEqual({ call, words }))
  test('every kind of operation has a case', () => {
    expect(new Set(cases.map(([op]) => op.op))).toEqual(new Set(OP_KINDS))
  })
  test('a name that was never given stands for itself', () => {
    expect(describeOp(world, { op: 'group_get_status', group_fd: 'g1' }).words).toBe(
      'Ask whether the group of g1 is viable',
    )
  })
})

test.each([
  [2, { op: 'open_group', group: '7', as: 'g1', by: 'dpdk' }, 'dpdk: open group 7 as g1'],
  [1, { op: 'open_group', group: '7', as: 'g1', by: 'qemu' }, 'Open group 7 as g1'],
  [2, { op: 'open_group', group: '7', as: 'g1' }, 'Open group 7 as g1'],
  [2, { op: 'close', fd: 'g1', by: 'dpdk' }, 'Close g1'],
  [2, { op: 'exit', by: 'dpdk' }, 'End dpdk; the kernel closes all it has open'],
] satisfies [number, Op, string][])(
  'with %i processes, who does it is said where it could be another: %j',
  (count, op, words) => {
    const processes = ['qemu', 'dpdk'].slice(0, count).map((name) => ({ name, user: 'root' }))
    const shown = compileWorld({ machine, boot: { iommu: 'nopt' }, processes }, [op])
    expect(describeOp(shown, op).words).toBe(words)
  },
)
