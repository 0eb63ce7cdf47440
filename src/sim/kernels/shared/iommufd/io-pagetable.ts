/**
 * The mappings of an IOAS (drivers/iommu/iommufd/io_pagetable.c). What can be mapped depends on who is there: page tables
 * bring the hardware's page size and aperture, attached devices the interrupt window.
 */
import { check } from '../../../trace.ts'
import type { Errno } from '../../../errno.ts'
import { rangeIndex, type Call } from '../../../world.ts'
import { OK, refuse, type Result } from '../../../result.ts'
import { at } from '../machine-state.ts'
import { MEMLOCK_SINCE_5_16, pageLimit, pagesMapped, pagesOf } from '../memory.ts'
import { ADDRESSES, findMapping, is64, MSI_END, MSI_START, PAGE, USER_MEMORY } from '../type1.ts'
import type { IommufdTrace } from './codes.ts'
import type { IommufdRules } from './rules.ts'
import { hasHwpt, hwptSubject, ioasSubject, isInUse, mappingRow, type IommufdState } from './state.ts'

/** iopt_alignment: pages once hardware is on it, or large pages are given up; before that every byte will do. */
function alignment(state: IommufdState, ioas: number): number {
  return hasHwpt(state, ioas) || state.ioasSmall[ioas] === 1 ? PAGE : 1
}

function apertureEnd(state: IommufdState): number {
  return 2 ** (state.world.setup.machine.iovaBits ?? 39)
}

/** Ranges from first to last byte where an IOAS takes mappings now. */
export function allowedRanges(state: IommufdState, ioas: number): (readonly [first: number, last: number])[] {
  const end = hasHwpt(state, ioas) ? apertureEnd(state) : ADDRESSES
  if (!isInUse(state, ioas) || end <= MSI_START) return [[0, end - 1]]
  return end <= MSI_END
    ? [[0, MSI_START - 1]]
    : [
        [0, MSI_START - 1],
        [MSI_END, end - 1],
      ]
}

/**
 * Why a new page table for the hardware cannot be filled with what is mapped (iopt_table_add_domain): it does not fit, or
 * the first page table would pin more memory than the limit allows. To be asked before the table is made.
 */
export function fillErrno(state: IommufdState, ioas: number): 'EADDRINUSE' | 'ENOMEM' | null {
  if (!fitsHardware(state, ioas)) return 'EADDRINUSE'
  return hasHwpt(state, ioas) || canPinAll(state, ioas) ? null : 'ENOMEM'
}

/** Traces the two checks of `fillErrno`. */
export function checkFill(
  state: IommufdState,
  hwpt: number,
  errno: 'EADDRINUSE' | 'ENOMEM' | null,
  trace?: IommufdTrace,
): void {
  if (trace === undefined) return
  const subject = hwptSubject(state, hwpt)
  if (check(trace, 'F.HW.fits', errno !== 'EADDRINUSE', subject)) trace.check('F.HW.locked', errno === null, subject)
}

/** Pages that are pinned on behalf of a user: those mapped in address spaces that have a page table. */
function pagesPinned(state: IommufdState, user: string): number {
  const { processes } = state.world.setup
  let pages = 0
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    if (state.ioasIommufd[ioas] === 0 || !hasHwpt(state, ioas)) continue
    const row = mappingRow(state, ioas)
    pages += pagesMapped(state, row, row + 1, (process) => processes[process]?.user === user)
  }
  return pages
}

/** Whether the memory of one more mapping can be pinned (incr_user_locked_vm). */
function canPin(state: IommufdState, process: number, pages: number): boolean {
  const limit = pageLimit(state.world, process, MEMLOCK_SINCE_5_16)
  if (limit === Infinity) return true
  return pagesPinned(state, state.world.setup.processes[process]?.user ?? '') + pages <= limit
}

/** The same for all mappings of an address space without a page table. They are of one process, that of the iommufd. */
function canPinAll(state: IommufdState, ioas: number): boolean {
  const row = mappingRow(state, ioas)
  for (let process = 0; process < state.world.setup.processes.length; process++) {
    const pages = pagesMapped(state, row, row + 1, (other) => other === process)
    if (pages > 0 && !canPin(state, process, pages)) return false
  }
  return true
}

/** Whether what is mapped fits the hardware's pages and addresses. */
function fitsHardware(state: IommufdState, ioas: number): boolean {
  return everyMapping(
    state,
    ioas,
    (iova, size) => iova % PAGE === 0 && size % PAGE === 0 && iova + size <= apertureEnd(state),
  )
}

