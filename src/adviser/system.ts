/** Which distribution or virtualisation software a text comes from: the commands are worded for it. */

export type SystemId =
  'proxmox' | 'debian' | 'fedora' | 'arch' | 'nixos' | 'unraid' | 'kubevirt' | 'opensuse' | 'xen' | 'dpdk' | 'any'

/** For whom commands are worded, in the order in which they are offered. */
export const SYSTEMS: readonly { readonly id: SystemId; readonly title: string }[] = [
  { id: 'proxmox', title: 'Proxmox VE' },
  { id: 'debian', title: 'Debian, Ubuntu' },
  { id: 'fedora', title: 'Fedora, RHEL' },
  { id: 'opensuse', title: 'openSUSE' },
  { id: 'arch', title: 'Arch' },
  { id: 'nixos', title: 'NixOS' },
  { id: 'unraid', title: 'Unraid' },
  { id: 'kubevirt', title: 'KubeVirt, Harvester' },
  { id: 'dpdk', title: 'DPDK' },
  { id: 'xen', title: 'Xen' },
  { id: 'any', title: 'Any Linux' },
]

/**
 * What gives a system away. `strong`: nothing else prints it; the others only count where no strong one does, the earlier
 * entry first.
 */
const MARKS: readonly { readonly id: SystemId; readonly strong: boolean; readonly pattern: RegExp }[] = [
  {
    id: 'xen',
    strong: true,
    pattern:
      /\(XEN\)|Xen version|Booting paravirtualized kernel on Xen|Hypervisor detected: Xen PV|\bxl (?:pci-|dmesg|info|create)|pciback|\bxen-hypervisor\b|Qubes ?OS|XCP-ng|XenServer|dom0_mem=/i,
  },
  {
    id: 'proxmox',
    strong: true,
    pattern:
      /\bpve-(?:manager|kernel)|\d-pve\b|proxmox|\bpvesh\b|\/etc\/pve\/|\bqm (?:set|start|config|showcmd)\b|\bhostpci\d|\bpveversion\b|TASK ERROR: /i,
  },
  {
    id: 'unraid',
    strong: true,
    pattern: /\bunraid\b|\/boot\/syslinux\/syslinux\.cfg|vfio-pci\.cfg|BOOT_IMAGE=\/bzimage|initrd=\/bzroot/i,
  },
  {
    id: 'kubevirt',
    strong: true,
    pattern: /\bkubevirt\b|\bharvester|virt-(?:launcher|handler)|permittedHostDevices|\bkubectl\b|pcideviceclaim/i,
  },
  { id: 'nixos', strong: true, pattern: /\bnixos\b|\/nix\/store|\/etc\/nixos|boot\.kernelParams|boot\.initrd/i },
  { id: 'dpdk', strong: true, pattern: /dpdk-devbind|using DPDK-compatible driver|\bEAL: |dpdk_nic_bind/ },
  {
    id: 'arch',
    strong: true,
    pattern:
      /\d-arch\d|archlinux|Arch Linux|mkinitcpio|vmlinuz-linux(?:-zen|-lts|-hardened)?\b|\bpacman\b|\bManjaro\b|EndeavourOS|CachyOS|-cachyos|-MANJARO|-zen\d/i,
  },
  { id: 'opensuse', strong: true, pattern: /openSUSE|-default\b.{0,40}SUSE|\bzypper\b|SUSE Linux|Tumbleweed/i },
  {
    id: 'fedora',
    strong: true,
    pattern:
      /\.fc\d\d|\.el[789](?:_\d)?\b|\bgrubby\b|\bdracut\b|Fedora|Red Hat Enterprise|Rocky Linux|AlmaLinux|CentOS|Bazzite|rpm-ostree|Nobara/i,
  },
  {
    id: 'debian',
    strong: true,
    pattern: /Ubuntu|Debian|\bdeb1\d|update-initramfs|update-grub|Linux Mint|Pop!_OS|TrueNAS|kernelstub/i,
  },
  { id: 'debian', strong: false, pattern: /\d-\d{1,3}-generic\b|-lowlatency\b|-\d{1,2}-amd64\b|-76\d{5,}-generic/ },
]

/** A system that a line gives away; null: none. */
export function systemIn(line: string): { readonly id: SystemId; readonly strong: boolean } | null {
  if (!ANY_MARK.test(line)) return null
  const mark = MARKS.find(({ pattern }) => pattern.test(line))
  return mark === undefined ? null : { id: mark.id, strong: mark.strong }
}

/** One look for most lines, which have no mark. */
const ANY_MARK = new RegExp(MARKS.map(({ pattern }) => pattern.source).join('|'), 'i')
