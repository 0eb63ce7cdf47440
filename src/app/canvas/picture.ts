/** From a composed scene to nodes: what each card shows, with its texts fitted to its room. */
import type { World } from '../../sim/world.ts'
import type { DeviceCard, GroupCard, SpaceCard } from './cards.ts'
import { moreProcessesForms, processTitle, type Scene } from './compose.ts'
import type { Box } from './geometry.ts'
import { moreDevicesId, nodeId } from './ids.ts'
import type { CanvasHandle, CanvasNode, ChipLook, Look } from './looks.ts'
import { chipWidth, GROUP_PAD, HEAD, PROCESS_PAD, statusWidth } from './sizes.ts'
import { ADDRESS, fitForm, fitName, MONO, TEXT, textWidth, TITLE, wrapText, type Font } from './text.ts'

const LANES = [
  { name: 'Who holds what', short: 'Who holds', words: 'processes and their files' },
  { name: 'What is held', short: 'What is held', words: 'devices in IOMMU groups: whose members only go together' },
  { name: 'Where DMA lands', short: 'DMA lands', words: 'address spaces' },
] as const

const IN: CanvasHandle = { id: 'in', side: 'top', drawable: false }
const OUT: CanvasHandle = { id: 'out', side: 'bottom', drawable: false }
const DRAW_IN: CanvasHandle = { ...IN, drawable: true, title: 'Draw a wire from or to here' }

/** A node with what it was made of, part by part, and all of it as a text. */
interface Drawn {
  readonly parts: readonly unknown[]
  readonly key: string
  readonly node: CanvasNode
}

/** Nodes by id as they were last drawn of a machine, so that what shows the same stays the same object. */
const drawn = new WeakMap<World['setup'], Map<string, Drawn>>()

/** All nodes of a scene. What did not change since the last picture of this machine is the same object. */
export function picture(world: World, scene: Scene): CanvasNode[] {
  const known = drawn.get(world.setup) ?? new Map<string, Drawn>()
  drawn.set(world.setup, known)
  const nodes: CanvasNode[] = []
  const add: Add = (id, parts, make) => {
    const box = scene.boxes.get(id)
    if (box === undefined) return
    const all = [...parts, box.x, box.y, box.width, box.height]
    nodes.push(keep(known, id, all, () => ({ ...make(box), id, box })))
  }
  for (const lane of laneNodes(scene)) nodes.push(keep(known, lane.id, [scene], () => lane))
  addProcesses(scene, add)
  addGroups(scene, add)
  addPlates(scene, add)
  addSpaces(scene, add)
  return nodes
}

function keep(known: Map<string, Drawn>, id: string, parts: readonly unknown[], make: () => CanvasNode): CanvasNode {
  const before = known.get(id)
  if (before?.parts.length === parts.length && before.parts.every((part, index) => part === parts[index]))
    return before.node
  const made = make()
  const key = JSON.stringify(made)
  const node = before?.key === key ? before.node : made
  known.set(id, { parts, key, node })
  return node
}

/** Adds a node that has a box. It is made anew only where one of its parts is another than before. */
type Add = (id: string, parts: readonly unknown[], make: (box: Box) => Omit<CanvasNode, 'id' | 'box'>) => void

/** Lanes go on to the left and right of what stands in them. */
export const LANE_REACH = 3000

function laneNodes({ lanes, width, arrangement }: Scene): CanvasNode[] {
  return lanes.map(({ lane, y, height }) => ({
    id: `lane ${lane}`,
    box: { x: -LANE_REACH, y, width: width + 2 * LANE_REACH, height },
    label: '',
    look: {
      kind: 'lane',
      name: arrangement.narrow ? LANES[lane].short : LANES[lane].name,
      words: arrangement.narrow ? '' : LANES[lane].words,
      narrow: arrangement.narrow,
      last: lane === 2,
    },
    handles: [],
    selectable: false,
    layer: 0,
    backdrop: true,
  }))
}

function addProcesses({ processes, arrangement }: Scene, add: Add): void {
  for (const card of processes) {
    const size = arrangement.processes.get(card.id)
    if (size === undefined) continue
    const chips = card.fds.flatMap((fd): ChipLook[] => {
      const place = size.chips.find(({ name }) => name === fd.name)
      if (place === undefined) return []
      const { x, y, width, short } = place
      return [
        {
          name: fd.name,
          text: short ? '' : fitName(fd.text, width - 16 - chipWidth(`${fd.name} `) + 16, MONO),
          x,
          y,
          width,
        },
      ]
    })
    const behind = card.fds.length - chips.length
    const rest = size.rest !== null && behind > 0 ? [{ ...size.rest, name: `+${behind}`, text: '' }] : []
    const room = size.width - 2 * PROCESS_PAD
    add(card.id, [card, arrangement], () => ({
      label: card.label,
      look: {
        kind: 'process',
        ...processWords(card, room),
        alive: card.alive,
        chips: [...chips, ...rest],
      },
      handles: [
        {
          id: 'out',
          side: 'bottom',
          x: size.width - 12,
          drawable: card.alive,
          title: 'Draw a wire to a group, a device or a new container',
        },
      ],
      selectable: true,
      layer: 4,
      card: { card: 'process', id: card.key },
    }))
  }
}

