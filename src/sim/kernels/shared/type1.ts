/**
 * The backend vfio_iommu_type1: the domain of a container and its mappings. A container has one domain at most, whose
 * index is its own.
 */
import { BLOCKED_CONTEXT, domainContext } from '../../iommu/context.ts'
import { dropContext } from '../../iommu/hardware.ts'
import type { Errno } from '../../errno.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call, World } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import type { IommuCore } from './iommu-core.ts'
import { at, type MachineState } from './machine-state.ts'
import { MEMLOCK_BEFORE_5_16, MEMLOCK_SINCE_5_16, pageLimit, pagesMapped, pagesOf } from './memory.ts'
import { containerOf, IOMMU_TYPES, TYPE1, TYPE1_NESTING, type VfioState } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

/** How versions of the backend differ. */
export interface Type1Rules {
  /** Types of IOMMU that VFIO_SET_IOMMU takes, and further extensions that VFIO_CHECK_EXTENSION knows. */
  readonly types: readonly string[]
  hasExtension(name: string, backend: boolean): boolean
  /**
   * Errno for a range that wraps at 2^64. Since 6.18 it is EOVERFLOW, and MAP looks for it before it asks whether the
   * range is of whole pages.
   */
  readonly wraps: 'EINVAL' | 'EOVERFLOW'
  /** UNMAP passes over mappings of other address spaces than the caller's. */
  readonly onlyOwnMappings: boolean
  /** RLIMIT_MEMLOCK of a process that nobody has given another one, in bytes; null: memory is not counted. */
  readonly memlock: number | null
  /** Page sizes that VT-d can use, as VFIO_IOMMU_GET_INFO shows them: one bit for each. */
  readonly pageSizes: bigint
}

/** 5.10. VT-d says that every page size from 4 KiB up will do, and splits pages itself. */
export const TYPE1_RULES_5_10: Type1Rules = {
  types: IOMMU_TYPES,
  hasExtension: () => false,
  wraps: 'EINVAL',
  onlyOwnMappings: true,
  memlock: MEMLOCK_BEFORE_5_16,
  pageSizes: 0xfffffffffffff000n,
}

/** Page sizes of VT-d's second stage: 4 KiB, 2 MiB, 1 GiB. */
export const VTD_PAGE_SIZES = 0x40201000n

/** 6.1 and 6.12: can unmap all at once (5.12), and move mappings to another process while there is a backend. */
export const TYPE1_RULES_6_1: Type1Rules = {
  types: IOMMU_TYPES,
  hasExtension: (name, backend) => name === 'unmap_all' || (name === 'update_vaddr' && backend),
  wraps: 'EINVAL',
  onlyOwnMappings: false,
  memlock: MEMLOCK_SINCE_5_16,
  pageSizes: VTD_PAGE_SIZES,
}

export const PAGE = 4096
export const ADDRESSES = 2 ** 64
export const MSI_START = 0xfee00000
export const MSI_END = 0xfef00000

/**
 * IOVA ranges that can be mapped, first and last byte: the IOMMU's aperture without the interrupt window
 * (vfio_iommu_iova_build_caps). The machine's default of 39 bits is that of QEMU's emulated VT-d.
 */
export function permittedRanges(world: World): readonly (readonly [first: number, last: number])[] {
  const last = 2 ** (world.setup.machine.iovaBits ?? 39) - 1
  if (last < MSI_START) return [[0, last]]
  if (last < MSI_END) return [[0, MSI_START - 1]]
  return [
    [0, MSI_START - 1],
    [MSI_END, last],
  ]
}

/** Whether some group of a container other than `group` is on its domain. */
function hasDomain(state: VfioState, container: number, group: number): boolean {
  const context = domainContext(state.world, container)
  for (let other = 0; other < state.container.length; other++) {
    if (other !== group && containerOf(state, other) === container && state.groupDomain[other] === context) return true
  }
  return false
}

/**
 * vfio_iommu_type1_attach_group. While the later checks run the group is in a new and empty domain already; if the
 * container has a domain, the group then leaves the new one and joins that.
 *
 * @returns the errno of the refusal, after which the group is where the kernel's failure path leaves it, or null
 */
