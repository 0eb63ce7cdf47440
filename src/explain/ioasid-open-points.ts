/** What the mails of June 2021 leave open, what the simulator does there, and which options change it. */
import type { KernelId } from '../sim/kernel.ts'
import type { PolicyOptions } from '../sim/machine.ts'

export type OpenPointId = `OP-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16}` | 'switchGap'

export interface OpenPoint {
  /** What is open, as a question. */
  readonly open: string
  /** What the simulator does, in a sentence. */
  readonly settled: string
}

export const OPEN_POINTS: Readonly<Record<OpenPointId, OpenPoint>> = {
  'OP-1': {
    open: 'What becomes of an iommu_fd that is closed while devices are bound to it?',
    settled: 'It lives on until the last of them is unbound, as in the merged iommufd.',
  },
  'OP-2': {
    open: 'Which errno does a refusal return?',
    settled:
      'EPERM for a group that is not viable or somebody else’s, EINVAL for what is not bound, bound already or elsewhere, ENOENT for an unknown IOASID, EBUSY for one in use.',
  },
  'OP-3': {
    open: 'When does a native driver leave block-DMA?',
    settled: 'With its first call of the DMA API, which counts as happening in a successful probe.',
  },
  'OP-4': {
    open: 'What of devices whose firmware demands memory?',
    settled: 'They are never blocked, so their group is never viable.',
  },
  'OP-5': {
    open: 'Does the test that all devices are blocked let an attached one pass?',
    settled: 'Yes: attached counts as isolated. policy.strictBlock takes the wording literally.',
  },
  'OP-6': {
    open: 'May an attached device be unbound?',
    settled: 'With T not before it is detached; with G it is detached on the way. Closing its file always detaches it.',
  },
  'OP-7': {
    open: 'When exactly does policy G block a group?',
    settled: 'When the first of its devices is bound.',
  },
  'OP-8': {
    open: 'Where do devices that share requester IDs go when the last of them is detached?',
    settled: 'To block.',
  },
  'OP-9': {
    open: 'May the user go on driving a device that was unbound?',
    settled: 'With T yes, since opening it was the gate; with G no.',
  },
  'OP-10': {
    open: 'In which context is a group after its last device was unbound?',
    settled: 'In its default domain; with T still blocked.',
  },
  'OP-11': {
    open: 'Does the unbind of a group’s last vfio device wait for the group?',
    settled: 'Yes, as in legacy VFIO.',
  },
  'OP-12': {
    open: 'In lockstep, do devices without a vfio driver count?',
    settled: 'They count as attached: they are moved with the group.',
  },
  'OP-13': {
    open: 'Does VFIO’s notifier watch which devices are blocked?',
    settled:
      'No, only drivers. policy.notifyOnBlockChange makes it watch, and an unprivileged user can then stop the kernel.',
  },
  'OP-14': {
    open: 'Can one device be bound to several iommu_fds?',
    settled: 'Not here: the second BIND is refused.',
  },
  'OP-15': {
    open: 'Are groups of several devices left to legacy VFIO at first?',
    settled: 'No. policy.singletonOnly refuses to bind them.',
  },
  'OP-16': {
    open: 'What are the rules of an interface that binds groups?',
    settled: 'Those of legacy VFIO’s groups, carried over to /dev/iommu.',
  },
  switchGap: {
    open: 'What does a device pass through on its way from one address space to another?',
    settled: 'It is blocked for a moment. policy.switchGap chooses nothing at all, or the default domain.',
  },
}

/** What an option of the proposals means, for the page, and which kernels look at it. */
export interface PolicyOptionWords {
  readonly label: string
  readonly words: string
  readonly kernels: readonly KernelId[]
}

export const POLICY_OPTION_WORDS: Readonly<Record<keyof PolicyOptions, PolicyOptionWords>> = {
  strictBlock: {
    label: 'Attached is not blocked',
    words: 'A group in which a device is attached counts as not viable.',
    kernels: ['ioasid-t'],
  },
  notifyOnBlockChange: {
    label: 'The notifier watches the block state',
    words: 'A device that leaves block without being attached is a BUG.',
    kernels: ['ioasid-t'],
  },
  singletonOnly: {
    label: 'Groups of one device only',
    words: 'Devices of larger groups cannot be bound; they are left to legacy VFIO.',
    kernels: ['ioasid-t', 'ioasid-g'],
  },
  denyProbe: {
    label: 'Deny the probe',
    words: 'A driver of the host is refused in a group in use, instead of stopping the kernel afterwards.',
    kernels: ['ioasid-g'],
  },
  lockstep: {
    label: 'Lockstep',
    words:
      'The interface knows devices only, and a device may be used only while all of its group are in one address space.',
    kernels: ['ioasid-w'],
  },
  switchGap: {
    label: 'On the way between address spaces',
    words: 'What a device passes through when it is attached or detached.',
    kernels: ['ioasid-t', 'ioasid-g', 'ioasid-w'],
  },
}
