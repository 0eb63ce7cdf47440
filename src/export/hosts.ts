/** Plans for hosts that have a way of their own: Proxmox, NixOS, Unraid, KubeVirt and Harvester, DPDK. */
import type { Plan } from '../adviser/plan.ts'
import type { SystemId } from '../adviser/system.ts'
import { shortBdf } from '../explain/words.ts'
import { driverFamily } from '../sim/drivers.ts'
import type { PciFunction } from '../sim/machine.ts'
import { bootFiles, idsOf, rebuildLines } from './boot.ts'
import { expectations } from './checks.ts'
import { comment, commentOn, quoted } from './shell.ts'
import { block, type Block, type Sheet } from './sheet.ts'

type HostSheet = (plan: Plan, intel: boolean) => Sheet

const SHEETS: Readonly<Partial<Record<SystemId, HostSheet>>> = {
  proxmox: proxmoxSheet,
  nixos: nixosSheet,
  unraid: unraidSheet,
  kubevirt: kubevirtSheet,
  dpdk: dpdkSheet,
}

/** The host's own sheet; null where the general ones are its way. */
export function hostSheet(plan: Plan, system: SystemId, intel: boolean): Sheet | null {
  return SHEETS[system]?.(plan, intel) ?? null
}

/** `hostpciN` for each card: the whole card by its slot where the guest gets all functions of it. */
function proxmoxSheet(plan: Plan): Sheet {
  const { guest, bind } = plan
  const others = bind.filter((f) => !guest.includes(f))
  return {
    id: 'proxmox',
    title: 'Proxmox VE',
    about: 'On the host’s shell, as root; 100 stands for the number of the guest. q35 as machine type for pcie=1.',
    blocks: [
      ...(bind.length === 0 ? [] : [...bootFiles(plan), block('Rebuild, and boot again', rebuildLines('proxmox'))]),
      block('Give it to the guest', [
        'VMID=100',
        ...guest.flatMap((f, at) => [commentOn(f), `qm set "$VMID" --hostpci${at} ${quoted(`${f.bdf},pcie=1`)}`]),
        others.length > 0 &&
          comment(`on vfio-pci and not given to it: ${others.map(({ bdf }) => shortBdf(bdf)).join(', ')}`),
      ]),
      expectations(plan),
      block('Back again', [
        'VMID=100',
        ...guest.map((_, at) => `qm set "$VMID" --delete hostpci${at}`),
        bind.length > 0 && 'rm -f /etc/modprobe.d/vfio.conf /etc/udev/rules.d/10-vfio.rules',
        ...(bind.length > 0 ? rebuildLines('proxmox') : []),
      ]),
    ],
  }
}

function nixosSheet(plan: Plan, intel: boolean): Sheet {
  const ids = plan.byAddress ? null : idsOf(plan.bind)
  const rules = [...plan.bind.map((f) => [f, 'vfio-pci'] as const), ...plan.release.map((f) => [f, 'none'] as const)]
  return {
    id: 'nixos',
    title: 'NixOS',
    about: 'In /etc/nixos/configuration.nix; what is taken out of it again is the way back.',
    blocks: [
      block('/etc/nixos/configuration.nix', [
        ...plan.bind.map(commentOn),
        'boot.initrd.kernelModules = [ "vfio_pci" "vfio" "vfio_iommu_type1" ];',
        intel && 'boot.kernelParams = [ "intel_iommu=on" ];',
        ids !== null && `boot.extraModprobeConfig = "options vfio-pci ids=${ids.join(',')}";`,
        ids === null && "services.udev.extraRules = ''",
        ...(ids === null
          ? rules.map(
              ([f, driver]) =>
                `  ACTION=="add", SUBSYSTEM=="pci", KERNEL=="${f.bdf}", ATTR{driver_override}="${driver}"`,
            )
          : []),
        ids === null && "'';",
      ]),
      block('Apply it, and boot again', ['nixos-rebuild boot', 'reboot']),
      expectations(plan),
      block('Back again', [
        comment('take the lines out of configuration.nix again, then'),
        'nixos-rebuild boot',
        'reboot',
      ]),
    ],
  }
}

