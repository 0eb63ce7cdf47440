/** The answer about a device, in sentences. */
import { capital, code, list, plain, rich, sentences, type Words } from '../explain/words.ts'
import type { Advice, Member, Refusal } from './advice-types.ts'
import { isOnBoard } from './kinds.ts'
import { isLikelyHostDisk, missedFrom, missedName } from './missed.ts'
import { at, named, some } from './names.ts'
import type { Setting } from './setting.ts'
import { doubtWords, troubleWords } from './trouble-words.ts'

export interface AnswerWords {
  /** The answer in a few words. */
  readonly title: string
  readonly answer: Words
}

const ANSWERS: Readonly<Record<Advice['verdict'], (advice: Advice, setting: Setting) => AnswerWords>> = {
  no: noAnswer,
  unknown: unknownAnswer,
  ready: readyAnswer,
  yes: yesAnswer,
  'with-others': withOthersAnswer,
  against: againstAnswer,
}

/** The answer about a device, worded for the setting that is known. */
export function answerOf(advice: Advice, setting: Setting): AnswerWords {
  return ANSWERS[advice.verdict](advice, setting)
}

/** `group 12`, or `its group` where the number is not told. */
export function groupName({ group }: Pick<Advice, 'group'>): string {
  return group === null ? 'its group' : `group ${group}`
}

/** Behind a device's name: `group 12`, `group not told`, `in no group`. */
export function groupLabel({ group, refusal, evidence }: Advice): string {
  if (group !== null) return `group ${group}`
  return refusal === 'no-group' || evidence.some(({ claim }) => claim === 'no-group') ? 'in no group' : 'group not told'
}

function groupAtStart(advice: Advice): string {
  return plain(capital([groupName(advice)]))
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  bridge:
    'It is a bridge. vfio-pci takes no bridges, and nobody needs one: what is below it is handed over, and the bridge itself stays with its driver.',
  'host-part':
    'It is a part of the processor or chipset that the host itself is built on; a guest gets its own from QEMU.',
  'no-group':
    'It is in no IOMMU group, so nothing confines its DMA. Look whether the IOMMU is on, in the firmware (VT-d, AMD-Vi, SMMU) and on the kernel’s command line; or the listing does not name its group.',
  rmrr: 'The firmware reserves memory for it (RMRR) that it must always reach, so the kernel refuses to give its DMA to anybody else.',
}

function noAnswer(advice: Advice, setting: Setting): AnswerWords {
  if (advice.refusal !== null) {
    return { title: 'No: this cannot be handed to a guest', answer: [REFUSALS[advice.refusal]] }
  }
  const [first, ...others] = advice.troubles.filter(({ stops }) => stops)
  if (first === undefined) return { title: 'No: this cannot be handed to a guest', answer: [] }
  const { title, words } = troubleWords(first, setting)
  return {
    title: `${MENDABLE.has(first.code) ? 'Not yet' : 'No'}: ${title}`,
    answer: sentences(
      words,
      ...others.map((other) => {
        const also = troubleWords(other, setting)
        return also.title === title ? null : rich`Besides: ${also.title}.`
      }),
      isHeldByVfio(advice) &&
        rich`${at(advice.wanted)} is on ${driverOf(advice)} already: that is not what is missing.`,
    ),
  }
}

/** Trouble that a setting mends; the others need another kernel, firmware or machine. */
const MENDABLE: ReadonlySet<string> = new Set([
  'bar-held',
  'bar-space',
  'iommu-off',
  'no-group',
  'parameter',
  'interrupts',
  'probe',
  'not-ready',
  'no-power',
  'vfs-on',
])

function isHeldByVfio({ members }: Advice): boolean {
  return members.find(({ role }) => role === 'wanted')?.need === 'done'
}

function driverOf({ wanted }: Advice): Words {
  return [{ kind: 'driver', text: wanted.driver ?? 'vfio-pci' }]
}

function unknownAnswer(advice: Advice, setting: Setting): AnswerWords {
  const { wanted, doubts } = advice
  // What is behind all others comes first in the title; the least is how to find out.
  const [first, ...others] = doubts.map((doubt) => ({ doubt, ...doubtWords(doubt, advice.group, setting) }))
  return {
    title: `Not known yet: ${first?.title ?? 'the text does not tell enough'}`,
    answer: sentences(
      isHeldByVfio(advice) && rich`${at(wanted)} is on ${driverOf(advice)} already.`,
      first?.words,
      ...others.map(({ title, command }) => rich`Besides, ${title}: ${code(command)} tells.`),
      first !== undefined && rich`To find out, run ${code(first.command)}.`,
      obstacles(advice),
    ),
  }
}

function readyAnswer(advice: Advice): AnswerWords {
  const bridges = advice.members.filter(({ role }) => role === 'port')
  const one = bridges.length === 1
  return {
    title: 'Yes, and nothing is left to do',
    answer: sentences(
      rich`Nothing in ${groupName(advice)} is held by a driver of the host, and ${at(advice.wanted)} is on a VFIO driver.`,
      advice.onlyBridgesHeld &&
        rich`The ${one ? 'bridge' : 'bridges'} in the group ${one ? 'is' : 'are'} no obstacle: leave ${one ? 'its driver' : 'their drivers'} alone. A tool that wants a bridge bound to vfio-pci asks for too much.`,
    ),
  }
}

