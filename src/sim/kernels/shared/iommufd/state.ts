/** What iommufd keeps: contexts, their objects by number, and which devices and groups hang on them. */
import type { ColumnShape } from '../../../shape.ts'
import type { Columns, U16, U8 } from '../../../state.ts'
import type { Subject } from '../../../trace.ts'
import type { World } from '../../../world.ts'
import { BOUND_CDEV_FD, DEVICE_FD, forgetObject, HWPT_OBJECT, IOAS_OBJECT, IOMMUFD_FD } from '../files.ts'
import { at } from '../machine-state.ts'
import type { OwnedState } from '../ownership/dma-owner.ts'
import { unmapAll } from '../type1.ts'
import type { IommufdTrace } from './codes.ts'

export interface IommufdColumns {
  /** User that owns /dev/iommu, by index; 0: root. */
  readonly iommuOwner: U16
  // Of each iommufd (iommufd_ctx).
  /** Its file is open. */
  readonly iommufdOpen: U8
  /** 0, or 1 + the IOAS that stands in for a container's address space (vfio_ioas). */
  readonly compatIoas: U16
  // Of each IOAS.
  /** 0 free, else 1 + the iommufd it is in. */
  readonly ioasIommufd: U16
  readonly ioasNumber: U16
  /** Large pages are given up, so that mappings can be cut (io_pagetable.disable_large_pages). */
  readonly ioasSmall: U8
  // Of each page table (HWPT).
  /** 0 free, else 1 + the IOAS it is made from. */
  readonly hwptIoas: U16
  readonly hwptNumber: U16
  /** Made by IOMMU_HWPT_ALLOC, and gone by IOMMU_DESTROY only. */
  readonly hwptManual: U8
  // Of each device.
  /** 0, or 1 + the iommufd it is bound to. */
  readonly bound: U16
  readonly boundNumber: U16
  /** 0, or 1 + the page table it is attached to: it is on its igroup's device_list. */
  readonly attached: U16
  /** Open files of its own (cdev). */
  readonly cdevOpens: U16
  /** It is bound through such a file. */
  readonly cdevBound: U8
  /** User that owns its node, by index; 0: root. */
  readonly cdevOwner: U16
  // Of each process × device: its own files that only the virtual machine of that process holds, before BIND and after.
  readonly keptCdevs: U16
  readonly keptBound: U16
  // Of each group.
  /** 0, or 1 + the iommufd that owns its DMA. */
  readonly ownerIommufd: U16
  /** 0, or 1 + the page table that the whole group is on (igroup.hwpt). */
  readonly groupHwpt: U16
  /** 0, or 1 + the iommufd in place of its container (vfio_group.iommufd). */
  readonly compat: U16
}

export const IOMMUFD_SHAPE: Readonly<Record<keyof IommufdColumns, ColumnShape>> = {
  iommuOwner: { by: ['one'] },
  iommufdOpen: { by: ['iommufd'] },
  compatIoas: { by: ['iommufd'], holds: 'ioas', base: 1 },
  ioasIommufd: { by: ['ioas'], holds: 'iommufd', base: 1 },
  // Numbers of objects are looked at for a name from another iommufd only (isForeign).
  ioasNumber: { by: ['ioas'], readBy: [] },
  ioasSmall: { by: ['ioas'] },
  hwptIoas: { by: ['hwpt'], holds: 'ioas', base: 1 },
  hwptNumber: { by: ['hwpt'], readBy: [] },
  hwptManual: { by: ['hwpt'] },
  bound: { by: ['device'], holds: 'iommufd', base: 1 },
  boundNumber: { by: ['device'], readBy: [] },
  attached: { by: ['device'], holds: 'hwpt', base: 1 },
  cdevOpens: { by: ['device'] },
  cdevBound: { by: ['device'] },
  cdevOwner: { by: ['device'] },
  keptCdevs: { by: ['process', 'device'] },
  keptBound: { by: ['process', 'device'] },
  ownerIommufd: { by: ['group'], holds: 'iommufd', base: 1 },
  groupHwpt: { by: ['group'], holds: 'hwpt', base: 1 },
  compat: { by: ['group'], holds: 'iommufd', base: 1 },
}

export type IommufdState = OwnedState & IommufdColumns

/** How many address spaces there is room for: one more for each iommufd, in place of a container. */
export function ioasRoom(world: World): number {
  return world.capacity.ioases + world.capacity.iommufds
}

