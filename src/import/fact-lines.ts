/**
 * Lines that state facts beside functions and groups: what kind of system it is, whether the IOMMU works, and in which
 * state a function is. Each is known by its own words, wherever it stands.
 */
import { BDF, fullAddress } from './address.ts'
import type { Machine } from './facts.ts'
import type { Line } from './lines.ts'
import type { FactKind } from './result.ts'

/**
 * What a line says; groups called `value`, `value2` and `bdf` are taken from the match. A line without any of the words,
 * in lower case, does not match: looking for them takes far less time than the pattern.
 */
type Pattern = readonly [kind: FactKind, pattern: RegExp, words: readonly string[]]

const ON_FUNCTION = `(?<bdf>${BDF})`

/** Of the system. */
const SYSTEM: readonly Pattern[] = [
  ['command-line', /(?:^|\] |: )(?:Kernel )?command line: (?<value>\S.*)$/i, ['command line: ']],
  [
    'command-line',
    /^(?:parameters: |cmdline: ?)?(?<value>BOOT_IMAGE=\S.*|(?:initrd|root)=\S+ .*\b(?:ro|rw|quiet|iommu|splash)\b.*)$/,
    ['boot_image=', 'root=', 'initrd='],
  ],
  ['command-line', /^GRUB_CMDLINE_LINUX(?:_DEFAULT)?=["'](?<value>[^"']*)["']/, ['grub_cmdline']],
  ['kernel', /\bLinux version (?<value>\d+\.\d[\w.+~-]*)/, ['linux version']],
  ['kernel', /^Linux \S+ (?<value>\d+\.\d+[\w.+~-]*) #\d/, ['linux ']],
  [
    'kernel',
    /^[|*\s-]*kernel(?: version| release)?[|:*\s]+(?:Linux |x86_64 Linux )?(?<value>\d+\.\d+[\w.+~-]*)/i,
    ['kernel:', 'kernel |', 'kernel version', 'kernel release', 'kernel*', 'kernel 5', 'kernel 6'],
  ],
  ['kernel', /\bkernel: (?<value>\d+\.\d+[\w.+~-]*)(?= |$)/i, ['kernel: ']],
  ['board', /\bDMI: (?<value>.{3,120})$/, ['dmi: ']],
  ['board', /\bHardware name: (?<value>[^,]{3,120})/, ['hardware name']],
  ['board', /\bMachine model: (?<value>.{3,120})$/, ['machine model']],
  ['hypervisor', /\bHypervisor detected: (?<value>\w+)/i, ['hypervisor detected']],
  ['hypervisor', /\bBooting paravirtualized kernel on (?<value>Xen|KVM)/i, ['paravirtualized']],
  ['hypervisor', /\b(?<value>xen)(?: version(?: |:)|(?<=^xen)_version\b)/i, ['xen']],
  [
    'configuration',
    /^(?<value>(?:options (?:vfio|kvm|vfio_iommu_type1|vfio-pci|vfio_pci)\b.*|softdep .*|blacklist [\w-]+|install [\w-]+ .*))$/,
    ['options ', 'softdep ', 'blacklist ', 'install '],
  ],
]

