/** Groups that a listing reports against those that form from its tree, and what may explain a difference. */
import type { Boot, Machine, PciFunction } from '../sim/machine.ts'
import { acsEnabled, parseAcsOverride, type AcsOverride } from '../sim/pci/acs.ts'
import { formGroups } from '../sim/pci/groups.ts'
import { topologyOf } from '../sim/pci/topology.ts'
import { hasPortQuirk } from '../sim/pci/quirks.ts'

/**
 * What would make the reported groups form. `port-quirk`: the ports are ones that isolate by a quirk of the kernel;
 * `override`: the machine was started with pcie_acs_override; `quirk`: functions isolate by a quirk that this release does
 * not know; `whole-slot`: a kernel that takes all functions of a slot for not isolating when one is (a change proposed in
 * 2025; the releases here ask function by function); `acs-off`: ACS of the ports was not switched on, and the listing
 * does not tell; `probe-order`: drivers were probed, and groups made, before the bridges above were there; `not-listed`:
 * the bridges above are not in the listing; `alias`: functions use one requester ID by a quirk; `unknown`: none of these.
 */
export type Cause =
  'port-quirk' | 'override' | 'quirk' | 'whole-slot' | 'acs-off' | 'probe-order' | 'not-listed' | 'alias' | 'unknown'

/** Reported groups that do not form, with all that overlap with them. */
export interface Difference {
  /** Numbers of the reported groups. */
  readonly reported: readonly string[]
  /** Addresses of the groups that form in their place. */
  readonly formed: readonly (readonly string[])[]
  readonly cause: Cause
  /** The functions that the cause is about. */
  readonly about: readonly string[]
}

export interface Agreement {
  /** Reported groups, and how many of them form. */
  readonly groups: number
  readonly same: number
  readonly differences: readonly Difference[]
  /** Ports and functions of multifunction devices whose ACS the listing tells, and those for which it was guessed. */
  readonly acsTold: number
  readonly acsGuessed: number
  /** Functions whose bridge was guessed. */
  readonly parentsGuessed: number
}

type Members = readonly string[]

/** Compares; null for a machine whose listing reported no groups. */
export function agreementOf(machine: Machine, boot: Boot): Agreement | null {
  const { groups, devices } = machine
  if (groups === undefined) return null
  const override = parseAcsOverride(boot.acsOverride)
  const reported = new Map(Object.entries(groups).filter(([, members]) => members.length > 0))
  const listed = new Set([...reported.values()].flat())
  const formed = formedOf(devices, listed, override)
  const keys = new Set(formed.map(keyOf))
  const wrong = [...reported].filter(([, members]) => !keys.has(keyOf(members)))
  const matters = devices.filter((f) => f.kind === 'rp' || f.kind === 'dsp' || f.multifunction)
  const guessed = (what: 'acs' | 'parent', list: readonly PciFunction[]): number =>
    list.filter((f) => f.assumed?.includes(what) === true).length
  const acsGuessed = guessed('acs', matters)
  return {
    groups: reported.size,
    same: reported.size - wrong.length,
    differences: clustersOf(wrong, formed).map((cluster) => explain(machine, cluster, listed, override)),
    acsTold: matters.length - acsGuessed,
    acsGuessed,
    parentsGuessed: guessed('parent', devices),
  }
}

function keyOf(members: Members): string {
  return members.toSorted().join(' ')
}

/** Groups that form, of those functions that the listing has in groups. */
function formedOf(devices: readonly PciFunction[], listed: ReadonlySet<string>, override?: AcsOverride): string[][] {
  const members = new Map<number, string[]>()
  formGroups(topologyOf(devices), override).groups.forEach((group, index) => {
    const bdf = devices[index]?.bdf ?? ''
    if (listed.has(bdf)) members.set(group, [...(members.get(group) ?? []), bdf])
  })
  return [...members.values()]
}

interface Cluster {
  readonly reported: readonly (readonly [string, Members])[]
  readonly formed: readonly Members[]
  readonly functions: ReadonlySet<string>
}

/** Reported groups that differ, together with all that their members have to do with. */
function clustersOf(wrong: readonly (readonly [string, Members])[], formed: readonly Members[]): Cluster[] {
  const clusters: { reported: (readonly [string, Members])[]; functions: Set<string> }[] = []
  for (const entry of wrong) {
    const own = new Set(entry[1])
    for (const members of formed) if (members.some((bdf) => own.has(bdf))) for (const bdf of members) own.add(bdf)
    const touched = clusters.filter(({ functions }) => [...own].some((bdf) => functions.has(bdf)))
    for (const cluster of touched) clusters.splice(clusters.indexOf(cluster), 1)
    clusters.push({
      reported: [...touched.flatMap(({ reported }) => reported), entry],
      functions: new Set([...touched.flatMap(({ functions }) => [...functions]), ...own]),
    })
  }
  return clusters.map(({ reported, functions }) => ({
    reported,
    functions,
    formed: formed.filter((members) => members.some((bdf) => functions.has(bdf))),
  }))
}

