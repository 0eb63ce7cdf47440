/**
 * What changed between two kernels that answer the same request differently: which step of Linux's history, or which
 * mail of the debate of 2021, is behind it. A note is chosen by the calls, the answers and the checks that decided.
 */
import { recordOf, releaseNumber, type KernelId } from '../sim/kernels/list.ts'
import type { Op, OpKind } from '../sim/op.ts'
import { succeeded, type Result } from '../sim/result.ts'
import type { Snapshot } from '../sim/snapshot.ts'
import type { TraceEvent } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import { code, fn, rich, type Span, type Words } from './words.ts'

/** A kernel's answer to what a row asks: the call that decided, and how the machine was before it. */
export interface Side {
  readonly kernel: KernelId
  readonly world: World
  readonly op: Op
  readonly result: Result
  readonly events: readonly TraceEvent[]
  before(): Snapshot
  /** Waiting calls that it released, by the row that made them, and what they returned. */
  readonly released: readonly { readonly row: number; readonly result: Result }[]
  /** Of the groups that the scenario is about, those that are not isolated afterwards, by index. */
  readonly exposed: readonly number[]
}

/** A row of a comparison. */
export interface Disagreement {
  /** The operation as the scenario has it. */
  readonly op: Op
  /** `isolation`: the answers agree, who is isolated afterwards does not. `interface`: some kernels cannot be asked. */
  readonly about: 'answers' | 'isolation' | 'interface'
  readonly sides: readonly Side[]
  /** Kernels that have no such call. */
  readonly without: readonly KernelId[]
  /** Number, from 1, of the last step before it where the kernels differed. */
  readonly earlier?: number
}

export interface ChangeNote {
  /** Stable name. */
  readonly id: string
  /** `Linux 5.19`, `June 2021`. */
  readonly since: string
  readonly title: string
  /** One to three sentences. */
  readonly words: Words
  /** Commits by author and title, or the functions to read. */
  readonly source: string
}

/** The notes on a row, the most telling first; never empty for a row with an earlier difference. */
export function whatChanged(row: Disagreement): readonly ChangeNote[] {
  const pairs = pairsOf(row)
  const rules = row.about === 'isolation' ? RULES.filter((rule) => rule.isolation === true) : RULES
  const notes = rules.filter(({ applies }) => pairs.some((pair) => applies(pair))).map(({ note }) => note)
  for (const { note, kinds, lacks } of INTERFACES) {
    if (kinds.includes(row.op.op) && row.without.some(lacks)) notes.push(note)
  }
  if (notes.length > 0 || row.earlier === undefined) return notes
  return [
    {
      id: 'follows',
      since: '',
      title: `Follows from step ${row.earlier}`,
      words: rich`No rule of its own: since step ${String(row.earlier)} these kernels are in different states, and each answers for its own.`,
      source: '',
    },
  ]
}

// ---- Kernels in time --------------------------------------------------------------------------------------------

const isProposal = (kernel: KernelId): boolean => recordOf(kernel).family === 'proposal'
const isLinux = (kernel: KernelId): boolean => recordOf(kernel).family === 'linux'
const hasIommufd = (kernel: KernelId): boolean => recordOf(kernel).interface === 'iommufd'

/** Two sides that disagree; of two releases of Linux, the older one first, and a proposal second. */
interface Pair {
  readonly row: Disagreement
  readonly older: Side
  readonly newer: Side
}

function pairsOf(row: Disagreement): Pair[] {
  if (row.about === 'interface') return []
  const view =
    row.about === 'answers'
      ? (side: Side): string =>
          [answerOf(side.result), ...side.released.map((late) => `${late.row} ${answerOf(late.result)}`)].join()
      : ({ exposed }: Side): string => exposed.join()
  const pairs = row.sides.flatMap((older) => row.sides.map((newer): Pair => ({ row, older, newer })))
  return pairs.filter(({ older, newer }) => {
    if (view(older) === view(newer)) return false
    const [from, to] = [releaseNumber(older.kernel), releaseNumber(newer.kernel)]
    if (to === undefined) return true
    return from !== undefined && (from < to || (from === to && hasIommufd(newer.kernel)))
  })
}

function answerOf(result: Result): string {
  if ('bug' in result) return 'bug'
  if ('blocked' in result) return 'blocked'
  return result.ok ? `ok ${JSON.stringify(result.value ?? null)}` : result.errno
}

/** Whether a release came out between the two. */
function crosses({ older, newer }: Pair, release: number): boolean {
  const [from, to] = [releaseNumber(older.kernel), releaseNumber(newer.kernel)]
  return from !== undefined && to !== undefined && from < release && release <= to
}

function failed({ events }: Side, ...codes: readonly string[]): boolean {
  return events.some((event) => event.event === 'check' && !event.ok && codes.includes(event.code))
}

function left({ events }: Side, effect: string): boolean {
  return events.some((event) => event.event === 'effect' && event.code === effect)
}

function asked({ op }: Side, ...kinds: readonly OpKind[]): boolean {
  return kinds.includes(op.op)
}

// ---- Facts about a side -----------------------------------------------------------------------------------------

