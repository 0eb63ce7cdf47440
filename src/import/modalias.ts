/** The name by which the kernel looks for a function's driver: `pci:v000010DEd00002204sv...sd...bc03sc00i00`. */
import type { Facts, Machine, Place } from './facts.ts'

const MODALIAS =
  /\bpci:v0000([0-9a-f]{4})d0000([0-9a-f]{4})(?:sv[0-9a-f*]{1,8}sd[0-9a-f*]{1,8}bc([0-9a-f]{2})sc([0-9a-f]{2}))?/i

/** Takes ids and class from a modalias; false if the text has none. */
export function takeModalias(text: string, facts: Facts, place: Place, machine: Machine): boolean {
  const [, vendor, device, base, sub] = MODALIAS.exec(text) ?? []
  if (vendor === undefined || device === undefined) return false
  machine.ids(facts, vendor.toLowerCase(), device.toLowerCase(), place)
  if (base !== undefined && sub !== undefined) machine.classOf(facts, `${base}${sub}`.toLowerCase(), '', place)
  return true
}
