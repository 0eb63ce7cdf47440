import { describe, expect, test } from 'vitest'
import type { Boot, Machine } from '../sim/machine.ts'
import { linux510 } from '../sim/kernels/linux-5.10/index.ts'
import { nic } from '../sim/nic.test-helper.ts'
import type { Op } from '../sim/op.ts'
import { replay, type Run } from '../sim/replay.ts'
import { bugStory } from './bug.ts'
import { dmesgOf, explainPath, explainRefusal, remedy } from './path.ts'
import { viabilityWords } from './viability.ts'
import { plain } from './words.ts'

const KERNEL = 'linux-5.10'
const F0 = '0000:01:00.0'
const F1 = '0000:01:00.1'

const machine: Machine = {
  id: 'nic',
  title: 'A card with two functions',
  devices: [nic(F0), nic(F1), nic('0000:02:00.0', { driver: null, rmrr: true })],
  groups: { '7': [F0, F1], '8': ['0000:02:00.0'] },
}

function play(ops: readonly Op[], on: Machine = machine, boot: Boot = { iommu: 'nopt' }): Run {
  return replay(
    linux510,
    {
      machine: on,
      boot,
      processes: [
        { name: 'qemu', user: 'root' },
        { name: 'eve', user: 'eve' },
      ],
    },
    ops,
  )
}

const stub = (device: string): Op[] => [
  { op: 'unbind', device },
  { op: 'bind', device, driver: 'pci-stub' },
]
const vfio = (device: string): Op[] => [
  { op: 'unbind', device },
  { op: 'bind', device, driver: 'vfio-pci' },
]
const groupOpen: Op[] = [...vfio(F1), { op: 'open_group', group: '7', as: 'g1' }]
const joined: Op[] = [
  ...groupOpen,
  { op: 'open_container', as: 'c1' },
  { op: 'group_set_container', group_fd: 'g1', container_fd: 'c1' },
]
const ready: Op[] = [...joined, { op: 'set_iommu', container_fd: 'c1', type: 'type1v2' }]
const get: Op = { op: 'group_get_device_fd', group_fd: 'g1', device: F1, as: 'd1' }

/** The last step's path, a line each. */
function pathOf(run: Run): string[] {
  const index = run.steps.length - 1
  const step = run.steps[index]
  if (step === undefined) return []
  return explainPath(KERNEL, run.world, step.op, run.traceOf(index), step.result).map((line) => {
    const answer = line.answer === undefined ? '' : ` … ${plain(line.answer)}`
    const ok = line.ok === undefined ? '' : line.ok ? ' ✓' : ' ✗'
    return `${line.kind}${ok} ${plain(line.words)}${answer}`
  })
}

test('the path of a device file refused, as in the mock', () => {
  expect(pathOf(play([...joined, get]))).toEqual([
    'entry vfio_group_fops_unl_ioctl → vfio_group_get_device_fd',
    'check ✓ g1 is open … yes',
    'check ✓ g1 is a group file … yes',
    'check ✓ group has a container … pass',
    'check ✗ container has an IOMMU driver … no: VFIO_SET_IOMMU was never called',
    'result ✗ EINVAL: the call makes no sense in this state',
  ])
})

test('the path into the viability test', () => {
  expect(pathOf(play([...ready, get])).slice(4)).toEqual([
    'check ✓ container has an IOMMU driver … pass',
    'entry vfio_group_viable → iommu_group_for_each_dev → vfio_dev_viable',
    'check ✗ 01:00.0 may be in a user’s group … no: 01:00.0 is held by e1000e',
    'check ✗ group is viable … no: 01:00.0 is held by e1000e',
    'result ✗ EINVAL: the call makes no sense in this state',
  ])
})

