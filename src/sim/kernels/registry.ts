/**
 * The list of simulated kernels: a row each, in the order in which they are offered and, for Linux, of their age. The
 * page, the command line, comparisons, tables and tests take their columns from here; `KernelId` are the keys.
 */
import type { Kernel } from '../kernel.ts'
import { ioasidG } from './ioasid-g/index.ts'
import { ioasidT } from './ioasid-t/index.ts'
import { ioasidW } from './ioasid-w/index.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612 } from './linux-6.12/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { linux73 } from './linux-7.3/index.ts'
import { linux73iommufd } from './linux-7.3-iommufd/index.ts'

/** How userspace asks: by groups and containers, by device files and iommufds, or as one of the mails of 2021 has it. */
export const INTERFACES = ['groups', 'iommufd', 'T', 'G', 'W'] as const

/** What tells a kernel from the others. */
export interface KernelRecord {
  readonly kernel: Kernel
  readonly family: 'linux' | 'proposal'
  /** `6.12`; absent for what was never merged. */
  readonly release?: string
  readonly interface: (typeof INTERFACES)[number]
  /** `Linux 6.12`. */
  readonly title: string
  /** What it stands for, in a word or two. */
  readonly about: string
}

// The keys make `KernelId`, which the kernels' own types name: nothing may check this literal before it has its type.
// prettier-ignore
const LIST = {
  'linux-5.10': { kernel: linux510, family: 'linux', release: '5.10', interface: 'groups', title: 'Linux 5.10', about: 'BUG_ON' },
  'linux-6.1': { kernel: linux61, family: 'linux', release: '6.1', interface: 'groups', title: 'Linux 6.1', about: 'DMA ownership' },
  'linux-6.12': { kernel: linux612, family: 'linux', release: '6.12', interface: 'groups', title: 'Linux 6.12', about: 'groups' },
  'linux-6.12-iommufd': { kernel: linux612iommufd, family: 'linux', release: '6.12', interface: 'iommufd', title: 'Linux 6.12', about: 'iommufd' },
  'linux-7.3': { kernel: linux73, family: 'linux', release: '7.3', interface: 'groups', title: 'Linux 7.3', about: 'groups, 2026' },
  'linux-7.3-iommufd': { kernel: linux73iommufd, family: 'linux', release: '7.3', interface: 'iommufd', title: 'Linux 7.3', about: 'iommufd, 2026' },
  'ioasid-t': { kernel: ioasidT, family: 'proposal', interface: 'T', title: 'Proposal T', about: 'device-centric' },
  'ioasid-g': { kernel: ioasidG, family: 'proposal', interface: 'G', title: 'Proposal G', about: 'iommu_fd' },
  'ioasid-w': { kernel: ioasidW, family: 'proposal', interface: 'W', title: 'Proposal W', about: 'group-bind' },
} as const

export type KernelId = keyof typeof LIST

const RECORDS: Readonly<Record<KernelId, KernelRecord>> = LIST

/** Every simulated kernel. */
export const KERNELS: readonly Kernel[] = Object.values(RECORDS).map(({ kernel }) => kernel)

/** Whether a word is the id of a simulated kernel. */
export function isKernelId(word: string): word is KernelId {
  return Object.hasOwn(LIST, word)
}

/** The row of a kernel. */
export function recordOf(id: KernelId): KernelRecord {
  return RECORDS[id]
}

/** The kernel of an id. */
export function kernelById(id: KernelId): Kernel {
  return RECORDS[id].kernel
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