/** Of the IOMMU. */
const IOMMU: readonly Pattern[] = [
  ['acs-override', /PCIe ACS overrides enabled/i, ['acs override']],
  [
    'iommu-off',
    /(?<value>DMAR: IOMMU disabled|intel_iommu=off in|AMD-Vi: AMD IOMMU disabled.*|iommu: Default domain type: (?:Disabled))/i,
    ['dmar: iommu', 'intel_iommu=off', 'iommu disabled', 'domain type'],
  ],
  [
    'iommu-off',
    /(?<value>No DMAR devices found|DMAR: No ATSR.{0,80}and no IOMMU|AMD-Vi:? Disabling .*|not overriding.{0,80}iommu=off)/i,
    ['dmar', 'amd-vi', 'iommu=off'],
  ],
  [
    'iommu-given-up',
    /(?<value>DMAR: (?:Failed to (?:initialize|init)\b|Initialization failed|.{0,80}\bdisabl(?:e|ing) (?:translation|IOMMU)).*|DMAR: BIOS has allocated no shadow GTT; disabling IOMMU.*|AMD-Vi: .{0,80}\bfailed\b.{0,80}disabl.*|Please use 'intel_iommu=off'.*)/i,
    ['dmar: ', 'amd-vi: ', 'intel_iommu=off'],
  ],
  [
    'iommu-on',
    /DMAR: (?:IOMMU enabled|Intel\(R\) Virtualization Technology for Directed I\/O)|AMD-Vi: (?:Found IOMMU|AMD IOMMUv2|Virtual APIC|IOMMU performance counters)|Virtualization Technology for Directed I\/O|arm-smmu\S* \S+: (?:probing hardware|SMMUv)/i,
    ['dmar: ', 'amd-vi: ', 'for directed i/o', 'arm-smmu'],
  ],
  [
    'remapping-on',
    /Enabled IRQ remapping|Interrupt remapping enabled|Queued invalidation will be enabled to support x2apic and Intr-remapping/i,
    ['remapping'],
  ],
  [
    'remapping-off',
    /No interrupt remapping support|IRQ remapping (?:was )?disabled|Failed to enable irq remapping|Interrupt remapping is (?:disabled|not supported)|Your BIOS is broken.{0,80}interrupt remapping|allow_unsafe_interrupts/i,
    ['remapping', 'allow_unsafe'],
  ],
  [
    'no-groups',
    /^(?:find|ls): .{0,4}\/sys\/kernel\/iommu_groups.*No such file|no iommu_groups? found/i,
    ['iommu_group'],
  ],
]

/** Of a function: the address stands in the line, or is that of the record around it. */
const FUNCTION: readonly Pattern[] = [
  [
    'group-failed',
    new RegExp(`${ON_FUNCTION}: Failed to add to iommu group \\d{1,6}: (?<value>-?\\d+)`, 'i'),
    ['failed to add'],
  ],
  [
    'dead',
    /Unknown header type 7f|\(rev ff\)|Unable to change power state from (?:D3cold|unknown) to D0, device inaccessible|GPU has fallen off the bus/i,
    ['header type', '(rev ff)', 'inaccessible', 'fallen off'],
  ],
  [
    'd3cold',
    /(?:Refused to change power state|Unable to change power state).{0,80}D3(?:cold|hot)?|not ready \d+ms after resume/i,
    ['power state', 'not ready '],
  ],
  [
    'group-failed',
    new RegExp(`${ON_FUNCTION}: (?:DMAR: )?(?<value>Failed to get a private domain)`, 'i'),
    ['private domain'],
  ],
  [
    'bar-reserved',
    new RegExp(`BAR \\d\\b.{0,40}(?:can'?t|cannot) reserve \\[?(?<value>[^\\]]{3,80})\\]?`, 'i'),
    [' reserve '],
  ],
  [
    'bar-unassigned',
    /Region \d: Memory at <(?:unassigned|ignored)>|BAR \d.{0,40}(?:no space for|failed to assign|: not assigned)/i,
    ['memory at <', 'bar '],
  ],
  [
    'no-reset',
    /no (?:available )?reset mechanism available|Device does not support reset|no reset method|reset_method: *$/i,
    ['reset'],
  ],
  [
    'reset-failed',
    /^(?!.*(?:trying to continue|no FLR|no reset)).*(?:\b(?:reset|FLR)\b.{0,40}(?:failed|timed out|giving up)|(?:failed|timed out|giving up).{0,40}\breset\b|not ready \d+ms after )/i,
    ['reset', 'flr', 'not ready '],
  ],
  [
    'probe-failed',
    new RegExp(`(?<value>[\\w-]+): probe of ${ON_FUNCTION} failed with error (?<value2>-?\\d+)`, 'i'),
    ['probe of '],
  ],
  [
    'probe-failed',
    new RegExp(`(?<value>[\\w-]+) ${ON_FUNCTION}: probe with driver \\S+ failed with error (?<value2>-?\\d+)`, 'i'),
    ['probe with'],
  ],
  [
    'rmrr',
    /ineligible for IOMMU domain attach due to platform RMRR|Setting identity map|\bRMRR\b.*base/i,
    ['rmrr', 'identity map'],
  ],
  [
    'boot-display',
    /vgaarb: (?:setting as boot (?:VGA )?device|VGA device added.*owns=io\+mem)|\bprimary vga device\b/i,
    ['vgaarb', 'primary vga'],
  ],
  [
    'fault',
    new RegExp(
      `\\[DMA (?:Read|Write)[^\\]]*\\] Request device \\[${ON_FUNCTION}\\]|IO_PAGE_FAULT device=${ON_FUNCTION.replace('bdf', 'bdf2')}`,
      'i',
    ),
    ['request device', 'io_page_fault'],
  ],
  ['sriov', /Total VFs: (?<value2>\d{1,5}), Number of VFs: (?<value>\d{1,5})/, ['number of vfs']],
  ['aer', /PCIe Bus Error: severity=|AER: .*error received/i, ['bus error', 'aer: ']],
  ['disk', new RegExp(`nvme (?<value>nvme\\d+): pci function ${ON_FUNCTION}`, 'i'), ['pci function']],
  [
    'network',
    new RegExp(`\\b${ON_FUNCTION} (?<value>(?:en|eth|wl|ib)\\w{1,14})(?::| )`),
    [' eno', ' enp', ' ens', ' enx', ' eth0', ' eth1', ' eth2', ' wl', ' ib0', ' ibp'],
  ],
]

