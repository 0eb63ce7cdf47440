/**
 * Composes the ownership picture: which cards there are, where they stand, and how wires run, for a view of some size.
 * It tries the most room first and then ever less: smaller cards, fewer words, the groups in which nothing happens on
 * their plate, and at last plates for whatever else does not fit. So everything is in sight and nothing is too small to
 * be read. A pure function of its input.
 */
import type { Kernel } from '../../sim/kernel.ts'
import type { Op } from '../../sim/op.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { arrange, type Arrangement, type GroupToShow, type PlateWords } from './arrange.ts'
import type { GroupCard, ProcessCard, SpaceCard } from './cards.ts'
import { groupCards } from './group-cards.ts'
import { processCards } from './process-cards.ts'
import { spaceCards } from './space-cards.ts'
import { chooseDevices, chooseProcesses, chooseSpaces, plateWords, type ChosenSpaces } from './choose.ts'
import type { Box, Point } from './geometry.ts'
import { namedIn } from './groups.ts'
import { nodeId } from './ids.ts'
import { shownWires } from './nets.ts'
import { planOnLarger, planWithin, type Planned, type ToPlan } from './plan.ts'
import { DENSITIES, fdCells, SPARSEST, type Density, type FdCell } from './sizes.ts'
import { heightOf, stack, type Lane, type Reserve } from './stack.ts'
import { mostActive, unfold, type Unfolding, type UnfoldInput } from './unfold.ts'
import { wiresOf, type Wire } from './wires.ts'

export interface ComposeInput {
  readonly kernel: Kernel
  readonly world: World
  readonly snapshot: Snapshot
  /** The whole run: places are kept for what it opens, so that nothing moves from step to step. */
  readonly ops: readonly Op[]
  /** Groups that are to be seen whatever happens in them, by index. */
  readonly wanted: ReadonlySet<number>
  /** The group that the picture is about where nothing happens in any. */
  readonly main: number | undefined
  /** Plates that a person has opened, by id. */
  readonly open: ReadonlySet<string>
  /** The room that there is, in pixels. */
  readonly view: { readonly width: number; readonly height: number }
}

/** A wire with its way over the sheet, from the border of a card to that of another. */
export interface DrawnWire extends Wire {
  readonly points: readonly Point[]
}

/** The plate of the groups in which nothing happens; empty: a person has opened it. */
export interface Plate {
  readonly groups: readonly number[]
  readonly opened: boolean
  readonly words: PlateWords
}

/** The composed picture, in pixels of the sheet. */
export interface Scene {
  readonly width: number
  readonly height: number
  /** The height that it needs, with nothing to spare. */
  readonly natural: number
  /** How much larger the sheet is to be shown. */
  readonly zoom: number
  readonly arrangement: Arrangement
  readonly density: Density
  readonly lanes: readonly Lane[]
  /** Boxes of cards by id; those of devices are relative to their group. */
  readonly boxes: ReadonlyMap<string, Box>
  readonly processes: readonly ProcessCard[]
  readonly groups: readonly GroupCard[]
  readonly shown: readonly GroupToShow[]
  readonly spaces: readonly SpaceCard[]
  readonly chosen: ChosenSpaces
  readonly moreProcesses: readonly ProcessCard[]
  readonly plate: Plate | null
  readonly wires: readonly DrawnWire[]
}

/** The picture is shown larger where there is much room. */
const ZOOMS = [1.6, 1.4, 1.2]
/** Nothing is enlarged on a sheet that would then be narrower than this. */
const WIDE_ENOUGH = 1000
/** Up to this many groups a machine shows all that a person would look for. */
const FEW_GROUPS = 4
/** More groups than this have no cards unless the plate is opened. */
const MANY_GROUPS = 24
/** Up to this many groups the DMA of every one is drawn. */
const FEW_WITH_DMA = 8
const LAST = DENSITIES.length - 1

/** One way to show the state: what has a card, and how large. */
interface Choice {
  readonly zoom: number
  /** Index of the density. */
  readonly density: number
  readonly groups: readonly number[]
  /** The most devices of a group that have a card. */
  readonly devices: number
  /** The most rows of processes. */
  readonly processRows: number
  /** Nothing keeps room for what the run opens later, so cards may move from step to step. */
  readonly tight: boolean
}

