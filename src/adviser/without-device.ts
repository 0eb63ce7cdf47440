/** What can be said of a text that names no function: an error alone, a command line, groups without addresses. */
import { list, rich, shortBdf, type Words } from '../explain/words.ts'
import { COMPLETE_COMMAND } from '../import/missing.ts'
import { IOMMU_COMMAND, messageWords, type MessageWords } from './message-words.ts'
import type { Reading } from './reading.ts'
import { settingOf } from './setting.ts'
import { stopsAlone, troublesWithout } from './troubles.ts'
import { troubleWords } from './trouble-words.ts'

const PURPOSE = 'This prints every group with its members and their drivers; paste that here too'

/** Everything that can be said, the text's own messages first; empty if the text has nothing to do with devices. */
export function answersWithout(reading: Reading): MessageWords[] {
  const setting = settingOf(reading)
  const said = [
    ...reading.messages
      .toSorted((a, b) => Number(stopsAlone(b)) - Number(stopsAlone(a)))
      .map((message) => messageWords(message, null, setting)),
    ...troublesWithout(reading).map((trouble): MessageWords => {
      const { title, words } = troubleWords(trouble, setting)
      return {
        title: `The text shows: ${title}`,
        meaning: words,
        command: IOMMU_COMMAND,
        purpose: 'This shows whether the IOMMU is on',
      }
    }),
  ]
  const bare = said.length > 0 ? null : nothingButNames(reading)
  return bare === null ? said : [bare]
}

/** `no`: something in the text stops any handover; `unknown`: nothing tells. */
export function verdictWithout(reading: Reading): 'no' | 'unknown' {
  const stopped = reading.messages.some(stopsAlone)
  return stopped || troublesWithout(reading).some(({ stops }) => stops) ? 'no' : 'unknown'
}

/** A text that names addresses, groups or cards in a form that tells nothing more of them. */
function nothingButNames({ surroundings, result }: Reading): MessageWords | null {
  const named = [...surroundings.lines.keys()].slice(0, 4)
  const meaning = named.length > 0 ? addresses(named) : groupsOnly(result.passedOver.length > 0, result.format)
  return meaning === null
    ? null
    : { title: titleOf(named, result.format), meaning, command: COMPLETE_COMMAND, purpose: PURPOSE }
}

function titleOf(named: readonly string[], format: string): string {
  if (named.length > 0) return `Not known yet: the text names ${named.map(shortBdf).join(', ')}, and tells nothing more`
  return format === ''
    ? 'Not known yet: the text names no address'
    : `Not known yet: ${formatName(format)} names no address`
}

function addresses(named: readonly string[]): Words {
  return rich`${list(named.map((bdf) => ({ kind: 'device', text: shortBdf(bdf) }) as const))} ${named.length === 1 ? 'stands' : 'stand'} in the text, and neither what ${named.length === 1 ? 'it is' : 'they are'} nor a group.`
}

function groupsOnly(some: boolean, format: string): Words | null {
  if (format.includes('nvidia-smi-topo')) {
    return [
      'The matrix of nvidia-smi tells which cards are near each other, and numbers them by itself. PIX and PXB mean a common switch, where devices may share a group; PHB, NODE and SYS mean different ports of the processor, and as a rule different groups. The addresses are in the output of nvidia-smi without arguments.',
    ]
  }
  if (format.includes('lshw')) {
    return ['The short form of lshw tells places in its own tree and no addresses: “lshw -businfo” or lspci has them.']
  }
  return some
    ? ['It names groups, drivers or cards, and no address such as 01:00.0: nothing can be told apart by that.']
    : null
}

function formatName(format: string): string {
  return format.includes('nvidia-smi-topo') ? 'nvidia-smi topo' : format.includes('lshw') ? 'lshw -short' : 'the text'
}