test('the path into the BUG', () => {
  const run = play([...stub(F0), ...joined, { op: 'unbind', device: F0 }, { op: 'bind', device: F0, driver: 'e1000e' }])
  expect(pathOf(run).slice(-6)).toEqual([
    'check group 7 is in no container … no: container_users is 1',
    'entry driver_bound → iommu_bus_notifier → vfio_iommu_group_notifier → vfio_group_nb_verify → vfio_dev_viable',
    'check ✗ 01:00.0 may be in a user’s group … no: 01:00.0 is held by e1000e',
    'check ✗ 01:00.0 may stay in a group in use … no: BUG_ON',
    'effect BUG_ON: 01:00.0 breaks group 7, which is in use; the kernel stops',
    'result ✗ BUG: kernel BUG at drivers/vfio/vfio.c:698!',
  ])
})

/** Why the last step failed, and after `|` what to do about it. */
function refusalOf(run: Run): string {
  const index = run.steps.length - 1
  const step = run.steps[index]
  if (step === undefined) return ''
  const args = [KERNEL, run.world, step.op, run.traceOf(index), step.result] as const
  const todo = remedy(...args)
  return `${plain(explainRefusal(...args) ?? [])} | ${todo === null ? '-' : plain(todo)}`
}

const refusals: readonly (readonly [name: string, ops: readonly Op[], expected: string])[] = [
  [
    'no container',
    [...groupOpen, get],
    'The group is in no container, so there is no address space for its devices. | Put the group into a container, and give the container an IOMMU type.',
  ],
  [
    'not viable',
    [...ready, get],
    'The group is not viable: 01:00.0 is bound to e1000e, which keeps the device for the host. | Unbind 01:00.0, or bind it to vfio-pci or pci-stub.',
  ],
  [
    'not viable by uio',
    [{ op: 'unbind', device: F0 }, { op: 'bind', device: F0, driver: 'uio_pci_generic' }, ...ready, get],
    'The group is not viable: 01:00.0 is bound to uio_pci_generic, which VFIO does not accept. | Unbind 01:00.0, or bind it to vfio-pci or pci-stub.',
  ],
  [
    'unbind of an open device',
    [...stub(F0), ...ready, get, { op: 'unbind', device: F1 }],
    'A process has 01:00.1 open. The unbind goes on when the last device file of it is closed. | Close the device file of 01:00.1.',
  ],
  [
    'unbind of the last device of a group in use',
    [...joined, { op: 'unbind', device: F1 }],
    '01:00.1 was the last vfio device of its group, and the group is in a container. The unbind goes on when the group leaves it. | Take the group out of its container, or close the group’s file.',
  ],
  [
    'bind behind an unbind that waits',
    [...joined, { op: 'unbind', device: F1 }, { op: 'bind', device: F1, driver: 'vfio-pci' }],
    'An unbind of 01:00.1 still waits and holds the device’s lock. This call goes on after it. | Close the device files of 01:00.1, and let its group leave the container if it was the last one.',
  ],
  [
    'another user',
    [...vfio(F1), { op: 'open_group', by: 'eve', group: '7', as: 'g1' }],
    'The file of group 7 belongs to another user; only that one and root may open it. | Let the administrator give the file of group 7 to this user (chown).',
  ],
  [
    'RMRR',
    [
      { op: 'bind', device: '0000:02:00.0', driver: 'vfio-pci' },
      { op: 'open_group', group: '8', as: 'g1' },
      { op: 'open_container', as: 'c1' },
      { op: 'group_set_container', group_fd: 'g1', container_fd: 'c1' },
      { op: 'set_iommu', container_fd: 'c1', type: 'type1' },
    ],
    'The firmware demands that 02:00.0 can reach a certain memory at all times (RMRR). Its group cannot be given to a user. | Nothing helps on this machine, unless its firmware can lift the demand.',
  ],
  [
    'wrong kind of file',
    [...groupOpen, { op: 'set_iommu', container_fd: 'g1', type: 'type1' }],
    'g1 is not a container, so it does not know this request. | Use a container.',
  ],
  ['a call of another kernel', [{ op: 'open_iommufd', as: 'i1' }], 'Linux 5.10 does not know this call. | -'],
  [
    'after the end',
    [
      ...stub(F0),
      ...joined,
      { op: 'unbind', device: F0 },
      { op: 'bind', device: F0, driver: 'e1000e' },
      { op: 'close', fd: 'c1' },
    ],
    'The kernel has stopped. Nothing answers any more. | Go back to a step before the kernel stopped.',
  ],
]

