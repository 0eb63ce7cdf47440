import type { Op, OpKind } from '../../sim/op.ts'
import { classLabel } from '../../machines/short-name.ts'
import type { World, WorldDevice } from '../../sim/world.ts'

/**
 * Where everything stands on the canvas. Four lanes from userspace down to memory; groups in rows by their number,
 * devices by address. Places depend on the machine and on what the whole run opens, never on drivers or on the step
 * looked at: a device does not jump when its driver changes, and scrubbing moves nothing.
 */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly lanes: readonly { readonly lane: Lane; readonly y: number; readonly height: number }[]
  /** Processes, groups, devices (relative to their group) and the fold, by node id. */
  readonly places: ReadonlyMap<string, Box>
  /** The n-th place of the VFIO lane: containers and iommufds. */
  readonly objectPlace: (n: number) => Box
  /** The n-th place of the memory lane: host memory, nowhere, then page tables. */
  readonly contextPlace: (n: number) => Box
  /** Groups drawn in full, by index. */
  readonly groups: readonly number[]
  /** Groups folded away because nothing happens in them, by kind. */
  readonly folded: readonly FoldedGroups[]
}

export type Lane = 'userspace' | 'vfio' | 'groups' | 'memory'

/** Left, top, width and height in canvas pixels; devices are relative to their group. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export interface LayoutInput {
  readonly world: World
  /** What the kernel can be asked for: without iommufds there is no place for a new one. */
  readonly abi: readonly OpKind[]
  readonly ops: readonly Op[]
  /** Width of the view in pixels. */
  readonly viewWidth: number
  /** Folds that are open, by id: their groups are drawn in full. */
  readonly open: ReadonlySet<string>
}

/** Names of what is drawn, used as node ids as well. */
export const nodeId = {
  process: (process: number): string => `process ${process}`,
  newContainer: 'new-container',
  newIommufd: 'new-iommufd',
  container: (container: number): string => `container ${container}`,
  iommufd: (iommufd: number): string => `iommufd ${iommufd}`,
  group: (group: number): string => `group ${group}`,
  device: (device: number): string => `device ${device}`,
  folded: 'folded',
  host: 'context host',
  nothing: 'context nothing',
  domain: (domain: number): string => `context domain ${domain}`,
} as const

/** Lanes go on to the left and right of what stands in them. */
export const LANE_REACH = 3000

const PAD = 20
const LANE_LABEL = 30
const GROUP_HEAD = 66
const GROUP_FOOT = 14
const GROUP_PAD = 14
const GAP = 12
const GROUP_GAP = 22
const DEVICE_HEIGHT = 104
const CONTAINER_HEIGHT = 64
const IOMMUFD_HEIGHT = 92
const CONTEXT_HEIGHT = 78
const FD_ROW = 32
const FDS_PER_ROW = 4

/**
 * Whether anything can happen in a group that a person would look for here: an operation names it, or it has a function
 * that is not a bridge and has, or could get, a native driver.
 */
function matters(world: World, group: number, named: ReadonlySet<string>): boolean {
  const target = world.groups[group]
  if (target === undefined) return false
  if (named.has(String(target.id))) return true
  return target.devices.some((index) => {
    const device = world.devices[index]
    if (device === undefined) return false
    if (named.has(device.spec.bdf)) return true
    if (device.spec.bridge) return false
    return device.native > 0 || (device.bootDriver > 0 && !isBackground(world, device))
  })
}

/** Host bridges, memory, system peripherals, performance counters, dummies: what a chip shows of itself. */
const BACKGROUND = /^(?:05|06|08|11|13)/

/** Whether a function, of which a listing does not tell the driver, is one that nobody hands to userspace. */
function isBackground(world: World, { spec, bootDriver }: WorldDevice): boolean {
  if (world.drivers[bootDriver]?.family !== 'unknown') return false
  if (spec.class !== undefined) return BACKGROUND.test(spec.class)
  return spec.name === undefined || /\bDevice [0-9a-f]{4}$/.test(spec.name)
}

/** Groups that are folded away together, as they hold the same kind of thing. */
export interface FoldedGroups {
  /** The id of the node that stands for them. */
  readonly id: string
  readonly kind: string
  readonly groups: readonly number[]
}

/** Up to this many groups fold into one place: a small machine is seen whole. */
const FEW_FOLDED = 8

