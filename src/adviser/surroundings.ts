/**
 * What a text tells of the host around its devices: kernel, distribution, command line, whether the IOMMU works, what the
 * host's disk, network and picture hang on, and which device the person has in mind. Nothing is guessed here: each fact
 * has the line that shows it.
 */
import { BDF, fullAddress } from '../import/address.ts'
import type { ImportedFact } from '../import/result.ts'
import { addParameters, type Parameter } from './command-line.ts'
import { newHostUse, noteDisks, noteNetwork, networkOf, rootDiskOf, type HostUse } from './host-use.ts'
import { systemIn, type SystemId } from './system.ts'

export interface Place {
  /** Counted from 1. */
  readonly line: number
  /** Which text of several, counted from 0; absent for the first. */
  readonly paste?: number
}

/** A value and the line that shows it. */
export type Told<T> = Place & { readonly value: T }

/** Where the kernel that printed the text runs, if not on an ordinary host. */
export type Platform = 'xen' | 'raspberry-pi-5' | 'power' | 'guest'

export interface Surroundings {
  /** Releases in the text's order, each once: `6.8.4-2-pve`. */
  readonly kernels: readonly Told<string>[]
  readonly system: Told<SystemId> | null
  readonly platform: Told<Platform> | null
  /** Parameters of the running kernel, and of boot configurations. */
  readonly running: readonly Parameter[]
  readonly configured: readonly Parameter[]
  /** The kernel says that it uses an IOMMU. */
  readonly iommuOn: Place | null
  /** `DMAR: IOMMU enabled`, which the kernel prints when it reads its command line, whether there is an IOMMU or not. */
  readonly iommuAsked: Place | null
  /** The firmware's table of Intel's IOMMU, printed where VT-d is on in its setup. */
  readonly firmwareTable: Place | null
  /** The kernel took every function that it had put into a group out again: the last line that says so. */
  readonly removed: Place | null
  /** The override patch is on. */
  readonly overrideOn: Place | null
  /** The processor's maker, where a line names it. */
  readonly vendor: 'intel' | 'amd' | null
  /** Ids given to vfio-pci, `vvvv:dddd`. */
  readonly vfioIds: readonly Told<string>[]
  /** The device that the kernel took for the boot display. */
  readonly bootDisplay: Told<string> | null
  /** Who holds the memory of the boot screen: `efifb`, `simplefb`, ... */
  readonly framebuffer: Told<string> | null
  /** Address of the disk controller of the root file system, or the name of its disk. */
  readonly rootDisk: Told<string> | null
  /** Network functions that are up. */
  readonly activeNetwork: readonly Told<string>[]
  /** Functions that a command or a guest's configuration names. */
  readonly wishes: readonly Told<string>[]
  /** Sentences in which somebody says what is to go to a guest, in small letters. */
  readonly sentences: readonly Told<string>[]
  /** Lines on which each address stands, at most the first few. */
  readonly lines: ReadonlyMap<string, readonly Place[]>
  /** Commands that filter a listing of groups, and marks of what was left out. */
  readonly filtered: Place | null
  /** The last command that lists groups and keeps only lines with some address. */
  readonly byAddress: Place | null
}

const LONGEST_LINE = 4000
const LINES_EACH = 12
const ADDRESS = new RegExp(`(?<![\\w.])(?:pci_)?(${BDF}|[0-9a-f]{4}_[0-9a-f]{2}_[0-9a-f]{2}_[0-7])(?![\\w])`, 'gi')

interface Collected {
  kernels: Told<string>[]
  strong: Told<SystemId> | null
  weak: Told<SystemId> | null
  platform: Told<Platform> | null
  running: Parameter[]
  configured: Parameter[]
  iommuOn: Place | null
  iommuAsked: Place | null
  firmwareTable: Place | null
  /** Whether the log has each function in a group at its end. */
  joined: Map<string, boolean>
  lastRemoval: Place | null
  vendor: 'intel' | 'amd' | null
  overrideOn: Place | null
  vfioIds: Told<string>[]
  bootDisplay: Told<string> | null
  framebuffer: Told<string> | null
  use: HostUse
  wishes: Told<string>[]
  sentences: Told<string>[]
  lines: Map<string, Place[]>
  filtered: Place | null
  byAddress: Place | null
}