/** How many page tables: made by attaching, a group keeps one alive at most, and needs a second while it changes. */
function hwptRoom(world: World): number {
  return world.capacity.hwpts + world.groups.length + 1
}

/** How many domains: of containers, then (without hardware, only for their mappings) of IOASes, then of page tables. */
export function domainRoom(world: World): number {
  return world.capacity.containers + ioasRoom(world) + hwptRoom(world)
}

export function iommufdColumns(world: World, columns: Columns): IommufdColumns {
  const { iommufds } = world.capacity
  const ioases = ioasRoom(world)
  const hwpts = hwptRoom(world)
  const devices = world.devices.length
  const groups = world.groups.length
  return {
    iommuOwner: columns.u16(1),
    iommufdOpen: columns.u8(iommufds),
    compatIoas: columns.u16(iommufds),
    ioasIommufd: columns.u16(ioases),
    ioasNumber: columns.u16(ioases),
    ioasSmall: columns.u8(ioases),
    hwptIoas: columns.u16(hwpts),
    hwptNumber: columns.u16(hwpts),
    hwptManual: columns.u8(hwpts),
    bound: columns.u16(devices),
    boundNumber: columns.u16(devices),
    attached: columns.u16(devices),
    cdevOpens: columns.u16(devices),
    cdevBound: columns.u8(devices),
    cdevOwner: columns.u16(devices),
    keptCdevs: columns.u16(world.setup.processes.length * devices),
    keptBound: columns.u16(world.setup.processes.length * devices),
    ownerIommufd: columns.u16(groups),
    groupHwpt: columns.u16(groups),
    compat: columns.u16(groups),
  }
}

/** Row of the page tables in which an IOAS keeps its mappings. */
export function mappingRow(state: IommufdState, ioas: number): number {
  return state.world.capacity.containers + ioas
}

/** Index of the domain of a page table. */
export function hwptDomain(state: IommufdState, hwpt: number): number {
  return state.world.capacity.containers + ioasRoom(state.world) + hwpt
}

/** Index of the iommufd of an IOAS or a page table. */
export function iommufdOfIoas(state: IommufdState, ioas: number): number {
  return at(state.ioasIommufd, ioas) - 1
}

export function ioasOfHwpt(state: IommufdState, hwpt: number): number {
  return at(state.hwptIoas, hwpt) - 1
}

/** Marks of what is taken while a free number is looked for; kept, so that making an object allocates nothing. */
let taken = new Uint8Array(64)

function clearMarks(most: number): void {
  if (taken.length < most) taken = new Uint8Array(2 * most)
  taken.fill(0, 0, most)
}

/** The lowest number that no object of an iommufd has, from 1 up (xa_alloc). */
function freeNumber(state: IommufdState, iommufd: number): number {
  // One of so many numbers is free, as there are no more objects than that; higher ones need no mark.
  const most = state.ioasIommufd.length + state.hwptIoas.length + state.bound.length + 2
  clearMarks(most)
  const mark = (number: number): void => {
    if (number < most) taken[number] = 1
  }
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    if (state.ioasIommufd[ioas] === iommufd + 1) mark(at(state.ioasNumber, ioas))
  }
  for (let hwpt = 0; hwpt < state.hwptIoas.length; hwpt++) {
    if (iommufdOfIoas(state, ioasOfHwpt(state, hwpt)) === iommufd) mark(at(state.hwptNumber, hwpt))
  }
  for (let device = 0; device < state.bound.length; device++) {
    if (state.bound[device] === iommufd + 1) mark(at(state.boundNumber, device))
  }
  return taken.indexOf(0, 1)
}

/** Whether anything keeps an iommufd: its file, a device that is bound to it, a group that has it in place of a container. */
export function isAlive(state: IommufdState, iommufd: number): boolean {
  const kept = iommufd + 1
  return state.iommufdOpen[iommufd] === 1 || state.bound.includes(kept) || state.compat.includes(kept)
}

/** An iommufd that nothing keeps; -1 when the world has no room for another. */
export function freeIommufd(state: IommufdState): number {
  const most = state.iommufdOpen.length
  clearMarks(most + 1)
  for (let iommufd = 0; iommufd < most; iommufd++) if (state.iommufdOpen[iommufd] === 1) taken[iommufd + 1] = 1
  for (let device = 0; device < state.bound.length; device++) taken[at(state.bound, device)] = 1
  for (let group = 0; group < state.compat.length; group++) taken[at(state.compat, group)] = 1
  const free = taken.indexOf(0, 1) - 1
  return free >= 0 && free < most ? free : -1
}