/** Whether nothing is mapped where devices send their interrupts (iopt_table_enforce_dev_resv_regions). */
export function isClearOfInterrupts(state: IommufdState, ioas: number): boolean {
  return everyMapping(state, ioas, (iova, size) => iova + size <= MSI_START || iova >= MSI_END)
}

function everyMapping(state: IommufdState, ioas: number, holds: (iova: number, size: number) => boolean): boolean {
  const { ranges } = state.world
  const base = mappingRow(state, ioas) * state.world.capacity.ranges
  return ranges.every(({ iova, size }, range) => at(state.mapped, base + range) === 0 || holds(iova, size))
}

/**
 * The memory for a mapping (iopt_alloc_pages): its length fits into the kernel's count of pages, and its addresses do not
 * wrap. The errno, or null.
 */
function checkMemory(rules: IommufdRules, call: Call, trace?: IommufdTrace): Errno | null {
  const range = { kind: 'range', iova: call.iova, size: call.size } as const
  const fits = call.size > 0 && call.size < ADDRESSES - PAGE
  const early = rules.memoryWrapsFirst
  if (!early && !check(trace, 'F.MAP.length', fits, range)) return 'EINVAL'
  if (!check(trace, 'F.MAP.memory', call.size <= ADDRESSES - USER_MEMORY, range)) return 'EOVERFLOW'
  if (early && !check(trace, 'F.MAP.length', fits, range)) return 'EINVAL'
  return null
}

/** iopt_map_user_pages at a fixed IOVA: the memory of the calling process. */
export function mapRange(
  rules: IommufdRules,
  state: IommufdState,
  ioas: number,
  process: number,
  call: Call,
  trace?: IommufdTrace,
): Result {
  const { iova, size } = call
  const range = { kind: 'range', iova, size } as const
  if (!check(trace, 'F.MAP.number', is64(iova) && is64(size), range))
    return refuse(iova >= ADDRESSES || size >= ADDRESSES ? 'EOVERFLOW' : 'EINVAL')
  const errno = checkMemory(rules, call, trace)
  if (errno !== null) return refuse(errno)
  const step = alignment(state, ioas)
  if (!check(trace, 'F.MAP.whole', size % step === 0, range)) return refuse('EINVAL')
  if (!check(trace, 'F.MAP.iova', iova % step === 0, range)) return refuse('EINVAL')
  if (!check(trace, 'F.MAP.wraps', size <= ADDRESSES - iova, range)) return refuse('EOVERFLOW')
  const last = iova + size - 1
  const allowed = allowedRanges(state, ioas).some(([from, to]) => iova >= from && last <= to)
  if (!check(trace, 'F.MAP.reserved', allowed, range)) return refuse('EINVAL')
  const row = mappingRow(state, ioas)
  if (!check(trace, 'F.MAP.free', findMapping(state, row, iova, size) < 0, range)) return refuse('EEXIST')
  if (call.range < 0) return refuse('EINVAL')
  // Without a page table nothing is pinned yet (iopt_area_fill_domains).
  const pinned = !hasHwpt(state, ioas) || canPin(state, process, pagesOf(size))
  if (!check(trace, 'F.MAP.locked', pinned, range)) return refuse('ENOMEM')
  state.mapped[row * state.world.capacity.ranges + call.range] = process + 1
  trace?.effect('map.added', range)
  return OK
}

const ALL = ADDRESSES

/**
 * IOMMU_IOAS_UNMAP: whole mappings in order, up to one that sticks out; those before it are gone then. From 0 on and as
 * long as can be means everything, and does not mind if that is nothing.
 */
export function unmapIoas(state: IommufdState, ioas: number, call: Call, trace?: IommufdTrace): Result {
  const { iova, size } = call
  if (iova === 0 && size === ALL)
    return { ok: true, value: { unmapped: unmapInside(state, ioas, 0, ALL, trace).bytes } }
  const refused = unmappable(call, trace)
  if (refused !== null) return refused
  const { bytes, stuck } = unmapInside(state, ioas, iova, size, trace)
  if (stuck) return refuse('ENOENT')
  trace?.check('F.UM.some', bytes > 0, { kind: 'range', iova, size })
  return bytes === 0 ? refuse('ENOENT') : { ok: true, value: { unmapped: bytes } }
}

/** VFIO_IOMMU_UNMAP_DMA on an iommufd: cuts mappings where large pages are given up; nothing there is 0 bytes. */
export function unmapCompat(state: IommufdState, ioas: number, call: Call, trace?: IommufdTrace): Result {
  const { iova, size } = call
  const refused = unmappable(call, trace)
  if (refused !== null) return refused
  if (state.ioasSmall[ioas] === 1) {
    const clean = (boundary: number): boolean => boundary % PAGE === 0 || !isInside(state, ioas, boundary)
    return check(trace, 'F.VC.cut', clean(iova) && clean(iova + size), { kind: 'range', iova, size })
      ? { ok: true, value: { unmapped: cutOut(state, ioas, iova, size, trace) } }
      : refuse('EINVAL')
  }
  const { bytes, stuck } = unmapInside(state, ioas, iova, size, trace)
  return stuck ? refuse('ENOENT') : { ok: true, value: { unmapped: bytes } }
}