describe('why, and what to do', () => {
  test.each(refusals)('%s', (_, ops, expected) => expect(refusalOf(play(ops))).toBe(expected))
  test('nothing to say where nothing failed', () => expect(refusalOf(play(groupOpen))).toBe(' | -'))
})

describe('the kernel log', () => {
  const logOf = (run: Run): string[] => {
    const index = run.steps.length - 1
    const op = run.steps[index]?.op
    return op === undefined
      ? []
      : dmesgOf(KERNEL, run.world, op, run.traceOf(index)).map(({ level, text }) => `${level} ${text}`)
  }
  test('an unbind that waits', () => {
    expect(logOf(play([...stub(F0), ...ready, get, { op: 'unbind', device: F1 }]))).toEqual([
      'info vfio-pci 0000:01:00.1: No device request channel registered, blocked until released by user',
    ])
  })
  test('the BUG', () => {
    const run = play([
      ...stub(F0),
      ...joined,
      { op: 'unbind', device: F0 },
      { op: 'bind', device: F0, driver: 'e1000e' },
    ])
    expect(logOf(run)[0]).toBe('bug kernel BUG at drivers/vfio/vfio.c:698!')
    expect(logOf(run)).toHaveLength(4)
  })
})

describe('the story of the BUG', () => {
  const storyOf = (run: Run, index = run.steps.length - 1): string[] => {
    const { what, who } = bugStory(KERNEL, run.world, run.steps, index)
    return [plain(what), plain(who)]
  }
  const end: Op[] = [...stub(F0), ...joined, { op: 'unbind', device: F0 }, { op: 'bind', device: F0, driver: 'e1000e' }]
  const expected = [
    '01:00.0 got the host’s driver e1000e while group 7 was in a user’s container. VFIO found that out and stopped the kernel: a BUG_ON.',
    'The administrator bound 01:00.0 to e1000e. qemu had put group 7 into its container and did nothing wrong.',
  ]
  test('of the step that hit it', () => expect(storyOf(play(end))).toEqual(expected))
  test('of a step after it', () => {
    expect(storyOf(play([...end, { op: 'close', fd: 'g1' }]))).toEqual(expected)
  })
  test('of a bind that had waited', () => {
    const run = play([
      ...vfio(F0),
      ...ready,
      { ...get, device: F0 },
      { op: 'unbind', device: F0 },
      { op: 'bind', device: F0, driver: 'e1000e' },
      { op: 'close', fd: 'd1' },
    ])
    expect(storyOf(run)[1]).toBe(
      'The administrator bound 01:00.0 to e1000e. That call had waited; it went on when somebody did close d1. qemu had put group 7 into its container and did nothing wrong.',
    )
  })
})

describe('the verdict on a group', () => {
  const verdictOf = (ops: readonly Op[]): string => {
    const run = play(ops)
    const snapshot = run.snapshotAt(ops.length)
    const group = snapshot.groups[0]
    if (group === undefined) return ''
    const { title, words, members } = viabilityWords(KERNEL, run.world, group, snapshot)
    return [title, plain(words), ...members.map((member) => `${member.good ? '✓' : '✗'} ${plain(member.words)}`)].join(
      ' / ',
    )
  }
  test('at boot', () => {
    expect(verdictOf([{ op: 'unbind', device: F1 }])).toBe(
      'Not viable / 01:00.0 is bound to e1000e, which keeps the device for the host. No device of group 7 has a vfio driver, so /dev/vfio/7 does not exist. / ✗ 01:00.0 is held by e1000e / ✓ 01:00.1 has no driver',
    )
  })
  test('viable', () => {
    expect(verdictOf([...stub(F0), ...vfio(F1)])).toBe(
      'Viable / No driver of the host is in the way. / ✓ 01:00.0 is bound to pci-stub, which is on VFIO’s list / ✓ 01:00.1 is bound to vfio-pci',
    )
  })
})