/** A choice that shows no group: there is none. */
const NOTHING: Choice = { zoom: 1, density: LAST, groups: [], devices: 1, processRows: 1, tight: true }
const TIGHT_LINES = 2
const NO_RESERVE: Reserve = { holds: 0, lands: 0 }

export function compose(input: ComposeInput): Scene {
  const facts = factsOf(input)
  const { width, height } = input.view
  const fits = (size: { readonly width: number; readonly height: number }, zoom: number): boolean =>
    size.height * zoom <= height + 0.5 && size.width * zoom <= width + 1
  let lowest: Laid | undefined
  for (const choice of choicesOf(input, facts)) {
    const laid = layOut(input, facts, choice)
    // Wires are routed only where the cards alone fit.
    if (fits(laid.least, choice.zoom)) {
      const planned = planWithin(laid)
      const scene = planned === undefined ? undefined : sceneOf(input, laid, planned)
      if (scene !== undefined && fits(scene, choice.zoom)) return scene
    }
    if (lowest === undefined || laid.least.height * choice.zoom < lowest.least.height * lowest.choice.zoom)
      lowest = laid
  }
  // Where nothing fits, the lowest is as good as it gets.
  const last = lowest ?? layOut(input, facts, NOTHING)
  return sceneOf(input, last, planOnLarger(last))
}

/** What does not depend on the room that there is. */
interface Facts {
  readonly unfolding: Unfolding
  readonly unfoldInput: UnfoldInput
  readonly processes: readonly ProcessCard[]
  readonly spaces: readonly SpaceCard[]
  readonly cells: readonly (readonly FdCell[])[]
  /** What depends on the groups that have a card, by their list: made once for each. */
  readonly ofGroups: (groups: readonly number[]) => GroupFacts
}

interface GroupFacts {
  readonly cards: readonly GroupCard[]
  readonly plate: Plate | null
  /** All wires, before it is known what else has a card. */
  readonly wires: readonly Wire[]
}

/** The facts of the state that was composed last: a page composes each state for more than one height. */
let latest: { readonly input: ComposeInput; readonly facts: Facts } | null = null

function factsOf(input: ComposeInput): Facts {
  const { kernel, world, snapshot, ops, wanted, main, open } = input
  const before = latest?.input
  const isSame =
    before?.kernel === kernel &&
    before.world === world &&
    before.snapshot === snapshot &&
    before.ops === ops &&
    before.wanted === wanted &&
    before.main === main &&
    before.open === open
  const facts = isSame && latest !== null ? latest.facts : newFacts(input)
  latest = { input, facts }
  return facts
}

function newFacts(input: ComposeInput): Facts {
  const { world, snapshot, ops, wanted, main } = input
  const unfoldInput = { world, snapshot, named: namedIn(ops), wanted, main }
  const unfolding = unfold(unfoldInput)
  const processes = processCards(world, snapshot)
  const known = new Map<readonly number[], GroupFacts>()
  const ofGroups = (groups: readonly number[]): GroupFacts => {
    const made = known.get(groups) ?? groupFactsOf(input, { unfolding, processes, groups })
    known.set(groups, made)
    return made
  }
  return {
    unfoldInput,
    unfolding,
    processes,
    spaces: spaceCards(world, snapshot),
    cells: fdCells(world, ops),
    ofGroups,
  }
}

function groupFactsOf(
  input: ComposeInput,
  { unfolding, processes, groups }: Pick<Facts, 'unfolding' | 'processes'> & { readonly groups: readonly number[] },
): GroupFacts {
  const { kernel, world, snapshot } = input
  const cards = groupCards(kernel, world, snapshot, groups)
  // Where many groups are shown, the devices of quiet ones say themselves where their DMA lands.
  const active = new Set(unfolding.active)
  const withDma =
    cards.length <= FEW_WITH_DMA ? cards : cards.filter(({ group }) => active.has(group)).slice(0, MANY_GROUPS)
  return { cards, plate: plateOf(input, unfolding, groups), wires: wiresOf(world, snapshot, processes, withDma) }
}

