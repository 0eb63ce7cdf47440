/** Error messages in sentences: what they mean, and what to do next. */
import { list, plain, rich, sentences, shortBdf, type Words } from '../explain/words.ts'
import { driverFamily } from '../sim/drivers.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { COMPLETE_COMMAND } from '../import/missing.ts'
import { adviceFor } from './advice.ts'
import type { Message, MessageCode } from './messages.ts'
import { LESSONS, type Next } from './message-lessons.ts'
import { at } from './names.ts'
import { NO_SETTING, type Setting } from './setting.ts'

export interface MessageWords {
  /** `The error names 01:00.0, group 1: not viable.` */
  readonly title: string
  readonly meaning: Words
  /** The next thing to type. */
  readonly command: string
  /** What it is for. */
  readonly purpose: string
}

/** What a log or listing shows, as opposed to errors that a program prints. */
const SHOWN: ReadonlySet<MessageCode> = new Set([
  'dead',
  'asleep',
  'no-power',
  'not-ready',
  'iommu-off',
  'iommu-failed',
  'fault',
  'group-failed',
])

/** Shows whether the IOMMU is on. */
export const IOMMU_COMMAND = 'cat /proc/cmdline; sudo dmesg | grep -i -e DMAR -e IOMMU -e AMD-Vi -e SMMU'

/** What to say about a message. With the machine, it says who is in the way. */
export function messageWords(message: Message, machine: Machine | null, setting: Setting = NO_SETTING): MessageWords {
  const { bdf, group } = message
  const lesson = LESSONS[message.code]
  const who = [bdf === null ? null : shortBdf(bdf), group === null ? null : `group ${group}`].filter(
    (part) => part !== null,
  )
  const viability = message.code === 'not-viable' || message.code === 'no-file'
  const held = viability ? holders(message, machine) : []
  const drivers = [...new Set(held.map(({ driver }) => driver ?? ''))]
  const what = `${lesson.title}${drivers.length === 0 ? '' : `, held by ${plain(list(drivers.slice(0, 4)))}`}`
  const [source, says, names] = SHOWN.has(message.code)
    ? ['The text', 'shows', 'shows of']
    : ['The error', 'says', 'names']
  const title = who.length === 0 ? `${source} ${says}: ${what}` : `${source} ${names} ${who.join(', ')}: ${what}`
  return {
    title,
    meaning: sentences(lesson.meaning(message, setting), heldBy(held), held.length === 0 && (lesson.unseen ?? null)),
    ...nextOf(lesson.next, message),
  }
}

function nextOf(next: Next, { bdf }: Message): Pick<MessageWords, 'command' | 'purpose'> {
  switch (next) {
    case 'iommu':
      return { command: IOMMU_COMMAND, purpose: 'This shows whether the IOMMU is on' }
    case 'iomem':
      return { command: 'sudo cat /proc/iomem', purpose: 'This shows who holds the memory of the device' }
    case 'device':
      return {
        command: `sudo lspci -nnvvv${bdf === null ? '' : ` -s ${shortBdf(bdf)}`}; sudo dmesg | grep -i -e vfio${bdf === null ? '' : ` -e ${shortBdf(bdf)}`}`,
        purpose: 'This shows whether the device answers',
      }
    case 'everything':
      return {
        command: COMPLETE_COMMAND,
        purpose: 'This prints every group with its members and their drivers; paste that here too',
      }
  }
}

/** Who keeps the group from being viable, as far as the listing tells. */
function holders({ bdf, group }: Message, machine: Machine | null): PciFunction[] {
  if (machine === null) return []
  const wanted = bdf ?? (group === null ? undefined : machine.groups?.[group]?.[0])
  const members = wanted === undefined ? [] : (adviceFor(machine, wanted)?.members ?? [])
  return members
    .filter(({ need, unknown }) => (need === 'bind' || need === 'release') && !unknown)
    .map(({ f }) => f)
    .filter(({ driver }) => driver !== null && driverFamily(driver) === 'native')
}

/** `By this listing 01:00.0 is held by nvidia.`; null if the machine does not tell. */
function heldBy(held: readonly PciFunction[]): Words | null {
  const names = held.map((f) => rich`${at(f)} is held by ${{ kind: 'driver', text: f.driver ?? '' }}`)
  if (names.length === 0) return null
  return rich`By this listing ${list(names.slice(0, 5))}${names.length > 5 ? ' and more' : ''}.`
}
