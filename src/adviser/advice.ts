/**
 * What to say to a person who wants to hand a device to a guest: can it go, with what else, what has to let go of it,
 * what the host loses, what else could be tried. Facts only; `words.ts` puts them into sentences.
 */
import type { Machine, PciFunction } from '../sim/machine.ts'
import type { Advice, Alternative, Cause, Doubt, Loss, Member, Refusal, Verdict } from './advice-types.ts'
import { alternativesOf } from './alternatives.ts'
import { causesOf } from './causes.ts'
import { evidenceOf } from './evidence.ts'
import { isGuestListing } from './guest-listing.ts'
import { isHostPart, isObscure, isOnBoard, kindOf, slotOf } from './kinds.ts'
import { lookupOf, type Lookup } from './lookup.ts'
import { inUseOf, isHostDisplay, lossesOf, type InUse } from './losses.ts'
import { memberOf } from './members.ts'
import { groupInError, groupShown, isTold, type GroupShown } from './membership.ts'
import { isLikelyHostDisk } from './missed.ts'
import type { Reading } from './reading.ts'
import { leavesWithoutGroup, troublesOf, type Trouble } from './troubles.ts'

export type * from './advice-types.ts'

export interface AdviceOptions {
  /** Groups of an earlier state of the same machine, by their number; as in the reading if that is given. */
  readonly before?: Readonly<Record<string, readonly string[]>>
  /** What the text says around the machine; without it the machine is all that is known, and counts as shown. */
  readonly reading?: Reading | null
  /** Functions whose driver, group or class the person corrected. */
  readonly byHand?: ReadonlySet<string>
  /** Those whose group is the person's word. */
  readonly groupsByHand?: ReadonlySet<string>
}

const NOTHING: ReadonlySet<string> = new Set()

/**
 * Advises on handing a function of a machine to a guest.
 * @param bdf address of the wanted function
 * @returns null if the machine has no such function
 */
export function adviceFor(machine: Machine, bdf: string, options: AdviceOptions = {}): Advice | null {
  const { reading = null, byHand = NOTHING, groupsByHand = NOTHING } = options
  const lookup = lookupOf(machine)
  const wanted = lookup.byBdf.get(bdf)
  if (wanted === undefined) return null
  const estimated = machine.estimated === true
  const number = lookup.groupOf.get(wanted) ?? null
  const inGroup = number === null ? [wanted] : (lookup.groups.get(number) ?? [wanted])
  const shown =
    groupsByHand.has(bdf) && !estimated && number !== null ? 'whole' : groupShown(number, inGroup, estimated, reading)
  const group = shown === 'none' ? null : number
  const members = inGroup.map((f) => memberOf(lookup, wanted, f))
  const inUse = inUseOf(lookup, reading?.surroundings ?? null)
  const losses = lossesOf(lookup, members, inUse)
  // Groups of another machine are no earlier state of this one.
  const other = reading !== null && reading.contradictions.length > 0
  const before = options.before ?? (other ? undefined : reading?.result.alternatives?.['before'])
  const causes = members.length === 1 || shown === 'none' ? [] : causesOf(lookup, wanted, members, before)
  const troubles = reading === null ? [] : troublesOf(machine, wanted, group, inGroup, reading)
  const refusal = refusalOf(wanted, number, machine, reading)
  const doubts = refusal === null ? doubtsOf(machine, members, shown, reading) : []
  const verdict = verdictOf({
    refusal,
    troubles,
    doubts,
    members,
    losses,
    causes,
    inUse,
    showsHost: lookup.ofKind.has('host-bridge'),
  })
  const overridden = isOverridden(reading)
  const crowded = shown !== 'none' && isCrowded(members)
  const alternatives = [
    ...insteadOf(lookup, troubles),
    ...(refusal === null ? [] : [{ code: 'emulated' } as const]),
    // Where groups are only estimated, what would split them is not known either.
    // The groups of a POWER machine are its firmware's, whatever ACS says.
    ...(refusal === null && (crowded || verdict === 'against') && !troubles.some(({ code }) => code === 'power')
      ? alternativesOf({ lookup, wanted, members, causes, overridden, hostDisk: inUse.disk?.bdf ?? null })
      : []),
  ]
  return {
    wanted,
    group: isTold(group, estimated, reading) ? group : null,
    estimated,
    verdict,
    refusal,
    doubts,
    troubles,
    evidence: evidenceOf({ wanted, group, shown, verdict, members, troubles, doubts, inUse, reading, byHand }),
    members,
    // Under Xen the guest gets the card without any group.
    losses: troubles.some((trouble) => leavesWithoutGroup(trouble) && trouble.code !== 'xen')
      ? []
      : losses.filter(({ f }) => !estimated || isOfCard(members, f)),
    causes,
    alternatives,
    nothingSplits:
      refusal === null &&
      crowded &&
      (shown === 'whole' || causes.some(({ code }) => code === 'part-of-chipset')) &&
      !alternatives.some(({ code }) => SPLITTING.includes(code)),
    onlyBridgesHeld:
      members.some(({ role }) => role === 'port') &&
      members.every(({ need }) => need === 'leave' || need === 'done' || need === 'nothing'),
    hostDisplay: isHostDisplay(lookup, wanted, inUse),
    elsewhere: elsewhereOf(lookup, wanted, inGroup),
    twins: twinsOf(lookup, members),
    overridden,
    number,
    hostDisk: inUse.disk?.bdf ?? null,
  }
}