/** Reads the surroundings of all texts. Takes time in proportion to their length and never throws. */
export function surroundingsOf(texts: readonly string[], facts: readonly ImportedFact[] = []): Surroundings {
  const found: Collected = {
    kernels: [],
    strong: null,
    weak: null,
    platform: null,
    running: [],
    configured: [],
    iommuOn: null,
    iommuAsked: null,
    firmwareTable: null,
    joined: new Map(),
    lastRemoval: null,
    vendor: null,
    overrideOn: null,
    vfioIds: [],
    bootDisplay: null,
    framebuffer: null,
    use: newHostUse(),
    wishes: [],
    sentences: [],
    lines: new Map(),
    filtered: null,
    byAddress: null,
  }
  texts.forEach((text, paste) => {
    text.split(/\r\n|[\n\r]/).forEach((line, index) => {
      readLine(line.slice(0, LONGEST_LINE), { line: index + 1, ...(paste === 0 ? {} : { paste }) }, found)
    })
  })
  for (const fact of facts) addFact(fact, found)
  return finished(found)
}

/** What the importers read from forms of text that lines do not give away: records, tables, documents. */
function addFact({ kind, bdf, value = '', line, paste }: ImportedFact, found: Collected): void {
  const place = { line, ...(paste === undefined ? {} : { paste }) }
  if (kind === 'acs-override') found.overrideOn ??= place
  else if (kind === 'hypervisor' && value === 'xen') found.platform ??= { ...place, value: 'xen' }
  if (bdf === undefined) return
  if (kind === 'network') for (const name of value.split(',')) found.use.interfaces.set(name, bdf)
  else if (kind === 'disk') found.use.disks.set(value.replace(/^\/dev\//, ''), bdf)
  else if (kind === 'boot-display' || (kind === 'in-use' && value === 'display'))
    found.bootDisplay ??= { ...place, value: bdf }
  else if (kind === 'in-use') found.use.active.push({ ...place, value: bdf })
  else if (kind === 'assigned' && found.wishes.every((wish) => wish.value !== bdf))
    found.wishes.push({ ...place, value: bdf })
}

function readLine(line: string, place: Place, found: Collected): void {
  if (line.length < 3) return
  noteAddresses(line, place, found)
  noteSystem(line, place, found)
  noteIommu(line, place, found)
  noteDisks(line, place, found.use)
  noteNetwork(line, place, found.use)
  noteWishes(line, place, found)
  noteSentence(line, place, found)
}

function noteAddresses(line: string, place: Place, { lines }: Collected): void {
  for (const [, word = ''] of line.matchAll(ADDRESS)) {
    const bdf = fullAddress(word.replace(/^([0-9a-f]{4})_(..)_(..)_(.)$/i, '$1:$2:$3.$4'))
    if (bdf === null) continue
    const known = lines.get(bdf)
    if (known === undefined) lines.set(bdf, [place])
    else if (known.length < LINES_EACH && known.at(-1)?.line !== place.line) known.push(place)
  }
}

const RELEASE =
  /(?:Linux version |Linux \S{1,60} |vmlinuz-|kernel(?: version|:| is)?[ :|]{1,4}|^\s{0,4})(?<release>[2-7]\.\d{1,2}(?:\.\d{1,3})?(?:-[\w.+~]{1,40})?(?:-[\w.+~]{1,30})?)(?=[\s,;|)]|$)/i
const PLATFORMS: readonly (readonly [platform: Platform, pattern: RegExp])[] = [
  [
    'xen',
    /\(XEN\)|Hypervisor detected: Xen PV|Booting paravirtualized kernel on Xen|pciback|\blibxl|\bqvm-|\bxl (?:pci-|info\b|dmesg\b|list\b|create\b)|^xen_(?:version|major|caps|commandline)\b|GRUB_CMDLINE_XEN|dom0_mem=|\bXCP-ng\b|Qubes ?OS/i,
  ],
  ['raspberry-pi-5', /Raspberry Pi (?:5|Compute Module 5|500)|\bBCM2712\b|bcm2712|\bRP1 PCIe/i],
  [
    'power',
    /\bppc64(?:le)?\b|\bPowerNV\b|\bpSeries\b|\bpseries\b|\bPOWER(?:8|9|10|11)\b|IBM,\d{4}-|pci_dn|EEH:|\bspapr\b/,
  ],
  [
    'guest',
    /Hypervisor detected: (?:KVM|VMware|Microsoft|QEMU|VirtualBox)|DMI: QEMU|DMI: VMware|DMI: innotek|Machine:.{0,40}(?:QEMU|VMware Virtual|VirtualBox)|Virtualization: (?:kvm|vmware|oracle|microsoft|qemu)\b/i,
  ],
]
const ANY_PLATFORM = new RegExp(PLATFORMS.map(([, pattern]) => pattern.source).join('|'), 'i')

function noteSystem(line: string, place: Place, found: Collected): void {
  const system = systemIn(line)
  if (system !== null) {
    if (system.strong) found.strong ??= { ...place, value: system.id }
    else found.weak ??= { ...place, value: system.id }
  }
  if (ANY_PLATFORM.test(line) && found.platform === null) {
    const platform = PLATFORMS.find(([, pattern]) => pattern.test(line))?.[0]
    if (platform !== undefined) found.platform = { ...place, value: platform }
  }
  const release = RELEASE.exec(line)?.groups?.['release']
  if (release !== undefined && found.kernels.length < 8 && !found.kernels.some(({ value }) => value === release)) {
    found.kernels.push({ ...place, value: release })
  }
}

const IOMMU_ON =
  /DMAR: Intel\(R\) Virtualization Technology for Directed I\/O|AMD-Vi: (?:Interrupt remapping enabled|Found IOMMU|AMD IOMMUv2 loaded|Virtual APIC enabled|Lazy IO|X2APIC enabled)|IOMMU performance counters supported|: Adding to iommu group \d|iommu: Adding device|\barm-smmu(?:-v3)? \S{1,40}: (?:ias|probing|stage|\d{1,9} context)|Using iommu (?:dma|direct) mapping|IOMMU is enabled by kernel[ :]{1,12}PASS/i

const BOOT_DISPLAY = new RegExp(`(${BDF}): vgaarb: setting as boot (?:VGA )?device`, 'i')
const MEMBERSHIP = new RegExp(
  `(${BDF}): (Adding to|Removing from) iommu group \\d|(Adding|Removing) device (${BDF}) (?:to|from) group \\d`,
  'gi',
)

/** Which functions the kernel's log has in a group at its end. */
function noteMembership(line: string, place: Place, found: Collected): void {
  for (const [, newer, verb, oldVerb, older] of line.matchAll(MEMBERSHIP)) {
    const joins = /^adding/i.test(verb ?? oldVerb ?? '')
    found.joined.set((newer ?? older ?? '').toLowerCase(), joins)
    if (!joins) found.lastRemoval = place
  }
}

/** `find /sys/kernel/iommu_groups -type l | grep 01:00`: the other members are not shown. */
const ADDRESS_FILTER = /iommu_groups?\b.{0,200}\|\s*(?:e?grep|rg)\b.{0,60}?[0-9a-f]{2,4}[:_][0-9a-f]/i

/** A listing of groups through a filter that looks for a device: others of the group are not shown. */
function isDeviceFilter(line: string): boolean {
  if (!/iommu_groups|iommu\.sh|ls-iommu|iommu group/i.test(line)) return false
  const words = /\|\s*(?:e?grep|rg)\b(.*)$/.exec(line)?.[1]
  return (
    words !== undefined && /nvidia|\bamd\b|radeon|intel|vga|3d|audio|ether|usb|nvme|[0-9a-f]{2,4}:[0-9a-f]/i.test(words)
  )
}

function noteIommu(line: string, place: Place, found: Collected): void {
  if (line.includes(' group ')) noteMembership(line, place, found)
  if (
    found.vendor === null &&
    /GenuineIntel|AuthenticAMD|vendor_id|Intel\(R\) (?:Core|Xeon)|AMD (?:Ryzen|EPYC)/.test(line)
  ) {
    found.vendor = /Intel/.test(line) ? 'intel' : /AMD/.test(line) ? 'amd' : null
  }
  if (/iommu|AMD-Vi|DMAR|smmu/i.test(line)) {
    if (IOMMU_ON.test(line)) found.iommuOn ??= place
    if (/DMAR: IOMMU enabled/.test(line)) found.iommuAsked ??= place
    if (/DMAR: (?:Host address width|DRHD base)|ACPI: DMAR 0x|\bdmar0: reg_base/.test(line))
      found.firmwareTable ??= place
    if (isDeviceFilter(line)) found.filtered ??= place
    if (ADDRESS_FILTER.test(line)) found.byAddress = place
  }
  addParameters(line, place, found)
  if (/ACS overrides? enabled/i.test(line)) found.overrideOn ??= place
  if (line.includes('vga') || line.includes('VGA')) {
    const boot = BOOT_DISPLAY.exec(line)?.[1]
    if (boot !== undefined) found.bootDisplay = { ...place, value: fullAddress(boot) ?? boot }
  }
  const holder =
    /^[>\s]*[0-9a-f]{6,16}-[0-9a-f]{6,16} : (efifb|simplefb|simple-framebuffer|vesafb|BOOTFB|simpledrm|efi-framebuffer)\b/i.exec(
      line,
    )?.[1]
  if (holder !== undefined) found.framebuffer = { ...place, value: holder }
}

const WISHES: readonly RegExp[] = [
  new RegExp(`\\bhost["']?[=:] {0,2}["']?(${BDF})`, 'gi'),
  new RegExp(`\\bhostpci\\d{1,2}[:= ]{1,3}(?:host=)?(${BDF}|[0-9a-f]{2}:[0-9a-f]{2}(?![\\w:.]))`, 'gi'),
  new RegExp(
    `(?:vfio-bind|set-override|xl pci-assignable-add|pci-attach \\S{1,40}|dpdk-devbind\\S{0,20} .{0,40}--bind=\\S{1,20}) {1,2}(${BDF})`,
    'gi',
  ),
  new RegExp(`\\becho (?:-n )?["']?(${BDF})["']? ?(?:> ?|\\| ?(?:sudo )?tee )\\S{0,80}/(?:unbind|bind)\\b`, 'gi'),
  new RegExp(
    `\\becho (?:-n )?["']?vfio-pci["']? ?(?:> ?|\\| ?(?:sudo )?tee )\\S{0,40}/devices/(${BDF})/driver_override`,
    'gi',
  ),
  new RegExp(`pciback\\.hide=(?:\\([0-9a-f:.]{4,16}\\)){0,8}?\\((${BDF})\\)`, 'gi'),
  new RegExp(`parse device "?pci:(${BDF})`, 'gi'),
  new RegExp(`\\bpci ?= ?(?:\\[ ?)?["']?(${BDF})`, 'gi'),
]
const NODEDEV =
  /\bnodedev-(?:detach|dettach|reset) (?:--device )?pci_([0-9a-f]{4})_([0-9a-f]{2})_([0-9a-f]{2})_([0-7])/gi

function noteWishes(line: string, place: Place, { wishes }: Collected): void {
  if (!/host|vfio-bind|override|xl pci|pci-attach|devbind|bind|nodedev-|pciback|parse device|pci ?=/.test(line)) return
  for (const pattern of WISHES) {
    for (const [, word = ''] of line.matchAll(pattern)) {
      const bdf = fullAddress(/\.[0-7]$/.test(word) ? word : `${word}.0`)
      if (bdf !== null && wishes.length < 40 && !wishes.some(({ value }) => value === bdf))
        wishes.push({ ...place, value: bdf })
    }
  }
  for (const [, domain = '', bus = '', slot = '', fn = ''] of line.matchAll(NODEDEV)) {
    const bdf = fullAddress(`${domain}:${bus}:${slot}.${fn}`)
    if (bdf !== null && wishes.every(({ value }) => value !== bdf)) wishes.push({ ...place, value: bdf })
  }
}

/** Words of somebody who hands a device over, in the languages of the forums. */
const HANDS_OVER =
  /\bpass(?:ing|ed)?\b|\bpassthrough\b|\bpass-through\b|\bgive\b|\bhand(?:ing)? over\b|\bassign\b|\bdurchreich|\bdurchgereicht|\bpasser\b|проброс|直通|\bwant\b.{0,80}\b(?:vm|guest)\b/iu
/** Lines of listings, logs and commands are no sentences. */
const LISTED =
  /\[[0-9a-f]{4}(?::[0-9a-f]{4})?\]|^\W{0,4}\[ *\d+\.\d+\]|kernel (?:driver|modules)|[{}|│=]|iommu[_ ]group|\berror\b|\bfailed\b|\bplease ensure\b|^\S{0,40}[$#] /i
const MOST_SENTENCES = 20

function noteSentence(line: string, place: Place, { sentences }: Collected): void {
  if (line.length > 400 || sentences.length >= MOST_SENTENCES || !HANDS_OVER.test(line) || LISTED.test(line)) return
  sentences.push({ ...place, value: line.toLowerCase() })
}

function finished(found: Collected): Surroundings {
  const { strong, weak, joined, lastRemoval, use } = found
  const removed = joined.size > 0 && [...joined.values()].every((joins) => !joins) ? lastRemoval : null
  return {
    ...found,
    removed,
    // What the kernel said on its way to giving up shows nothing.
    iommuOn: removed === null ? found.iommuOn : null,
    system: strong ?? weak,
    rootDisk: rootDiskOf(use),
    activeNetwork: networkOf(use),
  }
}
