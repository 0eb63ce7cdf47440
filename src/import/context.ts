import type { Description } from './description.ts'
import type { Facts, Machine, Place } from './facts.ts'
import type { Line } from './lines.ts'

/**
 * Reads one item that begins at `lines[at]`. Returns the number of lines that it took, 0 if the line is not of its
 * format. Looks no further ahead than it takes, give or take a few lines: the whole must stay linear.
 */
export type Reader = (lines: readonly Line[], at: number, context: Context) => number

/** A function in a run of lspci's lines, and what its record has shown so far. */
export interface BlockEntry {
  readonly facts: Facts
  readonly description: Description
  readonly place: Place
  /** A line says which driver is bound, or that none is. */
  sawDriver: boolean
  /** Something of the record may be missing. */
  incomplete: boolean
}

/** A run of device lines with their details, as one command prints them: lspci, or a script around it. */
export interface Block {
  readonly entries: BlockEntry[]
  /** Lines or columns about drivers occur, so that their absence at a function means that it has none. */
  driversShown: boolean
  /** Other lines occur that `lspci -k` prints along with the drivers: nothing has been filtered out. */
  detailsShown: boolean
  /** Each line names its driver itself (`Driver: x`). */
  driverColumn: boolean
  filtered: boolean
  wrapped: boolean
  verbose: '' | 'v' | 'vv' | 'vvv'
  /** Addresses are paths of bridges: a function without one is on a root bus. */
  paths: boolean
}

/** How a listing by group looks; the name of its format follows from it. */
export interface ListingStyle {
  headings: number
  oneLine: number
  members: number
  marks: Set<string>
  firstLine: number
  lastLine: number
}

/** What the lines above say about the line being read. */
export class Context {
  readonly machine: Machine
  /** Number of the group whose members are being listed. */
  group: string | null = null
  /** Column of the group's members; -1 before the first. */
  memberIndent = -1
  /** The listing has begun anew: functions come again in other groups. */
  listedAgain = false
  /** A blank line has passed since the last line of the listing. */
  blank = false
  /** The function to which details belong. */
  entry: BlockEntry | null = null
  block: Block | null = null
  listing: ListingStyle | null = null
  /** The directory of a group that has been named: its members follow. */
  directory: { readonly add: (bdf: string, place: Place) => void; readonly other: (name: string) => void } | null = null
  /** The last command shown filters lspci's output. */
  grepped = false
  /** Up to these lines there are no records or documents: they have been searched. */
  recordsFrom = 0
  yamlFrom = 0
  /** Class of what the section of inxi lists that is being read. */
  inxiSection: string | null = null
  /** The function in /proc/iomem below which the owners of its memory stand. */
  iomem: { readonly indent: number; readonly bdf: string } | null = null
  /** Time of the last line of the kernel log, in seconds. */
  logTime = 0
  /** Lines of a kernel log so far. */
  logLines = 0

  constructor(machine: Machine) {
    this.machine = machine
  }

  openBlock(): Block {
    this.block ??= {
      entries: [],
      driversShown: false,
      detailsShown: false,
      driverColumn: false,
      filtered: this.grepped,
      wrapped: false,
      verbose: '',
      paths: false,
    }
    return this.block
  }

  openListing(line: Line): ListingStyle {
    this.listing ??= { headings: 0, oneLine: 0, members: 0, marks: new Set(), firstLine: line.no, lastLine: line.no }
    this.listing.lastLine = line.no
    return this.listing
  }

  /** A line that belongs to no output, or to another one: what was being read ends here. */
  boundary(): void {
    this.closeBlock()
    this.group = null
    this.memberIndent = -1
    this.listedAgain = false
    this.directory = null
    this.machine.nextSection()
  }

  /** Draws the conclusions from a run of lspci's lines. */
  closeBlock(): void {
    const { block, listing } = this
    this.block = null
    this.entry = null
    this.listing = null
    // Headings alone, without a member, are no listing.
    const members = listing?.members ?? 0
    if (listing !== null && members > 0) this.machine.format(listingFormat(listing))
    if (block === null) return
    if (members === 0) this.machine.format(blockFormat(block))
    concludeDrivers(block, this.machine)
    warnIfCut(block, this.machine)
    for (const { facts } of block.paths ? block.entries : []) {
      if (facts.pcieType === 'Root Port') this.machine.parent(facts.bdf, null)
    }
  }
}

/**
 * `lspci -k` prints no driver line where no driver is bound. So where driver lines occur, their absence tells that there
 * is none - unless lines may have been filtered out, left out or cut off.
 */
function concludeDrivers(block: Block, machine: Machine): void {
  if (!block.driversShown && block.verbose === '') return
  // Endpoints always have details besides the driver; if none is to be seen, something like grep has taken them.
  const filtered = block.filtered || (!block.detailsShown && !block.driverColumn)
  const silent = block.entries.filter((entry) => !entry.sawDriver)
  const [first] = silent
  if (filtered) {
    if (first !== undefined && block.driversShown) machine.warn('filtered', first.place)
    return
  }
  const last = block.entries.at(-1)
  const idsShown = block.entries.some(({ description }) => description.vendor !== null)
  for (const entry of silent) {
    // -v implies -k, but the driver comes last: where no record has one, the last may have lost it.
    if (!block.driversShown && entry === last && entry.facts.capabilities !== 'denied') continue
    const cut = entry === last && idsShown && entry.description.vendor === null
    // Of two outputs the later counts.
    const known = entry.facts.driverKnown && !block.driversShown
    if (!cut && !entry.incomplete && !known) machine.driver(entry.facts, null, entry.place)
  }
}

/** Where all functions have ids, the last without has lost them at the end of the text. */
function warnIfCut(block: Block, machine: Machine): void {
  const last = block.entries.at(-1)
  const lacking = block.entries.filter(({ facts }) => facts.vendor === null)
  if (last?.incomplete === false && block.entries.length > 1 && lacking.length === 1 && lacking[0] === last) {
    machine.warn('cut', last.place)
  }
}

function listingFormat({ headings, oneLine, marks, firstLine, lastLine }: ListingStyle): string {
  for (const mark of [
    'iommu-unit-tree',
    'lsiommu-tree',
    'unraid-system-devices',
    'group-usb-reset',
    'ls-iommu',
    'hash-group',
    'star-group',
  ]) {
    if (marks.has(mark)) return mark
  }
  if (marks.has('path')) return 'arch-multiline-path-acs'
  if (marks.has('group-driver')) return 'group-driver'
  if (firstLine === lastLine && headings + oneLine > 1) return 'arch-multiline-collapsed'
  if (headings > 0 && oneLine > 0) return 'mixed-one-line-and-multiline'
  return oneLine > 0 ? 'one-line' : 'arch-multiline'
}

function blockFormat(block: Block): string {
  const numeric = block.entries.some(({ description }) => description.style === 'n')
  const names = numeric ? 'n' : block.entries.some(({ description }) => description.vendor !== null) ? 'nn' : ''
  if (block.wrapped && block.verbose !== '') return `lspci-${block.verbose === 'v' ? 'v' : 'vvv'}-wrapped`
  if (block.verbose !== '') return `lspci-${block.verbose}${names === '' ? '' : `-${names}`}`
  if (block.driversShown) {
    const filtered = block.filtered || (!block.detailsShown && block.entries.some(({ facts }) => facts.bridge !== true))
    return filtered ? 'lspci-k-grepped' : `lspci-${names}k`
  }
  return names === '' ? 'lspci-plain' : `lspci-${names}`
}