const CLAIMS = ['O.CL.1', 'F.CL.2'] as const
const TAKEN = ['O.UDD.2', 'O.UDD.3'] as const

/** Drivers that a group of userspace must not have: they use the DMA API, or let a process in by the back door. */
function isInTheWay(world: World, driver: number): boolean {
  const family = world.drivers[driver]?.family
  return family === 'native' || family === 'uio' || family === 'unknown'
}

/** The driver that was to be bound, or has been counted, is a bridge's. */
function isAboutBridge(side: Side): boolean {
  const { world, op } = side
  if (op.op === 'bind' || op.op === 'drivers_probe') {
    return world.devices[world.deviceIndex.get(op.device) ?? -1]?.spec.bridge === true
  }
  const group = side.events.flatMap(({ subject }) => (subject?.kind === 'group' ? [subject.group] : []))[0] ?? -1
  const { devices } = side.before()
  const users = (world.groups[group]?.devices ?? []).filter((device) => isInTheWay(world, devices[device]?.driver ?? 0))
  return users.length > 0 && users.every((device) => world.devices[device]?.spec.bridge === true)
}

/** Whether the group file that a call is made on has outlived its group. */
function isOnDeadGroup({ world, op, before }: Side): boolean {
  const name = 'group_fd' in op ? op.group_fd : undefined
  const slot = name === undefined ? undefined : world.slotIndex.get(name)
  return slot !== undefined && before().fds.some((fd) => fd.slot === slot && fd.dead === true)
}

/** Whether the group that a call opens has a file somewhere that has outlived it. */
function hasDeadFile({ world, op, before }: Side): boolean {
  if (op.op !== 'open_group') return false
  const group = world.groupIndex.get(Number(op.group))
  return before().fds.some((fd) => fd.kind === 'group' && fd.object === group && fd.dead === true)
}

/** Whether a device that is asked to do DMA belongs to an owner in userspace. */
function isOwned({ world, op, before }: Side): boolean {
  if (op.op !== 'dma_probe') return false
  const group = world.devices[world.deviceIndex.get(op.device) ?? -1]?.group ?? -1
  const ownership = before().groups[group]?.ownership
  return ownership?.owner === 'vfio-group' || ownership?.owner === 'iommufd'
}

/** Whether a virtual machine holds the group that a call is made on. */
function isHeldByKvm({ world, op, before }: Side): boolean {
  const name = 'group_fd' in op ? op.group_fd : undefined
  const slot = name === undefined ? undefined : world.slotIndex.get(name)
  const view = before().fds.find((fd) => fd.slot === slot && fd.kind === 'group')
  return view !== undefined && (before().groups[view.object]?.kvm.length ?? 0) > 0
}

// ---- The notes --------------------------------------------------------------------------------------------------

const errno = (text: string): Span => ({ kind: 'errno', text })

interface Rule {
  readonly note: ChangeNote
  /** Also where the answers agree and only who is isolated differs. */
  readonly isolation?: true
  readonly applies: (pair: Pair) => boolean
}

