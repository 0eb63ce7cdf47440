/** A plan for the boot configuration: vfio-pci is there before the drivers of the host. Worded for a distribution. */
import type { SystemId } from '../adviser/system.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Plan } from '../adviser/plan.ts'
import { expectations } from './checks.ts'
import { comment, commentOn } from './shell.ts'
import { block, type Block, type Sheet } from './sheet.ts'

export interface BootOptions {
  /** The processor is Intel's, whose IOMMU has to be asked for. */
  readonly intel: boolean
  readonly system: SystemId
}

/** How a distribution changes the command line and what is loaded first. */
interface Ways {
  /** Adds a parameter to the kernel's command line. */
  readonly parameter: (parameter: string) => readonly string[]
  /** Has vfio-pci in the initramfs before other drivers. */
  readonly early: readonly string[]
  readonly rebuild: readonly string[]
}

const GRUB_FILE = '/etc/default/grub'

function inGrub(write: string): Ways['parameter'] {
  return (parameter) => [
    comment(`GRUB: add it to GRUB_CMDLINE_LINUX_DEFAULT in ${GRUB_FILE}, then`),
    comment(`  ${parameter}`),
    write,
  ]
}

const WAYS: Readonly<Record<'proxmox' | 'debian' | 'fedora' | 'opensuse' | 'arch', Ways>> = {
  proxmox: {
    parameter: (parameter) => [
      ...inGrub('update-grub')(parameter),
      comment('systemd-boot (root on ZFS): add it to the one line of /etc/kernel/cmdline, then'),
      'proxmox-boot-tool refresh',
    ],
    early: ["printf '%s\\n' vfio vfio_iommu_type1 vfio_pci >> /etc/initramfs-tools/modules"],
    rebuild: ['update-initramfs -u -k all', 'proxmox-boot-tool refresh'],
  },
  debian: {
    parameter: inGrub('update-grub'),
    early: ["printf '%s\\n' vfio vfio_iommu_type1 vfio_pci >> /etc/initramfs-tools/modules"],
    rebuild: ['update-initramfs -u -k all'],
  },
  fedora: {
    parameter: (parameter) => [`grubby --update-kernel=ALL --args=${parameter}`],
    early: [`echo 'force_drivers+=" vfio vfio_iommu_type1 vfio_pci "' > /etc/dracut.conf.d/vfio.conf`],
    rebuild: ['dracut --force --regenerate-all'],
  },
  opensuse: {
    parameter: inGrub('grub2-mkconfig -o /boot/grub2/grub.cfg'),
    early: [`echo 'force_drivers+=" vfio vfio_iommu_type1 vfio_pci "' > /etc/dracut.conf.d/vfio.conf`],
    rebuild: ['dracut --force --regenerate-all'],
  },
  arch: {
    parameter: (parameter) => [
      ...inGrub('grub-mkconfig -o /boot/grub/grub.cfg')(parameter),
      comment('systemd-boot: add it to the options line in /boot/loader/entries/'),
    ],
    early: [comment('in /etc/mkinitcpio.conf: MODULES=(vfio_pci vfio vfio_iommu_type1 ...)')],
    rebuild: ['mkinitcpio -P'],
  },
}

/** Every distribution's way, where none is known. */
const ANY: Ways = {
  parameter: (parameter) => [
    comment('in the boot loader’s configuration, for instance GRUB_CMDLINE_LINUX of /etc/default/grub'),
    parameter,
  ],
  early: [],
  rebuild: [
    comment('Debian, Ubuntu, Proxmox'),
    'update-initramfs -u -k all',
    comment('Fedora, RHEL, openSUSE'),
    'dracut --force --regenerate-all',
    comment('Arch: MODULES=(vfio_pci vfio vfio_iommu_type1 ...) in /etc/mkinitcpio.conf first'),
    'mkinitcpio -P',
  ],
}

function waysOf(system: SystemId): Ways {
  switch (system) {
    case 'proxmox':
    case 'debian':
    case 'fedora':
    case 'opensuse':
    case 'arch':
      return WAYS[system]
    default:
      return ANY
  }
}

export function bootSheet(plan: Plan, { intel, system }: BootOptions): Sheet {
  const ids = idsOf(plan.bind)
  const byAddress = plan.byAddress || ids === null
  const ways = waysOf(system)
  return {
    id: 'boot',
    title: 'At boot',
    about: byAddress
      ? plan.byAddress
        ? 'Other devices have the same ids, so “ids=” would take those too: a udev rule goes by address.'
        : 'The listing does not tell all ids, so a udev rule goes by address.'
      : 'For a card whose driver of the host is loaded early and lets go badly, as graphics drivers do. As root.',
    blocks: [
      ...bootFiles(plan),
      ...commandLine(ways, intel, byAddress ? null : ids),
      block('Rebuild the initramfs, and boot again', [...ways.early, ...ways.rebuild]),
      expectations(plan),
      block('Back again', [...removeFiles(byAddress, ways), comment('then rebuild the initramfs as above, and boot')]),
    ],
  }
}

/** Configuration files that have vfio-pci take what is bound. */
export function bootFiles(plan: Plan): Block[] {
  const ids = idsOf(plan.bind)
  return plan.byAddress || ids === null ? addressRules(plan) : idRules(plan, ids)
}

function commandLine(ways: Ways, intel: boolean, ids: readonly string[] | null): Block[] {
  return [
    block('Kernel command line', [
      ...(intel
        ? ways.parameter('intel_iommu=on')
        : [comment('AMD: the IOMMU is on by itself; Intel: intel_iommu=on')]),
      ids !== null && comment('instead of the file above, if vfio-pci is built into the kernel:'),
      ids !== null && comment(`vfio-pci.ids=${ids.join(',')}`),
    ]),
  ]
}

function removeFiles(byAddress: boolean, ways: Ways): string[] {
  return [
    byAddress ? 'rm /etc/udev/rules.d/10-vfio.rules' : 'rm /etc/modprobe.d/vfio.conf',
    ...(ways.early.some((line) => line.includes('dracut.conf.d')) ? ['rm /etc/dracut.conf.d/vfio.conf'] : []),
    ...(ways.early.some((line) => line.includes('initramfs-tools'))
      ? [comment('and take the vfio lines out of /etc/initramfs-tools/modules')]
      : []),
  ]
}

/** The way a distribution rebuilds what is loaded at boot. */
export function rebuildLines(system: SystemId): readonly string[] {
  return waysOf(system).rebuild
}

/** Each id once, or null if the listing lacks one. */
export function idsOf(functions: readonly PciFunction[]): string[] | null {
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
