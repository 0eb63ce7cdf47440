/** Files of devices, and /dev/iommu with the address spaces in it (sections 1 and 2 of the RFC of 9 July 2021). */
import { OK, refuse, type Result } from '../../result.ts'
import { check } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { FileKind } from './assemble.ts'
import { CLOSED, IOAS_OBJECT, IOMMUFD_FD, kindInProcess, forgetObject, kindOf, nameObject, openFile } from './files.ts'
import type { IoasidTrace } from './ioasid-codes.ts'
import { deviceOfFile, type IoasidState } from './ioasid-state.ts'
import { add, at } from './machine-state.ts'
import { mapDma, TYPE1_RULES_5_10, unmapAll, unmapRange, type Type1Rules } from './type1.ts'

/** The rules of type1; what the proposals would count of pinned memory, and on whom, they leave open. */
const IOAS_RULES: Type1Rules = { ...TYPE1_RULES_5_10, memlock: null }

// ---- Device files -----------------------------------------------------------------------------------------------

/** Opens a device under a name. What the file may do is the policy's affair. */
export function openDevice(
  state: IoasidState,
  device: number,
  kind: number,
  slot: number,
  process: number,
  trace?: IoasidTrace,
): void {
  const file = state.fileDevice.indexOf(0)
  state.fileDevice[file] = device + 1
  if (state.opens[device] === 0) trace?.effect('device.enabled', { kind: 'device', device })
  add(state.opens, device, 1)
  openFile(state, slot, kind, file, process, trace)
}

/** The file is gone. */
export function closeDevice(state: IoasidState, file: number, trace?: IoasidTrace): void {
  const device = deviceOfFile(state, file)
  state.fileDevice[file] = 0
  add(state.opens, device, -1)
  if (state.opens[device] === 0) trace?.effect('device.disabled', { kind: 'device', device })
}

// ---- /dev/iommu -------------------------------------------------------------------------------------------------

/** Whether an iommu_fd exists: it is open, or something is bound to it [OP-1]. */
function isAlive(state: IoasidState, iommufd: number): boolean {
  return (
    state.iommufdOpen[iommufd] === 1 ||
    state.fileIommufd.includes(iommufd + 1) ||
    state.groupIommufd.includes(iommufd + 1)
  )
}

/** OPEN_IOMMU: a new security context. */
export function openIommufd(state: IoasidState, call: Call, trace?: IoasidTrace): Result {
  let iommufd = 0
  while (iommufd < state.iommufdOpen.length && isAlive(state, iommufd)) iommufd++
  if (iommufd === state.iommufdOpen.length) return refuse('ENOMEM')
  state.iommufdOpen[iommufd] = 1
  trace?.effect('iommufd.made')
  openFile(state, call.as, IOMMUFD_FD, iommufd, call.by, trace)
  return OK
}

/** Lets an iommu_fd go, with its address spaces, if nothing keeps it. */
export function putIommufd(state: IoasidState, iommufd: number, trace?: IoasidTrace): void {
  if (iommufd < 0 || isAlive(state, iommufd)) return
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    if (state.ioasIommufd[ioas] === iommufd + 1) freeIoas(state, ioas, trace)
  }
  state.iommufdNumber[iommufd] = 0
  trace?.effect('iommufd.freed')
}

/** The file of /dev/iommu. */
export const iommufdFile: FileKind<IoasidState> = {
  ioctls: ['ioas_alloc', 'ioas_map', 'ioas_unmap', 'ioas_destroy'],
  ioctl(state, iommufd, process, call, trace) {
    switch (call.op) {
      case 'ioas_alloc':
        return allocIoas(state, iommufd, process, call, trace)
      case 'ioas_map':
      case 'ioas_unmap':
        return changeMapping(state, iommufd, process, call, trace)
      case 'ioas_destroy':
        return destroyIoas(state, iommufd, call, trace)
      default:
        return refuse('ENOTTY')
    }
  },
  release(state, iommufd, _, trace) {
    state.iommufdOpen[iommufd] = 0
    putIommufd(state, iommufd, trace)
  },
}

/** The iommu_fd that a call names beside its own file: its index, or the refusal. */
export function iommufdArgument(
  state: IoasidState,
  process: number,
  slot: number,
  trace?: IoasidTrace,
): { readonly iommufd: number } | { readonly refused: Result } {
  const kind = kindInProcess(state, slot, process)
  if (!check(trace, 'P.IF.open', kind !== CLOSED, { kind: 'slot', slot })) return { refused: refuse('EBADF') }
  return check(trace, 'P.IF.kind', kind === IOMMUFD_FD, { kind: 'slot', slot })
    ? { iommufd: at(state.fdObject, slot) }
    : { refused: refuse('EINVAL') }
}

/** The address space of an iommu_fd that a name stands for; -1: an IOASID that this iommu_fd does not know. */
export function ioasNamed(state: IoasidState, iommufd: number, slot: number): number {
  if (kindOf(state, slot) !== IOAS_OBJECT) return -1
  const ioas = at(state.fdObject, slot)
  return state.ioasIommufd[ioas] === iommufd + 1 ? ioas : -1
}

/** IOASID_ALLOC. */
function allocIoas(state: IoasidState, iommufd: number, process: number, call: Call, trace?: IoasidTrace): Result {
  const slot = call.as
  const ioas = state.ioasIommufd.indexOf(0)
  if (slot < 0 || ioas < 0) return refuse('ENOMEM')
  add(state.iommufdNumber, iommufd, 1)
  const id = at(state.iommufdNumber, iommufd)
  state.ioasIommufd[ioas] = iommufd + 1
  state.ioasNumber[ioas] = id
  trace?.effect('ioasid.made', { kind: 'slot', slot })
  nameObject(state, slot, IOAS_OBJECT, ioas, id, process)
  return { ok: true, id }
}

/** IOMMU_MAP_DMA, IOMMU_UNMAP_DMA, by the rules of type1. */
function changeMapping(state: IoasidState, iommufd: number, process: number, call: Call, trace?: IoasidTrace): Result {
  const ioas = ioasNamed(state, iommufd, call.other)
  if (!check(trace, 'P.MAP.ioasid', ioas >= 0, { kind: 'slot', slot: call.other })) return refuse('ENOENT')
  return call.op === 'ioas_map'
    ? mapDma(IOAS_RULES, state, ioas, process, call, trace)
    : unmapRange(IOAS_RULES, state, ioas, process, call, false, trace)
}

/** IOASID_FREE. */
function destroyIoas(state: IoasidState, iommufd: number, call: Call, trace?: IoasidTrace): Result {
  const subject = { kind: 'slot', slot: call.other } as const
  const ioas = ioasNamed(state, iommufd, call.other)
  if (!check(trace, 'P.FREE.1', ioas >= 0, subject)) return refuse('ENOENT')
  if (!check(trace, 'P.FREE.2', !state.attached.includes(ioas + 1), subject)) return refuse('EBUSY')
  freeIoas(state, ioas, trace)
  return OK
}

function freeIoas(state: IoasidState, ioas: number, trace?: IoasidTrace): void {
  unmapAll(state, ioas, trace)
  state.ioasIommufd[ioas] = 0
  state.ioasNumber[ioas] = 0
  forgetObject(state, IOAS_OBJECT, ioas)
  trace?.effect('ioasid.freed')
}
