/** The backend vfio_iommu_type1: the domain of a container, and its mappings. A container has one domain at most, of its own index. */
import { BLOCKED_CONTEXT, domainContext } from '../../iommu/context.ts'
import { dropContext } from '../../iommu/hardware.ts'
import type { Errno } from '../../errno.ts'
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call, World } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import type { IommuCore } from './iommu-core.ts'
import { at, type MachineState } from './machine-state.ts'
import { containerOf, TYPE1, TYPE1_NESTING, type VfioState } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

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

/** vfio_dma_do_map: reading and writing, onto memory of the calling process. */
export function mapDma(state: MachineState, domain: number, process: number, call: Call, trace?: SharedTrace): Result {
  const { iova, size } = call
  const range = { kind: 'range', iova, size } as const
  if (!check(trace, 'L.MAP.2', is64(iova) && is64(size), range)) return refuse('EINVAL')
  if (!check(trace, 'L.MAP.3', size > 0 && size % PAGE === 0 && iova % PAGE === 0, range)) return refuse('EINVAL')
  if (!check(trace, 'L.MAP.4', iova + size <= ADDRESSES, range)) return refuse('EINVAL')
  if (!check(trace, 'L.MAP.5', findMapping(state, domain, iova, size) < 0, range)) return refuse('EEXIST')
  const last = iova + size - 1
  const permitted = permittedRanges(state.world).some(([from, to]) => iova >= from && last <= to)
  trace?.check('L.MAP.7', permitted, range)
  if (!permitted || call.range < 0) return refuse('EINVAL')
  state.mapped[domain * state.world.capacity.ranges + call.range] = process + 1
  trace?.effect('map.added', range)
  return OK
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

/** vfio_dma_do_unmap. Only the address space that made a mapping can remove it; the others count as not there. */
export function unmapDma(
  state: VfioState,
  container: number,
  process: number,
  call: Call,
  trace?: SharedTrace,
): Result {
  return unmapRange(state, container, process, call, state.containerType[container] === TYPE1, trace)
}

/** The same for a domain, by the rules of v1 or of v2. */
export function unmapRange(
  state: MachineState,
  domain: number,
  process: number,
  call: Call,
  v1: boolean,
  trace?: SharedTrace,
): Result {
  const { iova, size } = call
  const { ranges } = state.world
  const asked = { kind: 'range', iova, size } as const
  const aligned = is64(iova) && is64(size) && size > 0 && size % PAGE === 0 && iova % PAGE === 0
  if (!check(trace, 'L.UM.1', aligned, asked)) return refuse('EINVAL')
  if (!check(trace, 'L.UM.2', iova + size <= ADDRESSES, asked)) return refuse('EINVAL')

  if (!v1) {
    if (!check(trace, 'L.UM.3', !(cuts(state, domain, iova) || cuts(state, domain, iova + size)), asked))
      return refuse('EINVAL')
  }
  const base = domain * state.world.capacity.ranges
  let unmapped = 0
  for (;;) {
    const found = findMapping(state, domain, iova, size)
    const mapping = ranges[found]
    if (mapping === undefined) break
    // v1 takes a whole mapping whose first byte is inside, and stops at one that begins before.
    if (mapping.iova < iova || at(state.mapped, base + found) !== process + 1) break
    state.mapped[base + found] = 0
    unmapped += mapping.size
    trace?.effect('map.removed', { kind: 'range', iova: mapping.iova, size: mapping.size })
  }
  return unmapped === 0 ? NOTHING_UNMAPPED : { ok: true, value: { unmapped } }
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
export const DMA_ENTRY_LIMIT = 65535

/** VFIO_IOMMU_GET_INFO: page sizes (every one from 4 KiB on), permitted ranges, and how many mappings are left. */
export function getInfo(state: VfioState, domain: number): Result {
  const base = domain * state.world.capacity.ranges
  let mappings = 0
  for (let range = 0; range < state.world.ranges.length; range++) if (at(state.mapped, base + range) > 0) mappings++
  return typeInfo(permittedRanges(state.world), DMA_ENTRY_LIMIT - mappings)
}

/** The same of any address space: ranges from first to last byte, and how many mappings are left. */
export function typeInfo(ranges: readonly (readonly [first: number, last: number])[], available: number): Result {
  const hex = (value: number): string => `0x${value.toString(16)}`
  return {
    ok: true,
    value: {
      flags: TYPE1_INFO_PGSIZES | TYPE1_INFO_CAPS,
      iova_pgsizes: hex(ADDRESSES - PAGE),
      iova_ranges: ranges.map(([first, last]) => `${hex(first)}-${hex(last)}`).join(','),
      dma_avail: available,
    },
  }
}
