/**
 * The file of /dev/iommu (drivers/iommu/iommufd/main.c): its objects, and the calls of a container, which it answers for
 * the address space that stands in for one (vfio_compat.c).
 */
import { OK, refuse, type Result } from '../../../result.ts'
import { check } from '../../../trace.ts'
import type { Call } from '../../../world.ts'
import type { FileKind } from '../assemble.ts'
import { HWPT_OBJECT, IOAS_OBJECT, IOMMUFD_FD, nameObject, openFile } from '../files.ts'
import { at } from '../machine-state.ts'
import { typeInfo, VTD_PAGE_SIZES } from '../type1.ts'
import type { IommufdTrace } from './codes.ts'
import {
  allowedRanges,
  checkFill,
  fillErrno,
  giveUpLargePages,
  mapRange,
  unmapCompat,
  unmapIoas,
} from './io-pagetable.ts'
import type { IommufdRules } from './rules.ts'
import {
  deviceNamed,
  freeHwpt,
  freeIoas,
  freeIommufd,
  hasHwpt,
  hwptNamed,
  hwptSubject,
  ioasNamed,
  ioasSubject,
  isAttachedTo,
  makeHwpt,
  makeIoas,
  putIommufd,
  type IommufdState,
} from './state.ts'

/** open of /dev/iommu, a file of root, mode 0660. */
export function openIommufd(state: IommufdState, call: Call, trace?: IommufdTrace): Result {
  const user = state.world.userIndex.get(state.world.setup.processes[call.by]?.user ?? '') ?? -1
  if (!check(trace, 'F.IO.access', user === 0 || user === at(state.iommuOwner, 0))) return refuse('EACCES')
  const iommufd = freeIommufd(state)
  if (iommufd < 0) return refuse('ENOMEM')
  state.iommufdOpen[iommufd] = 1
  trace?.effect('iommufd.made', { kind: 'object', of: 'iommufd', index: iommufd, number: 0 })
  openFile(state, call.as, IOMMUFD_FD, iommufd, call.by, trace)
  return OK
}

/** `chown`: gives /dev/iommu to a user. */
export function chownIommu(state: IommufdState, { user }: Call, trace?: IommufdTrace): Result {
  if (user < 0) return refuse('EINVAL')
  state.iommuOwner[0] = user
  trace?.effect('iommu.owner', { kind: 'word', word: state.world.users[user] ?? '' })
  return OK
}

/** The file of /dev/iommu. */
export function iommufdFile(rules: IommufdRules): FileKind<IommufdState> {
  return {
    ioctls: ['ioas_alloc', 'ioas_map', 'ioas_unmap', 'ioas_destroy', 'hwpt_alloc', 'hwpt_destroy'],
    ioctl: (state, iommufd, process, call, trace) => iommufdIoctl(rules, state, iommufd, process, call, trace),
    /** Its objects stay while a device is bound, or a group has it in place of a container. */
    release(state, iommufd, _, trace) {
      state.iommufdOpen[iommufd] = 0
      putIommufd(state, iommufd, trace)
    },
  }
}

/** iommufd_fops_ioctl. */
function iommufdIoctl(
  rules: IommufdRules,
  state: IommufdState,
  iommufd: number,
  process: number,
  call: Call,
  trace?: IommufdTrace,
): Result {
  switch (call.op) {
    case 'ioas_alloc':
      return allocIoas(state, iommufd, process, call, trace)
    case 'ioas_map':
    case 'ioas_unmap':
      return changeMappings(rules, state, iommufd, process, call, trace)
    case 'hwpt_alloc':
      return allocHwpt(state, iommufd, process, call, trace)
    case 'ioas_destroy':
    case 'hwpt_destroy':
      return destroy(state, iommufd, call, trace)
    default:
      return compatIoctl(rules, state, iommufd, process, call, trace)
  }
}

/** IOMMU_IOAS_ALLOC. */
function allocIoas(state: IommufdState, iommufd: number, process: number, call: Call, trace?: IommufdTrace): Result {
  const ioas = makeIoas(state, iommufd, trace)
  if (ioas < 0) return refuse('ENOMEM')
  const id = at(state.ioasNumber, ioas)
  nameObject(state, call.as, IOAS_OBJECT, ioas, id, process)
  return { ok: true, id }
}

/** IOMMU_IOAS_MAP, IOMMU_IOAS_UNMAP. */
function changeMappings(
  rules: IommufdRules,
  state: IommufdState,
  iommufd: number,
  process: number,
  call: Call,
  trace?: IommufdTrace,
): Result {
  const ioas = ioasNamed(state, iommufd, call.other)
  if (!check(trace, 'F.IO.ioas', ioas >= 0, { kind: 'slot', slot: call.other })) return refuse('ENOENT')
  return call.op === 'ioas_map'
    ? mapRange(rules, state, ioas, process, call, trace)
    : unmapIoas(state, ioas, call, trace)
}

