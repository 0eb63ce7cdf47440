import type { Scenario } from '../document/scenario.ts'

/**
 * What the first visit opens on: the scenario of `start.ts` as data, so that the page need not load what reads scripts
 * before anything is drawn. A test holds the two together.
 */
export const START: Scenario = {
  title: 'A guest owns one port of a two-port card',
  machine: 'dual-e1000e',
  kernel: 'linux-5.10',
  boot: {
    iommu: 'nopt',
  },
  processes: [
    {
      name: 'qemu',
      user: 'root',
    },
  ],
  ops: [
    {
      op: 'unbind',
      device: '0000:01:00.0',
    },
    {
      op: 'unbind',
      device: '0000:01:00.1',
    },
    {
      op: 'bind',
      device: '0000:01:00.1',
      driver: 'vfio-pci',
    },
    {
      op: 'open_group',
      by: 'qemu',
      group: '3',
      as: 'g1',
    },
    {
      op: 'open_container',
      by: 'qemu',
      as: 'c1',
    },
    {
      op: 'group_set_container',
      group_fd: 'g1',
      container_fd: 'c1',
    },
    {
      op: 'set_iommu',
      container_fd: 'c1',
      type: 'type1v2',
    },
    {
      op: 'map_dma',
      container_fd: 'c1',
      iova: 0,
      size: 2097152,
    },
    {
      op: 'group_get_device_fd',
      group_fd: 'g1',
      device: '0000:01:00.1',
      as: 'd1',
    },
  ],
  cursor: 9,
  notes: {
    '1': 'The administrator takes both ports of the card away from e1000e. They share IOMMU group 3.',
    '3': 'The second port goes to vfio-pci. From now on there is a /dev/vfio/3.',
    '4': 'QEMU opens the group: no other process can open it now.',
    '6': 'The group joins the container.',
    '7': "The whole group moves into the container's own I/O address space, the idle port included.",
    '8': "QEMU maps the guest's memory. That is all that the card can reach.",
    '9': 'The guest drives port 01:00.1. The group is viable and isolated. Port 01:00.0 has no driver. Give it back to its own driver, e1000e, and see what happens.',
  },
}