const RULES: readonly Rule[] = [
  {
    note: {
      id: 'refused-before-probe',
      since: 'Linux 5.19',
      title: 'A driver is refused before its probe; the BUG_ON is gone',
      words: rich`Before it probes a driver that does DMA for the host, the driver core asks for the group’s default domain (${fn('iommu_device_use_default_domain')}). A group that userspace owns answers ${errno('EBUSY')}, which ${code('drivers_probe')} makes ${errno('EINVAL')}. In 5.10 the driver is probed first, and all that VFIO’s notifier can do afterwards is ${fn('BUG_ON')}.`,
      source:
        'Lu Baolu, “iommu: Add DMA ownership management interfaces”, “bus: platform,amba,fsl-mc,PCI: Add device DMA ownership management”, “vfio: Remove iommu group notifier”',
    },
    applies: (pair) => crosses(pair, 519) && failed(pair.newer, ...TAKEN) && !isAboutBridge(pair.newer),
  },
  {
    note: {
      id: 'bridge-counts',
      since: 'Linux 5.19',
      title: 'The driver of a bridge counts',
      words: rich`Only drivers that declare ${code('driver_managed_dma')} do not count as use of the group: those of VFIO, pci-stub and the PCIe port driver. In 5.10 any driver may be on a bridge (${fn('vfio_dev_driver_allowed')}).`,
      source: 'Lu Baolu, “PCI: portdrv: Set driver_managed_dma”, “vfio: Remove use of vfio_group_viable()”',
    },
    applies: (pair) =>
      crosses(pair, 519) && failed(pair.newer, ...TAKEN, ...CLAIMS, 'O.GS.viable') && isAboutBridge(pair.newer),
  },
  {
    note: {
      id: 'claim-at-set-container',
      since: 'Linux 5.19',
      title: 'Who uses the group is asked at SET_CONTAINER, by counting',
      words: rich`Joining a container claims the group’s DMA (${fn('iommu_group_claim_dma_owner')}); a single device with an ordinary driver is enough for ${errno('EPERM')}, and nothing has moved. 5.10 lets the group in, moves even the host’s device into the user’s domain at SET_IOMMU, and first says no at GET_DEVICE_FD.`,
      source: 'Lu Baolu, “vfio: Set DMA ownership for VFIO devices”, “vfio: Remove use of vfio_group_viable()”',
    },
    applies: (pair) =>
      crosses(pair, 519) &&
      failed(pair.newer, 'O.CL.1') &&
      asked(pair.newer, 'group_set_container') &&
      !isAboutBridge(pair.newer),
  },
  {
    note: {
      id: 'claim-at-bind',
      since: 'Linux 6.6',
      title: 'BIND claims the group',
      words: rich`Binding a device’s file to an iommufd claims the DMA of its whole group for that iommufd (${fn('iommu_device_claim_dma_owner')}): ${errno('EPERM')} while a driver of the host, a container or another iommufd uses the group. In 5.10 the group joins a container unasked, and ${fn('vfio_group_viable')} says no when a device is got from it.`,
      source:
        'Lu Baolu, “iommu: Add device-centric DMA ownership interfaces” (6.2); Yi Liu, “vfio: Add VFIO_DEVICE_BIND_IOMMUFD” (6.6)',
    },
    applies: ({ older, newer }) => asked(newer, 'bind_iommufd') && failed(newer, 'F.CL.2') && !failed(older, 'O.CL.1'),
  },
  {
    note: {
      id: 'status-counts',
      since: 'Linux 5.19',
      title: 'Viable is a count, not a walk over drivers',
      words: rich`GET_STATUS calls a group viable if it is in a container, or if nobody uses its DMA. 5.10 walks over the members and looks at the names of their drivers (${fn('vfio_dev_viable')}), in a container or not.`,
      source: 'Lu Baolu, “vfio: Remove use of vfio_group_viable()”',
    },
    applies: (pair) =>
      crosses(pair, 519) &&
      pair.row.op.op === 'group_get_status' &&
      succeeded(pair.older.result) &&
      succeeded(pair.newer.result) &&
      pair.row.about === 'answers',
  },
  {
    note: {
      id: 'unbind-does-not-wait',
      since: 'Linux 6.1',
      title: 'Unbinding no longer waits for the container',
      words: rich`When the last vfio device leaves a group, its removal waits only for open device files; the group is taken out of its container by force. In 5.10 ${fn('vfio_unregister_group_dev')} goes on waiting until the group has left its container.`,
      source: 'Jason Gunthorpe, “vfio: Make the group FD disassociate from the iommu_group”',
    },
    applies: (pair) => crosses(pair, 601) && left(pair.older, 'wait.container'),
  },
  {
    note: {
      id: 'group-gone',
      since: 'Linux 6.1',
      title: 'A group goes with its last vfio device',
      words: rich`The node goes, and a group file that is still open is good for nothing any more: GET_STATUS, SET_CONTAINER and GET_DEVICE_FD answer ${errno('ENODEV')}, UNSET_CONTAINER ${errno('EINVAL')}. A device that comes back makes a new group with a new node. In 5.10 the group lives as long as somebody has it open.`,
      source: 'Jason Gunthorpe, “vfio: Make the group FD disassociate from the iommu_group”',
    },
    applies: (pair) =>
      crosses(pair, 601) &&
      (failed(pair.newer, 'O.GS.gone', 'O.SC.gone') ||
        isOnDeadGroup(pair.newer) ||
        hasDeadFile(pair.newer) ||
        (failed(pair.older, 'L.GO.3') && failed(pair.newer, 'L.GO.node'))),
  },
  {
    note: {
      id: 'blocking-domain',
      since: 'Linux 5.19',
      title: 'A claimed group is blocked until it has an address space',
      words: rich`Whoever claims a group has it moved to a blocking domain at once, all its members, and it falls back there whenever it has no address space. In 5.10 it stays in its default domain from SET_CONTAINER to SET_IOMMU; under ${code('iommu=pt')} that is all of memory.`,
      source: 'Jason Gunthorpe, “iommu: iommu_group_claim_dma_owner() must always assign a domain”',
    },
    isolation: true,
    applies: (pair) =>
      crosses(pair, 519) &&
      (pair.row.about === 'isolation'
        ? asked(pair.newer, 'group_set_container', 'bind_iommufd')
        : pair.row.op.op === 'dma_probe' && isOwned(pair.newer)),
  },
  {
    note: {
      id: 'bind-errnos',
      since: 'Linux 5.14',
      title: 'bind says why',
      words: rich`What a probe returns reaches the writer of ${code('bind')}, and a device that has a driver already is ${errno('EBUSY')}. In 5.10 ${fn('bind_store')} answers ${errno('ENODEV')} to all of it.`,
      source: 'Jason Gunthorpe, “driver core: Flow the return code from ->probe() through to sysfs bind”',
    },
    applies: (pair) =>
      crosses(pair, 514) &&
      asked(pair.newer, 'bind') &&
      answerOf(pair.older.result) === 'ENODEV' &&
      failed(pair.newer, 'L.B.1.free', 'L.B.2'),
  },
  {
    note: {
      id: 'file-before-state',
      since: 'by Linux 6.1',
      title: 'SET_CONTAINER looks at the file first',
      words: rich`Whether the given number is an open file at all is asked before anything about the group: ${errno('EBADF')}, also for −1. In 5.10 a group that is in a container already, and the number −1, are ${errno('EINVAL')} first.`,
      source:
        'vfio_group_set_container in 5.10 (drivers/vfio/vfio.c), vfio_group_ioctl_set_container in 6.1 (vfio_main.c)',
    },
    applies: (pair) =>
      crosses(pair, 601) && asked(pair.newer, 'group_set_container') && failed(pair.newer, 'O.SC.open'),
  },
  {
    note: {
      id: 'device-before-container',
      since: 'by Linux 6.1',
      title: 'GET_DEVICE_FD looks the device up first',
      words: rich`A name that is no vfio device of the group is ${errno('ENODEV')}, whether or not the group has a container. 5.10 wants a container with an IOMMU first: ${errno('EINVAL')}.`,
      source:
        'vfio_group_get_device_fd in 5.10 (drivers/vfio/vfio.c), vfio_group_ioctl_get_device_fd in 6.1 (vfio_main.c)',
    },
    applies: (pair) =>
      crosses(pair, 601) &&
      failed(pair.newer, 'O.GDF.device') &&
      answerOf(pair.older.result) === 'EINVAL' &&
      !isOnDeadGroup(pair.newer),
  },
  {
    note: {
      id: 'not-a-container',
      since: 'Linux 6.2',
      title: 'A file that is no container has an errno of its own',
      words: rich`SET_CONTAINER takes a container or, where the kernel is built so, an iommufd; any other file is ${errno('EBADFD')}. Before, it was ${errno('EINVAL')}.`,
      source: 'Jason Gunthorpe, “vfio-iommufd: Allow iommufd to be used in place of a container fd”',
    },
    applies: (pair) =>
      crosses(pair, 602) && asked(pair.newer, 'group_set_container') && answerOf(pair.newer.result) === 'EBADFD',
  },
  {
    note: {
      id: 'leaving-device',
      since: 'Linux 6.6',
      title: 'A device that is leaving is not handed out again',
      words: rich`Its driver’s removal takes a device off its group’s list before it waits for open files: GET_DEVICE_FD is ${errno('ENODEV')} from then on. Before, the device could be opened once more during the wait, which made the wait longer.`,
      source: 'Yi Liu, “vfio: Move vfio_device_group_unregister() to be the first operation in unregister”',
    },
    applies: (pair) =>
      crosses(pair, 606) &&
      asked(pair.newer, 'group_get_device_fd') &&
      succeeded(pair.older.result) &&
      failed(pair.newer, 'O.GDF.device'),
  },
  {
    note: {
      id: 'kvm-holds-the-file',
      since: 'Linux 5.19',
      title: 'KVM holds the group’s file, and asks nothing',
      words: rich`Telling KVM about a group only takes a reference on its file. In 5.10 it is a user of the container like an open device: the group must be in one with an IOMMU and be viable, and cannot leave it while KVM holds on.`,
      source:
        'Jason Gunthorpe, “kvm/vfio: Store the struct file in the kvm_vfio_group”, “kvm/vfio: Remove vfio_group from kvm”',
    },
    applies: (pair) =>
      crosses(pair, 519) &&
      (pair.row.op.op === 'kvm_group_add' ||
        pair.row.op.op === 'kvm_group_del' ||
        (failed(pair.older, 'L.UC.2') && isHeldByKvm(pair.older))),
  },
  {
    note: {
      id: 'rmrr-at-claim',
      since: 'Linux 5.19',
      title: 'Memory that firmware demands is found out at the claim',
      words: rich`A device with a fixed reserved region (RMRR) cannot be blocked, so its group cannot be claimed: refused at SET_CONTAINER or BIND. 5.10 finds out at SET_IOMMU, when it attaches the group to the container’s domain.`,
      source: 'Lu Baolu, “iommu: Add DMA ownership management interfaces”; intel_iommu_attach_device in 6.1',
    },
    applies: (pair) => crosses(pair, 519) && failed(pair.newer, 'O.CL.4'),
  },
  {
    note: {
      id: 'rmrr-errno',
      since: 'Linux 6.6',
      title: 'The IOMMU core itself refuses to block such a device',
      words: rich`A device whose firmware demands memory never goes into a blocking domain, whatever the hardware: ${errno('EINVAL')} from the core. Before, the Intel driver said ${errno('EPERM')} on its own.`,
      source: 'Lu Baolu, “iommu: Prevent RESV_DIRECT devices from blocking domains”',
    },
    applies: (pair) => crosses(pair, 606) && failed(pair.newer, 'O.CL.4') && failed(pair.older, 'O.CL.4'),
  },
  {
    note: {
      id: 'extensions',
      since: 'Linux 5.12',
      title: 'Extensions that 5.10 does not know',
      words: rich`VFIO_UNMAP_ALL (drop every mapping in one call) and VFIO_UPDATE_VADDR (move the mapped memory of a program that replaces itself) came later.`,
      source: 'Steve Sistare, “vfio/type1: unmap all”, “vfio: interfaces to update vaddr”',
    },
    applies: (pair) =>
      crosses(pair, 512) &&
      pair.row.op.op === 'check_extension' &&
      (pair.row.op.extension === 'unmap_all' || pair.row.op.extension === 'update_vaddr'),
  },
  {
    note: {
      id: 'nesting-errno',
      since: 'Linux 5.13',
      title: 'Nesting is refused by a call of its own',
      words: rich`Asking a domain for nested translation goes through ${fn('iommu_enable_nesting')}, which says ${errno('EINVAL')} where the hardware driver lacks it; 5.10 sets an attribute of the domain and gets ${errno('ENODEV')}.`,
      source: 'Christoph Hellwig, “iommu: remove DOMAIN_ATTR_NESTING”',
    },
    applies: (pair) => crosses(pair, 513) && failed(pair.newer, 'L.AT.nesting') && failed(pair.older, 'L.AT.nesting'),
  },
  {
    note: {
      id: 'nesting-gone',
      since: 'Linux 6.18',
      title: 'The type for nested page tables is gone',
      words: rich`No hardware driver ever offered nested translation through VFIO, and the type was taken out: CHECK_EXTENSION answers 0 for it, and SET_IOMMU finds no backend for it (${errno('ENODEV')}), where 6.12 took the type and failed at the attach (${errno('EINVAL')} on VT-d). Nesting is a matter of iommufd.`,
      source: 'Jason Gunthorpe, “vfio: Remove VFIO_TYPE1_NESTING_IOMMU” (after 6.12; read in 6.18)',
    },
    applies: ({ older, newer, row }) =>
      crosses({ older, newer, row }, 618) &&
      ((row.op.op === 'check_extension' && row.op.extension === 'type1_nesting') ||
        (row.op.op === 'set_iommu' && row.op.type === 'type1_nesting')),
  },
  {
    note: {
      id: 'wrap-is-overflow',
      since: 'Linux 6.18',
      title: 'A range that wraps is an overflow, and is found first',
      words: rich`A range that runs past the last 64-bit address is ${errno('EOVERFLOW')}; until then it was ${errno('EINVAL')}, as every other bad range. MAP asks for it before the access flags and before whether the range is of whole pages.`,
      source: 'Alex Mastro, “vfio/type1: sanitize for overflow using check_*_overflow()”',
    },
    applies: (pair) => crosses(pair, 618) && failed(pair.newer, 'L.MAP.4', 'L.UM.2'),
  },
  {
    note: {
      id: 'memory-wraps-first',
      since: 'Linux 6.18',
      title: 'Memory that wraps is found before a size that is too large',
      words: rich`IOMMU_IOAS_MAP asks whether the memory ends before the last address before it asks for a size of 0 or near 2^64, so that such a size is ${errno('EOVERFLOW')} and no longer ${errno('EINVAL')}.`,
      source: 'iopt_alloc_user_pages; before it iopt_alloc_pages',
    },
    applies: (pair) => crosses(pair, 618) && failed(pair.newer, 'F.MAP.memory') && failed(pair.older, 'F.MAP.length'),
  },
  {
    note: {
      id: 'hot-reset',
      since: 'Linux 6.6',
      title: 'A hot reset asks how ownership is shown first',
      words: rich`An empty list of group files is for devices that were bound through files of their own; on a device that came from a group it is ${errno('EINVAL')} before the bus is looked at.`,
      source: 'Yi Liu, “vfio/pci: Allow passing zero-length fd array in VFIO_DEVICE_PCI_HOT_RESET”',
    },
    applies: (pair) => crosses(pair, 606) && pair.row.op.op === 'device_hot_reset',
  },
  {
    note: {
      id: 'iommufd-as-container',
      since: 'Linux 6.2',
      title: 'An iommufd can stand in for a container',
      words: rich`SET_CONTAINER with an iommufd only notes it down: nothing is claimed and nothing moves. The claim comes with GET_DEVICE_FD, which binds the device and attaches it to the iommufd’s compatibility address space, and may then say ${errno('EPERM')}.`,
      source:
        'Jason Gunthorpe, “vfio-iommufd: Allow iommufd to be used in place of a container fd”, “iommufd: vfio container FD ioctl compatibility”',
    },
    applies: ({ older, newer }) =>
      hasIommufd(newer.kernel) &&
      ((asked(newer, 'group_set_container') &&
        succeeded(newer.result) &&
        failed(older, 'O.SC.kind', 'L.SC.6', 'O.CL.1')) ||
        (asked(newer, 'group_get_device_fd') && failed(newer, 'F.CL.2', 'F.GDF.ioas')) ||
        (asked(newer, 'group_unset_container') && succeeded(newer.result) && failed(older, 'L.UC.2', 'O.UC.2')) ||
        failed(newer, 'F.VC.ioas', 'F.VC.type', 'F.VC.cut', 'F.VC.whole')),
  },
  {
    note: {
      id: 'files-lock-each-other-out',
      since: 'Linux 6.6',
      title: 'Group file and device files lock each other out',
      words: rich`While a device of a group is bound through its own file, the group’s file cannot be opened; while the group’s file is open, no device of it can be bound: ${errno('EBUSY')} either way. Merely opening a device’s file claims nothing.`,
      source: 'Yi Liu, “vfio: Add cdev_device_open_cnt to vfio_group”, “vfio: Add VFIO_DEVICE_BIND_IOMMUFD”',
    },
    applies: ({ older, newer }) => [older, newer].some((side) => failed(side, 'F.GO.cdev', 'F.BI.4')),
  },
  {
    note: {
      id: 'one-binding',
      since: 'Linux 6.6',
      title: 'A device is bound through one file at a time',
      words: rich`A second file of a device can be opened, but its BIND is ${errno('EINVAL')}. A group hands out as many files of a device as it is asked for.`,
      source: 'Yi Liu, “vfio: Make vfio_df_open() single open for device cdev path”; the proposals of 2021 alike',
    },
    applies: ({ older, newer }) =>
      [older, newer].some((side) => failed(side, 'F.BI.7', 'T.B.single', 'G.B.single')) &&
      [older, newer].some(({ result }) => succeeded(result)),
  },
  {
    note: {
      id: 'one-page-table',
      since: 'Linux 6.6',
      title: 'The attached devices of a group share one page table',
      words: rich`The first attach moves the whole group; a sibling can then only be attached to the same page table, else ${errno('EINVAL')} (${fn('iommufd_hw_pagetable_attach')}). Attaching one that is attached moves all of them (replace).`,
      source: 'Jason Gunthorpe, “iommufd: Add iommufd_group”, “iommufd: Add iommufd_device_replace()”',
    },
    applies: ({ older, newer }) => [older, newer].some((side) => failed(side, 'F.AT.8')),
  },
  {
    note: {
      id: 'address-space-of-its-own',
      since: 'Linux 6.2',
      title: 'An address space is there from the start',
      words: rich`An IOAS takes mappings and devices from the moment it is made. A container has no address space before a group is in it and SET_IOMMU was called: ${errno('EINVAL')}.`,
      source: 'Jason Gunthorpe, “iommufd: IOCTLs for the io_pagetable”',
    },
    applies: ({ older, newer }) =>
      (asked(newer, 'ioas_map', 'ioas_unmap') && failed(older, 'L.IO.1')) ||
      (succeeded(newer.result) && failed(older, 'L.GDF.3', 'O.GDF.backend')),
  },
  {
    note: {
      id: 'mapping-errnos',
      since: 'Linux 6.2',
      title: 'Mappings have checks and errnos of their own',
      words: rich`An address space without devices takes nearly any range; what it is attached to decides later (${errno('EADDRINUSE')}). A container’s type1 backend checks at once, in another order, and says ${errno('EINVAL')} where IOAS_UNMAP says ${errno('ENOENT')}.`,
      source: 'Jason Gunthorpe, “iommufd: IOCTLs for the io_pagetable”; iopt_map_pages and vfio_dma_do_map',
    },
    applies: ({ older, newer }) =>
      asked(older, 'map_dma', 'unmap_dma') &&
      !failed(older, 'L.IO.1') &&
      (asked(newer, 'ioas_map', 'ioas_unmap') || failed(newer, 'F.AT.9')),
  },
  {
    note: {
      id: 'one-container',
      since: 'Linux 6.6',
      title: 'A device can change its address space',
      words: rich`ATTACH on a device that is attached replaces its address space, and a device that was closed can be bound to another iommufd. A group must first leave its container: a second SET_CONTAINER is ${errno('EINVAL')}.`,
      source: 'Nicolin Chen and Yi Liu, “vfio-iommufd: Add replace support in iommufd_vfio_attach/detach”',
    },
    applies: ({ older, newer }) =>
      asked(older, 'group_set_container') &&
      failed(older, 'L.SC.2', 'O.SC.out', 'F.SC.out') &&
      asked(newer, 'attach', 'bind_iommufd') &&
      succeeded(newer.result),
  },
  {
    note: {
      id: 'files-by-name',
      since: 'Linux 6.2',
      title: 'BIND names an open iommufd',
      words: rich`An iommufd whose file is closed lives on while devices are bound to it, but no further device can be bound: ${errno('EBADF')}. A group stays in its container when that one’s file is closed, and gives out devices as before.`,
      source: 'vfio_df_ioctl_bind_iommufd and vfio_fops_release',
    },
    applies: ({ older, newer }) =>
      asked(newer, 'bind_iommufd') && failed(newer, 'F.BI.6.open', 'P.IF.open') && !asked(older, 'bind_iommufd'),
  },
  {
    note: {
      id: 'open-file-holds-the-driver',
      since: 'Linux 6.6',
      title: 'An open device file holds the driver, bound or not',
      words: rich`Unbinding vfio-pci waits until every file of the device is closed, also one that was never bound to an iommufd. Where there are only groups, a group’s open file does not hold the driver of a device.`,
      source: 'Yi Liu, “vfio: Add cdev for vfio_device”',
    },
    applies: ({ older, newer }) => succeeded(older.result) && left(newer, 'wait.device-fds'),
  },
  {
    note: {
      id: 'opened-once',
      since: 'Linux 6.6',
      title: 'A group is opened once, a device any number of times',
      words: rich`Opening a device’s file claims nothing, so anybody who may can open it, and the group as well; only BIND decides. A group’s file is ${errno('EBUSY')} while it is open.`,
      source: 'Yi Liu, “vfio: Add cdev for vfio_device”',
    },
    applies: ({ older, newer }) => failed(older, 'L.GO.3', 'O.GO.3') && succeeded(newer.result) && !hasDeadFile(newer),
  },
  {
    note: {
      id: 'access-with-bind',
      since: 'Linux 6.6',
      title: 'A device’s file gives access after BIND',
      words: rich`Until it is bound, every other call on a device’s own file is ${errno('EINVAL')}. In proposal T access begins at the open; a file from a group gives it at once everywhere.`,
      source: 'Yi Liu, “vfio: Block device access via device fd until device is opened”',
    },
    applies: ({ older, newer }) => failed(older, 'F.AC.1', 'P.X.1') || failed(newer, 'F.AC.1', 'P.X.1'),
  },
  {
    note: {
      id: 'no-driver-no-file',
      since: 'Linux 6.6',
      title: 'A device that is not on vfio-pci has no file',
      words: rich`A device’s own file is there while a vfio driver is bound to it: without one, opening it is ${errno('ENOENT')}. A group’s file says ${errno('ENODEV')} of a device that it cannot give.`,
      source: 'Yi Liu, “vfio: Add cdev for vfio_device”; the proposals of 2021 say the same',
    },
    applies: ({ newer }) => failed(newer, 'F.CO.node', 'P.DN.1'),
  },

  // The proposals of 2021, which never became kernels.
  {
    note: {
      id: 't-asks-at-open',
      since: 'June 2021',
      title: 'Proposal T asks when a device is opened',
      words: rich`VFIO’s viability test runs at the open of the device’s file: every member must have a harmless driver and be blocked or attached. A refusal comes earlier than anywhere else.`,
      source: 'Kevin Tian, 15 to 17 June 2021',
    },
    applies: ({ newer }) => failed(newer, 'T.O.1', 'T.O.2', 'T.B.2'),
  },
  {
    note: {
      id: 't-blocks-idle-devices',
      since: 'June 2021',
      title: 'Proposal T blocks whatever is idle',
      words: rich`A device without a driver, or with one that does no DMA, reaches nothing until it is attached, whatever the default domain; a driver’s first mapping takes it to the default domain. A fallback in that domain does not exist.`,
      source: 'Kevin Tian, 17 June 2021',
    },
    isolation: true,
    applies: ({ row, newer }) =>
      newer.kernel === 'ioasid-t' && (row.about === 'isolation' || row.op.op === 'dma_probe'),
  },
  {
    note: {
      id: 'g-asks-at-bind',
      since: 'June 2021',
      title: 'Proposal G asks at BIND, for the whole group',
      words: rich`The code behind BIND checks all members, blocks them, and makes the group the iommu_fd’s: ${errno('EPERM')} for an unsafe driver or another iommu_fd. Opening a device asks nothing.`,
      source: 'Jason Gunthorpe, 14 and 18 June 2021',
    },
    applies: ({ newer }) => failed(newer, 'G.B.2', 'G.B.3'),
  },
  {
    note: {
      id: 'w-asks-at-group-bind',
      since: 'June 2021',
      title: 'Proposal W binds groups',
      words: rich`The group’s file is bound to /dev/iommu as a whole, and the test sits there: ${errno('EPERM')} for an unsafe driver. A device can be got from a bound group only.`,
      source: 'Alex Williamson, 16 June 2021; completed by this simulator',
    },
    applies: ({ newer }) => failed(newer, 'W.B.2', 'W.G.1'),
  },
  {
    note: {
      id: 'proposals-have-a-notifier',
      since: 'June 2021',
      title: 'The proposals still let the driver in',
      words: rich`None of the three refuses the driver: a notifier hears of it after the probe and stops the kernel, as in 5.10. Only days later came the wish to deny the probe instead, which is what 5.19 does.`,
      source: 'Jason Gunthorpe, 25 June 2021',
    },
    applies: ({ older, newer }) => 'bug' in newer.result && isProposal(newer.kernel) && !('bug' in older.result),
  },
  {
    note: {
      id: 'attached-one-by-one',
      since: 'June 2021',
      title: 'The proposals attach each device by itself',
      words: rich`Devices with requester IDs of their own may be in different address spaces; where they share one, G and W let the first attach decide (${errno('EINVAL')} for another space), and T writes the last one over the other.`,
      source: 'Jason Gunthorpe, 14 June 2021; Alex Williamson, 17 June 2021',
    },
    applies: ({ older, newer }) =>
      failed(newer, 'G.A.4', 'W.A.4') ||
      (isProposal(newer.kernel) && asked(newer, 'attach') && failed(older, 'F.AT.8')),
  },
  {
    note: {
      id: 'detach-first',
      since: 'June 2021',
      title: 'In the proposals a device is detached first',
      words: rich`ATTACH on a device that is attached is ${errno('EINVAL')}. Linux’s ATTACH replaces the address space instead, so that there is no moment without one.`,
      source: 'Kevin Tian, RFC v2, 9 July 2021, section 4.2',
    },
    applies: ({ older, newer }) => failed(newer, 'T.A.3', 'G.A.3', 'W.A.3') && succeeded(older.result),
  },
  {
    note: {
      id: 'proposals-map-as-type1',
      since: 'June 2021',
      title: 'The proposals map by the rules of type1',
      words: rich`Their MAP and UNMAP take over what a container’s backend checks, at the call; iommufd leaves more to the moment of the attach.`,
      source: 'The mails of June 2021 say no more; completed by this simulator',
    },
    applies: ({ older, newer }) =>
      isProposal(newer.kernel) &&
      hasIommufd(older.kernel) &&
      asked(newer, 'ioas_map', 'ioas_unmap') &&
      asked(older, 'ioas_map', 'ioas_unmap'),
  },
]

