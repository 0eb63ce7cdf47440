/** What each message means, and what to look at next. */
import { code, rich, sentences, type Words } from '../explain/words.ts'
import type { Message } from './messages.ts'
import type { MessageCode } from './message-rules.ts'
import type { Setting } from './setting.ts'

/** What to run next: whether the IOMMU is on, who holds memory, how the device is, or everything about the groups. */
export type Next = 'iommu' | 'iomem' | 'device' | 'everything'

interface Lesson {
  /** `not viable`: follows the device's name and a colon. */
  readonly title: string
  readonly meaning: (message: Message, setting: Setting) => Words
  /** Said where no listing tells who is in the way. */
  readonly unseen?: Words
  readonly next: Next
}

function which({ group }: Message): string {
  return group === null ? 'its group' : `group ${group}`
}

function file({ group }: Message): Words {
  return [code(`/dev/vfio/${group ?? 'N'}`)]
}

/** Older than Linux 5.19; null: the text names no kernel. */
function isOld(release: string | null): boolean | null {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? '') ?? []
  return major === undefined ? null : Number(major) * 1000 + Number(minor) < 5019
}

/** Where the IOMMU is switched on, by what the text tells of the firmware and of the command line. */
export function switchOn({ asked, table, vendor }: Setting): Words {
  if (vendor === 'amd')
    return ['It must be on in the firmware’s setup (IOMMU, AMD-Vi); the kernel needs no parameter for it.']
  const parameter = code('intel_iommu=on')
  if (asked === true && !table) {
    return rich`The kernel was asked for it (${parameter}), so look in the firmware’s setup (VT-d): with it on, the log also has lines like “DMAR: DRHD base”. Some processors and boards have none.`
  }
  if (asked === true) {
    return rich`The kernel was asked for it (${parameter}), and the log shows the firmware’s table of it: the lines of the log behind that table say what went wrong.`
  }
  if (table) {
    return rich`The log shows the firmware’s table of it, so VT-d is on in its setup: what is missing is ${parameter} on the kernel’s command line.`
  }
  if (asked === false && vendor === 'intel') {
    return rich`The kernel was started without ${parameter}: add that to its command line, and see that VT-d is on in the firmware’s setup.`
  }
  return rich`It must be on in the firmware’s setup (VT-d, AMD-Vi, SMMU) and, on Intel, on the kernel’s command line (${parameter}).`
}

