/** What the mails of June 2021 leave open, what the simulator does there, and which options change it. */
import type { KernelId } from '../sim/kernel.ts'
import type { PolicyOptions, SwitchGap } from '../sim/machine.ts'
import { MAILS, type Mail } from './mails.ts'

export type OpenPointId =
  `OP-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16}` | 'denyProbe' | 'switchGap'

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
  denyProbe: {
    open: 'Is a driver of the host refused in a group in use, before its probe?',
    settled: 'No: the kernel stops with a BUG_ON after the probe. policy.denyProbe refuses it.',
  },
  switchGap: {
    open: 'What does a device pass through on its way from one address space to another?',
    settled: 'It is blocked for a moment. policy.switchGap chooses nothing at all, or the default domain.',
  },
}

/** What an option of the proposals means, for the page. */
export interface PolicyOptionWords {
  readonly label: string
  /** What happens with it; for `switchGap`, what it is about. */
  readonly words: string
  /** What happens without it, which is the default. */
  readonly otherwise: string
  /** The message that it comes from. */
  readonly mail: Mail
  /** The point that the mails left open. */
  readonly point: OpenPointId
}

export const POLICY_OPTION_WORDS: Readonly<Record<keyof PolicyOptions, PolicyOptionWords>> = {
  strictBlock: {
    label: 'Attached is not blocked',
    words: 'A group in which a device is attached counts as not viable.',
    otherwise: 'an attached device counts as isolated',
    mail: MAILS.tian17,
    point: 'OP-5',
  },
  notifyOnBlockChange: {
    label: 'The notifier watches the block state',
    words: 'A device that leaves block without being attached is a BUG.',
    otherwise: 'the notifier looks at drivers only',
    mail: MAILS.williamson17,
    point: 'OP-13',
  },
  singletonOnly: {
    label: 'Groups of one device only',
    words: 'Devices of larger groups cannot be bound; they are left to legacy VFIO.',
    otherwise: 'devices of every group can be bound',
    mail: MAILS.gunthorpe18later,
    point: 'OP-15',
  },
  denyProbe: {
    label: 'Deny the probe',
    words: 'A driver of the host is refused in a group in use.',
    otherwise: 'the driver is let in, and then the kernel stops with a BUG_ON',
    mail: MAILS.gunthorpe25,
    point: 'denyProbe',
  },
  lockstep: {
    label: 'Lockstep',
    words:
      'The interface knows devices only, and one may be used only while all of its group are in one address space.',
    otherwise: 'the group is what is bound and opened',
    mail: MAILS.williamson14,
    point: 'OP-12',
  },
  switchGap: {
    label: 'On the way between address spaces',
    words: 'What a device passes through when it is attached or detached.',
    otherwise: 'it is blocked for a moment',
    mail: MAILS.williamson17,
    point: 'switchGap',
  },
}

/** What a change of translation passes through, in words. */
export const SWITCH_GAP_WORDS: Readonly<Record<SwitchGap, string>> = {
  none: 'nothing: straight from old to new',
  blocked: 'blocked for a moment',
  viaDefault: 'the default domain of the host',
}

const T_OPTIONS = ['strictBlock', 'notifyOnBlockChange', 'singletonOnly', 'switchGap'] as const

/** The options that a kernel looks at when it is started with some of them, in the order in which they are shown. */
export function policyOptionsOf(kernel: KernelId, { lockstep }: PolicyOptions = {}): readonly (keyof PolicyOptions)[] {
  switch (kernel) {
    case 'ioasid-t':
      return T_OPTIONS
    case 'ioasid-g':
      return ['singletonOnly', 'denyProbe', 'switchGap']
    case 'ioasid-w':
      // In lockstep the interface is that of T, and its options come along.
      return lockstep === true ? ['lockstep', ...T_OPTIONS] : ['lockstep', 'switchGap']
    default:
      return []
  }
}
