/** What the thread thought of after the walk-through: several users, a DMA alias, stub drivers, the switch itself. */
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

const { williamson17, tian17, williamson16, gunthorpe18, gunthorpe14, tian15 } = MAILS

// ---- A, B and C: one group, several opens (Williamson, 17 June) -------------------------------------------------

const USERS: Stage = {
  chapter: 'Several users of one group',
  machine: 'triple-e1000e',
  names: { A: '01:00.0', B: '01:00.1', C: '01:00.2', G: '1', V: 'vfio-pci' },
  devices: ['A', 'B', 'C'],
  processes: [
    { name: 'u1', user: 'root' },
    { name: 'u2', user: 'root' },
  ],
  mail: williamson17,
}
const ABC = 'unbind A; bind A V; unbind B; bind B V; unbind C; bind C V'
const CONTEXTS = `${ABC}; u1: i1 = open_iommufd; u2: i2 = open_iommufd; u1: s1 = ioas_alloc i1; u2: s2 = ioas_alloc i2`
const U1_GROUP =
  'u1: g1 = open_group G; u1: c1 = open_container; group_set_container g1 c1; set_iommu c1 type1v2; a = group_get_device_fd g1 A'
const U1_BOUND = 'u1: g1 = open_group G; group_bind_iommufd g1 i1; a = group_get_device_fd g1 A'
const U1_OPEN = 'u1: a = open_cdev A'
const U2_OPEN = 'u2: b = open_cdev B'
const BOTH_OPEN = `${U1_OPEN}; ${U2_OPEN}`

