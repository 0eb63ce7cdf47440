/** What a verdict rests on: what the text shows, what follows from it, and what nobody knows yet. */
import type { PciFunction } from '../sim/machine.ts'
import type { Doubt, Evidence, Member, Verdict } from './advice-types.ts'
import { kindOf } from './kinds.ts'
import type { Told } from '../import/result.ts'
import { groupInError, type GroupShown } from './membership.ts'
import type { Reading } from './reading.ts'
import type { InUse } from './losses.ts'
import type { Place } from './surroundings.ts'
import { placeOf, type Trouble } from './troubles.ts'

interface Case {
  readonly wanted: PciFunction
  readonly group: string | null
  readonly shown: GroupShown
  readonly verdict: Verdict
  readonly members: readonly Member[]
  readonly troubles: readonly Trouble[]
  readonly doubts: readonly Doubt[]
  readonly inUse: InUse
  readonly reading: Reading | null
  /** Functions that the person corrected. */
  readonly byHand: ReadonlySet<string>
}

/** The claims of a case, those about the device first. */
export function evidenceOf(each: Case): Evidence[] {
  const { troubles, doubts, reading } = each
  return [
    ...hardwareClaims(each),
    ...(doubts.some(({ code }) => code === 'two-machines') && reading !== null
      ? reading.contradictions
          .slice(0, 1)
          .map(({ second }): Evidence => ({ claim: 'two-machines', state: 'shown', ...second }))
      : []),
    iommuClaim(each),
    ...groupClaims(each),
    ...driverClaims(each),
    ...hostClaims(each),
    ...troubles
      .filter(({ stops }) => stops)
      .map((trouble): Evidence => ({
        claim: 'trouble',
        state: trouble.line === undefined ? 'concluded' : 'shown',
        trouble,
        ...(trouble.about === undefined ? {} : { about: trouble.about }),
        ...lineOf(trouble),
      })),
  ]
}

function lineOf({ line, paste }: Partial<Place>): Partial<Place> {
  return line === undefined ? {} : placeOf({ line, ...(paste === undefined ? {} : { paste }) })
}

/** The line that tells something of a function, of several the last, which counts; else the first that names it. */
function lineWith({ reading, byHand }: Case, f: PciFunction, tells: readonly Told[]): Partial<Evidence> {
  if (byHand.has(f.bdf)) return { byHand: true }
  const sources = reading?.result.sources[f.bdf] ?? []
  const source = sources.findLast((each) => each.tells.some((what) => tells.includes(what)))
  if (source !== undefined) return lineOf(source)
  const [named = sources[0]] = reading?.surroundings.lines.get(f.bdf) ?? []
  return named === undefined ? {} : lineOf(named)
}

/** What shows whether a function is a device or a bridge. */
const KIND: readonly Told[] = ['class', 'ids', 'port', 'name']

function hardwareClaims(each: Case): Evidence[] {
  const { wanted, members } = each
  const own = members.find(({ role }) => role === 'wanted')
  const told = wanted.class !== undefined || kindOf(wanted) !== 'unknown'
  if (wanted.bridge)
    return [
      { claim: 'not-endpoint', state: told ? 'shown' : 'concluded', about: wanted, ...lineWith(each, wanted, KIND) },
    ]
  if (own?.need === 'ask')
    return [{ claim: 'endpoint', state: 'unknown', about: wanted, ...lineWith(each, wanted, KIND) }]
  return [{ claim: 'endpoint', state: told ? 'shown' : 'concluded', about: wanted, ...lineWith(each, wanted, KIND) }]
}

function iommuClaim(each: Case): Evidence {
  const { group, shown, troubles, reading, wanted } = each
  const off = troubles.find(
    ({ code, stops }) =>
      stops &&
      [
        'iommu-off',
        'iommu-failed',
        'no-group',
        'removed',
        'platform-groups',
        'parameter',
        'probe',
        'raspberry-pi-5',
      ].includes(code),
  )
  if (off !== undefined)
    return { claim: 'iommu-off', state: off.line === undefined ? 'concluded' : 'shown', ...lineOf(off) }
  const on = reading?.surroundings.iommuOn ?? null
  if (on !== null) return { claim: 'iommu-works', state: 'shown', ...placeOf(on) }
  // Groups exist only where an IOMMU driver has made them.
  if (shown !== 'none') {
    const { byHand: _, ...place } = lineWith(each, wanted, ['group'])
    return { claim: 'iommu-works', state: 'concluded', ...place }
  }
  const named = reading === null ? null : groupInError(reading)
  if (named !== null) return { claim: 'iommu-works', state: 'concluded', ...lineOf(named) }
  return { claim: 'iommu-works', state: group === null ? 'unknown' : 'concluded' }
}

function groupClaims(each: Case): Evidence[] {
  const { wanted, shown, troubles, members } = each
  const place = lineWith(each, wanted, ['group'])
  if (shown === 'none') {
    const none = troubles.find(
      ({ code, stops }) =>
        stops && (code === 'no-group' || code === 'removed' || code === 'platform-groups' || code === 'group-failed'),
    )
    if (none === undefined) return [{ claim: 'group', state: 'unknown', about: wanted }]
    return [
      { claim: 'no-group', state: none.line === undefined ? 'concluded' : 'shown', about: wanted, ...lineOf(none) },
    ]
  }
  const asked = members.filter(({ need }) => need === 'ask')
  return [
    { claim: 'group', state: 'shown', about: wanted, ...place },
    { claim: 'members', state: shown === 'whole' ? 'shown' : 'unknown', about: wanted, ...place },
    ...asked
      .filter(({ f }) => f !== wanted)
      .map(({ f }): Evidence => ({ claim: 'endpoint', state: 'unknown', about: f, ...lineWith(each, f, KIND) })),
  ]
}

/** A verdict that something must still be bound does not rest on which driver has it now; that nothing is left does. */
function driverClaims(each: Case): Evidence[] {
  const { verdict, members } = each
  return members.flatMap(({ f, role, unknown }): Evidence[] => {
    if (role === 'port') return []
    if (unknown)
      return verdict === 'ready' || verdict === 'yes' ? [] : [{ claim: 'driver', state: 'unknown', about: f }]
    const told = f.assumed?.includes('driver') !== true
    return [{ claim: 'driver', state: told ? 'shown' : 'concluded', about: f, ...lineWith(each, f, ['driver']) }]
  })
}

function hostClaims({ inUse, members }: Case): Evidence[] {
  return members.flatMap(({ f }): Evidence[] => {
    const place = inUse.disk?.bdf === f.bdf ? inUse.disk.place : inUse.network.get(f.bdf)
    return place === undefined ? [] : [{ claim: 'host-needs', state: 'shown', about: f, ...place }]
  })
}
