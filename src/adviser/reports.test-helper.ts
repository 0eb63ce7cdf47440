/** Reports of people who asked for help (reports/, cut to what machines printed), and what somebody who knows answers. */
import { fileURLToPath } from 'node:url'

export interface Report {
  readonly name: string
  /** Devices of which one is the one to speak of by default, as short addresses. */
  readonly devices: readonly string[] | null
  /** What the words of `advise` must say and must not, a line at a time. */
  readonly must: readonly RegExp[]
  readonly mustNot: readonly RegExp[]
}

/** Where the text of a report is. */
export function fileOf(name: string): string {
  return fileURLToPath(new URL(`reports/${name}.txt`, import.meta.url))
}

export const REPORTS: readonly Report[] = [
  // No class is told: never offer the host bridge, a root port or the chipset first. An endpoint on a bus other than 00 is the likely wish. Groups were split by pcie_acs_override: say what that means.
  {
    name: 'dmesg-after-acs-rx460',
    devices: ['01:00.0', '02:00.0'],
    must: [/0[12]:00\.0/m, /override/m],
    mustNot: [/^00:00\.0/m],
  },
  // 02:0x.0 have a bus below them (03, 04, 08): they are ports of the chipset's switch, whatever class is unknown, and stay. The chipset's group can be made smaller: another slot, firmware, or the override with its risk.
  {
    name: 'compgen-groups-raven-2400g-chipset-group8',
    devices: null,
    must: [/group 8|chipset|ports?/m],
    mustNot: [/^00:08\.0/m, /02:0[01467]\.0[^\n]*bind to vfio-pci/m],
  },
  // All reads are ones: the card did not come back from a reset; the host has to be switched off and on. The second listing (a guest's, 00:02.0) is another machine's view: left out, or said.
  {
    name: 'lspci-vvv-rx460-dead-after-reset-with-guest',
    devices: null,
    must: [/header type 7f|rev ff|does not answer|no longer answers|dead/m],
    mustNot: [/nothing is left to do/m],
  },
  // The boot console's framebuffer (or another driver) holds the BAR; who holds it stands in /proc/iomem; what to do differs by kernel (video=efifb:off until 5.18; since then the driver of simple framebuffers, or let another card be the boot display).
  {
    name: 'dmesg-bar-reserve-efifb',
    devices: null,
    must: [/01:00\.0/m, /framebuffer|console|efifb|simpledrm|simple-framebuffer/m],
    mustNot: [],
  },
  // as its groups say; the text of lshw below them adds drivers, ids are in the listing
  {
    name: 'one-line-bold-lshw-gtx770',
    devices: null,
    must: [/01:00\.0/m, /01:00\.1/m],
    mustNot: [],
  },
  // the later state counts: driver nvme
  {
    name: 'lshw-nvme-proxmox-before-after',
    devices: ['84:00.0'],
    must: [/84:00\.0/m, /nvme/m],
    mustNot: [],
  },
  // 01:00.0 is on vfio-pci, 05:00.0 has no driver (N/A); no groups are told: ask for them
  {
    name: 'inxi-old-gtx970-boot-vga',
    devices: null,
    must: [/01:00\.0|05:00\.0/m, /iommu_groups/m],
    mustNot: [],
  },
  // the tree gives parents: 00:01.0 and 00:01.1 are ports; both cards share group 1 because the ports do not isolate
  {
    name: 'nodedev-tree-find-rx460-before-acs',
    devices: null,
    must: [/00:01\.[01]/m],
    mustNot: [],
  },
  // groups and drivers stand in columns whose head names them; both TITAN V are on vfio-pci already
  {
    name: 'md-table-two-titan-v',
    devices: null,
    must: [/nothing to do|already/m],
    mustNot: [],
  },
  // VT-d gave up during boot and every device was removed from its group: there is no working IOMMU, nothing can be given to a guest until that is solved; say which line shows it
  {
    name: 'dmesg-vtd-deinit-all-removed',
    devices: null,
    must: [/IOMMU/m],
    mustNot: [/^Yes/m],
  },
  // quoted-printable: = at a line's end joins, =3D is =; drivers vfio-pci, i40e, e1000e
  {
    name: 'dpdk-quoted-printable-raw',
    devices: null,
    must: [/03:00\.[0-3]/m],
    mustNot: [],
  },
  // devices behind Intel VMD use the VMD controller's requester ID: switch VMD off in the firmware, or hand over the whole controller
  {
    name: 'dmesg-vmd-failed-to-add-group42',
    devices: null,
    must: [/VMD/m],
    mustNot: [/^Yes/m],
  },
  // two machines in one text: keep them apart or ask which; no group may vanish without a word
  {
    name: 'dmesg-lspci-two-ilo-machines',
    devices: null,
    must: [/two|another machine|both/m],
    mustNot: [],
  },
  // `lspci -s ... | grep -i kernel` prints drivers whose device only the command names
  {
    name: 'inxi-find-proxmox-elitedesk-shared-nic',
    devices: null,
    must: [/00:1f\.6/m, /00:1f\.[03]/m],
    mustNot: [],
  },
  // the graphics of an APU cannot be moved to another slot
  {
    name: 'group5-cezanne-laptop-glued',
    devices: null,
    must: [/04:00\.0/m],
    mustNot: [/another slot|Another slot/m],
  },
]