const SEVERAL_USERS: readonly DebateQuestion[] = [
  question(
    USERS,
    'abc-open-a',
    'U1 opens A',
    'A, B and C are in one group, all on vfio-pci. User U1 opens A. May it use the device?',
    {
      groups: [ABC, U1_GROUP],
      ...deviceFiles(CONTEXTS, U1_OPEN),
      W: [CONTEXTS, U1_BOUND],
    },
    {
      ...iommufdKernels(source('ok', 'dd dd dd', { access: '---' })),
      'ioasid-t': mail(tian17, 'ok', 'block block block', { access: '+--' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 'dd dd dd', { access: '---' }),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'block block block', { access: '+--' }),
    },
  ),
  question(
    USERS,
    'abc-open-b',
    'U2 opens B',
    'U1 has A open. Another user, U2, opens B of the same group.',
    {
      groups: [`${ABC}; ${U1_GROUP}`, 'u2: g2 = open_group G'],
      ...deviceFiles(`${CONTEXTS}; ${U1_OPEN}`, U2_OPEN),
      W: [`${CONTEXTS}; ${U1_BOUND}`, 'u2: g2 = open_group G'],
    },
    {
      ...groupKernels(source('EBUSY', 'c1 c1 c1', { by: 'VFIO', access: '+--' })),
      ...iommufdKernels(source('ok', 'dd dd dd', { access: '---' })),
      'ioasid-t': mail(tian17, 'ok', 'block block block', { access: '++-' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 'dd dd dd', { access: '---' }),
      'ioasid-w': open(williamson16, 'OP-16', 'EBUSY', 'block block block', { by: 'VFIO', access: '+--' }),
    },
  ),
  question(
    USERS,
    'abc-bind-a',
    'U1 binds A',
    'Both have opened their device. U1 binds A to its iommu_fd.',
    {
      ...deviceFiles(`${CONTEXTS}; ${BOTH_OPEN}`, 'bind_iommufd a i1'),
      W: [`${CONTEXTS}; ${U1_BOUND}`, ''],
    },
    {
      ...iommufdKernels(source('ok', 'block block block', { access: '+--' })),
      'ioasid-t': mail(tian17, 'ok', 'block block block', { access: '++-' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 'block block block', { access: '+--' }),
      'ioasid-w': open(williamson16, 'OP-16', '', 'block block block', { access: '+--' }),
    },
  ),
  question(
    USERS,
    'abc-bind-b',
    'U2 binds B elsewhere',
    'U2 binds B to an iommu_fd of its own, while A of the same group is bound to that of U1.',
    {
      ...deviceFiles(`${CONTEXTS}; ${BOTH_OPEN}; bind_iommufd a i1`, 'bind_iommufd b i2'),
    },
    {
      ...iommufdKernels(source('EPERM', 'block block block', { by: 'IOMMU core', access: '+--' })),
      'ioasid-t': mail(tian17, 'ok', 'block block block', { access: '++-' }),
      'ioasid-g': mail(gunthorpe14, 'EPERM', 'block block block', { by: '/dev/iommu', access: '+--' }),
    },
  ),
  question(
    USERS,
    'abc-attach-a',
    'U1 attaches A',
    'U1 puts A into an address space of its own. What becomes of B and C?',
    {
      iommufd: [`${CONTEXTS}; ${BOTH_OPEN}; bind_iommufd a i1`, 'attach a ioas=s1'],
      T: [`${CONTEXTS}; ${BOTH_OPEN}; bind_iommufd a i1; bind_iommufd b i2`, 'attach a ioas=s1'],
      G: [`${CONTEXTS}; ${BOTH_OPEN}; bind_iommufd a i1`, 'attach a ioas=s1'],
      W: [`${CONTEXTS}; ${U1_BOUND}`, 'attach a ioas=s1'],
    },
    {
      ...iommufdKernels(source('ok', 's1 s1 s1')),
      'ioasid-t': mail(tian17, 'ok', 's1 block block'),
      'ioasid-g': mail(gunthorpe14, 'ok', 's1 block block'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 's1 block block'),
    },
  ),
  question(
    USERS,
    'abc-open-c',
    'C is opened now',
    'A is in an address space. U1 opens C and binds it. Does the test “all are blocked” still let it?',
    {
      groups: [`${ABC}; ${U1_GROUP}`, 'c = group_get_device_fd g1 C'],
      ...deviceFiles(
        `${CONTEXTS}; ${U1_OPEN}; bind_iommufd a i1; attach a ioas=s1`,
        'u1: c = open_cdev C; bind_iommufd c i1',
      ),
      W: [`${CONTEXTS}; ${U1_BOUND}; attach a ioas=s1`, 'c = group_get_device_fd g1 C'],
    },
    {
      ...iommufdKernels(source('ok', 's1 s1 s1', { access: '+-+' })),
      'ioasid-t': open(williamson17, 'OP-5', 'ok', 's1 block block', { access: '+-+' }),
      'ioasid-g': mail(gunthorpe18, 'ok', 's1 block block', { access: '+-+' }),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 's1 block block', { access: '+-+' }),
    },
  ),
  question(
    USERS,
    'abc-open-c-strict',
    'C is opened now, taken literally',
    'The same where “all devices of the group are blocked” is meant literally: an attached device is not blocked.',
    {
      T: [`${CONTEXTS}; ${U1_OPEN}; bind_iommufd a i1; attach a ioas=s1`, 'u1: c = open_cdev C'],
    },
    { 'ioasid-t': mail(tian17, 'EPERM', 's1 block block', { by: 'VFIO', access: '+--' }) },
    { boot: { iommu: 'nopt', policy: { strictBlock: true } } },
  ),
  question(
    USERS,
    'abc-attach-b',
    'U2 attaches B elsewhere',
    'U2 puts B into an address space of its own, beside A in that of U1. What is left between the two users?',
    {
      ...deviceFiles(
        `${CONTEXTS}; ${BOTH_OPEN}; bind_iommufd a i1; attach a ioas=s1; bind_iommufd b i2`,
        'attach b ioas=s2',
      ),
    },
    { 'ioasid-t': mail(tian17, 'ok', 's1 s2 block', { access: '++-' }) },
  ),
]

// ---- X and Y: a DMA alias (Williamson, 17 June) -----------------------------------------------------------------

const ALIAS: Stage = {
  chapter: 'A DMA alias',
  machine: 'sata-alias',
  names: { X: '01:00.0', Y: '01:00.1', G: '1', V: 'vfio-pci' },
  devices: ['X', 'Y'],
  mail: williamson17,
}
const X_ONLY = 'unbind X; bind X V'
const XY = `${X_ONLY}; unbind Y; bind Y V`
const X_BOUND = `${XY}; i = open_iommufd; x = open_cdev X; bind_iommufd x i; S = ioas_alloc i`
const X_CONTAINER =
  'g = open_group G; c = open_container; group_set_container g c; set_iommu c type1v2; x = group_get_device_fd g X'
const X_GROUP = `${XY}; i = open_iommufd; g = open_group G; group_bind_iommufd g i; x = group_get_device_fd g X; S = ioas_alloc i`
const ATTACH_X = {
  groups: [XY, X_CONTAINER],
  ...deviceFiles(X_BOUND, 'attach x ioas=S'),
  W: [X_GROUP, 'attach x ioas=S'],
} as const

const ALIASES: readonly DebateQuestion[] = [
  question(
    ALIAS,
    'xy-attach',
    'X is attached, Y only blocked',
    'The DMA of X may also appear with the requester ID of Y. A user opens, binds and attaches X only. Where does the DMA of Y go, and does the kernel know?',
    ATTACH_X,
    {
      ...groupKernels(source('ok', 'c c')),
      ...iommufdKernels(source('ok', 'S S')),
      'ioasid-t': mail(williamson17, 'ok', 'S S'),
      'ioasid-g': mail(gunthorpe14, 'ok', 'S S'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'S S'),
    },
  ),
  question(
    ALIAS,
    'xy-attach-watched',
    'The same, and the notifier watches the block state',
    'As before, but VFIO’s notifier also looks at which devices are blocked. Y has left block although nobody attached it.',
    ATTACH_X,
    { 'ioasid-t': mail(williamson17, 'bug', 'S S', { by: 'VFIO' }) },
    { boot: { iommu: 'nopt', policy: { notifyOnBlockChange: true } } },
  ),
  question(
    ALIAS,
    'xy-native',
    'Y on its own driver',
    'Y is on its native driver, and X alone moves to vfio-pci. Would changing the context of one break the other?',
    everywhere('', X_ONLY),
    {
      ...groupKernels(source('ok', 'dd dd')),
      ...iommufdKernels(source('ok', 'dd dd')),
      'ioasid-t': mail(williamson16, 'ok', 'block block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'dd dd'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'dd dd'),
    },
    { mail: williamson16 },
  ),
]

// ---- iommu=pt with pci-stub, and the switch itself --------------------------------------------------------------

const PT: Stage = {
  chapter: 'Stub drivers and the switch itself',
  machine: 'dual-e1000e',
  names: { f0: '01:00.0', f1: '01:00.1', G: '3', V: 'vfio-pci', S: 'pci-stub' },
  devices: ['f0', 'f1'],
  boot: { iommu: 'pt' },
  mail: williamson16,
}
const STUB = 'unbind f0; bind f0 S; unbind f1; bind f1 V'
const F1_CONTAINER =
  'g = open_group G; c = open_container; group_set_container g c; set_iommu c type1v2; d1 = group_get_device_fd g f1'
const F1_BOUND = 'i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i'
const F1_GROUP = 'i = open_iommufd; g = open_group G; group_bind_iommufd g i; d1 = group_get_device_fd g f1'
const SWITCH = {
  // In legacy VFIO a device must be given up before its group can change the address space.
  groups: [
    `${STUB}; ${F1_CONTAINER}`,
    'close d1; group_unset_container g; group_set_container g c; set_iommu c type1v2; d1 = group_get_device_fd g f1',
  ],
  ...deviceFiles(`${STUB}; ${F1_BOUND}; A = ioas_alloc i`, 'attach d1 ioas=A; detach d1'),
  W: [`${STUB}; ${F1_GROUP}; A = ioas_alloc i`, 'attach d1 ioas=A; detach d1'],
} as const

const STUBS: readonly DebateQuestion[] = [
  question(
    PT,
    'pt-idle',
    'A stub driver under iommu=pt, nothing opened',
    'The host was started with iommu=pt. f0 is on pci-stub, f1 on vfio-pci, and nobody has opened anything. What do they reach?',
    everywhere('', STUB),
    {
      ...groupKernels(source('ok', 'id id')),
      ...iommufdKernels(source('ok', 'id id')),
      'ioasid-t': mail(tian17, 'ok', 'block block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'id id'),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'id id'),
    },
  ),
  question(
    PT,
    'pt-access',
    'A stub driver under iommu=pt, the user has access',
    'As before, and a user has got access to f1. Is the group only viable, or isolated too?',
    {
      groups: [STUB, F1_CONTAINER],
      ...deviceFiles(STUB, F1_BOUND),
      W: [STUB, F1_GROUP],
    },
    {
      ...groupKernels(source('ok', 'c c', { access: '-+' })),
      ...iommufdKernels(source('ok', 'block block', { access: '-+' })),
      'ioasid-t': mail(tian17, 'ok', 'block block', { access: '-+' }),
      'ioasid-g': open(gunthorpe18, 'OP-7', 'ok', 'block block', { access: '-+' }),
      'ioasid-w': open(williamson16, 'OP-16', 'ok', 'block block', { access: '-+' }),
    },
  ),
  question(
    PT,
    'switch-blocked',
    'The switch itself',
    'The user, who has access all the time, attaches and detaches f1. If nothing else is chosen, the hardware clears an entry before it sets the new one. Is there a moment that can be exploited?',
    SWITCH,
    {
      'ioasid-t': mail(tian15, 'ok', 'block block'),
      'ioasid-g': mail(gunthorpe18, 'ok', 'block block'),
      'ioasid-w': open(williamson17, 'OP-16', 'ok', 'block block'),
    },
    { mail: williamson17 },
  ),
  question(
    PT,
    'switch-default',
    'The switch, by way of the default domain',
    'The same where each switch passes through the default domain, which under iommu=pt is all of the host’s memory.',
    SWITCH,
    {
      'ioasid-t': open(tian15, 'switchGap', 'ok', 'block block'),
      'ioasid-g': open(gunthorpe18, 'switchGap', 'ok', 'block block'),
      'ioasid-w': open(williamson17, 'switchGap', 'ok', 'block block'),
    },
    { mail: williamson17, boot: { iommu: 'pt', policy: { switchGap: 'viaDefault' } } },
  ),
]

export const LATER: readonly DebateQuestion[] = [...SEVERAL_USERS, ...ALIASES, ...STUBS]
