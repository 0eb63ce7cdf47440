/** The commands of a plan, for every tool that people use for it. */
import type { Kernel } from '../sim/kernel.ts'
import type { Machine } from '../sim/machine.ts'
import type { Plan } from '../adviser/plan.ts'
import { bootSheet } from './boot.ts'
import { driverctlSheet } from './driverctl.ts'
import { libvirtSheet } from './libvirt.ts'
import { qemuSheet } from './qemu.ts'
import type { Sheet } from './sheet.ts'
import { sysfsSheet } from './sysfs.ts'
import { virshSheet } from './virsh.ts'

/** Sheets for binding first, then those for starting a guest. Blocks that would have nothing in them are left out. */
export function sheetsFor(plan: Plan, machine: Machine, kernel: Kernel): Sheet[] {
  // The host bridge's vendor is the processor's.
  const intel = machine.devices.some((f) => f.class === '0600' && f.vendor === '8086')
  const bound = plan.bind.length + plan.release.length > 0
  const sheets = [
    ...(bound ? [driverctlSheet(plan), sysfsSheet(plan), bootSheet(plan, { intel }), virshSheet(plan)] : []),
    qemuSheet(plan, kernel),
    libvirtSheet(plan),
  ]
  return sheets.map((sheet) => ({ ...sheet, blocks: sheet.blocks.filter(({ text }) => text.trim() !== '') }))
}