/** Ways to show the state, from the one with the most room to the one with the least. */
function* choicesOf({ open, view }: ComposeInput, { unfolding, unfoldInput }: Facts): Generator<Choice> {
  const { active, notable, quiet } = unfolding
  const base = { zoom: 1, devices: Infinity, processRows: 2, tight: false }
  const inOrder = (groups: readonly number[]): number[] => groups.toSorted((a, b) => a - b)
  if (open.has(nodeId.plate)) {
    yield { ...base, groups: inOrder([...active, ...notable, ...quiet]), density: 2 }
    return
  }
  const few = active.length > MANY_GROUPS ? mostActive(active, MANY_GROUPS, unfoldInput) : active
  const all = active.length + notable.length <= FEW_GROUPS ? inOrder([...active, ...notable]) : few
  const zooms = ZOOMS.filter((zoom) => view.width / zoom >= WIDE_ENOUGH)
  for (const zoom of zooms) yield { ...base, groups: all, zoom, density: 0 }
  for (let density = 0; density < LAST; density++) yield { ...base, groups: all, density }
  if (all !== few && few.length > 0)
    for (let density = 0; density < LAST; density++) yield { ...base, groups: few, density }
  yield { ...base, groups: few, density: LAST }
  const roomy = { ...base, density: LAST, processRows: 1 }
  yield { ...roomy, groups: few }
  const sparse = { ...roomy, tight: true }
  for (const devices of [Infinity, 8, 6, 4, 3, 2]) yield { ...sparse, groups: few, devices }
  for (let count = few.length - 1; count >= 1; count = Math.min(count - 1, Math.floor(count * 0.8))) {
    const groups = mostActive(few, count, unfoldInput)
    for (const devices of [8, 4, 2]) yield { ...sparse, groups, devices }
  }
}

/** A choice with its cards in rows; no wires yet. */
interface Laid extends ToPlan {
  readonly choice: Choice
  readonly density: Density
  readonly cards: readonly GroupCard[]
  readonly processes: ReturnType<typeof chooseProcesses>
  readonly spaces: readonly SpaceCard[]
  readonly chosen: ChosenSpaces
  readonly plate: Plate | null
  readonly reserve: Reserve
  /** The size that it has at least, whatever room its wires need. */
  readonly least: { readonly width: number; readonly height: number }
}

/** Lays one choice out. */
function layOut(input: ComposeInput, facts: Facts, choice: Choice): Laid {
  const { world, ops, view, open } = input
  const width = Math.floor(view.width / choice.zoom)
  const density = DENSITIES[choice.density] ?? SPARSEST
  const { cards, plate, wires } = facts.ofGroups(choice.groups)
  const shown = cards.map((card) => chooseDevices(card, choice.devices, open))
  const processes = chooseProcesses(facts.processes, (index) => (facts.cells[index]?.length ?? 0) === 0, {
    width,
    rows: choice.processRows,
    all: open.has(nodeId.moreProcesses),
  })
  const chosen = chooseSpaces(input, facts.spaces, { width, all: open.has(nodeId.moreSpaces) })
  const toArrange = {
    world,
    ops,
    density,
    width: plate?.opened === true ? Math.max(width, sheetFor(world, choice.groups)) : width,
    processes: processes.shown.map((card) => ({
      id: card.id,
      title: processTitle(card),
      cells: facts.cells[facts.processes.indexOf(card)] ?? [],
      open: new Set(card.fds.map(({ name }) => name)),
    })),
    chipRows: choice.tight ? 1 : 2,
    oneRow: choice.processRows === 1,
    moreProcesses: processes.folded.length === 0 ? null : (moreProcessesForms(processes.folded)[0] ?? ''),
    groups: shown,
    plate: plate?.words ?? null,
    spaces: chosen.ids,
    spaceLines: choice.tight ? TIGHT_LINES : spaceLines(ops, width, chosen.ids.length),
  }
  const arrangement = arrange({ ...toArrange, corridor: 0, larger: 1 })
  const reserve = choice.tight ? NO_RESERVE : reserveOf(facts, choice.groups.length)
  return {
    choice,
    density,
    cards,
    shown,
    processes,
    spaces: facts.spaces.filter(({ id }) => chosen.ids.includes(id)),
    chosen,
    plate,
    reserve,
    toArrange,
    arrangement,
    least: { width: arrangement.width, height: heightOf(arrangement.rows, [], { density, reserve }) },
    wires: shownWires(wires, {
      processes: processes.shown.map(({ id }) => id),
      groups: shown,
      spaces: chosen.ids,
      foldedSpaces: chosen.folded.map(({ id }) => id),
      foldedGroups: plate?.groups ?? [],
    }),
  }
}