/** Who is in an estimated group besides the card is not known, and not lost. */
function isOfCard(members: readonly Member[], f: PciFunction): boolean {
  return members.some((member) => member.f === f && member.role !== 'passenger')
}

/** Ways that make the group smaller. */
const SPLITTING: readonly Alternative['code'][] = ['other-slot', 'firmware-acs', 'override', 'older-kernel']

function isCrowded(members: readonly Member[]): boolean {
  return members.some(({ role, need }) => role === 'passenger' && need !== 'nothing' && need !== 'leave')
}

function refusalOf(
  wanted: PciFunction,
  number: string | null,
  machine: Machine,
  reading: Reading | null,
): Refusal | null {
  if (wanted.bridge) return 'bridge'
  if (isHostPart(wanted)) return 'host-part'
  if (wanted.rmrr === true) return 'rmrr'
  // A machine whose groups are all there is: who is in none, has none.
  if (number === null && (reading === null || listsWholeMachine(machine))) return 'no-group'
  return null
}

/** Most functions have a group in the text, so one without has none. */
function listsWholeMachine({ devices, groups }: Machine): boolean {
  const grouped = Object.values(groups ?? {}).reduce((sum, bdfs) => sum + bdfs.length, 0)
  return grouped * 2 > devices.length && Object.keys(groups ?? {}).length > 2
}

function doubtsOf(machine: Machine, members: readonly Member[], shown: GroupShown, reading: Reading | null): Doubt[] {
  const doubts: Doubt[] = []
  const asked = members.filter(({ f, role, need }) => need === 'ask' || (role === 'wanted' && isObscure(f)))
  if (asked.length > 0) doubts.push({ code: 'kind', about: asked.map(({ f }) => f) })
  if (reading === null) return shown === 'none' ? [...doubts, { code: 'group', about: [] }] : doubts
  if (reading.contradictions.length > 0) doubts.push({ code: 'two-machines', about: [] })
  if (shown === 'none' && isGuestListing(machine, reading)) doubts.push({ code: 'guest-listing', about: [] })
  if (shown === 'none' && reading.surroundings.iommuOn === null && groupInError(reading) === null)
    doubts.push({ code: 'iommu', about: [] })
  if (shown === 'none') doubts.push({ code: 'group', about: [] })
  if (shown === 'partial') doubts.push({ code: 'members', about: [] })
  return doubts
}

interface Facts {
  readonly refusal: Refusal | null
  readonly troubles: readonly Trouble[]
  readonly doubts: readonly Doubt[]
  readonly members: readonly Member[]
  readonly losses: readonly Loss[]
  readonly causes: readonly Cause[]
  readonly inUse: InUse
  /** The listing has a host bridge, so it is of a machine and no excerpt about a device. */
  readonly showsHost: boolean
}

