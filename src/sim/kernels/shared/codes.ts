/**
 * Codes of the checks and effects that several kernels have in common. Those that stand in a specification keep its
 * name (`L.MAP.5`); what they mean is told by src/explain.
 */

export const SHARED_CHECKS = [
  // Files: the name is open; it is the kind of file that the call is for.
  'L.FD.open',
  'L.FD.kind',
  // bind: the driver's directory exists; bind_store's one condition in three parts; the probe.
  'L.B.dir',
  'L.B.1.exists',
  'L.B.1.free',
  'L.B.1.match',
  'L.B.2',
  // unbind, drivers_probe, driver_override, hot_add, chown: the thing is there.
  'L.UB.1',
  'L.DP.1',
  'L.DO.1',
  'L.HA.1',
  'L.HA.2',
  'L.HA.3',
  'L.CG.1',
  // open of /dev/vfio/N.
  'L.GO.node',
  'L.GO.access',
  // VFIO_SET_IOMMU.
  'L.SI.1',
  'L.SI.2',
  'L.SI.3',
  // Any other call on a container: it has a backend.
  'L.IO.1',
  // VFIO_IOMMU_MAP_DMA, VFIO_IOMMU_UNMAP_DMA.
  'L.MAP.2',
  'L.MAP.3',
  'L.MAP.4',
  'L.MAP.5',
  'L.MAP.7',
  'L.MAP.8',
  'L.UM.1',
  'L.UM.2',
  'L.UM.3',
  // Attaching a group to a container's domain.
  'L.AT.nesting',
  'L.AT.4',
  'L.AT.5',
  'L.AT.9',
  'L.AT.10',
  // VFIO_DEVICE_RESET and VFIO_DEVICE_PCI_HOT_RESET.
  'L.DR.1',
  'L.DR.2',
  'L.HR.1',
  'L.HR.2',
  'L.HR.3',
  'L.HR.4',
  'L.HR.5',
  'L.HR.6',
  'L.HR.7',
  // The device of a DMA is there.
  'L.DMA.1',
] as const

export const SHARED_EFFECTS = [
  // Driver core.
  'override.set',
  'driver.set',
  'driver.cleared',
  'link.added',
  'link.removed',
  'probe.failed',
  'device.plugged',
  // Files.
  'fd.opened',
  'fd.closed',
  'process.ended',
  // VFIO groups and their devices.
  'node.made',
  'node.removed',
  'node.owner',
  'vfio.registered',
  'vfio.unregistered',
  'group.opened',
  'group.closed',
  'users',
  'device.enabled',
  'device.disabled',
  'device.reset',
  // Containers, their backend and its domain.
  'container.made',
  'container.freed',
  'container.joined',
  'container.left',
  'backend.set',
  'backend.released',
  'domain.made',
  'domain.trial',
  'domain.freed',
  'map.added',
  'map.removed',
  // Virtual machines that hold a group.
  'kvm.holds',
  'kvm.lets-go',
  // The hardware.
  'hw.context',
  'dma.host',
  'dma.page',
  'dma.fault',
  // Calls that wait.
  'wait.device-fds',
  'wait.container',
  'wait.device-lock',
  'wait.over',
  // Kernel log.
  'log.unbind-blocked',
  'log.rmrr',
  'log.no-interrupt-remapping',
  'log.memlock',
] as const

export type SharedCheck = (typeof SHARED_CHECKS)[number]
export type SharedEffect = (typeof SHARED_EFFECTS)[number]
