/** The judge of isolation where several processes hold files, over snapshots put together by hand. */
import { describe, expect, test } from 'vitest'
import type { Context } from './iommu/context.ts'
import { judge, type Finding } from './isolation.ts'
import { linux510 } from './kernels/linux-5.10/index.ts'
import { play } from './kernels/play.test-helper.ts'
import type { FdKind, FdView, Snapshot } from './snapshot.ts'

const G = 2
const [F0, F1] = [2, 3]
const processes = ['p', 'q'].map((name) => ({ name, user: 'root' }))
const [P, Q] = [0, 1]

type File = readonly [kind: FdKind, object: number, process: number, access?: boolean]

/** What differs from both functions on vfio-pci, blocked, with nothing open. */
interface Scene {
  /** What the IOMMU does with DMA of 01:00.0 and 01:00.1; blocked if left out. */
  readonly f0?: Context
  readonly f1?: Context
  /** What the kernel believes of the group; the same as of 01:00.1 if left out. */
  readonly believed?: Context
  /** What it believes of 01:00.0 by itself. */
  readonly believedOfF0?: Context
  readonly files?: readonly File[]
  /** Processes that mapped memory in domain 0, which a container of index 0 keeps unless `owner` says otherwise. */
  readonly mapped?: readonly number[]
  readonly owner?: 'container' | 'hwpt' | 'ioas'
  /** Drivers of both functions. */
  readonly drivers?: readonly [f0: string, f1: string]
  readonly absent?: readonly number[]
}

const BLOCKED: Context = { kind: 'blocked' }
const ID: Context = { kind: 'identity' }
const D0: Context = { kind: 'domain', domain: 0 }
const D1: Context = { kind: 'domain', domain: 1 }

const run = play(linux510, 'both', { processes })
const { world } = run
const both = run.snapshotAt(run.steps.length)

function snapshotOf(scene: Scene): Snapshot {
  const {
    f0 = BLOCKED,
    f1 = BLOCKED,
    believed = f1,
    believedOfF0,
    files = [],
    mapped = [],
    owner = 'container',
  } = scene
  const contexts = [...both.contexts]
  for (const [device, context] of [
    [F0, f0],
    [F1, f1],
  ] as const) {
    for (const rid of world.devices[device]?.rids ?? []) contexts[rid] = context
  }
  const driverOf = (name: string): number => world.drivers.findIndex((driver) => driver.name === name)
  const devices = both.devices.map((view) => {
    const name = scene.drivers?.[view.device - F0]
    return {
      ...view,
      present: scene.absent?.includes(view.device) !== true,
      ...(name === undefined ? {} : { driver: name === 'none' ? 0 : driverOf(name) }),
      ...(view.device === F0 && believedOfF0 !== undefined ? { context: believedOfF0 } : {}),
    }
  })
  const fds = files.map(([kind, object, process, access], slot): FdView => {
    const file = { slot, kind, object, process, number: slot + 3 }
    return access === undefined ? file : { ...file, access }
  })
  const mappings = mapped.map((process, index) => ({ iova: index * 4096, size: 4096, process }))
  return {
    ...both,
    contexts,
    devices,
    fds,
    domains: [
      { domain: 0, owner: { kind: owner, index: 0 }, mappings },
      { domain: 1, owner: { kind: 'container', index: 1 }, mappings: [] },
    ],
    groups: both.groups.map((view) => (view.group === G ? { ...view, context: believed } : view)),
  }
}

/** The verdict and the findings of the group: `V2 two-users 01:00.0! q (01:00.1)`; `!` where a process drives the device. */
function verdict(scene: Scene): string {
  const bdf = (device: number): string => world.devices[device]?.spec.bdf.slice(5) ?? '?'
  const whom = ({ harmed }: Finding): string => {
    if (harmed === null) return '-'
    return harmed.kind === 'process' ? (processes[harmed.process]?.name ?? '?') : harmed.kind
  }
  const judgement = judge(world, snapshotOf(scene))[G]
  const lines = (judgement?.findings ?? []).map((finding) => {
    const other = finding.other === undefined ? '' : ` (${bdf(finding.other)})`
    return `${finding.rule} ${finding.how} ${bdf(finding.device)}${finding.live ? '!' : ''} ${whom(finding)}${other}`
  })
  return [judgement?.verdict ?? '?', ...lines].join('; ')
}

function table(title: string, rows: readonly (readonly [title: string, scene: Scene, expected: string])[]): void {
  describe(`${title}:`, () => {
    test.each(rows)('%s', (_, scene, expected) => expect(verdict(scene)).toBe(expected))
  })
}

const STRANGER = 'not-isolated; V1 reaches-other-process 01:00.0! p; V3 stranger-in-user-domain 01:00.0! p'
const inDomain = { f0: D0, f1: D0 }

// prettier-ignore
table('an address space and the process that drives a device in it', [
  ['the holder of its file', { ...inDomain, files: [['device', F0, P], ['container', 0, P]] }, 'isolated'],
  ['the holder of its file, where another process mapped', { ...inDomain, mapped: [P], files: [['device', F0, Q], ['container', 0, Q]] }, 'isolated'],
  ['one that mapped memory in it', { ...inDomain, mapped: [Q], files: [['device', F0, Q]] }, 'isolated'],
  ['a stranger, as long as nobody mapped anything', { ...inDomain, files: [['device', F0, Q], ['container', 0, P]] }, 'isolated'],
  ['a stranger', { ...inDomain, mapped: [P], files: [['device', F0, Q], ['container', 0, P]] }, STRANGER],
  ['a stranger with two files of the device', { ...inDomain, mapped: [P, P], files: [['device', F0, Q], ['device', F0, Q]] }, STRANGER],
  ['the holder of another container', { ...inDomain, mapped: [P], files: [['device', F0, Q], ['container', 1, Q]] }, STRANGER],
  ['the holder of an IOAS of the same index', { ...inDomain, mapped: [P], files: [['device', F0, Q], ['ioas', 0, Q]] }, STRANGER],
  ['the holder of its IOAS', { ...inDomain, mapped: [P], owner: 'ioas', files: [['device', F0, Q], ['ioas', 0, Q]] }, 'isolated'],
  ['another address space has the mapping', { f0: D1, f1: D1, mapped: [P], files: [['device', F0, Q]] }, 'isolated'],
])

