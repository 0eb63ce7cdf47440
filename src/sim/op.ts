/**
 * The operations: one language for recordings, scripts, links, gestures, the search and the tests.
 * Names and keys are those of the recorded traces; operations that the recordings lack follow their style.
 */

/**
 * What a key of an operation stands for. `fd`, `other` and `third` name something opened or made earlier (by its `as`);
 * `as` names what this operation opens or makes; a trailing `?` marks a key that may be absent.
 */
export type Role =
  'device' | 'driver' | 'group' | 'fd' | 'other' | 'other?' | 'third' | 'as' | 'arg' | 'iova' | 'size' | 'user'

/** Every operation with its keys, in the order in which a script line writes them. */
export const OPS = {
  // Administrator, through sysfs.
  bind: { device: 'device', driver: 'driver' },
  unbind: { device: 'device' },
  driver_override: { device: 'device', driver: 'driver' },
  drivers_probe: { device: 'device' },
  hot_add: { device: 'device' },
  chown_group: { group: 'group', user: 'user' },
  // VFIO groups and containers.
  open_container: { as: 'as' },
  open_group: { group: 'group', as: 'as' },
  get_api_version: { container_fd: 'fd' },
  check_extension: { container_fd: 'fd', extension: 'arg' },
  group_get_status: { group_fd: 'fd' },
  group_set_container: { group_fd: 'fd', container_fd: 'other' },
  group_unset_container: { group_fd: 'fd' },
  set_iommu: { container_fd: 'fd', type: 'arg' },
  iommu_get_info: { container_fd: 'fd' },
  map_dma: { container_fd: 'fd', iova: 'iova', size: 'size' },
  unmap_dma: { container_fd: 'fd', iova: 'iova', size: 'size' },
  group_get_device_fd: { group_fd: 'fd', device: 'device', as: 'as' },
  kvm_group_add: { group_fd: 'fd' },
  kvm_group_del: { group_fd: 'fd' },
  // The device file.
  device_get_info: { device_fd: 'fd' },
  // Reading, writing or mapping its registers: can the holder drive the device at this moment?
  device_access: { device_fd: 'fd' },
  device_reset: { device_fd: 'fd' },
  device_hot_reset: { device_fd: 'fd', group_fd: 'other?' },
  // iommufd and the device cdev.
  open_iommufd: { as: 'as' },
  open_cdev: { device: 'device', as: 'as' },
  bind_iommufd: { device_fd: 'fd', iommufd: 'other' },
  unbind_iommufd: { device_fd: 'fd' },
  group_bind_iommufd: { group_fd: 'fd', iommufd: 'other' },
  group_unbind_iommufd: { group_fd: 'fd' },
  ioas_alloc: { iommufd: 'fd', as: 'as' },
  ioas_map: { iommufd: 'fd', ioas: 'other', iova: 'iova', size: 'size' },
  ioas_unmap: { iommufd: 'fd', ioas: 'other', iova: 'iova', size: 'size' },
  attach: { device_fd: 'fd', ioas: 'other?', hwpt: 'other?' },
  detach: { device_fd: 'fd' },
  ioas_destroy: { iommufd: 'fd', ioas: 'other' },
  hwpt_alloc: { iommufd: 'fd', device_fd: 'third', ioas: 'other', as: 'as' },
  hwpt_destroy: { iommufd: 'fd', hwpt: 'other' },
  // Any process.
  close: { fd: 'fd' },
  exit: {},
  // The hardware: let the device try a DMA.
  dma_probe: { device: 'device', iova: 'iova' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Role>>>>

export type OpKind = keyof typeof OPS

type ValueOf<R> = R extends 'iova' | 'size' ? number : string
type KeysOf<K extends OpKind> = {
  readonly [P in keyof (typeof OPS)[K] as (typeof OPS)[K][P] extends 'other?' ? never : P]: ValueOf<(typeof OPS)[K][P]>
} & { readonly [P in keyof (typeof OPS)[K] as (typeof OPS)[K][P] extends 'other?' ? P : never]?: string }

/**
 * One operation of a kind, by names: devices by address (`dddd:bb:dd.f`), groups by decimal number, everything opened
 * by the name that its `as` gave. `by` is the process that does it (default: the first one of the scenario); operations
 * on something already open are done by the process that holds it, and sysfs is the administrator's.
 */
export type OpOf<K extends OpKind> = { readonly op: K; readonly by?: string } & KeysOf<K>
export type Op = { [K in OpKind]: OpOf<K> }[OpKind]

/** The kinds of operation, in the order of `OPS`. */
export const OP_KINDS: readonly OpKind[] = Object.keys(OPS).filter(isOpKind)

/** Whether a word names an operation. */
export function isOpKind(word: string): word is OpKind {
  return Object.hasOwn(OPS, word)
}

/** The keys of an operation's kind with their roles, in script order. */
export function keysOf(kind: OpKind): readonly (readonly [key: string, role: Role])[] {
  return Object.entries(OPS[kind])
}

/** The value that an operation gives a key, or undefined where it has none. */
export function valueOf(op: Op, key: string): string | number | undefined {
  const fields: Readonly<Record<string, string | number | undefined>> = op
  return fields[key]
}

/** Whether a record has an operation's name and exactly the kinds of value that its keys want. */
export function isOp(fields: Readonly<Record<string, unknown>>): fields is Op {
  const kind = fields['op']
  if (typeof kind !== 'string' || !isOpKind(kind)) return false
  if (fields['by'] !== undefined && typeof fields['by'] !== 'string') return false
  return keysOf(kind).every(([key, role]) => {
    const value = fields[key]
    if (role === 'iova' || role === 'size') return typeof value === 'number'
    return typeof value === 'string' || (role === 'other?' && value === undefined)
  })
}