const GROUP_LESSONS = {
  'not-viable': {
    title: 'not viable',
    meaning: (message) =>
      rich`A group goes to userspace as a whole. At least one member of ${which(message)} that is no bridge has a driver of the host.`,
    unseen: ['Most often it is the card’s own driver, or that of another function of the card.'],
    next: 'everything',
  },
  'no-file': {
    title: 'no file in /dev/vfio',
    meaning: (message) =>
      rich`The file ${file(message)} exists only while a member of the group is on vfio-pci, and none is: the binding has not been done, or failed.`,
    next: 'everything',
  },
  busy: {
    title: 'in use already',
    meaning: () => [
      'Another process has the group open, and a group has one owner at a time: look for a guest that is still running, or has another function of the same group.',
    ],
    next: 'everything',
  },
  permission: {
    title: 'not for this user',
    meaning: (message) =>
      rich`The file could be found, but not opened by this user: give ${file(message)} to the user that runs QEMU, or let libvirt do it.`,
    next: 'everything',
  },
  'no-group': {
    title: 'no IOMMU group',
    meaning: (_, setting) =>
      setting.groups
        ? rich`The device is in no IOMMU group, while others in the text are: the IOMMU works, and leaves this one out. For a processor’s graphics that is ${code('intel_iommu=on,igfx_off')} or a setting of the firmware; else the firmware’s table does not name it.`
        : sentences(
            ['The device is in no IOMMU group, so there is nothing to judge yet. As a rule the IOMMU is off.'],
            switchOn(setting),
          ),
    next: 'iommu',
  },
  'group-failed': {
    title: 'the kernel could not put it into a group',
    meaning: (message) =>
      rich`The kernel wanted to put it into ${which(message)} and failed${message.value === undefined ? '' : ` (${message.value})`}. Without a group it cannot be handed to anybody. Behind Intel VMD that is the rule: such functions use the requester ID of the VMD controller.`,
    next: 'iommu',
  },
  spaces: {
    title: 'used in two address spaces',
    meaning: (message) =>
      rich`Two members of ${which(message)} were put into address spaces of their own, as two guests or a guest with an IOMMU of its own do. All members must share one: pass them to one guest, without a virtual IOMMU between them, or leave one out.`,
    next: 'everything',
  },
  rmrr: {
    title: 'reserved by the firmware',
    meaning: () => [
      'The firmware reserves memory that this device must always reach (RMRR), so the kernel refuses to give its DMA to a guest. That is no matter of groups: a firmware update or a setting (on HP servers “shared memory features”) may take the reservation away.',
    ],
    next: 'iommu',
  },
  bridges: {
    title: 'a tool wants every member on vfio-pci',
    meaning: () => [
      'The message comes from a tool and not from the kernel. Bridges stay on pcieport: the kernel does not count them, and vfio-pci refuses them.',
    ],
    next: 'everything',
  },
  'in-use': {
    title: 'another guest or process has it',
    meaning: () => [
      'Somebody holds the device or another one of its group: a guest that is still running, or a driver of the host on another member of the group.',
    ],
    next: 'everything',
  },
  'not-bound': {
    title: 'on no VFIO driver',
    meaning: () => [
      'The device has no file of its own, for it is not on vfio-pci: the binding has not been done, or failed.',
    ],
    next: 'everything',
  },
  container: {
    title: 'the kernel refused to put its group under the guest’s IOMMU domain',
    meaning: (message) =>
      sentences(
        rich`The file of ${which(message)} could be opened, and setting up the translation failed.`,
        message.value === 'Input/output error'
          ? [
              '“Input/output error” comes from the driver of a mediated device (vGPU, GVT-g) that is not ready: its own lines in the kernel’s log say why.',
            ]
          : message.value === 'Invalid argument'
            ? [
                '“Invalid argument” is what the kernel says where the firmware reserves memory for the device (RMRR), and where the IOMMU has no domain for it: its log says which.',
              ]
            : [
                'The kernel’s log says why: interrupt remapping is missing, or the firmware reserves memory for the device.',
              ],
      ),
    next: 'iommu',
  },
  acs: {
    title: 'a tool refuses what is behind a switch without ACS',
    meaning: () => [
      'The message comes from an old libvirt (relaxed_acs_check in qemu.conf). With VFIO the kernel’s groups decide: what could reach the device without passing the IOMMU is in its group.',
    ],
    next: 'everything',
  },
  bridge: {
    title: 'it is a bridge',
    meaning: () => ['No guest gets a bridge: leave it out of the guest’s configuration, and give what is below it.'],
    next: 'everything',
  },
} as const satisfies Partial<Record<MessageCode, Lesson>>

const IOMMU_LESSONS = {
  'iommu-off': {
    title: 'the IOMMU is off',
    meaning: (_, setting) => sentences(['There are no groups as long as it is off.'], switchOn(setting)),
    next: 'iommu',
  },
  'iommu-failed': {
    title: 'the IOMMU could not be started',
    meaning: () => [
      'The kernel gave the IOMMU up during boot, as a rule because the firmware’s tables are wrong (DMAR, IVRS). Without it nothing can be handed to a guest: update the firmware, and report the log if that does not help.',
    ],
    next: 'iommu',
  },
  interrupts: {
    title: 'no interrupt remapping',
    meaning: () =>
      rich`The platform does not remap interrupts, so a guest could send any to the host, and VFIO refuses. Look for it in the firmware (x2APIC, interrupt remapping). ${code('vfio_iommu_type1.allow_unsafe_interrupts=1')} on the kernel’s command line does without, if you trust the guest.`,
    next: 'iommu',
  },
  fault: {
    title: 'it touched memory that it must not',
    meaning: () => [
      'The IOMMU stopped an access. One in a while at start or end of a guest is common; many mean that the device uses another requester ID than its own, or that its driver is at fault.',
    ],
    next: 'iommu',
  },
} as const satisfies Partial<Record<MessageCode, Lesson>>