function processWords(card: Scene['processes'][number], room: number): { name: string; user: string } {
  if (textWidth(processTitle(card), TITLE) <= room) return { name: card.name, user: `user ${card.user}` }
  const name = fitName(card.name, room, TITLE)
  const user = fitForm([`user ${card.user}`, card.user], room - textWidth(name, TITLE) - 8, TEXT) ?? ''
  return { name, user }
}

function addGroups(scene: Scene, add: Add): void {
  const spaces = new Map(scene.spaces.map(({ id, key }) => [id, key]))
  const shownCards = new Map(scene.shown.map((one) => [one.id, one]))
  for (const card of scene.groups) {
    const size = scene.arrangement.groups.get(card.id)
    const shown = shownCards.get(card.id)
    if (size === undefined || shown === undefined) continue
    add(card.id, [card, size.width, size.head, scene.density.feet], () => ({
      label: card.label,
      look: groupLook(card, size.width - 2 * GROUP_PAD, size.head > HEAD, scene.density.feet),
      handles: [{ ...DRAW_IN, x: 44 }, OUT],
      selectable: true,
      layer: 1,
      card: { card: 'group', id: card.key, facts: { verdict: card.status, isolation: card.isolation } },
    }))
    for (const device of card.devices) {
      const landsIn = spaces.get(device.lands) ?? scene.chosen.folded.find(({ id }) => id === device.lands)?.key ?? ''
      add(device.id, [card, device, landsIn, size.device.width, size.device.height, scene.density.names], () => ({
        parent: card.id,
        label: device.label,
        look: deviceLook(device, size.device, scene.density.names),
        handles: [{ ...DRAW_IN, x: 12 }, OUT],
        selectable: true,
        layer: 6,
        card: {
          card: 'device',
          id: device.key,
          facts: { driver: device.driver.text, dma: landsIn, holders: device.holders[0] ?? '' },
        },
      }))
    }
    if (shown.more.length > 0) addMoreDevices(card, shown.more, size.device.width, add)
  }
}

function groupLook(card: GroupCard, room: number, twoLines: boolean, foot: boolean): Look & { kind: 'group' } {
  const title = `Group ${card.number}`
  const head = textWidth(title, TITLE) + (card.estimated ? 34 : 0)
  const beside = twoLines ? 0 : head + 8
  const left = room - beside - statusWidth(card.status) - 10
  const fits = chipWidth(card.isolation) <= left
  const single = card.devices.length === 1 && card.verdict === 'isolated'
  const forms = card.foot.flatMap((words) => (fits || words === '' ? [words] : [`${card.isolation} · ${words}`, words]))
  return {
    kind: 'group',
    title,
    standing: card.standing,
    estimated: card.estimated,
    status: card.status,
    isolation: fits && !single ? card.isolation : '',
    verdict: card.verdict,
    twoLines,
    foot: foot ? (fitForm([...forms, ...(fits ? [] : [card.isolation])], room, TEXT) ?? '') : '',
    words: card.words,
  }
}

function deviceLook(
  card: DeviceCard,
  { width, height }: Pick<Box, 'width' | 'height'>,
  names: boolean,
): Look & { kind: 'device' } {
  const room = width - 20
  const beside = room - textWidth(card.bdf, ADDRESS) - 8 - 16
  const twoLines = height - 36 - (names ? 18 : 0) >= 50
  const driver = { ...card.driver, text: fitName(card.driver.text, room - 16, MONO) }
  const left = twoLines ? room - 16 : room - chipWidth(driver.text) - 6 - 16
  const reach = fitForm(card.reach.forms, left, MONO) ?? fitName(card.reach.forms.at(-1) ?? '', left, MONO)
  return {
    kind: 'device',
    device: card.device,
    bdf: card.bdf,
    name: names ? (fitForm(card.name, room, TEXT) ?? fitName(card.name.at(-1) ?? '', room, TEXT)) : '',
    title: card.name[0] ?? '',
    holder: fitForm(card.holders, beside, MONO) ?? '',
    isHeld: card.holders.length > 0,
    present: card.present,
    good: card.good,
    harm: card.harm,
    driver,
    reach: { tone: card.reach.tone, text: reach },
    twoLines,
  }
}

function addMoreDevices(card: GroupCard, more: readonly number[], width: number, add: Add): void {
  const drivers = new Map<string, number>()
  for (const { device, driver } of card.devices) {
    if (more.includes(device)) drivers.set(driver.text, (drivers.get(driver.text) ?? 0) + 1)
  }
  const words = [...drivers].map(([driver, count]) => `${count} ${driver}`).join(', ')
  const lines = wrapText(words, width - 26, TEXT, 2) ?? []
  add(moreDevicesId(card.group), [card, more], () => ({
    parent: card.id,
    label: `${more.length} more functions of group ${card.number}: ${words}; press Enter to unfold`,
    look: { kind: 'plate', lines: [`▸ ${more.length} more`, ...lines], bold: 1, opened: false },
    handles: [IN, OUT],
    selectable: true,
    layer: 6,
    card: { card: 'plate', id: `more of group ${card.number}` },
  }))
}

