/** Shorthand for tests: functions of a network card, unlike the machines that ship. Nothing that ships imports this. */
import type { PciFunction } from './machine.ts'

/** One function of a multifunction card without ACS, on its native driver `e1000e`. */
export function nic(bdf: string, more: Partial<PciFunction> = {}): PciFunction {
  return {
    bdf,
    kind: 'ep',
    bridge: false,
    parent: null,
    multifunction: true,
    acsCap: null,
    driver: 'e1000e',
    native: 'e1000e',
    ...more,
  }
}