/** A reference to an iommufd is gone; with the last one its objects go, what is made from others first. */
export function putIommufd(state: IommufdState, iommufd: number, trace?: IommufdTrace): void {
  if (isAlive(state, iommufd)) return
  for (let hwpt = 0; hwpt < state.hwptIoas.length; hwpt++) {
    if (state.hwptIoas[hwpt] !== 0 && iommufdOfIoas(state, ioasOfHwpt(state, hwpt)) === iommufd) {
      freeHwpt(state, hwpt, trace)
    }
  }
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    if (state.ioasIommufd[ioas] === iommufd + 1) freeIoas(state, ioas, trace)
  }
  trace?.effect('iommufd.freed', { kind: 'object', of: 'iommufd', index: iommufd, number: 0 })
}

/** What the trace calls an IOAS or a page table. */
export function ioasSubject(state: IommufdState, ioas: number): Subject {
  return { kind: 'object', of: 'ioas', index: ioas, number: at(state.ioasNumber, ioas) }
}

export function hwptSubject(state: IommufdState, hwpt: number): Subject {
  return { kind: 'object', of: 'hwpt', index: hwpt, number: at(state.hwptNumber, hwpt) }
}

/** iommufd_ioas_alloc; -1 when the world has no room for another. */
export function makeIoas(state: IommufdState, iommufd: number, trace?: IommufdTrace): number {
  const ioas = state.ioasIommufd.indexOf(0)
  if (ioas < 0) return -1
  state.ioasNumber[ioas] = freeNumber(state, iommufd)
  state.ioasIommufd[ioas] = iommufd + 1
  trace?.effect('ioas.made', ioasSubject(state, ioas))
  return ioas
}

export function freeIoas(state: IommufdState, ioas: number, trace?: IommufdTrace): void {
  trace?.effect('ioas.freed', ioasSubject(state, ioas))
  unmapAll(state, mappingRow(state, ioas), trace)
  const iommufd = iommufdOfIoas(state, ioas)
  if (state.compatIoas[iommufd] === ioas + 1) state.compatIoas[iommufd] = 0
  state.ioasIommufd[ioas] = 0
  state.ioasNumber[ioas] = 0
  state.ioasSmall[ioas] = 0
  forgetObject(state, IOAS_OBJECT, ioas)
}

/** A page table without hardware yet; -1 when the world has no room for another. */
export function makeHwpt(state: IommufdState, ioas: number, manual: boolean, trace?: IommufdTrace): number {
  const hwpt = state.hwptIoas.indexOf(0)
  if (hwpt < 0) return -1
  state.hwptNumber[hwpt] = freeNumber(state, iommufdOfIoas(state, ioas))
  state.hwptIoas[hwpt] = ioas + 1
  state.hwptManual[hwpt] = manual ? 1 : 0
  trace?.effect('hwpt.made', hwptSubject(state, hwpt))
  return hwpt
}

export function freeHwpt(state: IommufdState, hwpt: number, trace?: IommufdTrace): void {
  trace?.effect('hwpt.freed', hwptSubject(state, hwpt))
  state.hwptIoas[hwpt] = 0
  state.hwptNumber[hwpt] = 0
  state.hwptManual[hwpt] = 0
  forgetObject(state, HWPT_OBJECT, hwpt)
}

/** Numbers a device that is bound to an iommufd. */
export function numberDevice(state: IommufdState, device: number, iommufd: number): number {
  const number = freeNumber(state, iommufd)
  state.bound[device] = iommufd + 1
  state.boundNumber[device] = number
  return number
}

/** The number that a name stands for: of an IOAS, a page table, or a device where BIND has given it one; 0: none. */
function numberNamed(state: IommufdState, slot: number): number {
  const object = at(state.fdObject, slot)
  switch (at(state.fdKind, slot)) {
    case IOAS_OBJECT:
      return at(state.ioasNumber, object)
    case HWPT_OBJECT:
      return at(state.hwptNumber, object)
    case BOUND_CDEV_FD:
      return at(state.boundNumber, object)
    default:
      return 0
  }
}

