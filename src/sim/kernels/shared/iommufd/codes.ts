import type { Trace } from '../../../trace.ts'
import { OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS } from '../ownership/codes.ts'

/** Every check of Linux 6.12 with iommufd, by the name that the specification gives it where it has one. */
export const IOMMUFD_CHECKS = [
  ...OWNERSHIP_CHECKS,
  // open of /dev/iommu.
  'F.IO.access',
  // open of /dev/vfio/devices/vfioN.
  'F.CO.node',
  'F.CO.access',
  // A device's own file: it is bound, so that calls other than BIND are heard.
  'F.AC.1',
  // VFIO_DEVICE_BIND_IOMMUFD and the claim of the device's group.
  'F.BI.2',
  'F.BI.3',
  'F.BI.4',
  'F.BI.5',
  'F.BI.6.open',
  'F.BI.6.kind',
  'F.BI.7',
  'F.BI.11',
  'F.BI.13',
  'F.CL.2',
  'F.CL.3',
  // VFIO_DEVICE_ATTACH_IOMMUFD_PT, VFIO_DEVICE_DETACH_IOMMUFD_PT.
  'F.AT.3',
  'F.AT.4',
  'F.AT.6',
  'F.AT.8',
  'F.AT.9',
  'F.AT.first',
  'F.DT.attached',
  'F.DT.last',
  // VFIO_DEVICE_PCI_HOT_RESET on a device's own file: it is given no group file.
  'F.HR.2',
  // Objects of an iommufd: a new page table fits what is mapped; nobody uses what is to be destroyed.
  'F.HW.device',
  'F.HW.pt',
  'F.HW.ioas',
  'F.HW.fits',
  'F.HW.locked',
  'F.DS.object',
  'F.DS.users',
  // IOMMU_IOAS_MAP, IOMMU_IOAS_UNMAP.
  'F.IO.ioas',
  'F.MAP.number',
  'F.MAP.length',
  'F.MAP.memory',
  'F.MAP.whole',
  'F.MAP.iova',
  'F.MAP.wraps',
  'F.MAP.reserved',
  'F.MAP.free',
  'F.MAP.locked',
  'F.UM.number',
  'F.UM.length',
  'F.UM.wraps',
  'F.UM.whole',
  'F.UM.some',
  // Groups beside devices that are bound by their own files; an iommufd in place of a container.
  'F.GO.cdev',
  'F.SC.out',
  'F.SC.ioas',
  'F.VC.ioas',
  'F.VC.type',
  'F.VC.pages',
  'F.VC.whole',
  'F.VC.cut',
] as const

export const IOMMUFD_EFFECTS = [
  ...OWNERSHIP_EFFECTS,
  'cdev.made',
  'cdev.removed',
  'cdev.owner',
  'iommu.owner',
  'iommufd.made',
  'iommufd.freed',
  'ioas.made',
  'ioas.freed',
  'hwpt.made',
  'hwpt.freed',
  'device.bound',
  'device.unbound',
  'device.attached',
  'device.detached',
  'compat.set',
  'compat.forgotten',
  'pages.small',
  'map.cut',
] as const

export type IommufdCheck = (typeof IOMMUFD_CHECKS)[number]
export type IommufdEffect = (typeof IOMMUFD_EFFECTS)[number]
export type IommufdTrace = Trace<IommufdCheck, IommufdEffect>
