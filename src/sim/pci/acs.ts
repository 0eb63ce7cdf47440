import type { PciFunction } from '../machine.ts'
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

/** All required bits that the capability offers are switched on; one it does not offer counts as built in (pci_acs_flags_enabled). */
function acsFlags(f: PciFunction): boolean {
  const { acsCap } = f
  if (acsCap === null) return false
  const on = f.acsCtrl ?? acsCap
  return REQUIRED_ACS.every((bit) => !acsCap.includes(bit) || on.includes(bit))
}

/**
 * Whether a function keeps peer-to-peer traffic from bypassing the IOMMU, as the kernel believes (pci_acs_enabled with
 * REQ_ACS_FLAGS). With no override given this is also what the hardware does, as far as its quirks are true.
 */
export function acsEnabled(f: PciFunction, override?: AcsOverride): boolean {
  if (f.acsQuirk !== undefined) return f.acsQuirk
  if (rciepQuirk(f)) return true
  if (override !== undefined && overridden(f, override)) return true
  switch (f.kind) {
    case 'pci':
    case 'pcie2pci':
    case 'pci2pcie':
    case 'rcec':
      return false
    case 'rp':
    case 'dsp':
      return acsFlags(f)
    case 'ep':
    case 'legep':
    case 'usp':
    case 'rciep':
      return f.multifunction ? acsFlags(f) : true
  }
}

/** Whether everything from a function up to the root bus isolates (pci_acs_path_enabled). */
export function acsPath(topology: Topology, index: number, override?: AcsOverride): boolean {
  for (let at = index; at >= 0; at = topology.parents[at] ?? -1) {
    const f = topology.functions[at]
    if (f !== undefined && !acsEnabled(f, override)) return false
  }
  return true
}
