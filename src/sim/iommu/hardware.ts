import type { State } from '../state.ts'
import { contextOf, type Context } from './context.ts'

/** The IOMMU's side of a state: what it does, whatever a kernel believes. */
export interface HardwareColumns {
  /** Translation in force for each requester ID, as `contextOf` reads it. */
  readonly context: Uint16Array
  /** Page tables, domain × range: 0 not mapped, else 1 + the process whose memory it is. */
  readonly mapped: Uint8Array
}

/**
 * Writes the context entry of a function: those of its own requester ID and of every alias (domain_context_mapping).
 * Where functions share a requester ID the later write wins, as in the hardware's table.
 */
export function writeContext(state: State & HardwareColumns, device: number, context: number): void {
  const rids = state.world.devices[device]?.rids
  if (rids === undefined) return
  for (const rid of rids) state.context[rid] = context
}

/** Clears every entry that still points at a domain: DMA under it faults (domain_exit → domain_remove_dev_info). */
export function dropContext(state: State & HardwareColumns, context: number): void {
  for (let rid = 0; rid < state.context.length; rid++) if (state.context[rid] === context) state.context[rid] = 0
}

/** Contexts of all requester IDs. */
export function contextsOf(state: State & HardwareColumns): Context[] {
  return Array.from(state.context, (code) => contextOf(state.world, code))
}
