/** Which function is in which group: what listings show, what the kernel log tells, and which of it counts. */
import { compareAddresses } from './address.ts'
import type { Place } from './facts.ts'
import type { ImportedGroups, WarningCode } from './result.ts'

/** One line's word on which group a function is in. */
interface Membership {
  readonly bdf: string
  /** Null: taken out of its group. */
  readonly group: string | null
  readonly section: number
  /** Of the kernel log: counts up where its time begins anew. */
  readonly boot: number
  readonly place: Place
}

/** Takes a remark on the text. */
type Warn = (code: WarningCode, place: Place) => void

/** Collects memberships in the order of the text. */
export class Memberships {
  /** Of listings, which show one state each; and of the kernel log, which shows how a state came about. */
  private readonly ofListings: Membership[] = []
  private readonly ofLog: Membership[] = []
  private readonly lastListed = new Map<string, Membership>()
  /** Counts up where one output may end and another begin: a group number means the same within a section. */
  private section = 0
  private boot = 0
  /** Functions that the log has put into groups and not taken out again. */
  private readonly inGroups = new Set<string>()
  private removals = 0

  nextSection(): void {
    this.section++
  }

  nextBoot(): void {
    this.boot++
  }

  /** A listing shows a function in a group. */
  listed(bdf: string, group: string, place: Place): void {
    const membership = { bdf, group: decimal(group), section: this.section, boot: 0, place }
    this.ofListings.push(membership)
    this.lastListed.set(bdf, membership)
  }

  /** The group that the current output has put a function into, if it has. */
  groupInSection(bdf: string): string | null {
    const last = this.lastListed.get(bdf)
    return last?.section === this.section ? last.group : null
  }

  /**
   * The kernel log says that a function joined a group, or with null: left it.
   * @returns whether the kernel has now taken all functions out of their groups: its IOMMU driver has given up
   */
  logged(bdf: string, group: string | null, place: Place): boolean {
    const number = group === null ? null : decimal(group)
    this.ofLog.push({ bdf, group: number, section: this.section, boot: this.boot, place })
    if (number !== null) this.inGroups.add(bdf)
    else if (this.inGroups.delete(bdf) && bdf.startsWith('0000:00:')) this.removals++
    // A function or two that leave are virtual ones, or are unplugged.
    return number === null && this.inGroups.size === 0 && this.removals > 2
  }

  /** The memberships of each listing. */
  private outputs(): (readonly Membership[])[] {
    const sections = new Map<number, Membership[]>()
    for (const membership of this.ofListings) {
      const members = sections.get(membership.section)
      if (members === undefined) sections.set(membership.section, [membership])
      else members.push(membership)
    }
    return [...sections.values()].flatMap(listingsOf)
  }

  /** The memberships of each boot that the log shows, the last of each function. */
  private boots(): (readonly Membership[])[] {
    const boots = new Map<number, Map<string, Membership>>()
    for (const membership of this.ofLog) {
      const boot = boots.get(membership.boot) ?? new Map<string, Membership>()
      boots.set(membership.boot, boot.set(membership.bdf, membership))
    }
    return [...boots.values()].map((boot) => [...boot.values()])
  }

  /** Goes through the memberships: the groups of the last state, and those of the states before it. */
  states(warn: Warn): { groups: ImportedGroups; alternatives: Record<string, ImportedGroups> } {
    const alternatives: Record<string, ImportedGroups> = {}
    const state = new Map<string, string>()
    // What a listing says outweighs the log, which is from boot.
    for (const outputs of [this.boots(), this.outputs()]) {
      for (const [bdf, { group }] of this.lastState(outputs, alternatives, warn)) {
        if (group === null) state.delete(bdf)
        else state.set(bdf, group)
      }
    }
    return { groups: groupsOf([...state].map(([bdf, group]) => ({ bdf, group }))), alternatives }
  }

  /** The state after outputs that follow each other; states that a later one contradicts become alternatives. */
  private lastState(
    outputs: readonly (readonly Membership[])[],
    alternatives: Record<string, ImportedGroups>,
    warn: Warn,
  ): Map<string, Membership> {
    const shown = new Map<string, Membership>()
    for (const output of outputs) {
      const fresh = new Map<string, Membership>()
      for (const membership of output) {
        const earlier = fresh.get(membership.bdf)
        if (earlier !== undefined && earlier.group !== membership.group) warn('conflict', membership.place)
        fresh.set(membership.bdf, membership)
      }
      const moved = [...fresh.values()].find(({ bdf, group }) => {
        const earlier = shown.get(bdf)
        return earlier !== undefined && group !== null && earlier.group !== null && earlier.group !== group
      })
      if (moved !== undefined) {
        const count = Object.keys(alternatives).length
        const name = count === 0 ? 'before' : `before ${count + 1}`
        if (count < MAX_ALTERNATIVES) alternatives[name] = groupsOf([...shown.values()])
        warn('moved', moved.place)
        // A listing that repeats most of the earlier one is another state; a shorter one corrects it.
        const again = [...fresh.keys()].filter((bdf) => shown.has(bdf)).length
        if (again * 2 >= shown.size) shown.clear()
      }
      for (const [bdf, membership] of fresh) shown.set(bdf, membership)
    }
    return shown
  }
}

/**
 * Two listings with nothing between them contradict each other: the second begins where a function comes again. Where
 * many come again it is a script that repeats them, and one listing.
 */
function listingsOf(section: readonly Membership[]): (readonly Membership[])[] {
  const groups = new Map<string, string | null>()
  const contradicts = section.some(({ bdf, group }) => {
    const differs = groups.has(bdf) && groups.get(bdf) !== group
    groups.set(bdf, group)
    return differs
  })
  if (!contradicts) return [section]
  const listings: Membership[][] = [[]]
  const seen = new Set<string>()
  for (const membership of section) {
    if (seen.has(membership.bdf)) {
      listings.push([])
      seen.clear()
    }
    seen.add(membership.bdf)
    listings.at(-1)?.push(membership)
  }
  return listings.length > MAX_ALTERNATIVES + 1 ? [section] : listings
}

/** A paste shows a machine before and after something, hardly more often. */
const MAX_ALTERNATIVES = 4

function groupsOf(members: readonly { readonly bdf: string; readonly group: string | null }[]): ImportedGroups {
  const groups = new Map<string, string[]>()
  for (const { bdf, group } of members) {
    if (group === null) continue
    const list = groups.get(group)
    if (list === undefined) groups.set(group, [bdf])
    else list.push(bdf)
  }
  const sorted = [...groups].sort(([a], [b]) => Number(a) - Number(b))
  return Object.fromEntries(sorted.map(([group, list]) => [group, list.sort(compareAddresses)]))
}

/** A group number without leading zeros. */
export function decimal(group: string): string {
  return group.replace(/^0+(?=\d)/, '')
}