// ---- Calls that a kernel lacks ----------------------------------------------------------------------------------

interface Interface {
  readonly note: ChangeNote
  readonly kinds: readonly OpKind[]
  readonly lacks: (kernel: KernelId) => boolean
}

const INTERFACES: readonly Interface[] = [
  {
    note: {
      id: 'iommufd-came',
      since: 'Linux 6.2',
      title: '/dev/iommu came in 6.2',
      words: rich`An iommufd holds address spaces as objects of their own, to be made, mapped and destroyed. A container is one address space, which comes and goes with it.`,
      source: 'Jason Gunthorpe, “iommufd: Document overview of iommufd” and the series around it',
    },
    kinds: ['open_iommufd', 'ioas_alloc', 'ioas_map', 'ioas_unmap', 'ioas_destroy'],
    lacks: isLinux,
  },
  {
    note: {
      id: 'device-files-came',
      since: 'Linux 6.6',
      title: 'Devices have files of their own since 6.6',
      words: rich`BIND, ATTACH and DETACH are calls on a device’s own file. With groups a device is where its group is, and cannot be taken out by itself.`,
      source: 'Yi Liu, “vfio: Add cdev for vfio_device”, “vfio: Add VFIO_DEVICE_[AT|DE]TACH_IOMMUFD_PT”',
    },
    kinds: ['open_cdev', 'bind_iommufd', 'attach', 'detach'],
    lacks: isLinux,
  },
  {
    note: {
      id: 'page-tables-came',
      since: 'Linux 6.6',
      title: 'Page tables can be made by hand since 6.6',
      words: rich`IOMMU_HWPT_ALLOC makes a hardware page table for one device and address space. Elsewhere page tables come and go with what is attached.`,
      source: 'Jason Gunthorpe, “iommufd: Add IOMMU_HWPT_ALLOC”',
    },
    kinds: ['hwpt_alloc', 'hwpt_destroy'],
    lacks: () => true,
  },
  {
    note: {
      id: 'never-merged',
      since: 'June 2021',
      title: 'A call of the proposals',
      words: rich`Unbinding without closing, and binding groups as a whole, were discussed in 2021 and never merged: a device of Linux is unbound by closing its file.`,
      source: 'Kevin Tian and Alex Williamson, 15 and 16 June 2021',
    },
    kinds: ['unbind_iommufd', 'group_bind_iommufd', 'group_unbind_iommufd'],
    lacks: isLinux,
  },
  {
    note: {
      id: 'no-group-calls',
      since: 'June 2021',
      title: 'The proposals have no such call',
      words: rich`Containers are gone, and with them what one asks of them and of their groups: whether a group will do shows when it, or a device of it, is bound.`,
      source: 'The mails of June 2021',
    },
    kinds: [
      'group_get_status',
      'get_api_version',
      'check_extension',
      'iommu_get_info',
      'kvm_group_add',
      'kvm_group_del',
      'chown_group',
      'open_group',
      'group_set_container',
      'group_unset_container',
      'group_get_device_fd',
      'set_iommu',
      'map_dma',
      'unmap_dma',
    ],
    lacks: isProposal,
  },
]

// ---- Cells that hold no answer ----------------------------------------------------------------------------------

/** What a cell says where a kernel was not asked, by the reason: short, and in a sentence. */
export const NOT_ASKED = {
  earlier: { glyph: '·', word: 'done already', words: 'A call before this one has done it already.' },
  later: { glyph: '·', word: 'done later', words: 'A later call does it, together with its own work.' },
  needless: { glyph: '·', word: 'nothing to do', words: 'Here there is nothing to undo.' },
  call: {
    glyph: '⊘',
    word: 'not in this kernel',
    words: 'This kernel has no such call, and none that comes to the same.',
  },
  object: { glyph: '⊘', word: 'does not exist here', words: 'What it is about was never made in this kernel.' },
  dead: { glyph: '†', word: 'stopped', words: 'The kernel stopped before this step; nothing answers any more.' },
} as const
