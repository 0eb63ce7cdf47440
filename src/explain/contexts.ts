/** What a device's DMA reaches now, in words. */
import { isNativelyDriven, nativelyDriven, wireContext } from '../sim/iommu/landing.ts'
import { formatRid } from '../sim/pci/aliases.ts'
import type { DomainView, MappingView, Snapshot } from '../sim/snapshot.ts'
import type { World } from '../sim/world.ts'
import {
  amount,
  deviceSpan,
  driverSpan,
  groupSpan,
  hex,
  list,
  processSpan,
  rich,
  sentences,
  shortBdf,
  type Span,
  type Words,
} from './words.ts'

export interface ContextWords {
  /** For a chip: `→ host DMA`, `no DMA`, `all host memory`, `→ c1`. */
  readonly short: string
  readonly words: Words
  readonly tone: 'host' | 'user' | 'none' | 'danger'
}

/** The name of a container: that of a file by which it is open, else `#N`, for one that only its groups keep alive. */
export function containerName(snapshot: Snapshot, world: World, container: number): string {
  const slot = snapshot.containers.find((view) => view.container === container)?.slots[0]
  const name = slot === undefined ? undefined : world.slots[slot]
  return name ?? `#${container + 1}`
}

/** A page table of userspace by what it belongs to: a container, or an HWPT or address space of an iommufd. */
export interface DomainName {
  /** For a chip: `c1`, `HWPT 4`. */
  readonly short: string
  /** `Page table of c1`, `HWPT 4 of a1`. */
  readonly title: string
  /** What goes through it goes through …: `the page table of c1`. */
  readonly words: Words
}

export function domainName(world: World, snapshot: Snapshot, { owner }: DomainView): DomainName {
  const slotNames = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const tableOf = (span: Span & { text: string }): DomainName => ({
    short: span.text,
    title: `Page table of ${span.text}`,
    words: rich`the page table of ${span}`,
  })
  const fd = (slots: readonly number[], text: string): Span & { text: string } => {
    const [index] = slots
    return { kind: 'fd', text: slotNames(slots) || text, ...(index === undefined ? {} : { index }) }
  }
  if (owner.kind === 'container') {
    const name = containerName(snapshot, world, owner.index)
    return tableOf({ kind: 'container', text: name.startsWith('#') ? `container ${name}` : name, index: owner.index })
  }
  const ioasSpan = (index: number): Span & { text: string } => {
    const ioas = snapshot.ioases.find((view) => view.ioas === index)
    return fd(ioas?.slots ?? [], ioas?.compat === true ? 'the compat IOAS' : `IOAS ${ioas?.number ?? index}`)
  }
  if (owner.kind === 'ioas') return tableOf(ioasSpan(owner.index))
  const hwpt = snapshot.hwpts.find((view) => view.hwpt === owner.index)
  const own = slotNames(hwpt?.slots ?? []) || String(hwpt?.number ?? '')
  const source = ioasSpan(hwpt?.ioas ?? -1)
  return { short: `HWPT ${own}`, title: `HWPT ${own} of ${source.text}`, words: rich`HWPT ${own} of ${source}` }
}

/** Whether a process can drive a device, or could after opening its group. */
function isWithinReach(world: World, snapshot: Snapshot, device: number): boolean {
  const group = world.devices[device]?.group ?? -1
  const family = world.drivers[snapshot.devices[device]?.driver ?? 0]?.family
  return family === 'uio' || snapshot.groups.find((view) => view.group === group)?.node === true
}

const SHOWN_MAPPINGS = 3

function mappingWords(world: World, mappings: readonly MappingView[]): Words {
  const shown = mappings
    .slice(0, SHOWN_MAPPINGS)
    .map(
      (mapping) =>
        rich`${amount(mapping.size)} of ${processSpan(world, mapping.process)}’s memory at ${hex(mapping.iova)}`,
    )
  const more = mappings.length - shown.length
  return list(more > 0 ? [...shown, `${more} more`] : shown)
}

/** What a device's DMA reaches in a state: read from the context of the requester ID that its DMA has on the wire. */
export function contextWords(world: World, snapshot: Snapshot, device: number): ContextWords {
  const spec = world.devices[device]
  const view = snapshot.devices[device]
  const self = deviceSpan(world, device)
  if (spec === undefined || view === undefined || !view.present) {
    return { short: 'not plugged in', words: rich`${self} is not in its slot.`, tone: 'none' }
  }
  const rid = spec.rids.at(-1) ?? -1
  const context = wireContext(world, snapshot, device)
  const driver = driverSpan(world, view.driver)
  const native = isNativelyDriven(world, snapshot, device)
  const wire = world.rids[rid]
  const alias =
    rid !== spec.rids[0] &&
    wire !== undefined &&
    rich`Its DMA reaches the IOMMU under the requester ID ${shortBdf(formatRid(wire))}.`

  if (context.kind === 'blocked') {
    return { short: 'DMA blocked', words: sentences(rich`The IOMMU faults every DMA of ${self}.`, alias), tone: 'none' }
  }

  if (context.kind === 'identity') {
    const reach = rich`The IOMMU passes the DMA of ${self} untranslated: it reaches all of the host’s memory.`
    const who = native
      ? rich`Only ${driver} decides what it does there.`
      : view.opens > 0 && rich`A process has ${self} open and can make it do so.`
    const risky = !native && isWithinReach(world, snapshot, device)
    return { short: 'all host memory', words: sentences(reach, who, alias), tone: risky ? 'danger' : 'host' }
  }

  if (context.kind === 'dma') {
    if (native) {
      const words = rich`The DMA of ${self} reaches the memory that ${driver} has mapped for it, in the default domain of ${groupSpan(world, context.group)}.`
      return { short: '→ host DMA', words: sentences(words, alias), tone: 'host' }
    }
    const others = nativelyDriven(world, snapshot, context.group).filter((other) => other !== device)
    if (others.length > 0) {
      const drivers = list(
        others.map(
          (other) => rich`${driverSpan(world, snapshot.devices[other]?.driver ?? 0)} (${deviceSpan(world, other)})`,
        ),
      )
      const words = rich`${self} shares the default domain of ${groupSpan(world, context.group)}: its DMA would reach what ${drivers} ${others.length > 1 ? 'have' : 'has'} mapped there.`
      return { short: '→ host DMA', words: sentences(words, alias), tone: 'host' }
    }
    const words = rich`The default domain of ${groupSpan(world, context.group)} is empty: every DMA of ${self} faults.`
    return { short: 'no DMA', words: sentences(words, alias), tone: 'none' }
  }

  const domain = snapshot.domains.find((live) => live.domain === context.domain)
  if (domain === undefined) {
    return { short: 'DMA blocked', words: sentences(rich`Every DMA of ${self} faults.`, alias), tone: 'none' }
  }
  const { short: name, words: table } = domainName(world, snapshot, domain)
  const empty = domain.mappings.length === 0
  const reach = empty
    ? rich`The DMA of ${self} goes through ${table}. Nothing is mapped there yet, so all of it faults.`
    : rich`The DMA of ${self} goes through ${table} and reaches ${mappingWords(world, domain.mappings)}, nothing else.`
  if (native) {
    const broken = empty
      ? rich`${driver} still runs the device for the host, and its DMA no longer works.`
      : rich`${driver} still runs the device for the host: what it sends to memory lands in the user’s.`
    return { short: `→ ${name}`, words: sentences(reach, broken, alias), tone: 'danger' }
  }
  return { short: `→ ${name}`, words: sentences(reach, alias), tone: 'user' }
}