function verdictOf(facts: Facts): Verdict {
  const { refusal, troubles, doubts, members, inUse } = facts
  if (refusal !== null || troubles.some(({ stops }) => stops)) return 'no'
  const leaving = members.filter(({ need }) => need === 'bind' || need === 'release' || need === 'ask')
  if (leaving.some(({ f }) => inUse.disk?.bdf === f.bdf)) return 'against'
  const certain = doubts.every(
    ({ code, about }) =>
      code === 'members' ||
      (code === 'kind' && about.every((f) => members.some((member) => member.f === f && member.role !== 'wanted'))),
  )
  const byGroup = verdictByGroup(facts)
  // Who is shown to be in the way stays there, whoever else there may be.
  if (doubts.length > 0 && !(certain && (byGroup === 'with-others' || byGroup === 'against'))) return 'unknown'
  return byGroup
}

function verdictByGroup({ members, losses, causes, inUse, showsHost }: Facts): Verdict {
  const own = members.find(({ role }) => role === 'wanted')
  if (showsHost && inUse.disk === null && own !== undefined && isLikelyHostDisk(losses, own.f)) return 'against'
  const costly = members.filter(({ role, need }) => role === 'passenger' && (need === 'bind' || need === 'release'))
  if (causes.some(({ code }) => code === 'part-of-chipset')) return 'against'
  if (costly.length === 0) return members.some(({ need }) => need === 'bind' || need === 'release') ? 'yes' : 'ready'
  const inWay = new Set(costly.map(({ f }) => f))
  const vital = losses.filter(
    ({ f, kind, last, used }) =>
      inWay.has(f) && (last || used !== undefined) && (kind === 'disk' || kind === 'network' || kind === 'usb'),
  )
  const last = new Set(vital.map(({ kind }) => kind))
  const all = causes.some(({ code }) => code === 'all-ports')
  if (all || last.has('disk') || last.size > 1 || costly.some(({ kind }) => kind === 'isa')) return 'against'
  return 'with-others'
}

function isOverridden(reading: Reading | null): boolean {
  if (reading === null) return false
  const { overrideOn, running } = reading.surroundings
  return overrideOn !== null || running.some(({ name }) => name === 'pcie_acs_override')
}

/** What there is instead of VFIO, or to make it possible. */
function insteadOf({ byBdf, topology }: Lookup, troubles: readonly Trouble[]): Alternative[] {
  if (troubles.some(({ code }) => code === 'xen')) return [{ code: 'xen-pciback' }]
  const vmd = troubles.find(({ code }) => code === 'vmd')
  if (vmd !== undefined) {
    const controller = topology.functions.find(
      ({ driver, name = '' }) => driver === 'vmd' || /Volume Management Device|\bVMD\b/i.test(name),
    )
    return [{ code: 'vmd-off', controller: controller ?? null }]
  }
  return troubles.some(({ code }) => code === 'raspberry-pi-5') && byBdf.size > 0 ? [{ code: 'emulated' }] : []
}

/** What belongs to the wanted function's card and is no second card's worth: the sound and the USB port of graphics. */
function elsewhereOf({ bySlot }: Lookup, wanted: PciFunction, inGroup: readonly PciFunction[]): PciFunction[] {
  if (kindOf(wanted) !== 'graphics' || isOnBoard(wanted)) return []
  const members = new Set(inGroup)
  return (bySlot.get(slotOf(wanted.bdf)) ?? []).filter(
    (f) => f !== wanted && !members.has(f) && kindOf(f) !== 'graphics',
  )
}

function twinsOf({ byId }: Lookup, members: readonly Member[]): PciFunction[] {
  const bound = new Set(members.filter(({ need }) => need === 'bind' || need === 'done').map(({ f }) => f))
  const twins = new Set<PciFunction>()
  for (const { vendor, device } of bound) {
    if (!vendor || !device) continue
    for (const f of byId.get(`${vendor}:${device}`) ?? []) if (!bound.has(f)) twins.add(f)
  }
  return [...twins]
}