function unraidSheet(plan: Plan): Sheet {
  const entries = plan.bind.map(({ bdf, vendor, device }) => (vendor && device ? `${bdf}|${vendor}:${device}` : bdf))
  return {
    id: 'unraid',
    title: 'Unraid',
    about:
      'The same as the boxes under Tools, System Devices; afterwards the device can be chosen in the guest’s settings.',
    blocks: [
      block('/boot/config/vfio-pci.cfg', [...plan.bind.map(commentOn), `BIND=${entries.join(' ')}`]),
      block('Boot again', ['powerdown -r']),
      expectations(plan),
      block('Back again', [
        'rm /boot/config/vfio-pci.cfg',
        comment('or take this entry out of its line; then'),
        'powerdown -r',
      ]),
    ],
  }
}

/** Name of a resource: letters, digits and dashes of the ids. */
function resourceOf({ vendor, device }: PciFunction): string {
  return `devices.example.org/${vendor ?? 'vendor'}-${device ?? 'device'}`
}

function kubevirtSheet(plan: Plan): Sheet {
  const named = plan.guest.filter(({ vendor, device }) => vendor !== undefined && device !== undefined)
  return {
    id: 'kubevirt',
    title: 'KubeVirt, Harvester',
    about: 'The node binds by its boot configuration (“At boot”); KubeVirt is told which ids it may give away.',
    blocks: [
      block('KubeVirt: kubectl edit kubevirt -n kubevirt', [
        'spec:',
        '  configuration:',
        '    permittedHostDevices:',
        '      pciHostDevices:',
        ...named.flatMap((f) => [
          `        ${commentOn(f)}`,
          `        - pciVendorSelector: "${(f.vendor ?? '').toUpperCase()}:${(f.device ?? '').toUpperCase()}"`,
          `          resourceName: ${resourceOf(f)}`,
        ]),
      ]),
      block('The guest, under spec.template.spec.domain.devices', [
        'hostDevices:',
        ...named.flatMap((f, at) => [`  - deviceName: ${resourceOf(f)}`, `    name: pci${at + 1}`]),
      ]),
      block('Harvester: enable the add-on pcidevices-controller, then claim each device', [
        'kubectl get pcidevices',
        ...plan.guest.flatMap((f) => [
          commentOn(f),
          comment(
            `the name is NODE-${f.bdf.slice(5).replaceAll(/[:.]/g, '')}: enable it under Advanced, PCI Devices, or by a PCIDeviceClaim of that name`,
          ),
        ]),
      ]),
      expectations(plan),
      block('Look whether it worked', ["kubectl get nodes -o jsonpath='{.items[*].status.allocatable}'"]),
      block('Back again', [
        comment('take the entries out again; in Harvester delete the claim:'),
        'kubectl get pcideviceclaims',
      ]),
    ],
  }
}

/** DPDK refuses an interface that is up without --force, which nobody should give it unread. */
function dpdkSheet({ bind, guest, restore }: Plan): Sheet {
  const back = restore.filter(
    ({ f, driver }) => bind.includes(f) && driver !== null && driverFamily(driver) === 'native',
  )
  const bound: Block[] =
    bind.length === 0
      ? []
      : [
          block('Bind', [
            'modprobe vfio-pci',
            ...bind.flatMap((f) => [commentOn(f), `dpdk-devbind.py --bind=vfio-pci ${quoted(f.bdf)}`]),
            comment('it refuses an interface that is up: take it down first, and not the one you are logged in by'),
          ]),
        ]
  return {
    id: 'dpdk',
    title: 'DPDK',
    about: 'Until the next boot; driverctl keeps it.',
    blocks: [
      ...bound,
      block('Look whether it worked', [
        'dpdk-devbind.py --status',
        comment('under “Network devices using DPDK-compatible driver”'),
      ]),
      block('Start', [`dpdk-testpmd ${guest.map(({ bdf }) => `-a ${quoted(bdf)}`).join(' ')} -- -i`]),
      block(
        'Back again',
        back.map(({ f, driver }) => `dpdk-devbind.py --bind=${quoted(driver ?? '')} ${quoted(f.bdf)}`),
      ),
    ],
  }
}
