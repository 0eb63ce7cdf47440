/**
 * Memory that stays where it is because devices may reach it (pinned), and how much of it a process may have
 * (RLIMIT_MEMLOCK): vfio_iommu_type1 counts what a process has mapped in all containers, iommufd what a user has.
 * Root (CAP_IPC_LOCK) has no limit.
 */
import type { World } from '../../world.ts'
import { at, type MachineState } from './machine-state.ts'

const PAGE = 4096

/** A kernel's limit for processes that nobody has given another one (MLOCK_LIMIT), in bytes: 8 MiB since 5.16. */
export const MEMLOCK_BEFORE_5_16 = 64 * 1024
export const MEMLOCK_SINCE_5_16 = 8 * 2 ** 20

/** How many pages a process may have pinned. */
export function pageLimit({ setup }: World, process: number, usual: number): number {
  const spec = setup.processes[process]
  if (spec === undefined || spec.user === 'root' || spec.memlock === 'unlimited') return Infinity
  return Math.floor((spec.memlock ?? usual) / PAGE)
}

/** Pages that a mapping pins; a part of a page counts as one. */
export function pagesOf(size: number): number {
  return Math.ceil(size / PAGE)
}

/**
 * Pages that are mapped in some address spaces by processes that `counts` is true for.
 * @param first row of the first address space in `mapped`
 * @param end row behind the last one
 */
export function pagesMapped(
  state: MachineState,
  first: number,
  end: number,
  counts: (process: number) => boolean,
): number {
  const { ranges, capacity } = state.world
  let pages = 0
  for (let row = first; row < end; row++) {
    for (let range = 0; range < ranges.length; range++) {
      const process = at(state.mapped, row * capacity.ranges + range) - 1
      if (process >= 0 && counts(process)) pages += pagesOf(ranges[range]?.size ?? 0)
    }
  }
  return pages
}
