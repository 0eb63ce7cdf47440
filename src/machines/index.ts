import type { Machine } from '../sim/machine.ts'
import { DEBATE } from './debate.ts'
import { DESKTOPS } from './desktops.ts'
import { RECORDED } from './recorded.ts'

/** The machines that ship, in the order in which the page offers them. */
export const MACHINES: readonly Machine[] = [...RECORDED, ...DESKTOPS, ...DEBATE]

/** A shipped machine by its id. */
export function machineById(id: string): Machine | undefined {
  return MACHINES.find((machine) => machine.id === id)
}
