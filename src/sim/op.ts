/**
 * The operations: one language for recordings, scripts, links, gestures, the search and the tests.
 * Names and keys are those of the recorded traces; operations that the recordings lack follow their style.
 *
 * `OPS` says all that is known of an operation but what it does (the kernels) and its words (`src/explain/ops.ts`).
 */

/**
 * What a key of an operation stands for. `fd`, `other` and `third` name something opened or made earlier (by its `as`);
 * `as` names what this operation opens or makes; `override` is a driver, or nothing (`''`) to take the override back;
 * a trailing `?` marks a key that may be absent.
 */
export type Role =
  | 'device'
  | 'driver'
  | 'override'
  | 'group'
  | 'fd'
  | 'other'
  | 'other?'
  | 'third'
  | 'as'
  | 'arg'
  | 'iova'
  | 'size'
  | 'user'

/** What a name can stand for; a device file is a `device` whichever way it was opened. */
export const NAME_KINDS = ['container', 'group', 'device', 'iommufd', 'ioas', 'hwpt'] as const
export type NameKind = (typeof NAME_KINDS)[number]

/** How the kernel is asked: a write to a file of sysfs, an ioctl request, a file that is opened, another system call. */
export type Interface =
  { readonly sysfs: string } | { readonly ioctl: string } | { readonly open: string } | { readonly syscall: string }

/** What is known of an operation. */
export interface OpRow {
  /** Who can do it; operations of the administrator and of the hardware belong to no process. */
  readonly who: 'admin' | 'user' | 'hardware'
  /** Null: nothing that software asks for. */
  readonly call: Interface | null
  /** What may be different afterwards: what the administrator sets up, which files are open, who translates, what is mapped; `nothing`: it only asks. */
  readonly changes: 'drivers' | 'files' | 'contexts' | 'mappings' | 'nothing'
  /** Its keys, in the order in which a script line writes them. */
  readonly keys: Readonly<Record<string, Role>>
  /** What the name under `as` stands for. */
  readonly makes?: NameKind
  /** `maps`: the range of `iova` and `size` becomes a mapping; `cuts`: it can leave pieces of mappings (type1 v1 and v2). */
  readonly range?: 'maps' | 'cuts'
  /** It can wait in the kernel and come back later (`PendingView`). */
  readonly waits?: true
  /**
   * A search does it only if asked to: `bind` writes the override itself and probes; closing everything comes to the same
   * as the end of a process; virtual machines and page tables of one's own are further users of what there is.
   */
  readonly byRequest?: true
}

