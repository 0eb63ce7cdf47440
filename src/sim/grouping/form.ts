/** Groups as an algorithm forms them, and what of it hangs on something that a listing does not tell. */
import type { PciFunction } from '../machine.ts'
import { acsEnabled, acsGap, parseAcsOverride, type AcsOverride } from '../pci/acs.ts'
import { formGroups } from '../pci/groups.ts'
import { hasPortQuirk, mayHaveQuirk } from '../pci/quirks.ts'
import { REQUIRED_ACS, topologyOf, type Topology } from '../pci/topology.ts'
import type { GroupAlgorithm } from './algorithm.ts'
import type { Formed, JoinCode, JoinReason } from './formed.ts'
import { formSeriesGroups } from './series.ts'

/** Forms the groups of functions in scan order, all of whose properties are taken as they are given. */
export function formAs(functions: readonly PciFunction[], algorithm: GroupAlgorithm): Formed {
  const topology = topologyOf(functions)
  switch (algorithm.id) {
    case 'linux':
      return formLinuxGroups(topology)
    case 'override':
      return formLinuxGroups(topology, parseAcsOverride(algorithm.option))
    case 'acs-late':
      return formLinuxGroups(topologyOf(functions.map(withAcsOff)))
    case 'series-v2':
      return formSeriesGroups(topology, 'v2')
    case 'series-v3':
      return formSeriesGroups(topology, 'v3')
  }
}

/**
 * A function before the kernel has switched its ACS on: what the firmware left on is not known, and is taken for nothing.
 * Quirks for ports that the kernel has to switch on as well do not hold yet; others do.
 */
function withAcsOff(f: PciFunction): PciFunction {
  if (f.acsQuirk === true && hasPortQuirk(f)) return { ...f, acsQuirk: false }
  return f.acsCap === null ? f : { ...f, acsCtrl: [] }
}

const CODES = {
  alias: 'requester-id',
  'peer-to-peer': 'path-open',
  'alias-mask': 'alias',
  function: 'functions',
  new: 'new',
} as const satisfies Readonly<Record<string, JoinCode>>

function formLinuxGroups(topology: Topology, override?: AcsOverride): Formed {
  const { groups, reasons } = formGroups(topology, override)
  return {
    groups,
    reasons: reasons.map(({ step, joined }): JoinReason => {
      const cause = step === 'peer-to-peer' ? acsGap(topology, joined, override) : joined
      return { code: CODES[step], joined, cause }
    }),
  }
}

/** Groups of a machine whose listing may leave something open. */
export interface FormedKnown extends Formed {
  /** Functions whose group could be another one, if the ACS that the listing does not tell were so or so. */
  readonly unknown: ReadonlySet<number>
  /** Functions whose ACS would have to be told for it. */
  readonly wanted: readonly number[]
}

/** What may be true of the ACS of each function; one entry: it is told, or it makes no difference. */
export type Possibilities = readonly (readonly PciFunction[])[]

/**
 * What may be true of functions whose ACS a listing does not tell (`assumed`). Groups that the machine reported tell
 * whether such a function isolates under its own kernel, where they would be others if it did not: then it has the
 * capability, or a quirk, or nothing at all. Linux switches a capability on, so one that is off is not among them.
 * @param reported whether the functions are as groups that the machine reported suggest them
 * @param override what that kernel was started with
 */
export function possibilitiesOf(
  functions: readonly PciFunction[],
  reported: boolean,
  override?: AcsOverride,
): Possibilities {
  const base = reported ? formGroups(topologyOf(functions), override).groups.join() : ''
  return functions.map((f, index) => {
    if (f.assumed?.includes('acs') !== true || !acsMatters(f)) return [f]
    const all = kindsOf(f).flatMap(acsOf)
    if (!reported) return all
    const isolates = acsEnabled(f, override)
    const turned = functions.map((other, at) => (at === index ? { ...other, acsQuirk: !isolates } : other))
    if (formGroups(topologyOf(turned), override).groups.join() === base) return all
    const fitting = all.filter((other) => acsEnabled(other, override) === isolates)
    // Nothing that is known here would make it so: a quirk of a newer kernel, say.
    return fitting.length === 0 ? [...all, f] : fitting
  })
}

