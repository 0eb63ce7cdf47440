import type { FdKind } from '../../snapshot.ts'
import type { Trace } from '../../trace.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { at, type MachineState } from './machine-state.ts'

const FD_KINDS: readonly FdKind[] = [
  'container',
  'group',
  'device',
  'iommufd',
  'cdev',
  'group',
  'group',
  'group',
  'group',
  'cdev',
  'ioas',
  'hwpt',
]

export const CLOSED = 0
export const CONTAINER_FD = 1
export const GROUP_FD = 2
export const DEVICE_FD = 3
export const IOMMUFD_FD = 4
export const CDEV_FD = 5
/** The first of four kinds: a group file whose VFIO group is gone, and what is left of it (`DEAD_…`, added up). */
export const DEAD_GROUP_FD = 6
/** A virtual machine holds the file. */
export const DEAD_KVM = 1
/** An iommufd stands in for its container. */
export const DEAD_COMPAT = 2
/** A device's own file once it is bound to an iommufd. */
export const BOUND_CDEV_FD = 10
export const IOAS_OBJECT = 11
export const HWPT_OBJECT = 12

/** Kind of a file by its number in the column. */
export function fdKindName(kind: number): FdKind {
  return FD_KINDS[kind - 1] ?? 'container'
}

/** An open file: its kind, what it is open on, the process that has it, and whether somebody else holds it as well. */
export interface OpenFile {
  readonly kind: number
  readonly object: number
  readonly process: number
  readonly held: boolean
}

/** What a name is open on (CLOSED: nothing). */
export function kindOf(state: MachineState, slot: number): number {
  return at(state.fdKind, slot)
}

/** Whether a kind is that of a group file whose VFIO group is gone. */
export function isDeadGroup(kind: number): boolean {
  return kind >= DEAD_GROUP_FD && kind <= DEAD_GROUP_FD + DEAD_KVM + DEAD_COMPAT
}

/** Whether a kind is that of an open file; objects inside an iommufd have names but are none. */
export function isFileKind(kind: number): boolean {
  return kind !== CLOSED && kind < IOAS_OBJECT
}

/** What a call names as another file: CLOSED if the calling process has no such file open. */
export function kindInProcess(state: MachineState, slot: number, process: number): number {
  const kind = kindOf(state, slot)
  return isFileKind(kind) && state.fdProcess[slot] === process ? kind : CLOSED
}

/** Standard input, output and error. */
const FIRST_NUMBER = 3

/** Numbers that a process has in use, marked while one is looked for; kept, so that opening allocates nothing. */
let inUse = new Uint8Array(64)

/** The lowest number from 3 up that a process has not in use (alloc_fd). */
function freeNumber(state: MachineState, process: number): number {
  const most = state.fdKind.length + FIRST_NUMBER + 1
  if (inUse.length < most) inUse = new Uint8Array(2 * most)
  inUse.fill(0, 0, most)
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (isFile(state, slot) && state.fdProcess[slot] === process) inUse[at(state.fdNumber, slot)] = 1
  }
  return inUse.indexOf(0, FIRST_NUMBER)
}

function isFile(state: MachineState, slot: number): boolean {
  return isFileKind(kindOf(state, slot))
}

/** The file that is open under a name; null: none. */
export function fileAt(state: MachineState, slot: number): OpenFile | null {
  const kind = kindOf(state, slot)
  if (!isFileKind(kind)) return null
  const held = state.fdHeld[slot] === 1
  return { kind, object: at(state.fdObject, slot), process: at(state.fdProcess, slot), held }
}

/**
 * Opens a file under a name. If the name is still open in the same process, the new file takes its number (dup2); the
 * kernel closes the old file when the call has succeeded (`assemble`). A process that had ended is running again.
 */
export function openFile(
  state: MachineState,
  slot: number,
  kind: number,
  object: number,
  process: number,
  trace?: Trace<SharedCheck, SharedEffect>,
): void {
  if (slot < 0) return
  if (!isFile(state, slot) || state.fdProcess[slot] !== process) state.fdNumber[slot] = freeNumber(state, process)
  state.fdKind[slot] = kind
  state.fdObject[slot] = object
  state.fdProcess[slot] = process
  state.fdHeld[slot] = 0
  state.exited[process] = 0
  trace?.effect('fd.opened', { kind: 'slot', slot })
}

/** Gives an object inside an iommufd a name. The caller refuses the call where there is no name to give. */
export function nameObject(
  state: MachineState,
  slot: number,
  kind: number,
  object: number,
  number: number,
  process: number,
): void {
  if (slot < 0) return
  state.fdKind[slot] = kind
  state.fdObject[slot] = object
  state.fdProcess[slot] = process
  state.fdHeld[slot] = 0
  state.fdNumber[slot] = number
}

/** The names of an object inside an iommufd that is gone stand for nothing. */
export function forgetObject(state: MachineState, kind: number, object: number): void {
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (state.fdKind[slot] === kind && state.fdObject[slot] === object) clearSlot(state, slot)
  }
}

/** A name stands for nothing any more. */
export function clearSlot(state: MachineState, slot: number): void {
  state.fdKind[slot] = CLOSED
  state.fdObject[slot] = 0
  state.fdProcess[slot] = 0
  state.fdHeld[slot] = 0
  state.fdNumber[slot] = 0
}

/** The open file of a process with the lowest number: its name, -1: it has none. */
export function lowestFile(state: MachineState, process: number): number {
  let lowest = -1
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (!isFile(state, slot) || state.fdProcess[slot] !== process) continue
    if (lowest < 0 || at(state.fdNumber, slot) < at(state.fdNumber, lowest)) lowest = slot
  }
  return lowest
}
