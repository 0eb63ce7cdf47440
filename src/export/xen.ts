/** Handing functions over under Xen: the hypervisor owns the IOMMU, and pciback takes them from dom0's drivers. */
import { shortBdf } from '../explain/words.ts'
import type { PciFunction } from '../sim/machine.ts'
import { comment, commentOn, quoted } from './shell.ts'
import { block, type Sheet } from './sheet.ts'

/** @param functions what the guest gets, the wanted function first */
export function xenSheet(functions: readonly PciFunction[]): Sheet {
  const addresses = functions.map(({ bdf }) => bdf)
  const hidden = addresses.map((bdf) => `(${bdf})`).join('')
  return {
    id: 'xen',
    title: 'Xen',
    about: 'In dom0, as root; GUEST stands for the name of the guest. Neither vfio-pci nor IOMMU groups take part.',
    blocks: [
      block('See that Xen has the IOMMU', [
        'xl info | grep virt_caps',
        comment('hvm_directio must stand there (pv_directio for a PV guest); without it VT-d or AMD-Vi is off in the'),
        comment('firmware, or iommu=off stands on the command line of Xen (GRUB_CMDLINE_XEN in /etc/default/grub)'),
      ]),
      block('Take it from dom0, until the next boot', [
        'modprobe xen-pciback',
        ...functions.flatMap((f) => [commentOn(f), `xl pci-assignable-add ${quoted(f.bdf)}`]),
      ]),
      block('Take it from dom0 at every boot', [
        comment('on the command line of the dom0 kernel, not of Xen, if xen-pciback is built into it:'),
        comment('  /etc/default/grub, GRUB_CMDLINE_LINUX_DEFAULT, then update-grub or grub2-mkconfig'),
        comment(`  xen-pciback.hide=${hidden}`),
        comment('where it is a module (modinfo xen-pciback names a file), before the drivers of the host:'),
        `echo ${quoted(`options xen-pciback hide=${hidden}`)} > /etc/modprobe.d/xen-pciback.conf`,
        comment('XCP-ng, XenServer: instead of both'),
        `/opt/xensource/libexec/xen-cmdline --set-dom0 ${quoted(`xen-pciback.hide=${hidden}`)}`,
      ]),
      block('The guest’s configuration (xl)', [
        'type = "hvm"',
        `pci = [ ${addresses.map((bdf) => `"${bdf}"`).join(', ')} ]`,
        comment('"…,permissive=1" only for a device whose driver in the guest fails without it'),
      ]),
      block('Or to a guest that runs', [
        ...addresses.map((bdf) => `xl pci-attach GUEST ${quoted(bdf)}`),
        comment('XCP-ng, XenServer: while the guest is off; UUID from xe vm-list'),
        `xe vm-param-set uuid=UUID other-config:pci=${addresses.map((bdf) => `0/${bdf}`).join(',')}`,
        comment('Qubes OS: while the qube is off'),
        ...addresses.map((bdf) => `qvm-pci attach --persistent GUEST ${quoted(`dom0:${qubesName(bdf)}`)}`),
      ]),
      block('Look whether it worked', [
        'xl pci-assignable-list',
        comment(addresses.join(', ')),
        ...addresses.flatMap((bdf) => [`lspci -nnks ${shortBdf(bdf)}`, comment('Kernel driver in use: pciback')]),
      ]),
      block('Back again', [
        ...addresses.map((bdf) => `xl pci-detach GUEST ${quoted(bdf)}`),
        comment('-r gives it back to the driver that it had'),
        ...addresses.map((bdf) => `xl pci-assignable-remove -r ${quoted(bdf)}`),
        'rm -f /etc/modprobe.d/xen-pciback.conf',
        comment('and take xen-pciback.hide off the command line again; XCP-ng, XenServer:'),
        '/opt/xensource/libexec/xen-cmdline --delete-dom0 xen-pciback.hide',
      ]),
    ],
  }
}

/** `0000:0b:00.0` as Qubes OS names it: `0b_00.0`. */
function qubesName(bdf: string): string {
  return shortBdf(bdf).replace(':', '_')
}