/** Folds groups by the kind of their first function that is no bridge, else of their first; a few of any kind together. */
function foldByKind(world: World, groups: readonly number[]): FoldedGroups[] {
  const kinds = new Map<string, number[]>()
  for (const group of groups) {
    const specs = (world.groups[group]?.devices ?? []).flatMap((device) => world.devices[device]?.spec ?? [])
    const first = specs.find((spec) => !spec.bridge) ?? specs[0]
    const kind = (first === undefined ? '' : classLabel(first)) || 'Others'
    kinds.set(kind, [...(kinds.get(kind) ?? []), group])
  }
  if (groups.length > 0 && groups.length <= FEW_FOLDED) {
    return [{ id: nodeId.folded, kind: [...kinds.keys()].join(', '), groups }]
  }
  return [...kinds].map(([kind, members]) => ({ id: `${nodeId.folded} ${kind}`, kind, groups: members }))
}

/** Everything that operations name: devices by address, groups by number. */
export function namedIn(ops: readonly Op[]): Set<string> {
  const named = new Set<string>()
  for (const op of ops) {
    if ('device' in op) named.add(op.device)
    if ('group' in op) named.add(op.group)
  }
  return named
}

/**
 * Which groups are drawn in full, and which are folded away.
 * @param named what the run names (`namedIn`)
 */
export function chooseGroups(
  world: World,
  named: ReadonlySet<string>,
): { readonly shown: number[]; readonly folded: number[] } {
  const shown: number[] = []
  const folded: number[] = []
  world.groups.forEach((group, index) => {
    if (group.devices.length === 0) return
    if (matters(world, index, named)) shown.push(index)
    else folded.push(index)
  })
  return shown.length === 0 ? { shown: folded, folded: [] } : { shown, folded }
}

/** How many descriptors each process ever has open at most, by what the operations ask for. */
function fdCounts(world: World, ops: readonly Op[]): number[] {
  const names = world.setup.processes.map(() => new Set<string>())
  const holder = new Map<string, number>()
  for (const op of ops) {
    if (!('as' in op)) continue
    const opener = 'group_fd' in op ? holder.get(op.group_fd) : world.processIndex.get(op.by ?? '')
    const process = opener ?? 0
    holder.set(op.as, process)
    names[process]?.add(op.as)
  }
  return names.map((set) => set.size)
}