const DEVICE_LESSONS = {
  dead: {
    title: 'it no longer answers',
    meaning: () => [
      'Every read of it gives ones (header type 7f, rev ff): it fell off the bus, as a rule because it did not come back from a reset. Nothing that the host can do brings it back: switch the host off, wait, and switch it on; a reboot is often not enough. If it happens again after each guest, this card cannot reset itself: for some AMD cards the module vendor-reset helps.',
    ],
    next: 'device',
  },
  asleep: {
    title: 'it reads as rev ff',
    meaning: () => [
      'Every read of it gives ones: either it is powered down (D3cold, as laptops do with a graphics card that nobody uses), or it no longer answers. Wake it, for instance by reading its config file or by setting its power/control to “on”, and look again.',
    ],
    next: 'device',
  },
  'no-power': {
    title: 'it does not wake from D3',
    meaning: () =>
      rich`The device was put to sleep and does not come back: its registers cannot be read. Switch the host off and on. Then keep it awake: ${code('vfio-pci.disable_idle_d3=1')} on the kernel’s command line, or ${code('d3cold_allowed')} set to 0 in its directory; a firmware update or ${code('pcie_aspm=off')} helps some boards.`,
    next: 'device',
  },
  'not-ready': {
    title: 'it does not become ready again',
    meaning: ({ value }) =>
      value === 'resume'
        ? rich`The device was asleep (D3cold) and never became ready when it was woken. Switch the host off and on. Then keep it awake: ${code('vfio-pci.disable_idle_d3=1')} on the kernel’s command line, or ${code('d3cold_allowed')} set to 0 in its directory and in that of the port above; laptops often cut the power of a graphics card that nobody uses.`
        : [
            'The kernel reset it and it never became ready again. Switch the host off and on. If it happens again after each guest, this card cannot reset itself: for some AMD cards the module vendor-reset helps, for others only not resetting, or another card.',
          ],
    next: 'device',
  },
  'no-reset': {
    title: 'nothing resets it alone',
    meaning: () => [
      'The device has no reset of its own (FLR, PM), and others share its bus. The first guest may get it; the second gets what the first left behind, until the host boots again.',
    ],
    next: 'device',
  },
  'reset-others': {
    title: 'a reset would hit other devices',
    meaning: (message) =>
      rich`The only reset there is covers devices that the guest does not have${message.group === null ? '' : ` (group ${message.group})`}: hand those over too, or put them on vfio-pci.`,
    next: 'everything',
  },
  'bar-held': {
    title: 'its memory window is taken',
    meaning: ({ value }, { release, framebuffer }) => barHeld(value, isOld(release), framebuffer),
    next: 'iomem',
  },
  'bar-space': {
    title: 'no room for its memory window',
    meaning: () =>
      rich`The kernel found no addresses for a window (BAR) of the device. In the firmware’s setup switch “Above 4G decoding” on (and resizable BAR off, to try), or boot with ${code('pci=realloc')}.`,
    next: 'device',
  },
  probe: {
    title: 'a driver refused it',
    meaning: probe,
    next: 'everything',
  },
  'vfs-on': {
    title: 'its virtual functions are in use',
    meaning: () =>
      rich`vfio-pci does not take a function whose virtual functions (SR-IOV) are switched on: write 0 to ${code('sriov_numvfs')} in its directory first. The guests that have those functions lose them.`,
    next: 'device',
  },
  'driver-name': {
    title: 'there is no driver of that name',
    meaning: ({ driver = '' }) =>
      /^vfio[_-]pci$/.test(driver) && driver !== 'vfio-pci'
        ? rich`The module is called ${code('vfio_pci')}, the driver ${code('vfio-pci')} with a hyphen: write that.`
        : rich`${code(`/sys/bus/pci/drivers/${driver}`)} does not exist: load the driver first (${code(`modprobe ${driver}`)}), as root, and look how it spells its name.`,
    next: 'device',
  },
  absent: {
    title: 'nothing is at that address',
    meaning: () => [
      'No device has this address now. Addresses change when cards are added or taken out, or when the firmware numbers the buses anew: look for the device by its name, and correct the guest’s configuration.',
    ],
    next: 'everything',
  },
  'network-active': {
    title: 'the host’s network goes over it',
    meaning: () => [
      'The tool has not bound it, because the host’s routes use its interface: over ssh you would cut yourself off. Take another port, or take the interface down from the console first.',
    ],
    next: 'device',
  },
  'shared-irq': {
    title: 'it shares its interrupt line',
    meaning: () => [
      'The device uses a legacy interrupt (INTx) and cannot switch it off at its side, so it must not share the line with another one: take the other’s driver off, use another slot, or a guest driver that uses MSI.',
    ],
    next: 'device',
  },
  rom: {
    title: 'its ROM cannot be read',
    meaning: () => [
      'The ROM of the boot display is often a copy that the firmware has changed, and cannot be read. A guest that needs it gets it from a file (romfile=); many need none (rombar=0).',
    ],
    next: 'device',
  },
  'x-vga': {
    title: 'QEMU finds no VGA regions',
    meaning: () => [
      'Drop x-vga=on: it is for legacy BIOS guests, and needs a kernel with CONFIG_VFIO_PCI_VGA and a card that shows VGA regions. With UEFI firmware (OVMF) the guest does without. It says nothing about the group.',
    ],
    next: 'everything',
  },
  memory: {
    title: 'the guest’s memory could not be mapped',
    meaning: () => [
      'All memory of the guest is pinned. Raise the limit of locked memory (ulimit -l, libvirt’s <memtune>) above the guest’s memory, and look whether the host has that much free.',
    ],
    next: 'iommu',
  },
  'no-kvm': {
    title: 'the processor’s virtualisation is switched off',
    meaning: () => [
      'That is another setting than the IOMMU (VT-x or SVM, beside VT-d or AMD-Vi), and guests need both: switch it on in the firmware’s setup.',
    ],
    next: 'iommu',
  },
} as const satisfies Partial<Record<MessageCode, Lesson>>