export function attachGroup<S extends VfioState>(
  core: IommuCore<S>,
  state: S,
  container: number,
  group: number,
  trace?: SharedTrace,
): Errno | null {
  const context = domainContext(state.world, container)
  // Nesting needs the IOMMU's scalable mode, which the simulated machines lack.
  const nesting = state.containerType[container] === TYPE1_NESTING
  if (nesting) trace?.check('L.AT.nesting', false, { kind: 'container', container })
  if (nesting) return core.noNesting

  const shared = hasDomain(state, container, group)
  // An empty domain lets nothing through: as long as a group is only tried in one, that is all the hardware shows of it.
  const first = shared ? BLOCKED_CONTEXT : context
  trace?.effect(shared ? 'domain.trial' : 'domain.made', { kind: 'context', context: first, group })
  const refused = core.attach(state, group, first, trace)
  if (refused !== null) {
    // iommu_domain_free clears the entries of the members that were moved before one refused.
    if (!shared) dropContext(state, context)
    trace?.effect('domain.freed', { kind: 'context', context: first, group })
    return refused
  }
  const { interruptRemapping } = state.world.setup.machine
  const safe = interruptRemapping !== false || state.world.setup.boot.allowUnsafeInterrupts === true
  if (!check(trace, 'L.AT.9', safe, { kind: 'group', group })) {
    trace?.effect('log.no-interrupt-remapping', { kind: 'group', group })
    core.detach(state, group, trace)
    trace?.effect('domain.freed', { kind: 'context', context: first, group })
    return 'EPERM'
  }
  if (!check(trace, 'L.AT.10', shared, { kind: 'container', container })) return null
  core.detach(state, group, trace)
  return core.attach(state, group, context, trace)
}

/** vfio_iommu_type1_detach_group: the group leaves; with the last one the domain goes, and every mapping with it. */
export function detachGroup<S extends VfioState>(
  core: IommuCore<S>,
  state: S,
  container: number,
  group: number,
  trace?: SharedTrace,
): void {
  core.detach(state, group, trace)
  if (hasDomain(state, container, group)) return
  unmapAll(state, container, trace)
  trace?.effect('domain.freed', { kind: 'context', context: domainContext(state.world, container) })
}

export function unmapAll(state: MachineState, domain: number, trace?: SharedTrace): void {
  const { ranges } = state.world
  const base = domain * state.world.capacity.ranges
  for (let range = 0; range < ranges.length; range++) {
    if (at(state.mapped, base + range) === 0) continue
    state.mapped[base + range] = 0
    const mapping = ranges[range]
    if (mapping !== undefined) trace?.effect('map.removed', { kind: 'range', iova: mapping.iova, size: mapping.size })
  }
}

/** A 64-bit number, as userspace can put it into the call's structure. */
export function is64(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < ADDRESSES
}

/** Where the memory lies that user programs map, in their own address space. */
export const USER_MEMORY = 0x7f0000000000

/** Whether a range of IOVAs, or the memory for it, wraps at 2^64. */
function wraps(iova: number, size: number): boolean {
  return size > ADDRESSES - iova || size > ADDRESSES - USER_MEMORY
}

/** Whether a range can be mapped at all: not empty, of whole pages, and without a wrap. The errno, or null. */
function checkRange(rules: Type1Rules, { iova, size }: Call, trace?: SharedTrace): Errno | null {
  const range = { kind: 'range', iova, size } as const
  if (!check(trace, 'L.MAP.2', is64(iova) && is64(size), range)) return 'EINVAL'
  const whole = size > 0 && size % PAGE === 0 && iova % PAGE === 0
  const early = rules.wraps === 'EOVERFLOW' && size > 0
  if (!early && !check(trace, 'L.MAP.3', whole, range)) return 'EINVAL'
  if (!check(trace, 'L.MAP.4', !wraps(iova, size), range)) return rules.wraps
  if (early && !check(trace, 'L.MAP.3', whole, range)) return 'EINVAL'
  return null
}

/** vfio_dma_do_map: reading and writing, onto memory of the calling process. */
export function mapDma(
  rules: Type1Rules,
  state: MachineState,
  domain: number,
  process: number,
  call: Call,
  trace?: SharedTrace,
): Result {
  const { iova, size } = call
  const range = { kind: 'range', iova, size } as const
  const errno = checkRange(rules, call, trace)
  if (errno !== null) return refuse(errno)
  if (!check(trace, 'L.MAP.5', findMapping(state, domain, iova, size) < 0, range)) return refuse('EEXIST')
  const last = iova + size - 1
  const permitted = permittedRanges(state.world).some(([from, to]) => iova >= from && last <= to)
  if (!check(trace, 'L.MAP.7', permitted, range) || call.range < 0) return refuse('EINVAL')
  if (!canPin(rules, state, process, size, trace)) return refuse('ENOMEM')
  state.mapped[domain * state.world.capacity.ranges + call.range] = process + 1
  trace?.effect('map.added', range)
  return OK
}

/** Whether a process may pin as much more (vfio_pin_pages_remote): what it has mapped in any container counts. */
function canPin(rules: Type1Rules, state: MachineState, process: number, size: number, trace?: SharedTrace): boolean {
  if (rules.memlock === null) return true
  const limit = pageLimit(state.world, process, rules.memlock)
  if (limit === Infinity) return true
  const mine = pagesMapped(state, 0, state.world.capacity.containers, (other) => other === process)
  const fits = check(trace, 'L.MAP.8', mine + pagesOf(size) <= limit, { kind: 'count', count: limit * PAGE, group: -1 })
  if (!fits) trace?.effect('log.memlock', { kind: 'count', count: limit * PAGE, group: -1 })
  return fits
}