/** IOMMU_HWPT_ALLOC: a page table from an IOAS, for a device that is bound; filled at once, attached to by nobody. */
function allocHwpt(state: IommufdState, iommufd: number, process: number, call: Call, trace?: IommufdTrace): Result {
  const device = deviceNamed(state, iommufd, call.third)
  if (!check(trace, 'F.HW.device', device >= 0, { kind: 'slot', slot: call.third })) return refuse('ENOENT')
  const ioas = ioasNamed(state, iommufd, call.other)
  const found = ioas >= 0 || hwptNamed(state, iommufd, call.other) >= 0
  if (!check(trace, 'F.HW.pt', found, { kind: 'slot', slot: call.other })) return refuse('EINVAL')
  // A page table nested in another needs what the simulated hardware lacks.
  if (!check(trace, 'F.HW.ioas', ioas >= 0, { kind: 'slot', slot: call.other })) return refuse('EOPNOTSUPP')
  const fill = fillErrno(state, ioas)
  const hwpt = makeHwpt(state, ioas, true, trace)
  if (hwpt < 0) return refuse('ENOMEM')
  checkFill(state, hwpt, fill, trace)
  if (fill !== null) {
    freeHwpt(state, hwpt, trace)
    return refuse(fill)
  }
  const id = at(state.hwptNumber, hwpt)
  nameObject(state, call.as, HWPT_OBJECT, hwpt, id, process)
  return { ok: true, id }
}

/** IOMMU_DESTROY: of an IOAS without page tables, or of a page table without devices. */
function destroy(state: IommufdState, iommufd: number, call: Call, trace?: IommufdTrace): Result {
  const ioas = ioasNamed(state, iommufd, call.other)
  const hwpt = ioas >= 0 ? -1 : hwptNamed(state, iommufd, call.other)
  const known = ioas >= 0 || hwpt >= 0
  if (!check(trace, 'F.DS.object', known, { kind: 'slot', slot: call.other })) {
    // The number of a device, which is in use as long as it is bound.
    return refuse(deviceNamed(state, iommufd, call.other) >= 0 ? 'EBUSY' : 'ENOENT')
  }
  const unused = ioas >= 0 ? !hasHwpt(state, ioas) : !isAttachedTo(state, hwpt)
  if (!check(trace, 'F.DS.users', unused, ioas >= 0 ? ioasSubject(state, ioas) : hwptSubject(state, hwpt)))
    return refuse('EBUSY')
  if (ioas >= 0) freeIoas(state, ioas, trace)
  else freeHwpt(state, hwpt, trace)
  return OK
}

// In place of a container.

const API_VERSION: Result = { ok: true, value: 0 }
const YES: Result = { ok: true, value: 1 }
const NO: Result = { ok: true, value: 0 }
const COMPAT_EXTENSIONS = ['type1', 'type1v2', 'unmap_all']

/** iommufd_fill_cap_dma_avail: there is no limit of mappings, and U32_MAX says so. */
const MAPPINGS_WITHOUT_LIMIT = 0xffffffff

/** iommufd_get_pagesizes: of the hardware's page tables made from an IOAS; without one, every size from 4 KiB up. */
function pageSizes(state: IommufdState, ioas: number): bigint {
  return hasHwpt(state, ioas) ? VTD_PAGE_SIZES : 0xfffffffffffff000n
}

/** iommufd_vfio_ioctl: a container's calls, on the address space that a group brought with SET_CONTAINER. */
function compatIoctl(
  rules: IommufdRules,
  state: IommufdState,
  iommufd: number,
  process: number,
  call: Call,
  trace?: IommufdTrace,
): Result {
  switch (call.op) {
    case 'get_api_version':
      return API_VERSION
    case 'check_extension':
      return COMPAT_EXTENSIONS.includes(call.arg) ? YES : NO
    case 'set_iommu':
    case 'map_dma':
    case 'unmap_dma':
    case 'iommu_get_info':
      break
    case 'device_hot_reset':
      // The ioctl number of VFIO_IOMMU_MAP_DMA, with a structure that is too short for it.
      return refuse('EINVAL')
    default:
      return refuse('ENOTTY')
  }
  if (call.op === 'set_iommu') {
    if (!check(trace, 'F.VC.type', call.arg === 'type1' || call.arg === 'type1v2', { kind: 'word', word: call.arg }))
      return refuse('EINVAL')
  }
  const ioas = at(state.compatIoas, iommufd) - 1
  if (!check(trace, 'F.VC.ioas', ioas >= 0, { kind: 'object', of: 'iommufd', index: iommufd, number: 0 }))
    return refuse('ENODEV')
  switch (call.op) {
    case 'set_iommu':
      // Any number of times, and nothing happens; but type1 promises that mappings can be cut.
      return call.arg === 'type1' ? giveUpLargePages(state, ioas, trace) : OK
    case 'map_dma':
      return mapRange(rules, state, ioas, process, call, trace)
    case 'unmap_dma':
      return unmapCompat(state, ioas, call, trace)
    case 'iommu_get_info':
      return typeInfo(pageSizes(state, ioas), allowedRanges(state, ioas), MAPPINGS_WITHOUT_LIMIT)
  }
}

/** iommufd_vfio_compat_ioas_create: the address space that stands in for a container's, made when first asked for. */
export function makeCompatIoas(state: IommufdState, iommufd: number, trace?: IommufdTrace): boolean {
  const known = at(state.compatIoas, iommufd) > 0
  if (check(trace, 'F.SC.ioas', known, { kind: 'object', of: 'iommufd', index: iommufd, number: 0 })) return true
  const ioas = makeIoas(state, iommufd, trace)
  if (ioas < 0) return false
  state.compatIoas[iommufd] = ioas + 1
  return true
}
