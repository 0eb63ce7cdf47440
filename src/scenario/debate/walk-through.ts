/** The walk-through of 15 June 2021: two functions of one card, first one of them in use, then both, then behind a bridge. */
import { MAILS } from '../../explain/mails.ts'
import {
  deviceFiles,
  everywhere,
  groupKernels,
  iommufdKernels,
  mail,
  open,
  question,
  source,
  type DebateQuestion,
  type Stage,
} from './define.ts'

const { williamson15, tian16, tian17, williamson16, williamson17, gunthorpe18, gunthorpe14 } = MAILS

const NAMES = { f0: '01:00.0', f1: '01:00.1', G: '3', V: 'vfio-pci', E: 'e1000e' } as const

const ONE: Stage = {
  chapter: 'One device, and its group in use',
  machine: 'dual-e1000e',
  names: NAMES,
  devices: ['f0', 'f1'],
  mail: williamson15,
}
const BOTH: Stage = { ...ONE, chapter: 'Both devices with the user' }
const BRIDGE: Stage = {
  ...ONE,
  chapter: 'A shared requester ID',
  machine: 'dual-e1000',
  names: { ...NAMES, f0: '02:01.0', f1: '02:01.1', E: 'e1000' },
}

const ONE_VFIO = 'unbind f1; bind f1 V'
const ALL_VFIO = `${ONE_VFIO}; unbind f0; bind f0 V`

// Legacy groups and containers.
const JOIN = 'g = open_group G; c = open_container; group_set_container g c'
const CONTAINER = `${JOIN}; set_iommu c type1v2`
const GET = 'd0 = group_get_device_fd g f0; d1 = group_get_device_fd g f1'
const LEGACY = `${ALL_VFIO}; ${CONTAINER}; map_dma c 0x0 2M; ${GET}`

// Device files, with iommufd as merged and in the proposals.
const OPEN = 'i = open_iommufd; d0 = open_cdev f0; d1 = open_cdev f1'
const BIND = 'bind_iommufd d0 i; bind_iommufd d1 i'
const SPACES = 'A = ioas_alloc i; B = ioas_alloc i; ioas_map i A 0x0 2M'
const ATTACH = 'attach d0 ioas=A; attach d1 ioas=A'
const DEVICES = `${ALL_VFIO}; ${OPEN}; ${BIND}; ${SPACES}; ${ATTACH}`

// Groups bound to /dev/iommu.
const GROUP = 'i = open_iommufd; g = open_group G; group_bind_iommufd g i'
const GROUPS = `${ALL_VFIO}; ${GROUP}; ${GET}; ${SPACES}; ${ATTACH}`

const USE = 'device_access d0; device_access d1'