function yesAnswer(advice: Advice): AnswerWords {
  const { wanted, members } = advice
  const card = members.filter(({ role, need }) => role === 'card' && need !== 'nothing')
  const chip = isOnBoard(wanted) ? 'chip' : 'card'
  const one = card.length === 1
  return {
    title:
      card.length === 0
        ? 'Yes, by itself'
        : `Yes, with the other ${one ? 'function' : `${card.length} functions`} of its ${chip}`,
    answer: sentences(
      members.length === 1
        ? rich`${at(wanted)} has ${groupName(advice)} to itself.`
        : rich`${groupAtStart(advice)} holds nothing that serves the host by itself.`,
      card.length > 0 &&
        rich`${list(card.map(({ f }) => named(f)))} must not keep ${one ? 'its driver' : 'their drivers'} either: the group has one owner. Hand ${one ? 'it' : 'them'} to the guest too, as most do, or leave ${one ? 'it' : 'them'} without a driver.`,
      missedSentence(advice),
      obstacles(advice),
    ),
  }
}

/** `The host loses 01:00.0, the only display that the listing shows.` */
function missedSentence(advice: Advice): Words | null {
  const missed = missedFrom(advice)
  if (missed === null) return null
  return rich`${missed.f === advice.wanted ? 'The' : 'With it the'} host loses ${at(missed.f)}, ${missedName(missed)}${missed.used === undefined ? ' that the listing shows' : ''}.`
}

function withOthersAnswer(advice: Advice): AnswerWords {
  const passengers = passengersOf(advice)
  return {
    title: passengers.length === 1 ? 'Only together with another device' : 'Only together with other devices',
    answer: sentences(
      rich`${groupAtStart(advice)} also holds ${some(passengers.map(({ f }) => f))}. A group has one owner at a time: while the guest runs, the host ${hostWithout(passengers.length)}.`,
      advice.doubts.some(({ code: what }) => what === 'members') && [
        'The text does not show the whole group: there may be more.',
      ],
      obstacles(advice),
    ),
  }
}

/** What the host is left with. */
function hostWithout(count: number): string {
  if (count === 1) return 'cannot use it'
  return count === 2 ? 'can use neither of them' : 'can use none of them'
}

function againstAnswer(advice: Advice): AnswerWords {
  const { wanted, hostDisk, nothingSplits } = advice
  const passengers = passengersOf(advice)
  const one = passengers.length === 1
  const disk = advice.members.find(({ f }) => f.bdf === hostDisk)?.f
  const leaving = passengers.filter(({ need }) => need !== 'done')
  const likely = disk === undefined && isLikelyHostDisk(advice.losses, wanted)
  return {
    title:
      disk === wanted
        ? 'Better not: the host runs from it'
        : likely
          ? 'Better not: the host probably runs from it'
          : 'Better not: the host needs what would go with it',
    answer: sentences(
      likely &&
        rich`${at(wanted)} is the only disk controller that the listing shows: if the host’s root file system is on it, the host stops. Look at the mounts with ${code('lsblk')} first.`,
      disk === wanted && rich`The host’s root file system is on ${at(wanted)}: without it the host stops.`,
      disk !== undefined &&
        disk !== wanted &&
        rich`The host’s root file system is on ${named(disk)}, in the same group: it would go with ${at(wanted)}, and the host would stop.`,
      likely
        ? leaving.length > 0 &&
            rich`${some(leaving.map(({ f }) => f))} of ${groupName(advice)} would have to leave the host, too.`
        : passengers.length > 0 &&
            rich`${groupAtStart(advice)} also holds ${some(passengers.map(({ f }) => f))}. ${one ? 'It' : 'All of them'} would have to leave the host, which would hardly survive ${one ? 'that' : 'it'}.`,
      nothingSplits && ['No slot, firmware setting or kernel option makes this group smaller.'],
    ),
  }
}

function passengersOf({ members }: Advice): Member[] {
  return members.filter(({ role, need }) => role === 'passenger' && need !== 'nothing')
}

function obstacles(advice: Advice): Words | null {
  const todo = advice.members.filter(({ need }) => need === 'bind' || need === 'release')
  if (advice.verdict === 'unknown' && todo.every(({ unknown }) => unknown)) return null
  const held = todo.filter(({ unknown, f }) => !unknown && f.driver !== null)
  if (held.length > 0) {
    const names = list(held.map(({ f }) => rich`${at(f)} by ${{ kind: 'driver', text: f.driver ?? '' }}`))
    if (advice.estimated && held.length > 1) return rich`Drivers of the host hold what may be in its group: ${names}.`
    return held.length === 1
      ? rich`What is in the way now: ${names}.`
      : rich`What keeps ${groupName(advice)} from being viable now: ${names}.`
  }
  const unseen = todo.filter(({ unknown }) => unknown).length
  if (unseen === 0) return null
  return [`Which ${unseen === 1 ? 'driver holds it' : 'drivers hold them'} now, the listing does not say.`]
}