/** Of what a hypervisor does, or was told to do, with a function. */
const USE: readonly Pattern[] = [
  [
    'error',
    /(?:vfio(?:[-_ ]?pci)?|iommufd?|VFIO|hostdev)\b.{0,200}(?:fail|error|unable|cannot|can't|could ?n[o']t|couldn't|no such|busy|not permitted|denied|invalid|unsupported|not supported|does ?n[o']t|not viable|not found|not ready)/i,
    ['vfio', 'iommu', 'hostdev'],
  ],
  [
    'error',
    /(?:fail(?:ed|ure)?|error|unable|cannot|could ?n[o']t|couldn't|busy|denied|is in use).{0,200}(?:vfio|iommufd|hostdev|iommu ?group|IOMMU_|passthrough)/i,
    ['vfio', 'iommu', 'hostdev', 'passthrough'],
  ],
  [
    'error',
    /qemu-system\S*: -device .{0,200}: (?!$)|(?:PCI device|hostdev) .{0,80}(?:is in use|not assignable|already|busy)/i,
    ['qemu-system', 'pci device', 'hostdev'],
  ],
  [
    'assigned',
    new RegExp(`(?<value>vfio-pci|pci-assign)[^\n]{0,80}\\bhost["']?[=:]["']?${ON_FUNCTION}`, 'i'),
    ['vfio-pci', 'pci-assign'],
  ],
  [
    'assigned',
    new RegExp(`^(?<value>hostpci\\d+): (?:host=)?(?<bdf>${BDF}|(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2})\\b`, 'i'),
    ['hostpci'],
  ],
  [
    'assigned',
    new RegExp(
      `(?<value>cloud-hypervisor|crosvm|--vfio|--device|vfio-bind|driverctl set-override|nodedev-detach|dpdk-devbind\\S*)\\b.{0,120}?(?:pci_)?${ON_FUNCTION}`,
      'i',
    ),
    ['cloud-hypervisor', 'crosvm', '--vfio', '--device', 'vfio-bind', 'set-override', 'nodedev-detach', 'dpdk-devbind'],
  ],
]

const OF_DEVICES = [...FUNCTION, ...USE]
/** Every message that something failed has one of these. */
const FAILS =
  /fail|error|unable|cannot|can't|could|no such|busy|n[o']t |denied|invalid|unsupported|in use|already|: -device/

function hasAny(lower: string, words: readonly string[]): boolean {
  for (const word of words) if (lower.includes(word)) return true
  return false
}

const ANY_ADDRESS = new RegExp(`(?<![\\w:.])${BDF}(?!\\w|:\\w|\\.\\d)`, 'i')

/** Words of which every distribution's pattern has one. */
const NAMES = [
  'proxmox',
  'pve',
  'unraid',
  'harvester',
  'truenas',
  'nixos',
  'ubuntu',
  'pop',
  'mint',
  'debian',
  'fedora',
  '.fc',
  'rhel',
  'centos',
  'rocky',
  'alma',
  '.el',
  'arch',
  'manjaro',
  'endeavouros',
]

/** One look for most lines, which have none of the words. */
const WORTH = new RegExp(
  [...new Set([...[...SYSTEM, ...IOMMU, ...OF_DEVICES].flatMap(([, , words]) => words), ...NAMES])]
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|'),
)

/**
 * Takes up the facts that a line states.
 * @param current the function whose record the line belongs to
 */