/** From the border of a plate to its words, at both sides. */
const PLATE_PAD = 26

function addPlates({ plate, moreProcesses, arrangement, chosen }: Scene, add: Add): void {
  const base = { handles: [IN, OUT], selectable: true, layer: 1 }
  if (plate !== null && arrangement.plate !== null) {
    const { title, kinds, dma } = plate.words
    const { lines, bold } = arrangement.plate
    add(nodeId.plate, [plate, arrangement], ({ width }) => ({
      ...base,
      label: plate.opened
        ? `${title}, unfolded: press Enter to fold them`
        : `${title} in which nothing happens: ${kinds}; ${dma}. Press Enter to unfold`,
      look: {
        kind: 'plate',
        lines: plate.opened
          ? [fitForm([`▾ Fold ${title}`.replace(/, .*/, ''), '▾ Fold'], width - PLATE_PAD, TITLE) ?? '▾']
          : lines,
        bold,
        opened: plate.opened,
      },
      card: { card: 'plate', id: 'groups of the host' },
    }))
  }
  if (moreProcesses.length > 0) {
    const words = `${moreProcesses.length} more process${moreProcesses.length === 1 ? '' : 'es'}`
    add(nodeId.moreProcesses, [moreProcesses], ({ width }) => ({
      ...base,
      label: `${words}: ${moreProcesses.map(({ name }) => name).join(', ')}. Press Enter to unfold`,
      look: {
        kind: 'plate',
        lines: [fitForm(moreProcessesForms(moreProcesses), width - PLATE_PAD, TEXT) ?? '▸'],
        bold: 0,
        opened: false,
      },
      card: { card: 'plate', id: 'more processes' },
    }))
  }
  if (chosen.folded.length > 0) {
    add(nodeId.moreSpaces, [chosen], () => ({
      ...base,
      label: `${chosen.folded.length} more address spaces: ${chosen.folded.map(({ key }) => key).join(', ')}. Press Enter to unfold`,
      look: { kind: 'plate', lines: [`▸ ${chosen.folded.length}`, 'more'], bold: 1, opened: false },
      card: { card: 'plate', id: 'more address spaces' },
    }))
  }
}

function addSpaces(scene: Scene, add: Add): void {
  for (const card of scene.spaces) {
    const box = scene.boxes.get(card.id)
    if (box === undefined) continue
    add(card.id, [scene], (box) => ({
      label: card.label,
      look: spaceLook(card, box),
      handles: [card.tone === 'user' ? DRAW_IN : IN],
      selectable: true,
      layer: 4,
      card: { card: 'space', id: card.key },
    }))
  }
  for (const [id, what, path] of [
    [nodeId.newContainer, 'container', '/dev/vfio/vfio'],
    [nodeId.newIommufd, 'iommufd', '/dev/iommu'],
  ] as const) {
    const box = scene.boxes.get(id)
    if (box === undefined) continue
    const room = box.width - 16
    add(id, [scene], () => ({
      label: `Place for a new ${what}: draw a wire from a process to here`,
      look: {
        kind: 'new',
        words: [...(wrapText(`+ ${what}`, room, TEXT, 2) ?? ['+']), ...(wrapText(path, room, TEXT, 1) ?? [])],
      },
      handles: [DRAW_IN],
      selectable: false,
      layer: 4,
    }))
  }
}

const SPACE_PAD = 10
const LINE = 17

function spaceLook({ tone, title, lines, label }: SpaceCard, box: Box): Look & { kind: 'space' } {
  const room = box.width - 2 * SPACE_PAD
  const most = Math.max(1, Math.floor((box.height - 40) / LINE))
  const name = fitForm(title, room, TITLE) ?? fitName(title.at(-1) ?? '', room, TITLE)
  return { kind: 'space', tone, title: name, lines: fitLines(lines, room, most, TEXT), words: label }
}

/** The fullest words that fit into some lines: all in one where they do, else a line for each, else as many as there are lines. */
function fitLines(lines: readonly (readonly string[])[], room: number, most: number, font: Font): string[] {
  const fullest = lines.map((forms) => forms[0] ?? '')
  const joined = fitForm([fullest.join(' · ')], room, font)
  if (joined !== undefined && lines.length <= 2) return [joined]
  const each = lines.map((forms) => {
    const rows = Math.max(1, Math.floor(most / lines.length))
    for (const form of forms) {
      const wrapped = wrapText(form, room, font, rows)
      if (wrapped !== undefined) return wrapped
    }
    return []
  })
  const all = each.flat()
  if (all.length <= most) return [...all]
  const shown = each
    .slice(0, most - 1)
    .flat()
    .slice(0, most - 1)
  return [...shown, fitForm([`+${lines.length - shown.length} more`, '…'], room, font) ?? '…']
}