/** Every operation, a row each. */
// prettier-ignore
export const OPS = {
  // The administrator, through sysfs.
  bind: { who: 'admin', call: { sysfs: 'bind' }, changes: 'drivers', keys: { device: 'device', driver: 'driver' }, waits: true },
  unbind: { who: 'admin', call: { sysfs: 'unbind' }, changes: 'drivers', keys: { device: 'device' }, waits: true },
  driver_override: { who: 'admin', call: { sysfs: 'driver_override' }, changes: 'drivers', keys: { device: 'device', driver: 'override' }, waits: true, byRequest: true },
  drivers_probe: { who: 'admin', call: { sysfs: 'drivers_probe' }, changes: 'drivers', keys: { device: 'device' }, waits: true, byRequest: true },
  // Plugs a function into its slot: no call, but somebody at the machine.
  hot_add: { who: 'admin', call: null, changes: 'drivers', keys: { device: 'device' } },
  chown_group: { who: 'admin', call: { syscall: 'chown' }, changes: 'drivers', keys: { group: 'group', user: 'user' } },
  chown_iommu: { who: 'admin', call: { syscall: 'chown' }, changes: 'drivers', keys: { user: 'user' } },
  // VFIO groups and containers.
  open_container: { who: 'user', call: { open: '/dev/vfio/vfio' }, changes: 'files', keys: { as: 'as' }, makes: 'container' },
  open_group: { who: 'user', call: { open: '/dev/vfio/N' }, changes: 'files', keys: { group: 'group', as: 'as' }, makes: 'group' },
  get_api_version: { who: 'user', call: { ioctl: 'VFIO_GET_API_VERSION' }, changes: 'nothing', keys: { container_fd: 'fd' } },
  check_extension: { who: 'user', call: { ioctl: 'VFIO_CHECK_EXTENSION' }, changes: 'nothing', keys: { container_fd: 'fd', extension: 'arg' } },
  group_get_status: { who: 'user', call: { ioctl: 'VFIO_GROUP_GET_STATUS' }, changes: 'nothing', keys: { group_fd: 'fd' } },
  group_set_container: { who: 'user', call: { ioctl: 'VFIO_GROUP_SET_CONTAINER' }, changes: 'contexts', keys: { group_fd: 'fd', container_fd: 'other' } },
  group_unset_container: { who: 'user', call: { ioctl: 'VFIO_GROUP_UNSET_CONTAINER' }, changes: 'contexts', keys: { group_fd: 'fd' } },
  set_iommu: { who: 'user', call: { ioctl: 'VFIO_SET_IOMMU' }, changes: 'contexts', keys: { container_fd: 'fd', type: 'arg' } },
  iommu_get_info: { who: 'user', call: { ioctl: 'VFIO_IOMMU_GET_INFO' }, changes: 'nothing', keys: { container_fd: 'fd' } },
  map_dma: { who: 'user', call: { ioctl: 'VFIO_IOMMU_MAP_DMA' }, changes: 'mappings', keys: { container_fd: 'fd', iova: 'iova', size: 'size' }, range: 'maps' },
  unmap_dma: { who: 'user', call: { ioctl: 'VFIO_IOMMU_UNMAP_DMA' }, changes: 'mappings', keys: { container_fd: 'fd', iova: 'iova', size: 'size' }, range: 'cuts' },
  group_get_device_fd: { who: 'user', call: { ioctl: 'VFIO_GROUP_GET_DEVICE_FD' }, changes: 'files', keys: { group_fd: 'fd', device: 'device', as: 'as' }, makes: 'device' },
  kvm_group_add: { who: 'user', call: { ioctl: 'KVM_DEV_VFIO_GROUP_ADD' }, changes: 'contexts', keys: { group_fd: 'fd' }, byRequest: true },
  kvm_group_del: { who: 'user', call: { ioctl: 'KVM_DEV_VFIO_GROUP_DEL' }, changes: 'contexts', keys: { group_fd: 'fd' }, byRequest: true },
  // The device file.
  device_get_info: { who: 'user', call: { ioctl: 'VFIO_DEVICE_GET_INFO' }, changes: 'nothing', keys: { device_fd: 'fd' } },
  // Reading, writing or mapping its registers: can the holder drive the device at this moment?
  device_access: { who: 'user', call: { syscall: 'pread' }, changes: 'nothing', keys: { device_fd: 'fd' } },
  device_reset: { who: 'user', call: { ioctl: 'VFIO_DEVICE_RESET' }, changes: 'nothing', keys: { device_fd: 'fd' } },
  device_hot_reset: { who: 'user', call: { ioctl: 'VFIO_DEVICE_PCI_HOT_RESET' }, changes: 'nothing', keys: { device_fd: 'fd', group_fd: 'other?' } },
  // iommufd and the device cdev.
  open_iommufd: { who: 'user', call: { open: '/dev/iommu' }, changes: 'files', keys: { as: 'as' }, makes: 'iommufd' },
  open_cdev: { who: 'user', call: { open: '/dev/vfio/devices/vfioX' }, changes: 'files', keys: { device: 'device', as: 'as' }, makes: 'device' },
  bind_iommufd: { who: 'user', call: { ioctl: 'VFIO_DEVICE_BIND_IOMMUFD' }, changes: 'contexts', keys: { device_fd: 'fd', iommufd: 'other' } },
  unbind_iommufd: { who: 'user', call: { ioctl: 'VFIO_DEVICE_UNBIND_IOMMUFD' }, changes: 'contexts', keys: { device_fd: 'fd' } },
  group_bind_iommufd: { who: 'user', call: { ioctl: 'VFIO_GROUP_BIND_IOMMUFD' }, changes: 'contexts', keys: { group_fd: 'fd', iommufd: 'other' } },
  group_unbind_iommufd: { who: 'user', call: { ioctl: 'VFIO_GROUP_UNBIND_IOMMUFD' }, changes: 'contexts', keys: { group_fd: 'fd' } },
  ioas_alloc: { who: 'user', call: { ioctl: 'IOMMU_IOAS_ALLOC' }, changes: 'contexts', keys: { iommufd: 'fd', as: 'as' }, makes: 'ioas' },
  ioas_map: { who: 'user', call: { ioctl: 'IOMMU_IOAS_MAP' }, changes: 'mappings', keys: { iommufd: 'fd', ioas: 'other', iova: 'iova', size: 'size' }, range: 'maps' },
  ioas_unmap: { who: 'user', call: { ioctl: 'IOMMU_IOAS_UNMAP' }, changes: 'mappings', keys: { iommufd: 'fd', ioas: 'other', iova: 'iova', size: 'size' } },
  attach: { who: 'user', call: { ioctl: 'VFIO_DEVICE_ATTACH_IOMMUFD_PT' }, changes: 'contexts', keys: { device_fd: 'fd', ioas: 'other?', hwpt: 'other?' } },
  detach: { who: 'user', call: { ioctl: 'VFIO_DEVICE_DETACH_IOMMUFD_PT' }, changes: 'contexts', keys: { device_fd: 'fd' } },
  ioas_destroy: { who: 'user', call: { ioctl: 'IOMMU_DESTROY' }, changes: 'contexts', keys: { iommufd: 'fd', ioas: 'other' } },
  hwpt_alloc: { who: 'user', call: { ioctl: 'IOMMU_HWPT_ALLOC' }, changes: 'contexts', keys: { iommufd: 'fd', device_fd: 'third', ioas: 'other', as: 'as' }, makes: 'hwpt', byRequest: true },
  hwpt_destroy: { who: 'user', call: { ioctl: 'IOMMU_DESTROY' }, changes: 'contexts', keys: { iommufd: 'fd', hwpt: 'other' }, byRequest: true },
  // Any process.
  close: { who: 'user', call: { syscall: 'close' }, changes: 'files', keys: { fd: 'fd' } },
  exit: { who: 'user', call: { syscall: 'exit' }, changes: 'files', keys: {}, byRequest: true },
  // The hardware: let the device try a DMA.
  dma_probe: { who: 'hardware', call: null, changes: 'nothing', keys: { device: 'device', iova: 'iova' } },
} as const satisfies Readonly<Record<string, OpRow>>