export const LESSONS: Readonly<Record<MessageCode, Lesson>> = { ...GROUP_LESSONS, ...IOMMU_LESSONS, ...DEVICE_LESSONS }

/** What helps against the boot console's framebuffer differs by kernel. */
function barHeld(bar: string | undefined, old: boolean | null, holder: string | null): Words {
  const before = rich`with ${code('video=efifb:off')} (or ${code('video=vesafb:off')}) on the kernel’s command line the console does not take it`
  const since = rich`${code('video=efifb:off')} does nothing any more: boot with ${code('initcall_blacklist=sysfb_init')}, or let another card be the boot display in the firmware’s setup`
  const window = bar === undefined ? 'a memory window' : `the memory window ${bar}`
  return sentences(
    holder === null
      ? rich`Something else holds ${window} of the device, most often the framebuffer of the boot console (efifb, simplefb or simpledrm): the guest starts, and shows nothing. Who holds it stands in ${code('/proc/iomem')}, indented below its addresses.`
      : rich`The boot console’s framebuffer holds ${window} of the device (${code('/proc/iomem')} in the text: ${code(holder)}): the guest starts, and shows nothing.`,
    old === true && rich`Up to Linux 5.18 ${before}.`,
    old === false && rich`Since Linux 5.19 ${since}.`,
    old === null && rich`Up to Linux 5.18 ${before}; since then ${since}.`,
    [
      'Without a reboot: unbind the framebuffer’s driver in /sys/bus/platform/drivers (efi-framebuffer, simple-framebuffer), then bind the device anew.',
    ],
  )
}

const ERRNOS: readonly (readonly [pattern: RegExp, errno: number])[] = [
  [/-22|Errno 22|invalid argument/i, 22],
  [/-16|Errno 16|busy/i, 16],
  [/-19|Errno 19|no such device/i, 19],
  [/-12/, 12],
]

function probe({ value = '', driver }: Message, setting: Setting): Words {
  const errno = ERRNOS.find(([pattern]) => pattern.test(value))?.[1]
  if (driver !== undefined && !driver.startsWith('vfio')) {
    return rich`The driver ${{ kind: 'driver', text: driver }} refused the function${value === '' ? '' : ` (${value})`}: the lines above it in the kernel’s log say why. That is about this driver, and says nothing about groups.`
  }
  switch (errno) {
    case 22:
      return rich`EINVAL (-22): vfio-pci says so of a function without an IOMMU group, and of bridges. As a rule the IOMMU is off. ${switchOn(setting)}`
    case 16:
      return [
        'EBUSY (-16): something else has what the driver needs. A driver of the host gets it when its group has been opened by a guest; vfio-pci when the function has virtual functions in use.',
      ]
    case 19:
      return rich`ENODEV (-19): the driver does not want the function. vfio-pci takes only what its ids or ${code('driver_override')} name: write that first. A function that another driver still has is not taken either.`
    case 12:
      return [
        'ENOMEM (-12): the driver could not get memory that the device can reach. With an IOMMU that is a matter of its DMA mask and of the group’s default domain.',
      ]
    default:
      return [
        'A driver refused the function: the lines above it in the kernel’s log say why. Vfio-pci refuses bridges, and functions without an IOMMU group.',
      ]
  }
}
