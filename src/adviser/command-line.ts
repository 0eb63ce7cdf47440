/** The kernel's command line in a text: what was asked of the IOMMU and of vfio-pci, and what is misspelt. */
import type { Place, Told } from './surroundings.ts'

export interface Parameter extends Place {
  readonly name: string
  /** Empty where there is none. */
  readonly value: string
}

const RUNNING =
  /(?:\bCommand line: |^[>\s]{0,6}(?:BOOT_IMAGE|initrd)=|\/proc\/cmdline|Kernel command line: |\bcmdline: )/i
const CONFIGURED =
  /GRUB_CMDLINE_LINUX(?:_DEFAULT)? ?= ?|\/etc\/kernel\/cmdline|^[>\s]{0,6}options (?:root|.*\broot=)|^[>\s]{0,6}append |boot\.kernelParams/i
const MODULE_IDS = /\boptions vfio[-_]pci .{0,80}\bids ?= ?([0-9a-f:,*]{9,400})/i
/** Lines longer than a command line of the kernel can be are none. */
const MOST = 200

/** What the parameters of a line are added to. */
interface Sink {
  running: Parameter[]
  configured: Parameter[]
  vfioIds: Told<string>[]
}

/** Takes up the parameters of a line that is a command line of the kernel or configures one, and the ids for vfio-pci. */
export function addParameters(line: string, place: Place, sink: Sink): void {
  if (!line.includes('=') && !/parameter/i.test(line)) return
  const ids = MODULE_IDS.exec(line)?.[1]
  if (ids !== undefined) addIds(ids, place, sink)
  const configured = CONFIGURED.test(line)
  if (
    !configured &&
    !RUNNING.test(line) &&
    !/\bro\b.*\bquiet\b|\bintel[-_]?iommu ?=|\bamd[-_]?iommu ?=|vfio[-_]pci\.ids=/.test(line)
  )
    return
  const list = configured ? sink.configured : sink.running
  for (const word of line.split(/[\s"'“”]+/).slice(0, MOST)) {
    const match = /^([\w.-]{2,40})(?:=(\S*))?$/.exec(word)
    if (match === null || list.length > MOST) continue
    const [, name = '', value = ''] = match
    if (list.some((known) => known.name === name && known.value === value)) continue
    list.push({ ...place, name, value })
    if (/^vfio[-_]pci\.ids$/.test(name)) addIds(value, place, sink)
  }
}

function addIds(text: string, place: Place, { vfioIds }: Sink): void {
  for (const id of text.toLowerCase().match(/[0-9a-f]{4}:[0-9a-f]{4}/g) ?? []) {
    if (vfioIds.length < 64 && !vfioIds.some(({ value }) => value === id)) vfioIds.push({ ...place, value: id })
  }
}

/**
 * What is wrong with the parameters about the IOMMU. `misspelt`: no kernel knows the name; `value`: it knows the name but
 * not the value; `off`: switches the IOMMU off; `other-vendor`: belongs to the other vendor's IOMMU; `not-applied`: it is
 * configured, and the running kernel was started without it.
 */
export interface ParameterFault extends Place {
  readonly fault: 'misspelt' | 'value' | 'off' | 'other-vendor' | 'not-applied'
  readonly given: string
  /** What was meant, where that is clear. */
  readonly meant?: string
}

/** Parameters that people set for passthrough. */
const KNOWN = [
  'intel_iommu',
  'amd_iommu',
  'iommu',
  'pcie_acs_override',
  'vfio_pci.ids',
  'video',
  'vfio_iommu_type1.allow_unsafe_interrupts',
  'pcie_aspm',
  'iommu.passthrough',
  'iommu.strict',
] as const
const INTEL_VALUES = /^(?:on|off|igfx_off|forcedac|strict|sp_off|sm_on|sm_off|tboot_noforce)(?:,|$)/
const AMD_VALUES =
  /^(?:fullflush|force_enable|off|force_isolation|pgtbl_v1|pgtbl_v2|irtcachedis|nohugepages|v2_pgsizes_only|pgtbl_\w+)(?:,|$)/

/** Looks at the parameters for a machine of a vendor; null: the vendor is unknown. */
export function parameterFaults(
  running: readonly Parameter[],
  configured: readonly Parameter[],
  vendor: 'intel' | 'amd' | null,
): ParameterFault[] {
  const faults: ParameterFault[] = []
  const all = [...running, ...configured]
  for (const parameter of all) {
    const fault = faultOf(parameter, all, vendor)
    if (fault !== null && !faults.some(({ given }) => given === fault.given)) faults.push(fault)
  }
  const on = (list: readonly Parameter[]): Parameter | undefined =>
    list.find(({ name, value }) => name === 'intel_iommu' && /^on(?:,|$)/.test(value))
  const wanted = on(configured)
  if (wanted !== undefined && running.length > 2 && on(running) === undefined && vendor !== 'amd') {
    faults.push({ ...placeOf(wanted), fault: 'not-applied', given: 'intel_iommu=on' })
  }
  return faults
}

function faultOf(
  parameter: Parameter,
  all: readonly Parameter[],
  vendor: 'intel' | 'amd' | null,
): ParameterFault | null {
  const { value } = parameter
  const given = value === '' ? parameter.name : `${parameter.name}=${value}`
  // The kernel takes dashes for underscores in names (parameqn).
  const name = parameter.name.replaceAll('-', '_')
  const fault = (kind: ParameterFault['fault'], meant?: string): ParameterFault => ({
    ...placeOf(parameter),
    fault: kind,
    given,
    ...(meant === undefined ? {} : { meant }),
  })
  if (name === 'intel_iommu') {
    if (value.startsWith('off') && vendor !== 'amd') return fault('off')
    if (!INTEL_VALUES.test(value)) return fault('value', 'intel_iommu=on')
    const amdOnly = vendor === 'amd' && !all.some((other) => other.name === 'amd_iommu')
    return amdOnly ? fault('other-vendor') : null
  }
  if (name === 'amd_iommu') {
    if (value === 'off' && vendor !== 'intel') return fault('off')
    const intelOn = all.some((other) => other.name === 'intel_iommu' && value !== '' && other.value.startsWith('on'))
    if (vendor === 'intel' && !intelOn) return fault('other-vendor', 'intel_iommu=on')
    return AMD_VALUES.test(value) || vendor === 'intel' ? null : fault('value')
  }
  if (name === 'iommu') return value === 'off' ? fault('off') : null
  if (KNOWN.some((known) => known === name)) return null
  const meant = KNOWN.find((known) => known.length > 5 && distance(known, name.toLowerCase()) <= 2)
  if (meant === undefined) return null
  return fault('misspelt', value === '' || value === 'on' || value === '1' ? `${meant}=on` : `${meant}=${value}`)
}

function placeOf({ line, paste }: Place): Place {
  return { line, ...(paste === undefined ? {} : { paste }) }
}

/** Letters that must change, come or go between two words (Levenshtein), or change places. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return 3
  let before: number[] = []
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let least = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1))
      if (a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1)
      next.push(least)
    }
    before = row
    row = next
  }
  return row[b.length] ?? 3
}
