/** Further reports, gathered after the adviser was written; each was judged before it was tried. */
import type { Report } from './reports.test-helper.ts'

/** @param says what the words must say; @param never what they must not, beside a yes that is not the verdict */
interface Short {
  readonly device: string | null
  readonly verdict: 'yes' | 'with-others' | 'against' | 'no' | 'unknown'
  readonly says: readonly RegExp[]
  readonly never?: readonly RegExp[]
}

const SHORT: Readonly<Record<string, Short>> = {
  // “AMD IOMMUv2 functionality not available” stands in every log of Intel; its ids were given, and nothing has it.
  'debian-gtx1660s-ids-one-of-card': {
    device: '01:00.0',
    verdict: 'unknown',
    says: [/iommu_groups/, /01:00\.2/, /did not take it at boot/],
    never: [/IOMMU is off/],
  },
  'x58-lsiommu-usb-group8': {
    device: '00:1d.2',
    verdict: 'with-others',
    says: [/00:1d\.0/, /00:1d\.7/, /keyboard/],
    never: [/Another slot/],
  },
  'harvester-bind-invalid-argument': { device: '01:00.0', verdict: 'no', says: [/IOMMU group/, /EINVAL/] },
  'harvester-no-iommugroup': { device: '01:00.0', verdict: 'no', says: [/no IOMMU group/] },
  // “DMAR: IOMMU enabled” is printed when the command line is read.
  'harvester-missing-group-pt': { device: '03:00.0', verdict: 'no', says: [/no IOMMU group/, /firmware/] },
  'xcp-ng-gtx1070-pciback': {
    device: '0b:00.0',
    verdict: 'no',
    says: [/Xen/, /xl pci-assignable-add 0b:00\.0/, /ready again/],
    never: [/bind to vfio-pci/],
  },
  'kata-clh-a10-lshw': { device: '17:00.0', verdict: 'unknown', says: [/on vfio-pci already/, /iommu_groups/] },
  'dpdk-realtek-active-businfo': { device: '03:00.0', verdict: 'unknown', says: [/uses it now/, /ssh/] },
  'dpdk-guest-virtio': { device: '00:04.0', verdict: 'unknown', says: [/virtual machine/] },
  'ndn-dpdk-x710-eal-json': {
    device: '44:00.3',
    verdict: 'unknown',
    says: [/not viable/, /44:00\.0 by i40e/],
    never: [/keeps its group from being viable/, /no other: over ssh/],
  },
  'dpdk-vfio_pci-underscore': { device: '01:00.1', verdict: 'unknown', says: [/vfio-pci with a hyphen/] },
  // A list that went through a filter for a vendor: who else is in a group does not stand there.
  'h200-nvswitch-driver-in-parens': {
    device: '18:00.0',
    verdict: 'unknown',
    says: [/does not show who else/, /same ids/],
  },
  'haswell-usb-no-iommu-group-on': { device: '00:14.0', verdict: 'no', says: [/asked for it/, /firmware/] },
  'vpp-eal-group-busy': { device: null, verdict: 'unknown', says: [/group 151: in use already/] },
  'gvt-mdev-container-eio': {
    device: null,
    verdict: 'unknown',
    says: [/group 11/, /mediated device/],
    never: [/locked memory/],
  },
  // What the guest's own kernel says of 07:00.0 is about another machine's address.
  'talos-simpledrm-bootfb': {
    device: 'c3:00.0',
    verdict: 'no',
    says: [/simpledrm/, /initcall_blacklist=sysfb_init/],
    never: [/C3:00/],
  },
  'pi5-i350-platform-groups': {
    device: '0001:01:00.0',
    verdict: 'no',
    says: [/Raspberry Pi 5/],
    never: [/bind to vfio-pci/],
  },
  'orangepi5-bind-einval': { device: '0004:41:00.0', verdict: 'no', says: [/without an IOMMU group/] },
  'laptop-gtx1050m-not-ready-resume': {
    device: '01:00.0',
    verdict: 'no',
    says: [/D3cold/, /disable_idle_d3/],
    never: [/vendor-reset/],
  },
  'libvirt-header-127': { device: '01:00.0', verdict: 'no', says: [/no longer answers/, /switch the host off/] },
  'truenas-two-t400-one-vfio': {
    device: '17:00.0',
    verdict: 'unknown',
    says: [/iommu_groups/, /same ids/],
    never: [/commands below/],
  },
  'quickpassthrough-two-cards-group-names-only': { device: null, verdict: 'unknown', says: [/no address/, /lspci/] },
  'xen-xl-info-nouveau': {
    device: '01:00.0',
    verdict: 'no',
    says: [/runs under Xen/, /xl pci-assignable-add 0000:01:00\.1/, /xen-pciback\.hide=\(0000:01:00\.0\)/, /goes dark/],
    never: [/driver_override/],
  },
  // The sentence names the card by its model.
  'inxi-new-ubuntu-3080': {
    device: '01:00.0',
    verdict: 'yes',
    says: [/group 2/, /01:00\.1/, /line 36: 01:00\.0 is in group 2/],
  },
  'inxi-old-mint': { device: '01:00.0', verdict: 'no', says: [/intel_iommu=on/] },
  // Three lines of a log are no log: the ports above the card are not in it.
  'hwinfo-suse': {
    device: '04:00.0',
    verdict: 'unknown',
    says: [/group 17/, /line 36: 04:00\.0 is in group 17/, /who else/],
  },
  'md-table-driver-first': {
    device: '0a:00.0',
    verdict: 'against',
    says: [/0b:00\.0/, /no other disk/],
    never: [/0b:00\.0 is, the listing/],
  },
  'md-list-i219': { device: '00:1f.6', verdict: 'yes', says: [/Ethernet · I219-V/, /on e1000e/, /cut yourself off/] },
  // maxCount says how many virtual functions there could be; none is switched on.
  'virsh-nodedev-cap': {
    device: '01:00.0',
    verdict: 'yes',
    says: [/held by mlx5_core/, /01:00\.1/],
    never: [/virtual functions are in use/],
  },
  'driverctl-fedora': { device: '01:00.0', verdict: 'no', says: [/GTX 1050 Ti/, /IOMMU is off/], never: [/unnamed/] },
  'kubevirt-yaml': { device: null, verdict: 'unknown', says: [/3b:00\.0/, /group 47/] },
  'mdevctl-intel-gvt': { device: '00:02.0', verdict: 'unknown', says: [/group 0/, /goes dark/] },
  // cloud-hypervisor read the number of the group from sysfs, so there is one.
  'clh-error': {
    device: 'c1:00.0',
    verdict: 'unknown',
    says: [/group 79/, /\/dev\/vfio\/79/],
    never: [/shows that the IOMMU works/],
  },
  'rpi5-nvme-hat': { device: '01:00.0', verdict: 'no', says: [/Hailo-8/, /does not cover PCIe/], never: [/RP1/] },
  'power9-v100': {
    device: '0004:04:00.0',
    verdict: 'with-others',
    says: [/POWER/, /look first/, /may be more/],
    never: [/nobody more is/, /Another slot/, /ACS/],
  },
  'vmd-laptop': { device: '10000:e1:00.0', verdict: 'no', says: [/VMD/, /00:0e\.0/] },
  'guest-tesla-t4': { device: '06:00.0', verdict: 'unknown', says: [/virtual machine/] },
  'ocr-rtx2060': { device: '01:00.0', verdict: 'yes', says: [/group 1/, /read as digits/, /01:00\.3/] },
  'mail-wrapped-asm1062': { device: '05:00.0', verdict: 'yes', says: [/group 14/, /lsblk/], never: [/00:1f\.6/] },
  'mail-quoted-printable-7900xtx': {
    device: '08:00.0',
    verdict: 'yes',
    says: [/group of its own/, /08:00\.1/],
    never: [/3D/],
  },
  'two-hosts-same-addresses': {
    device: '01:00.0',
    verdict: 'unknown',
    says: [/two machines/],
    never: [/kernel from before/, /Earlier in the same text/],
  },
  'find-german-i211': { device: '03:00.0', verdict: 'yes', says: [/on igb/] },
  'find-chinese-gtx1660s': { device: '09:00.0', verdict: 'yes', says: [/group 15/, /09:00\.3/] },
  'find-russian-french-gtx760': { device: '01:00.0', verdict: 'yes', says: [/group 2/] },
  // The table has no ports: what would split the group is not known, and cannot be ruled out.
  'proxmox-task-error': {
    device: '03:00.0',
    verdict: 'with-others',
    says: [/Another slot/, /may be more/],
    never: [/Nothing makes/],
  },
  'typo-cmdline': { device: '00:02.0', verdict: 'no', says: [/write intel_iommu=on/] },
  'incus-resources': { device: '01:00.0', verdict: 'unknown', says: [/on nvidia/, /RTX 4070/] },
  'iommufd-qemu10': { device: null, verdict: 'no', says: [/65:00\.0/, /reserved by the firmware/] },
  'amd-switched-off-bios': {
    device: '2d:00.0',
    verdict: 'unknown',
    says: [/shows that the IOMMU works/, /does no harm/],
  },
  'qubes-no-reset-usb': { device: '00:14.0', verdict: 'no', says: [/nothing resets it alone/, /Xen/] },
  'lshw-short-fx6300-r7': { device: null, verdict: 'unknown', says: [/lshw -businfo/] },
  'topo-5090-pair': { device: null, verdict: 'unknown', says: [/PHB/, /nvidia-smi/] },
  'vm-h200-tree-guest': { device: '05:00.0', verdict: 'unknown', says: [/virtual machine/] },
  // A link tells the group of one function, and not who else is in it.
  'v100-sysfs-bind-switch': { device: '3d:00.0', verdict: 'unknown', says: [/group 40/, /who else/] },
  'spdk-status-vmd': { device: '10000:01:00.0', verdict: 'no', says: [/VMD/] },
  'hp-gen8-rmrr-newer-words': { device: '07:00.0', verdict: 'no', says: [/reserved by the firmware/] },
  'nodedev-xml-x520-sriov': { device: '05:00.1', verdict: 'no', says: [/sriov_numvfs/] },
  'mobilepassthrough-gs70': {
    device: '01:00.0',
    verdict: 'unknown',
    says: [/processor’s virtualisation is switched off/, /others in the text are/],
  },
  'pcileech-wrong-driver-bridge': { device: '05:00.0', verdict: 'yes', says: [/04:00\.0 [^\n]*leave alone/] },
  'two-plain-listings': { device: '02:00.0', verdict: 'unknown', says: [/two machines/] },
  'pvesh-json-rtx3090': { device: '0a:00.0', verdict: 'unknown', says: [/does not show who else/] },
}

export const MORE_REPORTS: readonly (Report & Pick<Short, 'verdict'>)[] = Object.entries(SHORT).map(
  ([name, { device, verdict, says, never = [] }]) => ({
    name,
    devices: device === null ? null : [device],
    verdict,
    must: says,
    mustNot: verdict === 'yes' ? never : [/^Yes/m, ...never],
  }),
)
