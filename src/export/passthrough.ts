/** The commands of a plan, for every tool that people use for it. */
import type { Kernel } from '../sim/kernel.ts'
import type { Machine } from '../sim/machine.ts'
import type { Plan } from '../adviser/plan.ts'
import type { SystemId } from '../adviser/system.ts'
import { vendorOf } from '../adviser/vendor.ts'
import { bootSheet } from './boot.ts'
import { driverctlSheet } from './driverctl.ts'
import { hostSheet } from './hosts.ts'
import { libvirtSheet } from './libvirt.ts'
import { qemuSheet } from './qemu.ts'
import type { Sheet } from './sheet.ts'
import { sysfsSheet } from './sysfs.ts'
import { virshSheet } from './virsh.ts'
import { xenSheet } from './xen.ts'

/**
 * Sheets for binding first, then those for starting a guest; the host's own way before both. Blocks that would have
 * nothing in them are left out. Under Xen none of this is of use: its own sheet alone.
 * @param system for whom the commands are worded
 */
export function sheetsFor(plan: Plan, machine: Machine, kernel: Kernel, system: SystemId = 'any'): Sheet[] {
  if (system === 'xen') return [xenSheet(plan.guest)]
  const intel = vendorOf(machine) === 'intel'
  const bound = plan.bind.length + plan.release.length > 0
  const own = hostSheet(plan, system, intel)
  const sheets = [
    ...(own === null ? [] : [own]),
    ...(bound ? [driverctlSheet(plan), sysfsSheet(plan), bootSheet(plan, { intel, system }), virshSheet(plan)] : []),
    qemuSheet(plan, kernel),
    libvirtSheet(plan),
  ]
  return sheets.map((sheet) => ({ ...sheet, blocks: sheet.blocks.filter(({ text }) => text.trim() !== '') }))
}