/** What a key of an operation names, where it names something opened or made; `fd` can be any file. */
const KINDS_OF_KEY: Readonly<Record<string, readonly NameKind[]>> = {
  // An iommufd can stand in for a container, where a kernel has both.
  container_fd: ['container', 'iommufd'],
  group_fd: ['group'],
  device_fd: ['device'],
  iommufd: ['iommufd'],
  ioas: ['ioas'],
  hwpt: ['hwpt'],
  // Objects inside an iommufd are destroyed, not closed.
  fd: ['container', 'group', 'device', 'iommufd'],
}

/** Letters with which new names begin. */
export const NAME_PREFIXES: Readonly<Record<NameKind, string>> = {
  container: 'c',
  group: 'g',
  device: 'd',
  iommufd: 'i',
  ioas: 'a',
  hwpt: 'h',
}

export type OpKind = keyof typeof OPS

type Keys<K extends OpKind> = (typeof OPS)[K]['keys']
type ValueOf<R> = R extends 'iova' | 'size' ? number : string
type KeysOf<K extends OpKind> = {
  readonly [P in keyof Keys<K> as Keys<K>[P] extends 'other?' ? never : P]: ValueOf<Keys<K>[P]>
} & { readonly [P in keyof Keys<K> as Keys<K>[P] extends 'other?' ? P : never]?: string }

/**
 * One operation of a kind, by names: devices by address (`dddd:bb:dd.f`), groups by decimal number, everything opened
 * by the name that its `as` gave. `by` is the process that does it (default: the first one of the scenario); operations
 * on something already open are done by the process that holds it, and sysfs is the administrator's.
 */