/** Lays out a machine for a view of some width. */
export function layOut({ world, abi, ops, viewWidth, open }: LayoutInput): Layout {
  const narrow = viewWidth < 560
  const chosen = chooseGroups(world, namedIn(ops))
  const folds = foldByKind(world, chosen.folded)
  const folded = folds.filter(({ id }) => !open.has(id))
  const opened = folds.filter(({ id }) => open.has(id)).flatMap(({ groups }) => groups)
  const shown = [...chosen.shown, ...opened].sort((a, b) => a - b)
  const deviceCount = shown.reduce((sum, group) => sum + (world.groups[group]?.devices.length ?? 0), 0)
  // A small machine fits the view as it is; a large one gets a wider sheet to pan over instead of an endless column.
  const sheet = deviceCount > 60 ? 2600 : deviceCount > 24 ? 1700 : Math.max(viewWidth, 720)
  const width = narrow ? Math.max(360, Math.min(viewWidth, 520)) : sheet
  const deviceWidth = narrow ? (width - 2 * PAD - 2 * GROUP_PAD - GAP) / 2 : 204
  const places = new Map<string, Box>()
  const lanes: { lane: Lane; y: number; height: number }[] = []
  let y = 0

  // Userspace: processes side by side, each with room for every descriptor that the run opens.
  const counts = fdCounts(world, ops)
  const perRow = narrow ? 2 : FDS_PER_ROW
  const rows = Math.max(1, ...counts.map((count) => Math.ceil(count / perRow)))
  const processHeight = 42 + rows * FD_ROW
  const processWidth = narrow ? width - 2 * PAD : Math.min(430, (width - 2 * PAD - GAP) / Math.max(2, counts.length))
  let laneHeight = LANE_LABEL
  counts.forEach((_, process) => {
    const column = narrow ? 0 : process
    const row = narrow ? process : 0
    const top = y + LANE_LABEL + 6 + row * (processHeight + GAP)
    places.set(nodeId.process(process), {
      x: PAD + column * (processWidth + GAP),
      y: top,
      width: processWidth,
      height: processHeight,
    })
    laneHeight = Math.max(laneHeight, top - y + processHeight + 18)
  })
  lanes.push({ lane: 'userspace', y, height: laneHeight })
  y += laneHeight

  // VFIO: containers and iommufds, with a place to make a new one of each kind.
  const count = (kind: 'open_container' | 'open_iommufd'): number =>
    new Set(ops.flatMap((op) => (op.op === kind ? [op.as] : []))).size
  const objects = count('open_container') + count('open_iommufd') + (abi.includes('open_iommufd') ? 2 : 1)
  const objectHeight = count('open_iommufd') > 0 ? IOMMUFD_HEIGHT : CONTAINER_HEIGHT
  const objectWidth = narrow ? deviceWidth : 214
  const objectPlace = grid({ top: y + LANE_LABEL + 6, width, cell: objectWidth, height: objectHeight, gap: GAP })
  laneHeight = LANE_LABEL + 6 + rowsOf(objects, width, objectWidth, GAP) * (objectHeight + GAP) + 10
  lanes.push({ lane: 'vfio', y, height: laneHeight })
  y += laneHeight

  // Groups: rows filled from the left, as high as their highest.
  const top = y
  let x = PAD
  let rowTop = y + LANE_LABEL + 6
  let rowHeight = 0
  const put = (boxWidth: number, height: number): { x: number; y: number } => {
    if (x > PAD && x + boxWidth > width - PAD) {
      x = PAD
      rowTop += rowHeight + GROUP_GAP
      rowHeight = 0
    }
    const at = { x, y: rowTop }
    x += boxWidth + GROUP_GAP
    rowHeight = Math.max(rowHeight, height)
    return at
  }
  for (const group of shown) {
    const devices = world.groups[group]?.devices ?? []
    const columns = narrow ? Math.min(2, devices.length) : devices.length > 6 ? 3 : Math.min(2, devices.length)
    const groupRows = Math.ceil(devices.length / columns)
    const minimum = narrow ? width - 2 * PAD : 250
    const boxWidth = Math.max(minimum, columns * deviceWidth + (columns - 1) * GAP + 2 * GROUP_PAD)
    const height = GROUP_HEAD + groupRows * DEVICE_HEIGHT + (groupRows - 1) * GAP + GROUP_FOOT
    const { x: left, y: upper } = put(boxWidth, height)
    places.set(nodeId.group(group), { x: left, y: upper, width: boxWidth, height })
    const cell = columns === 1 ? boxWidth - 2 * GROUP_PAD : deviceWidth
    devices.forEach((device, index) => {
      places.set(nodeId.device(device), {
        x: GROUP_PAD + (index % columns) * (cell + GAP),
        y: GROUP_HEAD + Math.floor(index / columns) * (DEVICE_HEIGHT + GAP),
        width: cell,
        height: DEVICE_HEIGHT,
      })
    })
  }
  for (const { id } of folded) {
    const size = { width: narrow ? width - 2 * PAD : 210, height: 64 }
    places.set(id, { ...put(size.width, size.height), ...size })
  }
  laneHeight = rowTop + rowHeight - top + 30
  lanes.push({ lane: 'groups', y, height: laneHeight })
  y += laneHeight

  // Memory: the host's, nothing at all, and the page tables of userspace.
  const tables = Math.max(1, count('open_container'), madeIn(ops))
  const contextWidth = narrow ? deviceWidth : 216
  const contextGap = narrow ? GAP : 26
  const contextPlace = grid({
    top: y + LANE_LABEL + 14,
    width,
    cell: contextWidth,
    height: CONTEXT_HEIGHT,
    gap: contextGap,
  })
  laneHeight = LANE_LABEL + 14 + rowsOf(2 + tables, width, contextWidth, contextGap) * (CONTEXT_HEIGHT + contextGap) + 6
  lanes.push({ lane: 'memory', y, height: laneHeight })
  y += laneHeight

  const used = narrow
    ? width
    : Math.max(
        ...shown.map((group) => right(places.get(nodeId.group(group)))),
        ...counts.map((_, process) => right(places.get(nodeId.process(process)))),
        right(objectPlace(Math.min(objects, perLine(width, objectWidth, GAP)) - 1)),
        ...folded.map(({ id }) => right(places.get(id))),
        right(contextPlace(Math.min(2 + tables, perLine(width, contextWidth, contextGap)) - 1)),
      )
  return {
    width: Math.min(width, used + PAD),
    height: y,
    lanes,
    places,
    objectPlace,
    contextPlace,
    groups: shown,
    folded,
  }
}

function right(box: Box | undefined): number {
  return box === undefined ? 0 : box.x + box.width
}

/** How many address spaces an iommufd of the run gets. */
function madeIn(ops: readonly Op[]): number {
  return new Set(ops.flatMap((op) => (op.op === 'ioas_alloc' || op.op === 'hwpt_alloc' ? [op.as] : []))).size
}

function perLine(width: number, cell: number, gap: number): number {
  return Math.max(1, Math.floor((width - 2 * PAD + gap) / (cell + gap)))
}

function rowsOf(count: number, width: number, cell: number, gap: number): number {
  return Math.ceil(count / perLine(width, cell, gap))
}

/** Places of one size in lines from the left. */
function grid(shape: { top: number; width: number; cell: number; height: number; gap: number }): (n: number) => Box {
  const { top, width, cell, height, gap } = shape
  const line = perLine(width, cell, gap)
  return (n) => ({
    x: PAD + (n % line) * (cell + gap),
    y: top + Math.floor(n / line) * (height + gap),
    width: cell,
    height,
  })
}
