/**
 * The commands that hand devices to a guest, for the ways in which people do it. All are made from one plan, whose
 * writes to sysfs are also the operations of the simulated run: what is shown is what is run.
 */
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import { parseBdf } from '../../sim/pci/topology.ts'
import { bindingWrites, undoWrites, type Plan, type SysfsWrite } from '../../machines/adviser/plan.ts'

export const WAYS = ['sysfs', 'driverctl', 'boot', 'qemu', 'libvirt'] as const
export type Way = (typeof WAYS)[number]

export const WAY_NAMES: Readonly<Record<Way, string>> = {
  sysfs: 'Now (sysfs)',
  driverctl: 'driverctl',
  boot: 'At boot',
  qemu: 'QEMU',
  libvirt: 'libvirt',
}

/** A piece to copy, with what to know before and what to expect after. */
export interface CommandBlock {
  readonly title: string
  readonly about: string
  /** A shell script, a file or arguments; ends without a newline. */
  readonly text: string
  /** Name of the file that the text is for; absent: it is typed. */
  readonly file?: string
}

/** What the commands are made for. */
export interface CommandsFor {
  readonly machine: Machine
  readonly plan: Plan
  readonly kernel: KernelId
}

/** The blocks of one way, in the order in which they are used. */
export function commandsOf(way: Way, what: CommandsFor): CommandBlock[] {
  switch (way) {
    case 'sysfs':
      return sysfs(what)
    case 'driverctl':
      return driverctl(what)
    case 'boot':
      return boot(what)
    case 'qemu':
      return qemu(what)
    case 'libvirt':
      return libvirt(what)
  }
}

// ---- sysfs ------------------------------------------------------------------------------------------------------

