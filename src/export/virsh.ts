/** A plan as virsh's commands on node devices. */
import type { Plan } from '../adviser/plan.ts'
import { bindBlock, expectations, freeTheScreen } from './checks.ts'
import { comment } from './shell.ts'
import { block, type Sheet } from './sheet.ts'
import { sysfsCommand } from './sysfs.ts'

export function virshSheet(plan: Plan): Sheet {
  const { bind, release } = plan
  return {
    id: 'virsh',
    title: 'virsh',
    about: 'Where libvirt runs: binds now, until the next boot.',
    blocks: [
      ...freeTheScreen(plan),
      bindBlock(
        plan,
        (f) => `virsh nodedev-detach ${nodeName(f.bdf)}`,
        (f) => [
          comment('libvirt has no command that only unbinds'),
          sysfsCommand({ op: 'unbind', device: f.bdf }, plan) ?? '',
        ],
      ),
      expectations(plan),
      block('Back again', [
        ...bind.map((f) => `virsh nodedev-reattach ${nodeName(f.bdf)}`),
        ...release.flatMap((f) => sysfsCommand({ op: 'drivers_probe', device: f.bdf }, plan) ?? []),
      ]),
    ],
  }
}

/** libvirt's name of a PCI device: `pci_0000_01_00_0`. */
function nodeName(bdf: string): string {
  return `pci_${bdf.replaceAll(/[:.]/g, '_')}`
}
