/** How large cards are. Sizes follow from the machine and from what the whole run does, never from the step looked at. */
import { shortBdf } from '../../explain/words.ts'
import type { Op } from '../../sim/op.ts'
import type { World } from '../../sim/world.ts'
import { ADDRESS, MONO, STATUS, textWidth, TITLE } from './text.ts'

/** How much room the picture gives itself, from ample to sparse. */
export interface Density {
  readonly deviceWidth: number
  /** Devices say what they are, beside their address. */
  readonly names: boolean
  /** Every device keeps room beside its address for who has it open. */
  readonly holders: boolean
  /** Groups say where they are and why, below their devices. */
  readonly feet: boolean
  /** Between two tracks of wires. */
  readonly pitch: number
  /** Above the first and below the last track. */
  readonly clear: number
}

export const SPARSEST: Density = { deviceWidth: 92, names: false, holders: false, feet: false, pitch: 5, clear: 8 }

export const DENSITIES: readonly Density[] = [
  { deviceWidth: 196, names: true, holders: true, feet: true, pitch: 8, clear: 18 },
  { deviceWidth: 186, names: true, holders: true, feet: true, pitch: 7, clear: 12 },
  { deviceWidth: 150, names: true, holders: true, feet: true, pitch: 6, clear: 11 },
  { deviceWidth: 126, names: false, holders: true, feet: true, pitch: 5, clear: 10 },
  { deviceWidth: 108, names: false, holders: true, feet: false, pitch: 5, clear: 10 },
  SPARSEST,
]

export const GROUP_PAD = 12
export const DEVICE_GAP = 10
export const HEAD = 36
const HEAD_LINE = 24
const FOOT = 28
const NO_FOOT = 12
const DEVICE_PAD = 10

/** Width of a chip: its text in the fixed-width font, with its border and padding. */
export function chipWidth(text: string): number {
  return textWidth(text, MONO) + 16
}

/** Width of a status word on its ground. */
export function statusWidth(text: string): number {
  return textWidth(text, STATUS) + Math.ceil(text.length * 0.4) + 16
}

/** The widest of the chips that stand where a device has no driver, or the one that every run may give it. */
const LEAST_DRIVER = Math.max(...['vfio-pci', 'no driver?', '? unknown', 'empty slot'].map(chipWidth))

function driverWidth(name: string): number {
  return name === '' || name === 'vfio-pci' ? LEAST_DRIVER : chipWidth(`✗ ${name}`.slice(0, WIDEST_DRIVER))
}

/** The width of the widest chip of a driver that a run gives to any device. */
export function widestDriver(ops: readonly Op[]): number {
  const named = ops.flatMap((op) => (op.op === 'bind' || op.op === 'driver_override' ? [op.driver] : []))
  return Math.max(LEAST_DRIVER, ...new Set(named.map(driverWidth)))
}

/** The same for a driver that devices of a group have, or get of themselves. */
function ownDriver(world: World, group: number): number {
  let widest = LEAST_DRIVER
  for (const device of world.groups[group]?.devices ?? []) {
    const { bootDriver = 0, native = 0 } = world.devices[device] ?? {}
    for (const driver of [bootDriver, native]) widest = Math.max(widest, driverWidth(world.drivers[driver]?.name ?? ''))
  }
  return widest
}

/** No driver's name makes cards wider than this: a longer one is shortened. */
const WIDEST_DRIVER = 20

export interface GroupSize {
  readonly width: number
  readonly height: number
  readonly head: number
  readonly columns: number
  readonly device: { readonly width: number; readonly height: number }
}

export interface GroupShape {
  readonly group: number
  /** Cells of the group: its devices, or some of them and one cell for the others. */
  readonly cells: number
  readonly density: Density
  /** The widest that it may be. */
  readonly room: number
}

/**
 * The size of a group with its devices.
 * @param named the widest chip of a driver that the run gives to any device
 */
export function groupSize(world: World, named: number, { group, cells, density, room }: GroupShape): GroupSize {
  const target = world.groups[group]
  const driver = Math.max(named, ownDriver(world, group))
  const address = Math.max(
    0,
    ...(target?.devices ?? []).map((device) => textWidth(shortBdf(world.devices[device]?.spec.bdf ?? ''), ADDRESS)),
  )
  const first = address + (density.holders ? 8 + chipWidth('d1') : 0)
  const least = Math.max(driver, first) + 2 * DEVICE_PAD
  const wanted = Math.max(density.deviceWidth, least)
  const most = Math.max(1, Math.floor((room - 2 * GROUP_PAD + DEVICE_GAP) / (wanted + DEVICE_GAP)))
  const rows = Math.ceil(cells / most)
  const columns = Math.ceil(cells / rows)
  const status = Math.max(
    ...['NOT VIABLE', ...(hasUnknown(world, group) ? ['VIABILITY UNKNOWN'] : [])].map(statusWidth),
  )
  const title = textWidth(`Group ${target?.id ?? ''}`, TITLE) + (world.setup.machine.estimated === true ? 34 : 0)
  const inside = Math.max(columns * (wanted + DEVICE_GAP) - DEVICE_GAP, status, title)
  const width = Math.min(room, inside + 2 * GROUP_PAD)
  const head = title + 8 + status <= width - 2 * GROUP_PAD ? HEAD : HEAD + HEAD_LINE
  const device = {
    width: Math.floor((width - 2 * GROUP_PAD + DEVICE_GAP) / columns - DEVICE_GAP),
    height: 0,
  }
  const oneLine = driver + 6 + chipWidth('DMA → host') <= device.width - 2 * DEVICE_PAD
  device.height = 16 + 20 + (density.names ? 18 : 0) + (oneLine ? 25 : 50)
  const height = head + rows * (device.height + DEVICE_GAP) - DEVICE_GAP + (density.feet ? FOOT : NO_FOOT)
  return { width, height, head, columns, device }
}

