/** A plan for the boot configuration: vfio-pci is there before the drivers of the host. */
import type { PciFunction } from '../sim/machine.ts'
import type { Plan } from '../adviser/plan.ts'
import { expectations } from './checks.ts'
import { comment, commentOn } from './shell.ts'
import { block, type Block, type Sheet } from './sheet.ts'

const REBUILD = block('Rebuild the initramfs, and boot again', [
  comment('Debian, Ubuntu, Proxmox'),
  'update-initramfs -u -k all',
  comment('Fedora, RHEL, openSUSE'),
  'dracut --force --regenerate-all',
  comment('Arch: MODULES=(vfio_pci vfio vfio_iommu_type1 ...) in /etc/mkinitcpio.conf first'),
  'mkinitcpio -P',
])

export function bootSheet(plan: Plan, { intel }: { readonly intel: boolean }): Sheet {
  const ids = idsOf(plan.bind)
  const byAddress = plan.byAddress || ids === null
  return {
    id: 'boot',
    title: 'At boot',
    about: byAddress
      ? plan.byAddress
        ? 'Other devices have the same ids, so “ids=” would take those too: a udev rule goes by address.'
        : 'The listing does not tell all ids, so a udev rule goes by address.'
      : 'For a card whose driver of the host is loaded early and lets go badly, as graphics drivers do. As root.',
    blocks: [
      ...(byAddress ? addressRules(plan) : idRules(plan, ids)),
      block('Kernel command line', [
        comment('in the boot loader’s configuration, for instance GRUB_CMDLINE_LINUX of /etc/default/grub'),
        intel ? 'intel_iommu=on' : comment('AMD: the IOMMU is on by itself; Intel: intel_iommu=on'),
        !byAddress && comment('instead of the file above, if vfio-pci is built into the kernel:'),
        !byAddress && `vfio-pci.ids=${ids.join(',')}`,
      ]),
      REBUILD,
      expectations(plan),
      block('Back again', [
        byAddress ? 'rm /etc/udev/rules.d/10-vfio.rules' : 'rm /etc/modprobe.d/vfio.conf',
        comment('then rebuild the initramfs as above, and boot'),
      ]),
    ],
  }
}

/** Each id once, or null if the listing lacks one. */
function idsOf(functions: readonly PciFunction[]): string[] | null {
  const ids = functions.map(({ vendor, device }) => (vendor && device ? `${vendor}:${device}` : null))
  const known = ids.filter((id) => id !== null)
  return known.length === ids.length ? [...new Set(known)] : null
}

function idRules({ bind, release, rivals }: Plan, ids: readonly string[]): Block[] {
  return [
    block('/etc/modprobe.d/vfio.conf', [
      ...bind.map(commentOn),
      ids.length > 0 && `options vfio-pci ids=${ids.join(',')}`,
      rivals.length > 0 && comment('these drivers wait until vfio-pci is loaded'),
      ...rivals.map((driver) => `softdep ${driver} pre: vfio-pci`),
    ]),
    ...(release.length === 0 ? [] : [udev(release.map((f) => [f, 'none'] as const))]),
  ]
}

function addressRules({ bind, release }: Plan): Block[] {
  return [
    udev([...bind.map((f) => [f, 'vfio-pci'] as const), ...release.map((f) => [f, 'none'] as const)]),
    block('/etc/modules-load.d/vfio.conf', ['vfio-pci']),
  ]
}

/** The override is set when the function appears, before a driver is looked for. */
function udev(rules: readonly (readonly [f: PciFunction, driver: string])[]): Block {
  return block(
    '/etc/udev/rules.d/10-vfio.rules',
    rules.flatMap(([f, driver]) => [
      commentOn(f),
      `ACTION=="add", SUBSYSTEM=="pci", KERNEL=="${f.bdf}", ATTR{driver_override}="${driver}"`,
    ]),
  )
}