export function readFacts(line: Line, current: string | null, machine: Machine): void {
  const { bare } = line
  if (bare.length < 4) return
  const lower = bare.toLowerCase()
  if (!WORTH.test(lower)) return
  for (const patterns of [SYSTEM, IOMMU]) {
    for (const [kind, pattern, words] of patterns) {
      const match = hasAny(lower, words) ? pattern.exec(bare) : null
      if (match === null) continue
      const value = match.groups?.['value']?.trim()
      machine.fact({ kind, ...(value === undefined ? {} : { value: tidy(kind, value) }) }, line)
      return
    }
  }
  const distribution = hasAny(lower, NAMES) ? distributionIn(bare) : null
  if (distribution !== null) machine.fact({ kind: 'distribution', value: distribution }, line)
  for (const [kind, pattern, words] of OF_DEVICES) {
    if (!hasAny(lower, words) || (kind === 'error' && !FAILS.test(lower))) continue
    const match = pattern.exec(bare)
    if (match === null) continue
    const named = match.groups?.['bdf'] ?? match.groups?.['bdf2'] ?? HOST.exec(bare)?.[1] ?? ANY_ADDRESS.exec(bare)?.[0]
    const bdf = named === undefined ? current : addressOf(named)
    if (kind === 'error') {
      // A detail of lspci or a sentence may have the same words: a message names a function or a group.
      const about = named === undefined ? undefined : (bdf ?? undefined)
      const number = GROUP.exec(bare)
        ?.slice(1)
        .find((digits) => digits !== undefined)
      if (about === undefined && number === undefined) continue
      machine.fact(
        { kind, ...(about === undefined ? {} : { bdf: about }), ...(number === undefined ? {} : { group: number }) },
        line,
      )
      return
    }
    if (bdf === null) continue
    const value = [match.groups?.['value'], match.groups?.['value2']]
      .filter((part) => part !== undefined)
      .join(kind === 'sriov' ? '/' : ' ')
    const group = kind === 'group-failed' ? /iommu group (\d{1,6})/i.exec(bare)?.[1] : undefined
    machine.fact({ kind, bdf, ...(value === '' ? {} : { value }), ...(group === undefined ? {} : { group }) }, line)
    return
  }
}

/** What QEMU was told to assign: `host=01:00.0`, `"host":"0000:01:00.0"`. */
const HOST = new RegExp(`\\bhost["']?[=:] {0,2}["']?(${BDF})`, 'i')
const GROUP = /\b(?:iommu[ _]?)?group:? (\d{1,6})\b|\/dev\/vfio\/(\d{1,6})\b/i

/** An address in full; one without function is of the first. */
function addressOf(word: string): string | null {
  return fullAddress(word) ?? fullAddress(`${word}.0`)
}

function tidy(kind: FactKind, value: string): string {
  if (kind !== 'hypervisor') return value
  return /^(?:xen|vmware|kvm|hyper)/i.test(value) ? value.toLowerCase() : 'kvm'
}

const DISTRIBUTIONS: readonly (readonly [id: string, pattern: RegExp])[] = [
  ['proxmox', /\b(?:proxmox|pve-manager|\d-pve)\b|\bpvesh\b|^root@pve/i],
  ['unraid', /\bunraid\b/i],
  ['harvester', /\bharvester/i],
  ['truenas', /\btruenas\b/i],
  ['nixos', /\bnixos\b/i],
  ['ubuntu', /\bubuntu\b|\bpop!?_os\b|\blinux ?mint\b/i],
  ['debian', /\bdebian\b/i],
  ['fedora', /\bfedora\b|\.fc\d\d\.|\brhel\b|\bcentos\b|\brocky\b|\balma ?linux\b|\.el\d/i],
  ['arch', /\barch ?linux\b|-arch\d|\bmanjaro\b|\bendeavouros\b/i],
]

/** Where a line speaks of the system, its distribution: a kernel's release, os-release, or a tool of one distribution. */
function distributionIn(bare: string): string | null {
  if (
    !/^(?:PRETTY_NAME|NAME|ID)=|Linux version|^Linux \S+ \d|distro|kernel|\bOS\b|operating system|pvesh|pve|release|unraid|BOOT_IMAGE/i.test(
      bare,
    )
  )
    return null
  return DISTRIBUTIONS.find(([, pattern]) => pattern.test(bare))?.[0] ?? null
}
