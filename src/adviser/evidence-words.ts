/** What a verdict rests on, in sentences. */
import { capital, plain, rich, type Words } from '../explain/words.ts'
import type { Evidence } from './advice-types.ts'
import { at } from './names.ts'
import { NO_SETTING } from './setting.ts'
import { troubleWords } from './trouble-words.ts'

/** One claim: `01:00.0 is in group 12`. @param group the number that the text tells */
export function evidenceWords({ claim, state, about, trouble, byHand }: Evidence, group: string | null): Words {
  const who = about === undefined ? 'the device' : at(about)
  const open = state === 'unknown'
  const told = byHand === true ? ' (you said so)' : ''
  switch (claim) {
    case 'endpoint':
      return open ? rich`Whether ${who} is a device and no bridge` : rich`${who} is a device and no bridge${told}`
    case 'not-endpoint':
      return rich`${who} is a bridge${told}`
    case 'iommu-works':
      return open ? ['Whether the IOMMU works'] : ['The IOMMU works']
    case 'iommu-off':
      return ['There is no working IOMMU for it']
    case 'group':
      return open
        ? rich`Which group ${who} is in`
        : group === null
          ? rich`Who is in one group with ${who}; its number is not told`
          : rich`${who} is in group ${group}${told}`
    case 'no-group':
      return rich`${who} is in no group`
    case 'members':
      return open
        ? rich`Who else is in the group of ${who}`
        : rich`Who else is in the group of ${who}, and that nobody more is`
    case 'driver':
      return driverWords({ claim, state, ...(about === undefined ? {} : { about }) }, told)
    case 'host-needs':
      return rich`The host uses ${who} now`
    case 'two-machines':
      return ['The same address is described as different hardware']
    case 'trouble':
      return trouble === undefined ? [] : [titled(troubleWords(trouble, NO_SETTING).title)]
  }
}

/** With a capital, unless an address comes first. */
function titled(title: string): string {
  return /^[0-9a-f]{2,8}:/.test(title) ? title : plain(capital([title]))
}

function driverWords({ state, about }: Evidence, told: string): Words {
  const who = about === undefined ? 'the device' : at(about)
  if (state === 'unknown') return rich`Which driver ${who} has`
  return about === undefined || about.driver === null
    ? rich`${who} has no driver${told}`
    : rich`${who} is on ${{ kind: 'driver', text: about.driver }}${told}`
}

/** `shown, line 12`, `concluded`, `unknown`. */
export function stateWords({ state, line, paste }: Evidence): string {
  const place = line === undefined ? '' : `${paste === undefined ? '' : ` of text ${paste + 1}`}`
  return line === undefined ? state : `${state}, line ${line}${place}`
}

/** For a terminal: `shown, line 12: 01:00.0 is in group 1`. */
export function evidenceLine(evidence: Evidence, group: string | null): string {
  return `${stateWords(evidence)}: ${plain(evidenceWords(evidence, group))}`
}
