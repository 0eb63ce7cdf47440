/**
 * What a text says beside its listings: error messages of QEMU, libvirt, DPDK and other tools, lines of the kernel's log
 * and of lspci that tell of trouble. Each with its device and line; what it means stands in `message-words.ts`.
 */
import { BDF, fullAddress } from '../import/address.ts'
import { LINE_RULES, type MessageCode } from './message-rules.ts'

export type { MessageCode } from './message-rules.ts'

export interface Message {
  readonly code: MessageCode
  /** Address in full, decimal group; null where the message does not say. */
  readonly bdf: string | null
  readonly group: string | null
  /** Counted from 1 in its paste. */
  readonly line: number
  /** Which paste, counted from 0; absent for the first. */
  readonly paste?: number
  /** What else the message names: an error number, a BAR, a driver, a parameter. */
  readonly value?: string
  /** The driver that refused, or that does not exist. */
  readonly driver?: string
}

/** A line must have one of these to be looked at. */
const WORTH =
  /vfio|iommu|RMRR|viable|passthrough|interrupt remapping|DMAR|AMD-Vi|BAR ?\d|header type|rev ff|reset|D3|probe|not ready|PCI device|x-vga|PCI ROM|inaccessible|fallen off|vmd|write error|SMMU|DMA Read|DMA Write|kvm|VMX|VT-x|VT-d|SVM|AMD-V|VFs|SRIOV|routing table|virtuali[sz]ation|pci_\d|\/drivers\/|INTx|transaction|missing group/i
const ADDRESS = new RegExp(`(?<![\\w.:])(?:pci[:@])?(${BDF})(?!\\w|:\\w|\\.\\d)`, 'gi')
/** libvirt's name of a device: `pci_0000_01_00_0`. */
const LIBVIRT = /\bpci_([0-9a-f]{4,8})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])/i
/** Harvester's: the node and the digits of the address, `node1-000001000`. */
const HARVESTER = /(?<=[a-z\d]-)([0-9a-f]{4})([0-9a-f]{2})([01][0-9a-f])([0-7])(?![\w-])/i
const HOST = new RegExp(`host["']?[=:] {0,2}["']?(${BDF})`, 'i')
const NAMED = new RegExp(`(?:vfio|error|EAL|device|vfio-pci|[a-z][\\w-]{1,30}):? {1,2}(${BDF})(?![\\w.])`, 'i')
/** A record of lspci begins with the address of its function. */
const RECORD = new RegExp(`^[>|*\\s]{0,8}(${BDF}) (?=\\S)`, 'i')
/** A command that writes an address to sysfs, or hands one to a tool: what is printed below it is about that. */
const COMMAND = /\becho\b|\btee\b|driver_override|devbind|driverctl|nodedev-|\bqm |\bmodprobe\b/
const LONGEST_LINE = 4000
const MOST = 40

/**
 * Finds the messages in a text, each once, in the text's order; at most 40. Takes time in proportion to the length of the
 * text and never throws.
 * @param paste which text of several, counted from 0
 */
export function messagesIn(text: string, paste = 0): Message[] {
  const found: Message[] = []
  let record: string | null = null
  let above: string | null = null
  let number = 0
  for (const whole of text.split(/\r\n|[\n\r]/)) {
    number++
    // Kubernetes events hold their line ends as two characters.
    for (const line of whole.slice(0, LONGEST_LINE).split('\\n')) {
      const [, head] = RECORD.exec(line) ?? []
      if (head !== undefined) {
        record = fullAddress(head)
        if (record !== null && !/\(rev ff\)|header type 7f/i.test(line)) revive(found, record)
      } else if (line.trim() === '') {
        record = null
      }
      const message = WORTH.test(line) ? messageOf(line, record, above) : null
      if (message !== null) add(found, { ...message, line: number, ...(paste === 0 ? {} : { paste }) })
      if (message === null || COMMAND.test(line)) above = COMMAND.test(line) ? addressIn(line, 0) : null
    }
    if (found.length >= MOST) break
  }
  return found
}

/**
 * @param record the function whose record of lspci the line stands in
 * @param above the function that the command on the line above names
 */
function messageOf(line: string, record: string | null, above: string | null): Omit<Message, 'line'> | null {
  for (const { code, pattern, from, unless } of LINE_RULES) {
    const match = pattern.exec(line)
    if (match === null || unless?.test(line) === true) continue
    const { group, group2, group3, value, value2, driver, driver2 } = match.groups ?? {}
    const elsewhere = from === 'record' ? record : from === 'above' ? above : null
    const bdf = from === 'nobody' ? null : (addressIn(line, match.index) ?? elsewhere)
    const told = value ?? value2
    const named = driver ?? driver2
    // What says no more than another about the same line is the same message.
    return {
      code,
      bdf,
      group: group ?? group2 ?? group3 ?? null,
      ...(told === undefined ? {} : { value: told }),
      ...(named === undefined ? {} : { driver: named }),
    }
  }
  return null
}

/** A later record of a function that answers again: what an earlier one showed has passed. */
function revive(found: Message[], bdf: string): void {
  for (let at = found.length - 1; at >= 0; at--) {
    const { code, bdf: about } = found[at] ?? {}
    if (about === bdf && (code === 'dead' || code === 'asleep')) found.splice(at, 1)
  }
}

function add(found: Message[], message: Message): void {
  const same = found.findIndex(({ code, group }) => code === message.code && group === message.group)
  const known = found[same]
  if (message.code === 'dead') {
    // Rev ff and the header of the same record are one thing.
    const asleep = found.findIndex(({ code, bdf }) => code === 'asleep' && bdf === message.bdf)
    if (asleep >= 0) found.splice(asleep, 1)
  }
  if (found.some(({ code, bdf, value, group }) => isSame({ code, bdf, value, group }, message))) return
  if (known === undefined) found.push(message)
  else if (known.bdf === null && message.bdf !== null) found[same] = message
  else if (message.bdf !== null && known.bdf !== message.bdf) found.push(message)
}

function isSame(
  a: Pick<Message, 'code' | 'bdf' | 'group'> & { readonly value?: string | undefined },
  b: Message,
): boolean {
  return a.code === b.code && a.bdf === b.bdf && a.group === b.group && a.value === b.value
}

/** The device that a message is about: the one named before it, else QEMU's `host=`, else the only one of the line. */
function addressIn(line: string, at: number): string | null {
  const before = line.slice(Math.max(0, at - 80), at)
  const named = NAMED.exec(before)?.[1] ?? HOST.exec(line)?.[1]
  if (named !== undefined) return fullAddress(named)
  const all = new Set([...line.matchAll(ADDRESS)].map(([, word = '']) => fullAddress(word)))
  const [only] = all
  if (all.size > 0) return all.size === 1 && only !== undefined ? only : null
  const [, domain, bus, slot, fn] = LIBVIRT.exec(line) ?? HARVESTER.exec(line) ?? []
  return domain === undefined ? null : fullAddress(`${domain}:${bus ?? ''}:${slot ?? ''}.${fn ?? ''}`)
}