function hasUnknown(world: World, group: number): boolean {
  return (world.groups[group]?.devices ?? []).some(
    (device) => world.drivers[world.devices[device]?.bootDriver ?? 0]?.family === 'unknown',
  )
}

/** A descriptor that the run opens: its name, and what it says that it is. */
export interface FdCell {
  readonly name: string
  readonly text: string
}

/** The descriptors that each process opens in a run, in order. */
export function fdCells(world: World, ops: readonly Op[]): FdCell[][] {
  const cells = world.setup.processes.map(() => new Map<string, string>())
  const holder = new Map<string, number>()
  for (const op of ops) {
    if (!('as' in op)) continue
    const opener = 'group_fd' in op ? holder.get(op.group_fd) : world.processIndex.get(op.by ?? '')
    const process = opener ?? 0
    holder.set(op.as, process)
    const text = fdText(op)
    if (text !== undefined) cells[process]?.set(op.as, text)
  }
  return cells.map((names) => [...names].map(([name, text]) => ({ name, text })))
}

function fdText(op: Op): string | undefined {
  switch (op.op) {
    case 'open_container':
      return 'container'
    case 'open_iommufd':
      return 'iommufd'
    case 'open_group':
      return `group ${op.group}`
    case 'group_get_device_fd':
    case 'open_cdev':
      return shortBdf(op.device)
    default:
      return undefined
  }
}

export const PROCESS_PAD = 12
const CHIP_GAP = 6
const CHIP_ROW = 26
const PROCESS_HEAD = 34
const PROCESS_FOOT = 8
const LEAST_PROCESS = 150

/** A chip of a process's card, relative to the card. */
export interface ChipPlace {
  readonly name: string
  readonly x: number
  readonly y: number
  readonly width: number
  /** Only the name fits. */
  readonly short: boolean
}

export interface ProcessSize {
  readonly width: number
  readonly height: number
  readonly chips: readonly ChipPlace[]
  /** Descriptors for which there is no chip stand behind one that counts them, here. */
  readonly rest: ChipPlace | null
}

/**
 * The size of a process's card and where its chips are.
 * @param rows the most rows of chips
 * @param open names of the descriptors that are open now: where the run opens more than a card has room for, only these are shown
 */
export function processSize(
  title: number,
  cells: readonly FdCell[],
  open: ReadonlySet<string>,
  { room, rows }: { readonly room: number; readonly rows: number },
): ProcessSize {
  const inner = room - 2 * PROCESS_PAD
  const now = cells.filter((cell) => open.has(cell.name))
  const attempts = [
    { cells, short: false },
    { cells, short: true },
    { cells: now, short: false },
    { cells: now, short: true },
  ]
  for (const attempt of attempts) {
    const chips = flowChips(attempt.cells, attempt.short, { inner, rows })
    if (chips !== undefined) return cardOf(title, chips, null, room)
  }
  // More than fit at all: as many as fit beside a chip that counts the others.
  const counter = chipWidth('+999')
  let count = now.length
  let chips: readonly ChipPlace[] | undefined
  while (chips === undefined && count > 0) {
    count--
    chips = flowChips([...now.slice(0, count), { name: '+999', text: '' }], true, { inner, rows })
  }
  const last = chips?.at(-1) ?? { name: '', x: PROCESS_PAD, y: PROCESS_HEAD, width: counter, short: true }
  return cardOf(title, chips?.slice(0, -1) ?? [], last, room)
}

function cardOf(title: number, chips: readonly ChipPlace[], rest: ChipPlace | null, room: number): ProcessSize {
  const all = rest === null ? chips : [...chips, rest]
  const right = Math.max(
    title + PROCESS_PAD,
    chipWidth('nothing open') + PROCESS_PAD,
    ...all.map(({ x, width }) => x + width),
  )
  const rows = Math.max(1, ...all.map(({ y }) => (y - PROCESS_HEAD) / CHIP_ROW + 1))
  return {
    width: Math.min(room, Math.max(LEAST_PROCESS, right + PROCESS_PAD + 16)),
    height: PROCESS_HEAD + rows * CHIP_ROW + PROCESS_FOOT - 2,
    chips,
    rest,
  }
}

function flowChips(
  cells: readonly FdCell[],
  short: boolean,
  { inner, rows }: { readonly inner: number; readonly rows: number },
): readonly ChipPlace[] | undefined {
  const places: ChipPlace[] = []
  let x = 0
  let row = 0
  for (const { name, text } of cells) {
    const width = chipWidth(short ? name : `${name} ${text}`)
    if (x > 0 && x + width > inner) {
      x = 0
      row++
    }
    if (width > inner || row >= rows) return undefined
    places.push({ name, x: PROCESS_PAD + x, y: PROCESS_HEAD + row * CHIP_ROW, width, short })
    x += width + CHIP_GAP
  }
  return places
}
