/** The kernel log: which function joined which group at boot, and afterwards. */
import { BDF, fullAddress } from './address.ts'
import type { Reader } from './context.ts'
import type { Machine, Place } from './facts.ts'

const PREFIX =
  /^(?:[a-z]{3} {1,2}\d{1,2} \d\d:\d\d:\d\d \S+ kernel: ?|<\d{1,3}>|\[ {0,8}\d+\.\d+\]|\[[a-z]{3} [a-z]{3} {1,2}\d+ \d\d:\d\d:\d\d \d{4}\]|\d{4}-\d\d-\d\dT\S+ \S+ kernel: ?)/i
const NEW = ': Adding to iommu group '
const NEW_REMOVED = ': Removing from iommu group '
const OLD = /\b(Adding|Removing) device (\S{1,40}) (?:to|from) group (\d{1,6})/g
/** More lines than this are a whole boot. */
const WHOLE_BOOT = 200

export const readKernelLog: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  const { bare } = line
  const { machine } = context
  const seconds = Number(/^\[ {0,8}(\d{1,9}\.\d{1,9})\]/.exec(bare)?.[1] ?? Number.NaN)
  // Lines may be a little out of order, and several CPUs write at once.
  if (seconds < context.logTime - 1) machine.nextBoot()
  if (!Number.isNaN(seconds)) context.logTime = seconds
  let found = readMemberships(bare, line, machine)
  let taken = 1
  if (!found && /(?:Adding|Removing)(?: (?:to|from|iommu|device|group|\S{1,40}:\S{1,40})){1,4}$/.test(bare)) {
    // Mail wraps the line before the number of the group or earlier.
    found = readMemberships(`${bare} ${lines[at + 1]?.bare ?? ''}`, line, machine)
    if (found) taken = 2
  }
  if (!found && bare.includes('pci ')) readHint(line, machine)
  if (!found && !PREFIX.test(bare) && !KERNEL_LINE.test(bare)) return 0
  if (context.block !== null || context.group !== null) context.boundary()
  context.logLines++
  if (context.logLines === WHOLE_BOOT) machine.format('dmesg-full')
  return taken
}

/** All joining and leaving that a line tells of. */
function readMemberships(text: string, place: Place, machine: Machine): boolean {
  let found = false
  if (text.includes('iommu group ')) {
    for (const [phrase, joins] of [
      [NEW, true],
      [NEW_REMOVED, false],
    ] as const) {
      for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
        const word = text.slice(text.lastIndexOf(' ', at - 1) + 1, at)
        const group = /^\d{1,6}/.exec(text.slice(at + phrase.length, at + phrase.length + 7))?.[0]
        if (group === undefined || word === '') continue
        machine.log(word, joins ? group : null, place)
        machine.format('dmesg-new')
        found = true
      }
    }
  }
  if (text.includes(' group ') && text.includes('ing device ')) {
    for (const [, verb, word = '', group = ''] of text.matchAll(OLD)) {
      if (fullAddress(word) === null && !text.includes('iommu: ')) continue
      machine.log(word, verb === 'Adding' ? group : null, place)
      machine.format('dmesg-old')
      found = true
    }
  }
  return found
}

/** A line of the log without its time: `pci 0000:00:00.2: AMD-Vi: Found IOMMU cap 0x40`. */
const KERNEL_LINE = new RegExp(
  `^(?:[a-z][\\w-]{1,30} ${BDF}: |iommu: |AMD-Vi: |DMAR: |DMAR-IR: |vfio_pci: |pci_bus )`,
  'i',
)

const FOUND = new RegExp(
  `pci (${BDF}): \\[([0-9a-f]{4}):([0-9a-f]{4})\\] type [0-9a-f]{2} class 0x([0-9a-f]{6})(?: ([\\w /-]{1,60}))?`,
  'i',
)
const BRIDGE = new RegExp(`pci (${BDF}): PCI bridge to \\[bus ([0-9a-f]{2})(?:-([0-9a-f]{2}))?\\]`, 'i')
/** Port types as the kernel words them (pcie_type_str, since 6.10) and as lspci does. */
const PORT_TYPES: Readonly<Record<string, string>> = {
  'PCIe Endpoint': 'Endpoint',
  'PCIe Legacy Endpoint': 'Legacy Endpoint',
  'PCIe Root Port': 'Root Port',
  'PCIe Switch Upstream Port': 'Upstream Port',
  'PCIe Switch Downstream Port': 'Downstream Port',
  'PCIe to PCI/PCI-X bridge': 'PCI-Express to PCI/PCI-X Bridge',
  'PCI/PCI-X to PCIe bridge': 'PCI/PCI-X to PCI-Express Bridge',
  'PCIe Root Complex Integrated Endpoint': 'Root Complex Integrated Endpoint',
  'PCIe Root Complex Event Collector': 'Root Complex Event Collector',
}

/** Ids, class and buses, from the lines in which the kernel enumerates the bus. */
function readHint(place: Place, machine: Machine): void {
  const { bare } = place
  const found = FOUND.exec(bare)
  if (found !== null) {
    const [, word = '', vendor = '', device = '', code = '', type = ''] = found
    const pcieType = PORT_TYPES[type.trim()]
    const hint = { vendor: vendor.toLowerCase(), device: device.toLowerCase(), class: code.toLowerCase() }
    machine.hint(fullAddress(word) ?? word, { ...hint, ...(pcieType === undefined ? {} : { pcieType }) }, place)
    return
  }
  const [, word = '', secondary = '', subordinate = secondary] = BRIDGE.exec(bare) ?? []
  if (secondary === '') return
  const hint = { secondary: secondary.toLowerCase(), subordinate: subordinate.toLowerCase() }
  machine.hint(fullAddress(word) ?? word, hint, place)
}