export type OpOf<K extends OpKind> = { readonly op: K; readonly by?: string } & KeysOf<K>
export type Op = { [K in OpKind]: OpOf<K> }[OpKind]

/** The kinds whose row has a property of some value. */
type KindsWith<P> = { [K in OpKind]: (typeof OPS)[K] extends P ? K : never }[OpKind]
export type WaitingKind = KindsWith<{ readonly waits: true }>
export type IoctlKind = KindsWith<{ readonly call: { readonly ioctl: string } }>

const ROWS: Readonly<Record<OpKind, OpRow>> = OPS

/** The kinds of operation, in the order of `OPS`. */
export const OP_KINDS: readonly OpKind[] = Object.keys(OPS).filter(isOpKind)

/** Whether a word names an operation. */
export function isOpKind(word: string): word is OpKind {
  return Object.hasOwn(OPS, word)
}

/** What is known of a kind of operation. */
export function rowOf(kind: OpKind): OpRow {
  return ROWS[kind]
}

/** Whether only the administrator does it. */
export function isAdmin(kind: OpKind): boolean {
  return ROWS[kind].who === 'admin'
}

/** Whether an operation maps a range. */
export function mapsRange(op: Op): op is Extract<Op, { op: KindsWith<{ readonly range: 'maps' }> }> {
  return ROWS[op.op].range === 'maps'
}

/** Whether an operation unmaps a range in a way that can leave pieces of mappings. */
export function cutsRange(op: Op): op is Extract<Op, { op: KindsWith<{ readonly range: 'cuts' }> }> {
  return ROWS[op.op].range === 'cuts'
}

const KEYS = new Map(OP_KINDS.map((kind) => [kind, Object.entries(ROWS[kind].keys)]))

/** The keys of an operation's kind with their roles, in script order. */
export function keysOf(kind: OpKind): readonly (readonly [key: string, role: Role])[] {
  return KEYS.get(kind) ?? []
}

/** Kinds of thing that the name under a key can stand for; undefined for keys that name nothing opened or made. */
export function kindsOfKey(key: string): readonly NameKind[] | undefined {
  return Object.hasOwn(KINDS_OF_KEY, key) ? KINDS_OF_KEY[key] : undefined
}

/** Whether a key's value is a number: an address or a count of bytes. */
export function isNumber(role: Role): role is 'iova' | 'size' {
  return role === 'iova' || role === 'size'
}

/** Whether a key's value is the name of something opened or made, by this operation or an earlier one. */
export function isName(role: Role): role is 'fd' | 'other' | 'other?' | 'third' | 'as' {
  return role === 'fd' || role === 'other' || role === 'other?' || role === 'third' || role === 'as'
}

/** The value that an operation gives a key, or undefined where it has none. */
export function valueOf(op: Op, key: string): string | number | undefined {
  const fields: Readonly<Record<string, string | number | undefined>> = op
  return fields[key]
}

/** Whether two operations are the same: kind, process and the value of every key. The order of the keys does not matter. */
export function sameOp(a: Op, b: Op): boolean {
  return a.op === b.op && a.by === b.by && keysOf(a.op).every(([key]) => valueOf(a, key) === valueOf(b, key))
}

/** Whether a list of operations begins with those of another one. */
export function startsWith(ops: readonly Op[], beginning: readonly Op[]): boolean {
  return (
    beginning.length <= ops.length &&
    beginning.every((op, index) => {
      const other = ops[index]
      return other !== undefined && sameOp(op, other)
    })
  )
}

/** Whether a record has an operation's name and exactly the kinds of value that its keys want. */
export function isOp(fields: Readonly<Record<string, unknown>>): fields is Op {
  const kind = fields['op']
  if (typeof kind !== 'string' || !isOpKind(kind)) return false
  if (fields['by'] !== undefined && typeof fields['by'] !== 'string') return false
  return keysOf(kind).every(([key, role]) => {
    const value = fields[key]
    if (isNumber(role)) return typeof value === 'number'
    return typeof value === 'string' || (role === 'other?' && value === undefined)
  })
}
