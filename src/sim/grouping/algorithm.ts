/** The ways to form IOMMU groups that are compared here, and their names on a command line. */

/**
 * `linux`: pci_device_group of Linux 5.10 to 7.3; `override`: the same with the boot option pcie_acs_override of an
 * out-of-tree patch; `acs-late`: the stable releases of early 2026 that formed groups before they switched ACS on;
 * `series-v2`, `series-v3`: the series "Fix incorrect iommu_groups with PCIe ACS" as posted on 9 July and 5 September 2025.
 */
export type AlgorithmId = 'linux' | 'override' | 'acs-late' | 'series-v2' | 'series-v3'

export interface GroupAlgorithm {
  readonly id: AlgorithmId
  /** `override`: the value of the boot option; else empty. */
  readonly option: string
}

export const ALGORITHMS = [
  'linux',
  'override',
  'acs-late',
  'series-v2',
  'series-v3',
] as const satisfies readonly AlgorithmId[]

/** What people give when they give the option at all. */
export const USUAL_OVERRIDE = 'downstream,multifunction'

/**
 * Stable series that had the commit "PCI: Enable ACS after configuring IOMMU for OF platforms" without what it needs:
 * the first release with it, and the first after it was reverted (null: not known here).
 */
const ACS_LATE: readonly {
  readonly series: string
  readonly first: number
  readonly reverted: number | null
}[] = [
  { series: '5.10', first: 252, reverted: 253 },
  { series: '5.15', first: 202, reverted: null },
  { series: '6.1', first: 165, reverted: 169 },
  { series: '6.6', first: 128, reverted: 135 },
  { series: '6.12', first: 75, reverted: 83 },
]

/** The first release of each stable series that formed groups with ACS off, e.g. `6.12.75`. */
export const ACS_LATE_RELEASES = ACS_LATE.map(({ series, first }) => `${series}.${first}`)

const NAMES: Readonly<Record<string, AlgorithmId>> = {
  today: 'linux',
  current: 'linux',
  mainline: 'linux',
  acs_override: 'override',
  pcie_acs_override: 'override',
  regression: 'acs-late',
  v2: 'series-v2',
  v3: 'series-v3',
}

const OPTION = /^(?:downstream|multifunction|id:[0-9a-f]{4}:[0-9a-f]{4})$/

/**
 * Reads the name of an algorithm: one of `ALGORITHMS`, `pcie_acs_override=OPTION` (without a value: `USUAL_OVERRIDE`), or a
 * release of Linux such as `6.12.75` or `linux-7.3`.
 * @returns a string instead: why it is none. `unknown-name`, `unknown-option`, `unknown-release` (nobody here knows
 *   whether that release has the fault)
 */
export function parseAlgorithm(text: string): GroupAlgorithm | 'unknown-name' | 'unknown-option' | 'unknown-release' {
  const [name = '', ...rest] = text.trim().toLowerCase().split('=')
  const word = name.replaceAll('-', '_')
  const id = ALGORITHMS.find((known) => known === name) ?? (Object.hasOwn(NAMES, word) ? NAMES[word] : undefined)
  if (id === 'override') {
    const option = rest.length === 0 ? USUAL_OVERRIDE : rest.join('=')
    return option.split(',').every((part) => OPTION.test(part.trim())) ? { id, option } : 'unknown-option'
  }
  if (rest.length > 0) return 'unknown-name'
  return id === undefined ? ofRelease(name) : { id, option: '' }
}

const RELEASE = /^(?:linux-|v)?(\d+)\.(\d+)(?:\.(\d+))?(?:[-+].*)?$/

/** How the kernel of a release forms groups. A series alone, `6.12`, is meant as it was recorded: without the fault. */
function ofRelease(name: string): GroupAlgorithm | 'unknown-name' | 'unknown-release' {
  const match = RELEASE.exec(name)
  if (match === null) return 'unknown-name'
  const [, major = '', minor = '', stable] = match
  const late = ACS_LATE.find(({ series }) => series === `${major}.${minor}`)
  const number = Number(stable ?? -1)
  if (late === undefined || number < late.first) return { id: 'linux', option: '' }
  if (number === late.first) return { id: 'acs-late', option: '' }
  if (late.reverted === null) return 'unknown-release'
  return { id: number < late.reverted ? 'acs-late' : 'linux', option: '' }
}
