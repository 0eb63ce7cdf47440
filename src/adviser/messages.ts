/** Error messages of QEMU, libvirt, DPDK and tools around them: what each means, about whom, and where it leads. */
import { BDF, fullAddress } from '../import/address.ts'

/**
 * `not-viable`: a member of the group has a driver of the host; `no-file`: the group has no file in /dev/vfio; `busy`:
 * somebody has the group open; `permission`: the file belongs to another user; `no-group`: the device is in no group;
 * `spaces`: members of one group for two address spaces; `rmrr`: the firmware reserves memory for it; `bridges`: a tool
 * wants bridges on vfio-pci; `interrupts`: interrupts are not remapped.
 */
export type MessageCode =
  'not-viable' | 'no-file' | 'busy' | 'permission' | 'no-group' | 'spaces' | 'rmrr' | 'bridges' | 'interrupts'

export interface Message {
  readonly code: MessageCode
  /** Address in full, decimal group; null where the message does not say. */
  readonly bdf: string | null
  readonly group: string | null
}

const PATTERNS: readonly (readonly [code: MessageCode, pattern: RegExp])[] = [
  ['not-viable', /group (?<group>\d{1,6}) is not viable|VFIO group is not viable/i],
  ['busy', /\/dev\/vfio\/(?<group>\d{1,6})\b[^\n]{0,40}Device or resource busy/i],
  ['permission', /\/dev\/vfio\/(?<group>\d{1,6})\b[^\n]{0,40}Permission denied/i],
  [
    'no-file',
    /(?:failed to open|could not open|cannot (?:open|access)|unable to open)[^\n]{0,24}\/dev\/vfio\/(?<group>\d{1,6})\b|\/dev\/vfio\/(?<group2>\d{1,6})\b[^\n]{0,24}(?:does not exist|No such file)/i,
  ],
  [
    'no-group',
    /no iommu_group found|No IOMMU (?:detected|found)|host doesn'?t support passthrough of host PCI devices|Failed to find iommu group/i,
  ],
  ['spaces', /group (?<group>\d{1,6}) used in multiple address spaces/i],
  ['rmrr', /ineligible for IOMMU domain attach due to platform RMRR/i],
  ['bridges', /All devices (?:in|within) (?:an|the) IOMMU group must be bound to (?:the )?vfio/i],
  ['interrupts', /No interrupt remapping support/i],
]

/** A line must have one of these to be looked at. */
const WORTH = /vfio|iommu|RMRR|viable|passthrough|interrupt remapping/i
const ADDRESS = new RegExp(`(?<![\\w:.])${BDF}(?![\\w.:])`, 'gi')
const HOST = new RegExp(`host["']?[=:] {0,2}["']?(${BDF})`, 'i')
const NAMED = new RegExp(`(?:vfio|error|EAL|device|vfio-pci):? {1,2}(${BDF})(?![\\w.])`, 'i')
const LONGEST_LINE = 4000
const MOST = 20

/**
 * Finds the messages in a text, each once, in the text's order; at most 20. Takes time in proportion to the length of the
 * text and never throws.
 */
export function messagesIn(text: string): Message[] {
  const found: Message[] = []
  for (const line of text.split(/\r?\n|\\n/)) {
    const short = line.slice(0, LONGEST_LINE)
    if (!WORTH.test(short)) continue
    for (const [code, pattern] of PATTERNS) {
      const match = pattern.exec(short)
      if (match === null) continue
      const { group, group2 } = match.groups ?? {}
      add(found, { code, bdf: addressIn(short, match.index), group: group ?? group2 ?? null })
      // What says no more than another about the same line is the same message.
      break
    }
    if (found.length >= MOST) break
  }
  return found
}

function add(found: Message[], message: Message): void {
  const same = found.findIndex(({ code, group }) => code === message.code && group === message.group)
  const known = found[same]
  if (known === undefined) found.push(message)
  else if (known.bdf === null && message.bdf !== null) found[same] = message
  else if (message.bdf !== null && known.bdf !== message.bdf) found.push(message)
}

/** The device that a message is about: the one named before it, else QEMU's `host=`, else the only one of the line. */
function addressIn(line: string, at: number): string | null {
  const before = line.slice(Math.max(0, at - 80), at)
  const named = NAMED.exec(before)?.[1] ?? HOST.exec(line)?.[1]
  if (named !== undefined) return fullAddress(named)
  const all = new Set([...line.matchAll(ADDRESS)].map(([word]) => word.toLowerCase()))
  const [only] = all
  return all.size === 1 && only !== undefined ? fullAddress(only) : null
}