/** A word of a shell line; names come from a pasted text. */
function quoted(word: string): string {
  return /^[\w:./@=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

function writeLine({ value, path, maybe }: SysfsWrite): string {
  const line = `echo ${quoted(value)} > ${quoted(path)}`
  return maybe === true ? `[ ! -e ${path} ] || ${line}` : line
}

function script(writes: readonly SysfsWrite[]): string {
  return writes.map(writeLine).join('\n')
}

function sysfs({ plan }: CommandsFor): CommandBlock[] {
  const writes = bindingWrites(plan)
  if (writes.length === 0) return [nothing(plan), check(plan)]
  return [
    {
      title: 'Bind',
      about:
        'In a root shell. Lasts until the next boot. driver_override makes vfio-pci the only driver that may take the function; then it is probed anew.',
      text: ['modprobe vfio-pci', script(writes)].join('\n'),
    },
    check(plan),
    {
      title: 'Undo',
      about: 'When the guest has ended: every function goes back to the driver that it had.',
      text: script(undoWrites(plan)),
    },
  ]
}

function nothing({ guest }: Plan): CommandBlock {
  return {
    title: 'Nothing to bind',
    about: 'Everything in the group is as it has to be. This shows it:',
    text: guest.map(({ bdf }) => `lspci -nnk -s ${bdf}`).join('\n'),
  }
}

function check({ group, bind, guest, release }: Plan): CommandBlock {
  const shown = [...new Set([...guest, ...bind])]
  const free = release.length === 0 ? '' : ` ${list(release)} must show no driver in use.`
  return {
    title: 'Check',
    about: `Each of them must say “Kernel driver in use: vfio-pci”, and /dev/vfio/${group} must be there.${free}`,
    text: [...[...shown, ...release].map(({ bdf }) => `lspci -nnk -s ${bdf}`), `ls -l /dev/vfio/${group}`].join('\n'),
  }
}

function list(functions: readonly PciFunction[]): string {
  return functions.map(({ bdf }) => bdf).join(', ')
}

// ---- driverctl --------------------------------------------------------------------------------------------------

function driverctl({ plan }: CommandsFor): CommandBlock[] {
  const { bind, release } = plan
  if (bind.length + release.length === 0) return [nothing(plan), check(plan)]
  return [
    {
      title: 'Bind, for this boot and the next ones',
      about:
        'driverctl (a package of that name in most distributions) goes by address and remembers. With --nosave behind driverctl it forgets at the next boot.',
      text: [
        ...release.map(({ bdf }) => `driverctl set-override ${bdf} none`),
        ...bind.map(({ bdf }) => `driverctl set-override ${bdf} vfio-pci`),
      ].join('\n'),
    },
    check(plan),
    {
      title: 'Undo',
      about: 'When the guest has ended: the override goes, and the usual driver comes back.',
      text: [...release, ...bind].map(({ bdf }) => `driverctl unset-override ${bdf}`).join('\n'),
    },
  ]
}

// ---- At boot ----------------------------------------------------------------------------------------------------

function boot({ machine, plan }: CommandsFor): CommandBlock[] {
  const { bind, release, rivals, byAddress } = plan
  const ids = [...new Set(bind.map(({ vendor, device }) => (vendor && device ? `${vendor}:${device}` : '')))]
  const blocks: CommandBlock[] = []
  if (bind.length === 0) blocks.push(nothing(plan))
  else if (byAddress || ids.includes('')) {
    blocks.push({
      title: 'By address',
      about: byAddress
        ? 'Other functions have the same ids, and vfio-pci ids= would take them too. driverctl keeps an override for an address, and sets it early in every boot.'
        : 'The listing does not give the ids of all of them, so they are chosen by address: driverctl keeps an override for an address, and sets it early in every boot.',
      text: bind.map(({ bdf }) => `driverctl set-override ${bdf} vfio-pci`).join('\n'),
    })
  } else {
    blocks.push({
      title: 'vfio-pci comes first',
      about:
        rivals.length === 0
          ? 'vfio-pci claims functions with these ids as soon as it is loaded.'
          : `vfio-pci claims functions with these ids when it is loaded, and softdep has it loaded before ${rivals.join(', ')}. Without that the other driver is usually faster.`,
      file: '/etc/modprobe.d/vfio.conf',
      text: [
        `options vfio-pci ids=${ids.join(',')}`,
        ...rivals.filter((driver) => /^[\w-]+$/.test(driver)).map((driver) => `softdep ${driver} pre: vfio-pci`),
      ].join('\n'),
    })
    blocks.push({
      title: 'Rebuild the initramfs, then boot',
      about:
        'Graphics and storage drivers are loaded from the initramfs, so the file above has to be in it. Take your line.',
      text: [
        'update-initramfs -u -k all   # Debian, Ubuntu, Proxmox VE',
        'dracut --force --regenerate-all   # Fedora, RHEL, openSUSE',
        'mkinitcpio -P   # Arch; add vfio_pci to MODULES in /etc/mkinitcpio.conf first',
      ].join('\n'),
    })
  }
  blocks.push({
    title: 'On the kernel’s command line',
    about: `${iommuWords(machine)} iommu=pt leaves devices of the host untranslated and costs less; a guest’s devices are translated all the same.`,
    text: iommuOptions(machine),
  })
  if (release.length > 0) {
    blocks.push({
      title: 'Keep these without a driver',
      about: 'They are not the guest’s, and must not get their driver back at boot.',
      text: release.map(({ bdf }) => `driverctl set-override ${bdf} none`).join('\n'),
    })
  }
  blocks.push(check(plan), {
    title: 'Undo',
    about: 'Take the file away, build the initramfs anew with the line above, and boot.',
    text: [
      ...(byAddress || ids.includes('') || bind.length === 0
        ? bind.map(({ bdf }) => `driverctl unset-override ${bdf}`)
        : ['rm /etc/modprobe.d/vfio.conf']),
      ...release.map(({ bdf }) => `driverctl unset-override ${bdf}`),
    ].join('\n'),
  })
  return blocks.filter(({ text }) => text !== '')
}

/** Whose IOMMU it is, by the vendor of the host bridge. */
function hostVendor(machine: Machine): string | undefined {
  return machine.devices.find(({ class: code, vendor }) => code?.startsWith('0600') === true && vendor)?.vendor
}

function iommuOptions(machine: Machine): string {
  switch (hostVendor(machine)) {
    case '8086':
      return 'intel_iommu=on iommu=pt'
    case '1022':
      return 'iommu=pt'
    default:
      return 'intel_iommu=on iommu=pt   # intel_iommu=on on Intel only'
  }
}

function iommuWords(machine: Machine): string {
  switch (hostVendor(machine)) {
    case '8086':
      return 'Many distributions leave the IOMMU of Intel machines off: intel_iommu=on switches it on (VT-d must be on in the firmware).'
    case '1022':
      return 'On AMD machines the IOMMU is on by itself once the firmware has it on (IOMMU or AMD-Vi).'
    default:
      return 'Intel machines often need intel_iommu=on; AMD and most ARM servers have their IOMMU on once the firmware has.'
  }
}

// ---- QEMU -------------------------------------------------------------------------------------------------------

function qemu({ plan, kernel }: CommandsFor): CommandBlock[] {
  const { guest, group } = plan
  const iommufd = kernel === 'linux-6.12-iommufd'
  const option = iommufd ? ',iommufd=iommufd0' : ''
  const [first, ...others] = guest
  const args = [
    ...(iommufd ? ['-object iommufd,id=iommufd0'] : []),
    ...(first === undefined
      ? []
      : others.length === 0
        ? [`-device vfio-pci,host=${first.bdf}${option}`]
        : [
            '-device pcie-root-port,id=card1,slot=1',
            ...guest.map(
              ({ bdf }, fn) =>
                `-device vfio-pci,host=${bdf}${option},bus=card1,addr=00.${fn}${fn === 0 ? ',multifunction=on' : ''}`,
            ),
          ]),
  ]
  return [
    {
      title: 'Arguments',
      about: `Add them to the command of a q35 guest, when the functions are on vfio-pci.${others.length > 0 ? ' The root port keeps them together as one card, as drivers in the guest expect.' : ''}${iommufd ? ' iommufd needs QEMU 9.0 or later.' : ''}`,
      text: args.join(' \\\n'),
    },
    {
      title: 'Not as root?',
      about:
        'The user needs the file of the group and may lock as much memory as the guest has, since DMA must find it in its place.',
      text: iommufd
        ? 'chown USER /dev/iommu /dev/vfio/devices/vfio*\nulimit -l unlimited'
        : `chown USER /dev/vfio/${group}\nulimit -l unlimited`,
    },
  ]
}

// ---- libvirt ----------------------------------------------------------------------------------------------------

function libvirt({ plan }: CommandsFor): CommandBlock[] {
  const { guest, bind, release } = plan
  const rest = [...bind, ...release].filter((f) => !guest.includes(f))
  const blocks: CommandBlock[] = [
    {
      title: 'In the guest’s definition',
      about:
        'For virsh edit GUEST, inside <devices>. With managed="yes" libvirt binds the functions to vfio-pci when the guest starts, and gives them back when it ends.',
      text: guest.map(({ bdf }) => hostdev(bdf)).join('\n'),
    },
  ]
  if (rest.length > 0) {
    blocks.push({
      title: 'The others of the group',
      about:
        'libvirt does not touch what is not the guest’s, and the group is not viable before they have left their drivers.',
      text: rest.map(({ bdf }) => `virsh nodedev-detach ${nodeName(bdf)}`).join('\n'),
    })
    blocks.push({
      title: 'Undo',
      about: 'When the guest has ended.',
      text: rest.map(({ bdf }) => `virsh nodedev-reattach ${nodeName(bdf)}`).join('\n'),
    })
  }
  return blocks
}

/** A function in libvirt's XML: every number in hexadecimal. */
function hostdev(bdf: string): string {
  const { segment = 0, bus = 0, slot = 0, fn = 0 } = parseBdf(bdf) ?? {}
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`
  return [
    "<hostdev mode='subsystem' type='pci' managed='yes'>",
    '  <source>',
    `    <address domain='${hex(segment, 4)}' bus='${hex(bus, 2)}' slot='${hex(slot, 2)}' function='${hex(fn, 1)}'/>`,
    '  </source>',
    '</hostdev>',
  ].join('\n')
}

function nodeName(bdf: string): string {
  return `pci_${bdf.replaceAll(/[:.]/g, '_')}`
}