/** The iommufd that a name's object, or a device's file, belongs to; -1: none. */
function iommufdNamed(state: IommufdState, slot: number): number {
  const object = at(state.fdObject, slot)
  switch (at(state.fdKind, slot)) {
    case IOAS_OBJECT:
      return iommufdOfIoas(state, object)
    case HWPT_OBJECT:
      return iommufdOfIoas(state, ioasOfHwpt(state, object))
    case DEVICE_FD:
    case BOUND_CDEV_FD:
      return at(state.bound, object) - 1
    default:
      return -1
  }
}

/** As `Shape` has it. */
export function isForeign(state: IommufdState, fd: number, named: number): boolean {
  const of = at(state.fdKind, fd) === IOMMUFD_FD ? at(state.fdObject, fd) : iommufdNamed(state, fd)
  const from = iommufdNamed(state, named)
  return of >= 0 && from >= 0 && of !== from
}

/** Whether a name is one of an iommufd's own objects of a kind: no need to go by its number. */
function isOwn(state: IommufdState, iommufd: number, slot: number, kind: number): boolean {
  return at(state.fdKind, slot) === kind && iommufdNamed(state, slot) === iommufd
}

/** A kind of object that an iommufd numbers: how many there can be, whose each is, and its number. */
interface NumberedKind {
  readonly kind: number
  readonly count: (state: IommufdState) => number
  readonly iommufd: (state: IommufdState, index: number) => number
  readonly number: (state: IommufdState, index: number) => number
}

/**
 * The object of an iommufd with the number that a name stands for; -1: it has none. The kernel is told a number only, so
 * that a name from another iommufd stands for whatever has its number in this one.
 */
function objectNamed(of: NumberedKind, state: IommufdState, iommufd: number, slot: number): number {
  if (isOwn(state, iommufd, slot, of.kind)) return at(state.fdObject, slot)
  const number = numberNamed(state, slot)
  if (number === 0) return -1
  const count = of.count(state)
  for (let index = 0; index < count; index++) {
    if (of.number(state, index) === number && of.iommufd(state, index) === iommufd) return index
  }
  return -1
}

const IOASES: NumberedKind = {
  kind: IOAS_OBJECT,
  count: (state) => state.ioasIommufd.length,
  iommufd: iommufdOfIoas,
  number: (state, ioas) => at(state.ioasNumber, ioas),
}
const HWPTS: NumberedKind = {
  kind: HWPT_OBJECT,
  count: (state) => state.hwptIoas.length,
  iommufd: (state, hwpt) => iommufdOfIoas(state, ioasOfHwpt(state, hwpt)),
  number: (state, hwpt) => at(state.hwptNumber, hwpt),
}
const BOUND_DEVICES: NumberedKind = {
  kind: BOUND_CDEV_FD,
  count: (state) => state.bound.length,
  iommufd: (state, device) => at(state.bound, device) - 1,
  number: (state, device) => at(state.boundNumber, device),
}

/** The IOAS of an iommufd that a name stands for; -1: none. */
export function ioasNamed(state: IommufdState, iommufd: number, slot: number): number {
  return objectNamed(IOASES, state, iommufd, slot)
}

/** The page table of an iommufd that a name stands for; -1: none. */
export function hwptNamed(state: IommufdState, iommufd: number, slot: number): number {
  return objectNamed(HWPTS, state, iommufd, slot)
}

/** The device bound to an iommufd that a name stands for; -1: none. */
export function deviceNamed(state: IommufdState, iommufd: number, slot: number): number {
  return objectNamed(BOUND_DEVICES, state, iommufd, slot)
}

/** Whether some page table is made from an IOAS. */
export function hasHwpt(state: IommufdState, ioas: number): boolean {
  return state.hwptIoas.includes(ioas + 1)
}

/** The page table that attaching made from an IOAS, -1: none. There is never a second: all hardware here is alike. */
export function autoHwpt(state: IommufdState, ioas: number): number {
  for (let hwpt = 0; hwpt < state.hwptIoas.length; hwpt++) {
    if (state.hwptIoas[hwpt] === ioas + 1 && state.hwptManual[hwpt] === 0) return hwpt
  }
  return -1
}

/** Whether some device is attached to a page table. */
export function isAttachedTo(state: IommufdState, hwpt: number): boolean {
  return state.attached.includes(hwpt + 1)
}

/** Whether devices are attached to an IOAS, through any page table. */
export function isInUse(state: IommufdState, ioas: number): boolean {
  for (let device = 0; device < state.attached.length; device++) {
    const hwpt = at(state.attached, device) - 1
    if (hwpt >= 0 && ioasOfHwpt(state, hwpt) === ioas) return true
  }
  return false
}
