import type { AcsBit, PciFunction } from '../machine.ts'
import { REQUIRED_ACS, type Topology } from './topology.ts'

/** The boot option pcie_acs_override of an out-of-tree patch, taken apart. */
export interface AcsOverride {
  readonly downstream: boolean
  readonly multifunction: boolean
  /** `vvvv:dddd` of single devices. */
  readonly ids: readonly string[]
}

/** Reads the option's value, e.g. `downstream,multifunction,id:8086:1901`. Words it does not know are passed over, as the patch does. */
export function parseAcsOverride(option: string | undefined): AcsOverride {
  const words = (option ?? '').split(',').map((word) => word.trim().toLowerCase())
  return {
    downstream: words.includes('downstream'),
    multifunction: words.includes('multifunction'),
    ids: words.filter((word) => word.startsWith('id:')).map((word) => word.slice(3)),
  }
}

/** Linux's quirk for Intel's integrated endpoints: no peer-to-peer among them (pci_quirk_rciep_acs). */
function rciepQuirk(f: PciFunction): boolean {
  return f.kind === 'rciep' && f.vendor === '8086'
}

/** The override acts like a quirk, and only where the hardware has no ACS capability at all (pcie_acs_overrides in the patch). */
function overridden(f: PciFunction, override: AcsOverride): boolean {
  if (f.kind === 'pci' || f.acsCap !== null) return false
  if (override.ids.includes(`${f.vendor ?? ''}:${f.device ?? ''}`)) return true
  if (f.kind === 'rp' || f.kind === 'dsp') return override.downstream
  if (f.kind === 'ep' || f.kind === 'usp' || f.kind === 'legep' || f.kind === 'rciep') {
    return override.multifunction && f.multifunction
  }
  return false
}

/** Required bits that the capability offers and that are not switched on; one it does not offer counts as built in (pci_acs_flags_enabled). */
export function missingAcs({ acsCap, acsCtrl }: PciFunction): AcsBit[] {
  const cap = acsCap ?? []
  const on = acsCtrl ?? cap
  return REQUIRED_ACS.filter((bit) => cap.includes(bit) && !on.includes(bit))
}

/**
 * Why a function isolates or does not, in the kernel's order: a device-specific quirk, Intel's integrated endpoints, the
 * override, conventional PCI (`conventional`), a bridge to or from it, an event collector, the only function of its slot
 * (`alone`: nobody to talk to), then its ACS registers: no capability, a required bit off (`off`), or all on (`on`).
 */
export type AcsReason =
  | 'quirk'
  | 'quirk-denies'
  | 'integrated-quirk'
  | 'override'
  | 'conventional'
  | 'bridge'
  | 'event-collector'
  | 'alone'
  | 'no-capability'
  | 'off'
  | 'on'

const ISOLATES: Readonly<Record<AcsReason, boolean>> = {
  quirk: true,
  'quirk-denies': false,
  'integrated-quirk': true,
  override: true,
  conventional: false,
  bridge: false,
  'event-collector': false,
  alone: true,
  'no-capability': false,
  off: false,
  on: true,
}

/** What decides whether a function isolates, as the kernel believes (pci_acs_enabled with REQ_ACS_FLAGS). */
export function acsReason(f: PciFunction, override?: AcsOverride): AcsReason {
  if (f.acsQuirk !== undefined) return f.acsQuirk ? 'quirk' : 'quirk-denies'
  if (rciepQuirk(f)) return 'integrated-quirk'
  if (override !== undefined && overridden(f, override)) return 'override'
  switch (f.kind) {
    case 'pci':
      return 'conventional'
    case 'pcie2pci':
    case 'pci2pcie':
      return 'bridge'
    case 'rcec':
      return 'event-collector'
    case 'ep':
    case 'legep':
    case 'usp':
    case 'rciep':
      if (!f.multifunction) return 'alone'
      break
    case 'rp':
    case 'dsp':
      break
  }
  if (f.acsCap === null) return 'no-capability'
  return missingAcs(f).length > 0 ? 'off' : 'on'
}

/**
 * Whether a function keeps peer-to-peer traffic from bypassing the IOMMU, as the kernel believes. With no override given
 * this is also what the hardware does, as far as its quirks are true.
 */
export function acsEnabled(f: PciFunction, override?: AcsOverride): boolean {
  return ISOLATES[acsReason(f, override)]
}

/** The first function from `index` up to the root bus that does not isolate; -1: all do. */
export function acsGap(topology: Topology, index: number, override?: AcsOverride): number {
  for (let at = index; at >= 0; at = topology.parents[at] ?? -1) {
    const f = topology.functions[at]
    if (f !== undefined && !acsEnabled(f, override)) return at
  }
  return -1
}

/** Whether everything from a function up to the root bus isolates (pci_acs_path_enabled). */
export function acsPath(topology: Topology, index: number, override?: AcsOverride): boolean {
  return acsGap(topology, index, override) < 0
}