export const WALK_THROUGH: readonly DebateQuestion[] = [
  question(
    ONE,
    '1a',
    'Both on their own driver',
    'Both functions of a card are on e1000e. In which context are they?',
    everywhere('', ''),
    {
      ...groupKernels(source('', 'dd dd')),
      ...iommufdKernels(source('', 'dd dd')),
      'ioasid-t': mail(tian16, '', 'dd dd'),
      'ioasid-g': mail(gunthorpe18, '', 'dd dd'),
      'ioasid-w': open(williamson16, 'OP-16', '', 'dd dd'),
    },
  ),
  question(
    ONE,
    '1b',
    'One moves to vfio-pci',
    'f1 is taken from e1000e and bound to vfio-pci. Does that work, and does a context change?',
    everywhere('', ONE_VFIO),
    {
      ...groupKernels(source('ok', 'dd dd')),
      ...iommufdKernels(source('ok', 'dd dd')),
      'ioasid-t': mail(tian16, 'ok', 'dd block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'dd dd'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'dd dd'),
    },
  ),
  question(
    ONE,
    '1c',
    'A user wants it, its sibling on e1000e',
    'A user opens f1 and wants to use it while f0 is still on e1000e. Which call fails, and who fails it?',
    {
      groups: [ONE_VFIO, `${CONTAINER}; d1 = group_get_device_fd g f1`],
      ...deviceFiles(ONE_VFIO, 'i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i'),
      W: [ONE_VFIO, GROUP],
    },
    {
      ...groupKernels(source('EPERM', 'dd dd', { by: 'IOMMU core', access: '--' })),
      'linux-5.10': source('EINVAL', 'c c', { by: 'VFIO', access: '--' }),
      ...iommufdKernels(source('EPERM', 'dd dd', { by: 'IOMMU core', access: '--' })),
      'ioasid-t': mail(tian17, 'EPERM', 'dd block', { by: 'VFIO', access: '--' }),
      'ioasid-g': mail(gunthorpe18, 'EPERM', 'dd dd', { by: '/dev/iommu', access: '--' }),
      'ioasid-w': open(williamson16, 'OP-16', 'EPERM', 'dd dd', { by: '/dev/iommu', access: '--' }),
    },
  ),
  question(
    ONE,
    '1d',
    'The sibling moves as well',
    'f0 is taken from e1000e and bound to vfio-pci too. In which context are they now?',
    everywhere(ONE_VFIO, 'unbind f0; bind f0 V'),
    {
      ...groupKernels(source('ok', 'dd dd')),
      ...iommufdKernels(source('ok', 'dd dd')),
      'ioasid-t': mail(tian16, 'ok', 'block block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'dd dd'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'dd dd'),
    },
  ),
  question(
    ONE,
    '1e',
    'The user tries again',
    'f0 is out of the way, and nobody has opened it. Can the user use f1 now, and what happens to f0?',
    {
      groups: [ALL_VFIO, `${CONTAINER}; d1 = group_get_device_fd g f1`],
      ...deviceFiles(ALL_VFIO, 'i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i'),
      W: [ALL_VFIO, `${GROUP}; d1 = group_get_device_fd g f1`],
    },
    {
      ...groupKernels(source('ok', 'c c', { access: '-+' })),
      ...iommufdKernels(source('ok', 'block block', { access: '-+' })),
      'ioasid-t': mail(tian16, 'ok', 'block block', { access: '-+' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 'block block', { access: '-+' }),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'block block', { access: '-+' }),
    },
  ),

  question(
    BOTH,
    '2a',
    'Bound, but in no address space',
    'Both functions are bound to one iommu_fd, and neither is in an address space. May the user use them already, and who has blocked their DMA?',
    {
      groups: [ALL_VFIO, `${JOIN}; d1 = group_get_device_fd g f1`],
      ...deviceFiles(ALL_VFIO, `${OPEN}; ${BIND}; ${USE}`),
      W: [ALL_VFIO, `${GROUP}; ${GET}; ${USE}`],
    },
    {
      ...groupKernels(source('EINVAL', 'block block', { by: 'VFIO', access: '--' })),
      'linux-5.10': source('EINVAL', 'dd dd', { by: 'VFIO', access: '--' }),
      ...iommufdKernels(source('ok', 'block block', { access: '++' })),
      'ioasid-t': mail(tian17, 'ok', 'block block', { access: '++' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 'block block', { access: '++' }),
      'ioasid-w': open(tian17, 'OP-16', 'ok', 'block block', { access: '++' }),
    },
  ),
  question(
    BOTH,
    '2b',
    'Both into one address space',
    'Both are attached to one address space. Do they move there together, or one after the other?',
    {
      groups: [`${ALL_VFIO}; ${JOIN}`, `set_iommu c type1v2; ${GET}`],
      ...deviceFiles(`${ALL_VFIO}; ${OPEN}; ${BIND}; ${SPACES}`, ATTACH),
      W: [`${ALL_VFIO}; ${GROUP}; ${GET}; ${SPACES}`, ATTACH],
    },
    {
      ...groupKernels(source('ok', 'c c', { access: '++' })),
      ...iommufdKernels(source('ok', 'A A', { access: '++' })),
      'ioasid-t': mail(tian16, 'ok', 'A A', { access: '++' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 'A A', { access: '++' }),
      'ioasid-w': open(williamson17, 'OP-16', 'ok', 'A A', { access: '++' }),
    },
  ),
  question(
    BOTH,
    '2c',
    'One leaves the address space',
    'f1 is detached while f0 stays attached. Where does the DMA of f1 go?',
    {
      groups: [LEGACY, 'group_unset_container g'],
      ...deviceFiles(DEVICES, 'detach d1'),
      W: [GROUPS, 'detach d1'],
    },
    {
      ...groupKernels(source('EBUSY', 'c c', { by: 'VFIO' })),
      ...iommufdKernels(source('ok', 'A A')),
      'ioasid-t': mail(tian16, 'ok', 'A block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'A block'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'A block'),
    },
  ),
  question(
    BOTH,
    '2d',
    'One is unbound from the iommu_fd',
    'f1 is unbound from the iommu_fd while f0 stays in its address space. Whose is f1 then, and may the user go on driving it?',
    {
      groups: [LEGACY, 'close d1'],
      iommufd: [`${DEVICES}; detach d1`, 'close d1'],
      T: [`${DEVICES}; detach d1`, 'unbind_iommufd d1'],
      G: [`${DEVICES}; detach d1`, 'unbind_iommufd d1'],
      W: [GROUPS, 'close d1'],
    },
    {
      ...groupKernels(source('ok', 'c c', { access: '+-' })),
      ...iommufdKernels(source('ok', 'A A', { access: '+-' })),
      'ioasid-t': open(tian16, 'OP-9', 'ok', 'A block', { access: '++' }),
      'ioasid-g': open(gunthorpe18, 'OP-9', 'ok', 'A block', { access: '+-' }),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'A block', { access: '+-' }),
    },
  ),
  question(
    BOTH,
    '2e',
    'One loses vfio-pci',
    'f1, which nobody has open any more, is unbound from vfio-pci while f0 is in use. Does that work, or wait?',
    {
      groups: [`${LEGACY}; close d1`, 'unbind f1'],
      ...deviceFiles(`${DEVICES}; close d1`, 'unbind f1'),
      W: [`${GROUPS}; close d1`, 'unbind f1'],
    },
    {
      ...groupKernels(source('ok', 'c c')),
      ...iommufdKernels(source('ok', 'A A')),
      'ioasid-t': mail(tian16, 'ok', 'A block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'A block'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'A block'),
    },
  ),
  question(
    BOTH,
    '2f',
    'One goes back to e1000e',
    'f1 is bound to e1000e again while a user has f0. Who notices, when, and what becomes of the kernel?',
    {
      groups: [`${LEGACY}; close d1; unbind f1`, 'bind f1 E'],
      ...deviceFiles(`${DEVICES}; close d1; unbind f1`, 'bind f1 E'),
      W: [`${GROUPS}; close d1; unbind f1`, 'bind f1 E'],
    },
    {
      ...groupKernels(source('EBUSY', 'c c', { by: 'IOMMU core' })),
      'linux-5.10': source('bug', 'c c', { by: 'VFIO' }),
      ...iommufdKernels(source('EBUSY', 'A A', { by: 'IOMMU core' })),
      'ioasid-t': mail(tian16, 'bug', 'A dd', { by: 'VFIO' }),
      'ioasid-g': mail(gunthorpe18, 'bug', 'A block', { by: '/dev/iommu' }),
      'ioasid-w': open(williamson16, 'OP-16', 'bug', 'A block', { by: '/dev/iommu' }),
    },
  ),

  question(
    BRIDGE,
    '3a',
    'Both in one address space',
    'Two conventional functions behind a bridge, which the IOMMU sees under one requester ID, are put into one address space. Does that work?',
    {
      groups: [ALL_VFIO, `${CONTAINER}; ${GET}`],
      ...deviceFiles(`${ALL_VFIO}; ${OPEN}; ${BIND}; ${SPACES}`, ATTACH),
      W: [`${ALL_VFIO}; ${GROUP}; ${GET}; ${SPACES}`, ATTACH],
    },
    {
      ...groupKernels(source('ok', 'c c')),
      ...iommufdKernels(source('ok', 'A A')),
      'ioasid-t': mail(tian16, 'ok', 'A A'),
      'ioasid-g': mail(gunthorpe14, 'ok', 'A A'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'A A'),
    },
  ),
  question(
    BRIDGE,
    '3b',
    'One leaves the address space',
    'f1 is detached. The hardware cannot tell the two apart: what becomes of the DMA of f0?',
    {
      groups: [LEGACY, 'group_unset_container g'],
      ...deviceFiles(DEVICES, 'detach d1'),
      W: [GROUPS, 'detach d1'],
    },
    {
      ...groupKernels(source('EBUSY', 'c c', { by: 'VFIO' })),
      ...iommufdKernels(source('ok', 'A A')),
      'ioasid-t': mail(tian16, 'ok', 'block block'),
      'ioasid-g': open(gunthorpe18, 'OP-8', 'ok', 'A A'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'A A'),
    },
  ),
  question(
    BRIDGE,
    '3c',
    'One goes to another address space',
    'f1 is attached to another address space than f0. Who refuses that?',
    {
      groups: [`${LEGACY}; e = open_container`, 'group_set_container g e'],
      ...deviceFiles(`${DEVICES}; detach d1`, 'attach d1 ioas=B'),
      W: [`${GROUPS}; detach d1`, 'attach d1 ioas=B'],
    },
    {
      ...groupKernels(source('EINVAL', 'c c', { by: 'VFIO' })),
      ...iommufdKernels(source('EINVAL', 'A A', { by: '/dev/iommu' })),
      'ioasid-t': mail(tian16, 'ok', 'B B'),
      'ioasid-g': mail(gunthorpe18, 'EINVAL', 'A A', { by: '/dev/iommu' }),
      'ioasid-w': open(williamson16, 'OP-16', 'EINVAL', 'A A', { by: '/dev/iommu' }),
    },
  ),
]