/** The picture of a choice whose wires are planned. */
function sceneOf({ view }: ComposeInput, laid: Laid, { arrangement, plan }: Planned): Scene {
  const { choice, density, shown, reserve, wires, processes } = laid
  const stacked = stack(arrangement, plan, { density, shown, height: view.height / choice.zoom, reserve })
  return {
    width: arrangement.width,
    height: stacked.height,
    natural: stacked.natural,
    zoom: choice.zoom,
    arrangement,
    density,
    lanes: stacked.lanes,
    boxes: stacked.boxes,
    processes: processes.shown,
    groups: laid.cards,
    shown,
    spaces: laid.spaces,
    chosen: laid.chosen,
    moreProcesses: processes.folded,
    plate: laid.plate,
    wires: wires.flatMap((wire) => {
      const points = stacked.points.get(wire.id)
      return points === undefined ? [] : [{ ...wire, points }]
    }),
  }
}

export function processTitle({ name, user, alive }: ProcessCard): string {
  return `${name} user ${user}${alive ? '' : ' exited'}`
}

/** The words of the plate of processes, from the fullest form to the shortest. */
export function moreProcessesForms(folded: readonly ProcessCard[]): readonly string[] {
  const short = `▸ ${folded.length} more`
  const count = `${short} process${folded.length === 1 ? '' : 'es'}`
  return [...(folded.some(({ fds }) => fds.length > 0) ? [] : [`${count}, nothing open`]), count, short]
}

function plateOf(
  { world, snapshot, open }: ComposeInput,
  { active, notable, quiet }: Unfolding,
  shown: readonly number[],
): Plate | null {
  const opened = open.has(nodeId.plate)
  const all = [...notable, ...quiet]
  const withCard = new Set(shown)
  const hidden = [...active, ...all].filter((group) => !withCard.has(group))
  const groups = (opened ? all : hidden).toSorted((a, b) => a - b)
  if (groups.length === 0) return null
  return { groups: opened ? [] : groups, opened, words: plateWords(world, snapshot, groups) }
}

/** A sheet on which many groups were unfolded may be panned over sideways too, instead of being endlessly long. */
function sheetFor(world: World, groups: readonly number[]): number {
  const devices = groups.reduce((sum, group) => sum + (world.groups[group]?.devices.length ?? 0), 0)
  return devices > 60 ? 2600 : devices > 24 ? 1700 : 0
}

const NARROW_SPACE = 170

/** Lines in the cards of address spaces: for what iommufds of the run get, and more of them where cards are narrow. */
function spaceLines(ops: readonly Op[], width: number, spaces: number): number {
  const made = new Set(ops.flatMap((op) => (op.op === 'ioas_alloc' ? [op.as] : []))).size
  return Math.max(width / spaces < NARROW_SPACE ? 3 : 2, Math.min(4, made))
}

const MOST_RESERVED = 6

/** Tracks that the channels below processes and above address spaces keep free for what the run opens. */
function reserveOf({ cells }: Facts, groups: number): Reserve {
  const all = cells.flat()
  const spaces = all.filter(({ text }) => text === 'container' || text === 'iommufd').length
  return {
    holds: Math.min(MOST_RESERVED, all.length),
    lands: Math.min(MOST_RESERVED, spaces + (spaces > 0 ? 2 : 1) * Math.max(1, groups)),
  }
}
