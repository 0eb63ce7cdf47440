/** Which cards a picture shows and which stand behind a plate, for the room that there is. */
import type { Kernel } from '../../sim/kernel.ts'
import type { Op } from '../../sim/op.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { roomForSpaces, type GroupToShow, type PlateWords } from './arrange.ts'
import type { GroupCard, ProcessCard, SpaceCard } from './cards.ts'
import { landsIn } from './space-cards.ts'
import { kindsOf } from './groups.ts'
import { moreDevicesId, nodeId } from './ids.ts'

/** The devices of a group that have a card: all, or those that matter most beside a cell for the others. */
export function chooseDevices(card: GroupCard, most: number, open: ReadonlySet<string>): GroupToShow {
  const all = card.devices.map(({ device }) => device)
  if (all.length <= most || open.has(moreDevicesId(card.group))) {
    return { id: card.id, group: card.group, devices: all, more: [] }
  }
  // Who is open, who harms and who stands in the way come first.
  const rank = (device: number): number => {
    const found = card.devices.find((one) => one.device === device)
    if (found === undefined || found.holders.length > 0) return 0
    return found.harm ? 1 : found.good ? 3 : 2
  }
  const kept = new Set(all.toSorted((a, b) => rank(a) - rank(b) || a - b).slice(0, most - 1))
  return {
    id: card.id,
    group: card.group,
    devices: all.filter((device) => kept.has(device)),
    more: all.filter((device) => !kept.has(device)),
  }
}

const PROCESS_WIDTH = 260

/** Processes that have a card; where there are many, those that open nothing in the whole run have none. */
export function chooseProcesses(
  processes: readonly ProcessCard[],
  isIdle: (index: number) => boolean,
  options: { readonly width: number; readonly rows: number; readonly all: boolean },
): { readonly shown: readonly ProcessCard[]; readonly folded: readonly ProcessCard[] } {
  const room = Math.max(1, Math.floor(options.width / PROCESS_WIDTH)) * options.rows
  if (options.all || processes.length <= room) return { shown: processes, folded: [] }
  const busy = processes.filter((card, index) => !isIdle(index) || card.fds.length > 0)
  const shown = new Set((busy.length === 0 ? processes : busy).slice(0, room))
  return {
    shown: processes.filter((card) => shown.has(card)),
    folded: processes.filter((card) => !shown.has(card)),
  }
}

export interface ChosenSpaces {
  /** Cards and places that are kept for what the run opens, in their order. */
  readonly ids: readonly string[]
  readonly folded: readonly SpaceCard[]
}

/** More address spaces have no cards, even where their plate is opened: nobody reads so many. */
const MOST_SPACES = 60

/** The address spaces from the left: the host's memory, those of userspace, the place where a new one is made, none. */
export function chooseSpaces(
  { kernel, world, snapshot, ops }: { kernel: Kernel; world: World; snapshot: Snapshot; ops: readonly Op[] },
  spaces: readonly SpaceCard[],
  options: { readonly width: number; readonly all: boolean },
): ChosenSpaces {
  const usual = Math.max(3, roomForSpaces(options.width))
  const room = options.all ? Math.max(usual, MOST_SPACES) : usual
  const order = (middle: readonly string[]): string[] => [nodeId.host, ...middle, nodeId.nothing]
  const exists = new Set(spaces.map(({ id }) => id))
  const places = keptPlaces(snapshot, ops)
  const makers = [
    ...(kernel.abi.includes('open_container') ? [nodeId.newContainer] : []),
    ...(kernel.abi.includes('open_iommufd') ? [nodeId.newIommufd] : []),
  ]
  if (places.length + 2 <= room) {
    // One place more for each kind of new one, where they fit. What is open fills the places in its order, so that
    // nothing moves when it comes and goes.
    const spare = Math.min(makers.length, room - places.length - 2)
    const all = [...places, ...makers.slice(0, spare).map((id) => `spare ${id}`)]
    return { ids: order(all.map((id) => (exists.has(id) ? id : (makers.shift() ?? `kept ${id}`)))), folded: [] }
  }
  const live = spaces.filter(({ id }) => id !== nodeId.host && id !== nodeId.nothing)
  if (live.length + 2 <= room) return { ids: order(live.map(({ id }) => id)), folded: [] }
  const landed = new Set(snapshot.devices.map(({ device }) => landsIn(world, snapshot, device)))
  const shown = new Set(live.toSorted((a, b) => Number(landed.has(b.id)) - Number(landed.has(a.id))).slice(0, room - 3))
  return {
    ids: order([...live.filter((card) => shown.has(card)).map(({ id }) => id), nodeId.moreSpaces]),
    folded: live.filter((card) => !shown.has(card)),
  }
}

/** A place for every container and iommufd that the run opens, containers first. */
function keptPlaces(snapshot: Snapshot, ops: readonly Op[]): string[] {
  const opened = (kind: 'open_container' | 'open_iommufd'): number =>
    new Set(ops.flatMap((op) => (op.op === kind ? [op.as] : []))).size
  const after = (numbers: readonly number[]): number => 1 + Math.max(-1, ...numbers)
  const containers = Math.max(opened('open_container'), after(snapshot.containers.map(({ container }) => container)))
  const iommufds = Math.max(opened('open_iommufd'), after(snapshot.iommufds.map(({ iommufd }) => iommufd)))
  return [
    ...Array.from({ length: containers }, (_, index) => nodeId.container(index)),
    ...Array.from({ length: iommufds }, (_, index) => nodeId.iommufd(index)),
  ]
}

/** What the plate says of the groups that it stands for. */
export function plateWords(world: World, snapshot: Snapshot, groups: readonly number[]): PlateWords {
  const devices = groups.flatMap((group) => world.groups[group]?.devices ?? [])
  const present = devices.filter((device) => snapshot.devices[device]?.present === true)
  const landing = new Map<string, number>()
  for (const device of present) {
    const lands = landsIn(world, snapshot, device)
    landing.set(lands, (landing.get(lands) ?? 0) + 1)
  }
  const host = landing.get(nodeId.host) ?? 0
  const kinds = kindsOf(world, groups)
  const shown = kinds.slice(0, KINDS_SHOWN)
  const count = `${groups.length} group${groups.length === 1 ? '' : 's'} of the host`
  return {
    title: devices.length === groups.length ? count : `${count}, ${devices.length} functions`,
    kinds: [...shown, ...(kinds.length > shown.length ? ['…'] : [])].join(' · '),
    dma:
      host === present.length
        ? 'all DMA to host memory'
        : host === 0 && landing.size === 1
          ? 'no DMA: nothing is mapped'
          : `DMA of ${host} to host memory, of ${present.length - host} blocked`,
  }
}

const KINDS_SHOWN = 6