// prettier-ignore
table('members that processes drive', [
  ['one process has both', { files: [['device', F0, P], ['device', F1, P]] }, 'isolated'],
  ['two processes', { files: [['device', F0, P], ['device', F1, Q]] }, 'not-isolated; V2 two-users 01:00.0! q (01:00.1); V2 two-users 01:00.1! p (01:00.0)'],
  ['two share one device', { files: [['device', F0, P], ['device', F0, Q]] }, 'isolated'],
  ['two share one device, and one has the other', { files: [['device', F0, P], ['device', F0, Q], ['device', F1, P]] }, 'not-isolated; V2 two-users 01:00.0! p (01:00.1); V2 two-users 01:00.1! q (01:00.0)'],
  ['a device file that is not bound drives nothing', { files: [['cdev', F0, P, false], ['device', F1, Q]] }, 'isolated'],
  ['a device file that is bound', { files: [['cdev', F0, P, true], ['device', F1, P]] }, 'isolated'],
  ['device files of two processes', { files: [['cdev', F0, P, true], ['cdev', F1, Q]] }, 'not-isolated; V2 two-users 01:00.0! q (01:00.1); V2 two-users 01:00.1! p (01:00.0)'],
  ['files of other kinds drive nothing', { files: [['device', F0, P], ['group', F1, Q], ['container', F1, Q], ['iommufd', F1, Q]] }, 'isolated'],
])

// prettier-ignore
table('members that the host drives', [
  ['untranslated beside a user', { f0: ID, f1: ID, drivers: ['nic', 'vfio-pci'], files: [['device', F1, P]] }, 'not-isolated; V1 reaches-host-memory 01:00.0 host; V2 native-beside-user 01:00.0 host (01:00.1); V2 native-beside-user 01:00.0 p (01:00.1); V1 reaches-host-memory 01:00.1! host'],
  ['untranslated beside one that is only set aside', { f0: ID, f1: ID, drivers: ['nic', 'vfio-pci'] }, 'not-isolated; V1 reaches-host-memory 01:00.1 host'],
  ['a user holds the same device', { drivers: ['nic', 'vfio-pci'], files: [['device', F0, P]] }, 'not-isolated; V2 native-beside-user 01:00.0! host (01:00.0); V2 native-beside-user 01:00.0! p (01:00.0)'],
  ['a uio driver counts as one of the host', { drivers: ['uio_pci_generic', 'vfio-pci'], files: [['device', F1, P]] }, 'not-isolated; V2 native-beside-user 01:00.0 host (01:00.1); V2 native-beside-user 01:00.0 p (01:00.1)'],
  ['a stub driver does not', { drivers: ['pci-stub', 'vfio-pci'], files: [['device', F1, P]] }, 'isolated'],
  ['in an address space that two processes mapped', { f0: D0, drivers: ['nic', 'vfio-pci'], believed: BLOCKED, mapped: [P, Q, P] }, 'not-isolated; V3 native-in-user-domain 01:00.0 host; V3 native-writes-user-memory 01:00.0 p; V3 native-writes-user-memory 01:00.0 q; B belief-differs 01:00.0 -'],
])

const BELIEF = 'isolated; B belief-differs 01:00.0 -'
const NONE = ['none', 'none'] as const

// prettier-ignore
table('what the kernel believes', [
  ['the same', { f0: D0, f1: D0 }, 'isolated'],
  ['another address space', { f0: D1, f1: D0 }, BELIEF],
  ['another kind', { f0: D1, f1: BLOCKED }, BELIEF],
  ['the default domain of another group', { f0: { kind: 'dma', group: 0 }, f1: { kind: 'dma', group: G } }, BELIEF],
  ['the default domain of its group', { f0: { kind: 'dma', group: G }, f1: { kind: 'dma', group: G } }, 'isolated'],
  ['of the device by itself, and rightly', { f0: D1, f1: D0, believedOfF0: D1 }, 'isolated'],
  ['of the device by itself, and wrongly', { f0: D0, f1: D0, believedOfF0: D1 }, BELIEF],
])

// prettier-ignore
table('groups in the hands of the host', [
  ['no driver, blocked', { drivers: NONE }, 'host'],
  ['no driver, one in an address space of userspace', { drivers: NONE, f1: D0, believed: BLOCKED }, 'isolated; B belief-differs 01:00.1 -'],
  ['no driver, but open', { drivers: NONE, files: [['device', F1, P]] }, 'isolated'],
  ['one on a stub driver', { drivers: ['none', 'pci-stub'] }, 'isolated'],
  ['one on an ordinary driver, one without', { drivers: ['nic', 'none'] }, 'host'],
  ['what is not plugged in counts for nothing', { absent: [F0, F1], files: [['device', F0, P]] }, 'host'],
  ['only the other one is plugged in', { absent: [F0], files: [['device', F0, P], ['device', F1, Q]] }, 'isolated'],
])