/**
 * iopt_disable_large_pages: too late when hardware has mappings already. From then on mappings are of whole pages, and
 * can be cut between two.
 */
export function giveUpLargePages(state: IommufdState, ioas: number, trace?: IommufdTrace): Result {
  if (state.ioasSmall[ioas] === 1) return OK
  const early = !hasHwpt(state, ioas) || everyMapping(state, ioas, () => false)
  if (!check(trace, 'F.VC.pages', early, ioasSubject(state, ioas))) return refuse('EINVAL')
  const whole = everyMapping(state, ioas, (iova, size) => iova % PAGE === 0 && size % PAGE === 0)
  if (!check(trace, 'F.VC.whole', whole, ioasSubject(state, ioas))) return refuse('EADDRINUSE')
  state.ioasSmall[ioas] = 1
  trace?.effect('pages.small', ioasSubject(state, ioas))
  return OK
}

/** What is wrong with a range before anybody looks for mappings. */
function unmappable({ iova, size }: Call, trace?: IommufdTrace): Result | null {
  const range = { kind: 'range', iova, size } as const
  if (!check(trace, 'F.UM.number', is64(iova) && is64(size), range))
    return refuse(iova >= ADDRESSES || size >= ADDRESSES ? 'EOVERFLOW' : 'EINVAL')
  if (!check(trace, 'F.UM.length', size > 0, range)) return refuse('EINVAL')
  return check(trace, 'F.UM.wraps', size <= ADDRESSES - iova, range) ? null : refuse('EOVERFLOW')
}

/** iopt_unmap_iova_range. */
function unmapInside(
  state: IommufdState,
  ioas: number,
  iova: number,
  size: number,
  trace?: IommufdTrace,
): { readonly bytes: number; readonly stuck: boolean } {
  const row = mappingRow(state, ioas)
  let bytes = 0
  for (;;) {
    const found = findMapping(state, row, iova, size)
    const mapping = state.world.ranges[found]
    if (mapping === undefined) return { bytes, stuck: false }
    const inside = mapping.iova >= iova && mapping.iova + mapping.size <= iova + size
    if (!check(trace, 'F.UM.whole', inside, { kind: 'range', iova: mapping.iova, size: mapping.size }))
      return { bytes, stuck: true }
    state.mapped[row * state.world.capacity.ranges + found] = 0
    bytes += mapping.size
    trace?.effect('map.removed', { kind: 'range', iova: mapping.iova, size: mapping.size })
  }
}

/** Whether a boundary lies inside a mapping. */
function isInside(state: IommufdState, ioas: number, boundary: number): boolean {
  const mapping = state.world.ranges[findMapping(state, mappingRow(state, ioas), boundary, 1)]
  return mapping !== undefined && mapping.iova < boundary
}

/**
 * iopt_cut_iova at both ends of a range, then iopt_unmap_iova: what sticks out stays, as mappings of their own. The world
 * has an index for every piece that can be left; but beyond 2^53, where numbers are not exact, that goes as well.
 *
 * @returns how many bytes went
 */
function cutOut(state: IommufdState, ioas: number, iova: number, size: number, trace?: IommufdTrace): number {
  const row = mappingRow(state, ioas)
  const base = row * state.world.capacity.ranges
  const end = iova + size
  let bytes = 0
  for (;;) {
    const found = findMapping(state, row, iova, size)
    const mapping = state.world.ranges[found]
    if (mapping === undefined) return bytes
    const process = at(state.mapped, base + found)
    const from = Math.max(mapping.iova, iova)
    const to = Math.min(mapping.iova + mapping.size, end)
    const left = from > mapping.iova ? rangeIndex(state.world, mapping.iova, from - mapping.iova) : -1
    const past = mapping.iova + mapping.size
    const right = past > to ? rangeIndex(state.world, to, past - to) : -1
    state.mapped[base + found] = 0
    if (left >= 0) state.mapped[base + left] = process
    if (right >= 0) state.mapped[base + right] = process
    if (to - from < mapping.size) trace?.effect('map.cut', { kind: 'range', iova: mapping.iova, size: mapping.size })
    trace?.effect('map.removed', { kind: 'range', iova: from, size: to - from })
    bytes += to - from
  }
}