/** A function whose port type is not told on a root bus may be integrated into the root complex. */
function kindsOf(f: PciFunction): PciFunction[] {
  const either =
    f.assumed?.includes('kind') === true && (f.kind === 'pci' || f.kind === 'ep') && !f.bridge && f.parent === null
  return either ? [f, { ...f, kind: 'rciep' }] : [f]
}

/** Without the capability, with it, and with a quirk, as far as there may be one. */
function acsOf({ acsCtrl: _, acsQuirk: __, ...f }: PciFunction): PciFunction[] {
  const without = { ...f, acsCap: null }
  return [
    without,
    ...(f.kind === 'pci' ? [] : [{ ...f, acsCap: f.acsCap ?? REQUIRED_ACS }]),
    ...(mayHaveQuirk(f) ? [{ ...without, acsQuirk: true }] : []),
  ]
}

/** Whether any algorithm asks a function for its ACS. */
function acsMatters({ kind, multifunction }: PciFunction): boolean {
  return (
    kind === 'rp' || kind === 'dsp' || (multifunction && kind !== 'pcie2pci' && kind !== 'pci2pcie' && kind !== 'rcec')
  )
}

/**
 * Groups under what is known. They are formed twice, with every open function isolating as little and as much as it may;
 * a group that comes out the same both times is known.
 */
export function formKnown(possibilities: Possibilities, algorithm: GroupAlgorithm): FormedKnown {
  const least = possibilities.map((own) => pick(own, algorithm, false))
  const most = possibilities.map((own) => pick(own, algorithm, true))
  const coarse = formAs(least, algorithm)
  const open = possibilities.flatMap((_, index) =>
    rank(least[index], algorithm) === rank(most[index], algorithm) ? [] : [index],
  )
  if (open.length === 0) return { ...coarse, unknown: new Set(), wanted: [] }
  const unknown = differing(coarse.groups, formAs(most, algorithm).groups)
  return { ...coarse, unknown, wanted: open.filter((index) => unknown.has(index)) }
}

/** The possibility under which a function isolates most, or least. */
function pick(own: readonly PciFunction[], algorithm: GroupAlgorithm, most: boolean): PciFunction {
  const [first, ...others] = own
  if (first === undefined) throw new Error('a function with no possibility')
  return others.reduce((best, f) => {
    const more = rank(f, algorithm) > rank(best, algorithm)
    return more === most && rank(f, algorithm) !== rank(best, algorithm) ? f : best
  }, first)
}

/** How far a function is kept apart under an algorithm: of two possibilities the one that can only make smaller groups. */
function rank(f: PciFunction | undefined, { id, option }: GroupAlgorithm): number {
  if (f === undefined) return 0
  switch (id) {
    case 'linux':
      return Number(acsEnabled(f))
    case 'override':
      return Number(acsEnabled(f, parseAcsOverride(option)))
    case 'acs-late':
      return Number(acsEnabled(withAcsOff(f)))
    case 'series-v2':
      // A quirk keeps others out as well, where it is one of an endpoint.
      return Number(acsEnabled(f)) + Number(f.acsQuirk === true && f.kind !== 'rp' && f.kind !== 'dsp')
    case 'series-v3':
      return Number(acsEnabled(f) || (f.acsCap === null && f.kind !== 'dsp'))
  }
}

/** Functions whose group has other members in one partition than in the other. */
function differing(a: readonly number[], b: readonly number[]): Set<number> {
  const [left, right] = [membersOf(a), membersOf(b)]
  const out = new Set<number>()
  a.forEach((group, index) => {
    if (left.get(group)?.join() !== right.get(b[index] ?? -1)?.join()) out.add(index)
  })
  return out
}

/** Group number → indices of its functions, in their order. */
export function membersOf(groups: readonly number[]): Map<number, number[]> {
  const members = new Map<number, number[]>()
  groups.forEach((group, index) => {
    const own = members.get(group)
    if (own === undefined) members.set(group, [index])
    else own.push(index)
  })
  return members
}
