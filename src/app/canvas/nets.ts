/** From the wires of a state to what is routed: where each begins and ends among the cards that are shown. */
import type { Arrangement, GroupToShow } from './arrange.ts'
import { moreDevicesId, nodeId } from './ids.ts'
import type { Net, Span } from './route.ts'
import { DEVICE_GAP, GROUP_PAD } from './sizes.ts'
import type { Wire } from './wires.ts'

export interface ShownCards {
  readonly processes: readonly string[]
  readonly groups: readonly GroupToShow[]
  readonly spaces: readonly string[]
  readonly foldedSpaces: readonly string[]
  /** Groups on the plate, by index. */
  readonly foldedGroups: readonly number[]
}

/** More wires between two cards say nothing that these do not; the card of the process counts them. */
const MOST_ALIKE = 8

/**
 * The wires between cards that are shown. One that ends at something folded ends at its plate; of several that would
 * then be the same one is left, and of those of one kind between the same two cards no more than can be told apart.
 */
export function shownWires(wires: readonly Wire[], shown: ShownCards): Wire[] {
  const ends = new Map<string, string>()
  for (const id of [...shown.processes, ...shown.spaces]) ends.set(id, id)
  for (const id of shown.foldedSpaces) ends.set(id, nodeId.moreSpaces)
  for (const { id, devices, more, group } of shown.groups) {
    ends.set(id, id)
    for (const device of devices) ends.set(nodeId.device(device), nodeId.device(device))
    for (const device of more) ends.set(nodeId.device(device), moreDevicesId(group))
  }
  for (const group of shown.foldedGroups) ends.set(nodeId.group(group), nodeId.plate)
  const seen = new Set<string>()
  const alike = new Map<string, number>()
  return wires.flatMap((wire) => {
    const from = ends.get(wire.from) ?? (wire.kind === 'holds' ? nodeId.moreProcesses : undefined)
    const to = ends.get(wire.to) ?? (wire.kind === 'holds' && wire.to.startsWith('device') ? nodeId.plate : undefined)
    if (from === undefined || to === undefined) return []
    const pair = `${wire.kind} ${from} ${to}`
    const before = alike.get(pair) ?? 0
    if (before >= MOST_ALIKE) return []
    alike.set(pair, before + 1)
    if (from === wire.from && to === wire.to) return [wire]
    const key = `${wire.kind} ${from} ${to} ${from === wire.from ? (wire.slot ?? '') : ''}`
    if (seen.has(key)) return []
    seen.add(key)
    return [{ ...wire, from, to }]
  })
}

/** Where a group's own file and its attachment end, from its left border. */
const FILE_PORT = 26

/** The wires as the router wants them: from card to card of the rows, with the x at which each should leave and arrive. */
export function netsOf(arrangement: Arrangement, groups: readonly GroupToShow[], wires: readonly Wire[]): Net[] {
  const cards = new Map(arrangement.rows.flatMap(({ cards: row }) => row.map((card) => [card.id, card])))
  const columns = new Map(groups.flatMap((shown) => deviceColumns(arrangement, shown, cards.get(shown.id))))
  /** The card of a row that an end belongs to, and the x that it stands for. */
  const endOf = (id: string): { card: string; x: number | undefined } | undefined => {
    const column = columns.get(id)
    if (column !== undefined) return column
    const card = cards.get(id)
    return card === undefined ? undefined : { card: id, x: undefined }
  }
  const chipOf = (wire: Wire, card: string): number | undefined => {
    const size = arrangement.processes.get(card)
    const x = cards.get(card)?.x ?? 0
    const name = wire.cut[0]?.op === 'close' ? wire.cut[0].fd : ''
    const chip = size?.chips.find((one) => one.name === name) ?? size?.rest
    return chip === undefined || chip === null ? undefined : x + chip.x + chip.width / 2
  }
  const nets = wires.flatMap((wire): Net[] => {
    const from = endOf(wire.from)
    const to = endOf(wire.to)
    if (from === undefined || to === undefined) return []
    const card = cards.get(from.card)
    const target = cards.get(to.card)
    if (card === undefined || target === undefined) return []
    const middle = card.x + card.width / 2
    const leave =
      wire.kind === 'holds'
        ? (chipOf(wire, from.card) ?? middle)
        : wire.kind === 'attached'
          ? card.x + FILE_PORT
          : (from.x ?? below(card, target))
    const net = { id: wire.id, from: from.card, to: to.card, fromX: leave }
    if (to.x !== undefined) return [{ ...net, toX: to.x }]
    if (wire.kind === 'holds' && wire.to.startsWith('group ')) return [{ ...net, toX: target.x + FILE_PORT }]
    return [net]
  })
  // From the left, and what goes the longest way last: it takes the gaps that are left.
  return nets.sort((a, b) => a.fromX - b.fromX)
}

/** The x at which a line from a card to one below it is straight, if there is one; nearest to the middle of the first. */
function below(card: Span, target: Span): number {
  const left = target.x + PORT_MARGIN
  const right = target.x + target.width - PORT_MARGIN
  const x = Math.min(right, Math.max(left, card.x + card.width / 2))
  return Math.min(card.x + card.width - PORT_MARGIN, Math.max(card.x + PORT_MARGIN, x))
}

const PORT_MARGIN = 50

/** The middle of the column in which each device of a group stands, which is where its file and its DMA meet the border. */
function deviceColumns(
  { groups }: Arrangement,
  { id, devices, more, group }: GroupToShow,
  card: Span | undefined,
): [string, { card: string; x: number }][] {
  const size = groups.get(id)
  if (size === undefined || card === undefined) return []
  const cells = [...devices.map((device) => nodeId.device(device)), ...(more.length > 0 ? [moreDevicesId(group)] : [])]
  return cells.map((cell, index) => {
    const column = index % size.columns
    const x = card.x + GROUP_PAD + column * (size.device.width + DEVICE_GAP) + size.device.width / 2
    return [cell, { card: id, x }]
  })
}
