import type { Machine } from '../sim/machine.ts'
import { kindOf } from './kinds.ts'

/** The maker of the processor, by its host bridges and chipset; `told`: a line names it. */
export function vendorOf(machine: Machine, told: 'intel' | 'amd' | null = null): 'intel' | 'amd' | null {
  if (told !== null) return told
  const host = machine.devices.filter((f) => f.bridge || ['host-bridge', 'isa', 'chipset'].includes(kindOf(f)))
  if (host.some(({ vendor }) => vendor === '1022')) return 'amd'
  return host.some(({ vendor }) => vendor === '8086') ? 'intel' : null
}