/** The mapping with the lowest address that overlaps a range; -1: none. */
export function findMapping(state: MachineState, domain: number, iova: number, size: number): number {
  const { ranges } = state.world
  const base = domain * state.world.capacity.ranges
  let found = -1
  for (let range = 0; range < ranges.length; range++) {
    const mapping = ranges[range]
    if (mapping === undefined || at(state.mapped, base + range) === 0) continue
    if (mapping.iova >= iova + size || mapping.iova + mapping.size <= iova) continue
    if (found < 0 || mapping.iova < (ranges[found]?.iova ?? 0)) found = range
  }
  return found
}

const NOTHING_UNMAPPED: Result = { ok: true, value: { unmapped: 0 } }

/** vfio_dma_do_unmap. */
export function unmapDma(
  rules: Type1Rules,
  state: VfioState,
  container: number,
  process: number,
  call: Call,
  trace?: SharedTrace,
): Result {
  return unmapRange(rules, state, container, process, call, state.containerType[container] === TYPE1, trace)
}

/** The same for a domain, by the rules of v1 or of v2. */
export function unmapRange(
  rules: Type1Rules,
  state: MachineState,
  domain: number,
  process: number,
  call: Call,
  v1: boolean,
  trace?: SharedTrace,
): Result {
  const { iova, size } = call
  const asked = { kind: 'range', iova, size } as const
  const whole = is64(iova) && is64(size) && size > 0 && size % PAGE === 0 && iova % PAGE === 0
  if (!check(trace, 'L.UM.1', whole, asked)) return refuse('EINVAL')
  // A range that ends with the last address does not wrap.
  if (!check(trace, 'L.UM.2', size <= ADDRESSES - iova, asked)) return refuse(rules.wraps)
  if (!v1) {
    const cut = cuts(state, domain, iova) || cuts(state, domain, iova + size)
    if (!check(trace, 'L.UM.3', !cut, asked)) return refuse('EINVAL')
  }
  const unmapped = unmapInside(rules, state, domain, process, call, trace)
  return unmapped === 0 ? NOTHING_UNMAPPED : { ok: true, value: { unmapped } }
}

/** Removes the mappings in a range, from the lowest address up. Returns how many bytes they were. */
function unmapInside(
  rules: Type1Rules,
  state: MachineState,
  domain: number,
  process: number,
  { iova, size }: Call,
  trace?: SharedTrace,
): number {
  const { ranges, capacity } = state.world
  const base = domain * capacity.ranges
  let unmapped = 0
  for (;;) {
    const found = findMapping(state, domain, iova, size)
    const mapping = ranges[found]
    if (mapping === undefined) return unmapped
    // v1 takes a whole mapping whose first byte is inside, and stops at one that begins before.
    if (mapping.iova < iova) return unmapped
    if (rules.onlyOwnMappings && at(state.mapped, base + found) !== process + 1) return unmapped
    state.mapped[base + found] = 0
    unmapped += mapping.size
    trace?.effect('map.removed', { kind: 'range', iova: mapping.iova, size: mapping.size })
  }
}

/** Whether a boundary lies inside a mapping. */
function cuts(state: MachineState, domain: number, boundary: number): boolean {
  const { ranges } = state.world
  const base = domain * state.world.capacity.ranges
  for (let range = 0; range < ranges.length; range++) {
    const mapping = ranges[range]
    if (mapping === undefined || at(state.mapped, base + range) === 0) continue
    if (mapping.iova < boundary && boundary < mapping.iova + mapping.size) return true
  }
  return false
}

const TYPE1_INFO_PGSIZES = 1
const TYPE1_INFO_CAPS = 2
const DMA_ENTRY_LIMIT = 65535

/** VFIO_IOMMU_GET_INFO: page sizes, permitted ranges, and how many mappings are left. */
export function getInfo(rules: Type1Rules, state: VfioState, domain: number): Result {
  const base = domain * state.world.capacity.ranges
  let mappings = 0
  for (let range = 0; range < state.world.ranges.length; range++) if (at(state.mapped, base + range) > 0) mappings++
  return typeInfo(rules.pageSizes, permittedRanges(state.world), DMA_ENTRY_LIMIT - mappings)
}

/** The same of any address space: page sizes as bits, ranges from first to last byte, how many mappings are left. */
export function typeInfo(
  pageSizes: bigint,
  ranges: readonly (readonly [first: number, last: number])[],
  available: number,
): Result {
  return {
    ok: true,
    value: {
      flags: TYPE1_INFO_PGSIZES | TYPE1_INFO_CAPS,
      iova_pgsizes: `0x${pageSizes.toString(16)}`,
      iova_ranges: ranges.map(([first, last]) => `${address(first)}-${address(last)}`).join(','),
      dma_avail: available,
    },
  }
}

/** An address in hexadecimal. 2^64 stands for the last one, which no number can say. */
function address(value: number): string {
  return `0x${(value >= ADDRESSES ? 0xffffffffffffffffn : BigInt(value)).toString(16)}`
}
