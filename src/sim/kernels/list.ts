/**
 * The list of simulated kernels: a row each, in the order in which they are offered and, for Linux, of their age. The
 * page, the command line, comparisons, tables and tests take their columns from here; `KernelId` are the keys.
 * What carries a row out is in `registry.ts`, and on the page in `loaded.ts`.
 */
/** How userspace asks: by groups and containers, by device files and iommufds, or as one of the mails of 2021 has it. */
export const INTERFACES = ['groups', 'iommufd', 'T', 'G', 'W'] as const

/** What tells a kernel from the others. */
export interface KernelRecord {
  readonly family: 'linux' | 'proposal'
  /** `6.12`; absent for what was never merged. */
  readonly release?: string
  readonly interface: (typeof INTERFACES)[number]
  /** `Linux 6.12`. */
  readonly title: string
  /** What it stands for, in a word or two. */
  readonly about: string
}

// prettier-ignore
const LIST = {
  'linux-5.10': { family: 'linux', release: '5.10', interface: 'groups', title: 'Linux 5.10', about: 'notifier' },
  'linux-6.1': { family: 'linux', release: '6.1', interface: 'groups', title: 'Linux 6.1', about: 'DMA ownership' },
  'linux-6.12': { family: 'linux', release: '6.12', interface: 'groups', title: 'Linux 6.12', about: 'groups' },
  'linux-6.12-iommufd': { family: 'linux', release: '6.12', interface: 'iommufd', title: 'Linux 6.12', about: 'iommufd' },
  'linux-7.3': { family: 'linux', release: '7.3', interface: 'groups', title: 'Linux 7.3', about: 'groups, 2026' },
  'linux-7.3-iommufd': { family: 'linux', release: '7.3', interface: 'iommufd', title: 'Linux 7.3', about: 'iommufd, 2026' },
  'ioasid-t': { family: 'proposal', interface: 'T', title: 'Proposal T', about: 'device-centric' },
  'ioasid-g': { family: 'proposal', interface: 'G', title: 'Proposal G', about: 'iommu_fd' },
  'ioasid-w': { family: 'proposal', interface: 'W', title: 'Proposal W', about: 'group-bind' },
} as const

export type KernelId = keyof typeof LIST

const RECORDS: Readonly<Record<KernelId, KernelRecord>> = LIST

/** The ids of all simulated kernels, in the order of the list. */
export const KERNEL_IDS: readonly KernelId[] = Object.keys(LIST).filter(isKernelId)

/** Whether a word is the id of a simulated kernel. */
export function isKernelId(word: string): word is KernelId {
  return Object.hasOwn(LIST, word)
}

/** The row of a kernel. */
export function recordOf(id: KernelId): KernelRecord {
  return RECORDS[id]
}

/** The release of a Linux as a number that grows with it: `6.12` → 612; undefined for a proposal. */
export function releaseNumber(id: KernelId): number | undefined {
  const { release } = RECORDS[id]
  return release === undefined ? undefined : numberOf(release)
}

/** Whether a Linux is older than a release; a proposal is older than none. */
export function isBefore(id: KernelId, release: string): boolean {
  const number = releaseNumber(id)
  return number !== undefined && number < numberOf(release)
}

function numberOf(release: string): number {
  const [major = 0, minor = 0] = release.split('.').map(Number)
  return 100 * major + minor
}