/** Finds the cause: the first supposition under which the reported groups form. */
function explain(machine: Machine, cluster: Cluster, listed: ReadonlySet<string>, override: AcsOverride): Difference {
  const { devices } = machine
  const above = new Set<string>()
  const byBdf = new Map(devices.map((f) => [f.bdf, f]))
  for (const bdf of cluster.functions) {
    for (let at = byBdf.get(bdf); at !== undefined && !above.has(at.bdf); at = byBdf.get(at.parent ?? ''))
      above.add(at.bdf)
  }
  const isPort = (f: PciFunction): boolean => f.kind === 'rp' || f.kind === 'dsp'
  const wanted = cluster.reported.map(([, members]) => keyOf(members))
  const suppose = (
    cause: Cause,
    concerns: (f: PciFunction) => boolean,
    change: (f: PciFunction) => PciFunction,
    other: AcsOverride = override,
  ): Difference | null => {
    const about = devices.filter((f) => above.has(f.bdf) && concerns(f)).map(({ bdf }) => bdf)
    if (about.length === 0) return null
    const chosen = new Set(about)
    const keys = new Set(
      formedOf(
        devices.map((f) => (chosen.has(f.bdf) ? change(f) : f)),
        listed,
        other,
      ).map(keyOf),
    )
    return wanted.every((key) => keys.has(key)) ? answer(cause, about) : null
  }
  const answer = (cause: Cause, about: readonly string[]): Difference => ({
    reported: cluster.reported.map(([id]) => id),
    formed: cluster.formed,
    cause,
    about,
  })
  const isolates = (f: PciFunction): PciFunction => ({ ...f, acsQuirk: true })
  const same = (f: PciFunction): PciFunction => f
  const slot = (f: PciFunction): string => f.bdf.slice(0, -1)
  const openSlots = new Set(devices.filter((f) => f.multifunction && !acsEnabled(f, override)).map(slot))
  const inOpenSlot = (f: PciFunction): boolean => openSlots.has(slot(f))
  const isGuessed = (f: PciFunction): boolean => f.assumed?.includes('acs') === true
  const bare = (f: PciFunction): boolean => f.kind !== 'pci' && f.acsCap === null
  return (
    suppose('port-quirk', (f) => isPort(f) && hasPortQuirk(f), isolates) ??
    suppose('override', (f) => bare(f) && isPort(f), same, { ...override, downstream: true }) ??
    suppose('override', (f) => bare(f) && f.multifunction, same, { ...override, multifunction: true }) ??
    suppose('override', bare, same, { ...override, downstream: true, multifunction: true }) ??
    suppose('quirk', isPort, isolates) ??
    suppose('quirk', (f) => f.multifunction, isolates) ??
    suppose('quirk', (f) => f.multifunction || isPort(f), isolates) ??
    suppose('whole-slot', inOpenSlot, (f) => ({ ...f, acsQuirk: false })) ??
    suppose(
      'acs-off',
      (f) => isPort(f) && f.acsCap !== null && isGuessed(f),
      (f) => ({ ...f, acsCtrl: [] }),
    ) ??
    probeOrder(machine, cluster, answer) ??
    notListed(cluster, byBdf, answer) ??
    alias(cluster, answer) ??
    answer('unknown', [...cluster.functions])
  )
}

type Answer = (cause: Cause, about: readonly string[]) => Difference

/** Each reported group lies within one that forms: its members came before the bridge that would have held them together. */
function probeOrder({ devices }: Machine, { reported, formed }: Cluster, answer: Answer): Difference | null {
  const finer = reported.every(([, members]) => formed.some((own) => members.every((bdf) => own.includes(bdf))))
  const ports = devices.filter((f) => f.bridge && formed.some((own) => own.includes(f.bdf)))
  return finer && ports.length > 0
    ? answer(
        'probe-order',
        ports.map(({ bdf }) => bdf),
      )
    : null
}

/** Functions that stand on buses of their own, with no bridge to any of them. */
function notListed({ functions }: Cluster, byBdf: ReadonlyMap<string, PciFunction>, answer: Answer): Difference | null {
  const lost = [...functions].filter((bdf) => {
    const f = byBdf.get(bdf)
    return f?.parent === null && f.assumed?.includes('parent') === true
  })
  return lost.length > 0 ? answer('not-listed', lost) : null
}

/** Each reported group is made of whole ones that form, with functions of one bus in them. */
function alias({ reported, formed }: Cluster, answer: Answer): Difference | null {
  const coarser = formed.every((own) => reported.some(([, members]) => own.every((bdf) => members.includes(bdf))))
  const buses = new Set(formed.map(([first = '']) => first.slice(0, first.lastIndexOf(':'))))
  return coarser && buses.size === 1 ? answer('alias', formed.flat()) : null
}
