/** A plan as arguments of QEMU. */
import type { Kernel } from '../sim/kernel.ts'
import { usesDeviceFiles, type Plan } from '../adviser/plan.ts'
import { comment, commentOn, quoted } from './shell.ts'
import { block, type Sheet } from './sheet.ts'

/** Through an iommufd where the kernel has device files, else through the group. */
export function qemuSheet({ guest, group, told, bind }: Plan, kernel: Kernel): Sheet {
  const iommufd = usesDeviceFiles(kernel)
  const several = guest.length > 1
  const last = guest.length - 1
  const others = bind.filter((f) => !guest.includes(f))
  return {
    id: 'qemu',
    title: 'QEMU',
    about: iommufd
      ? 'QEMU 9.0 or later opens the device’s own file and an iommufd.'
      : 'QEMU opens the group’s file and a container.',
    blocks: [
      block('Arguments', [
        ...guest.map(commentOn),
        'qemu-system-x86_64 -machine q35,accel=kvm -cpu host -m 8G \\',
        iommufd && '  -object iommufd,id=iommufd0 \\',
        '  -device pcie-root-port,id=rp1,chassis=1 \\',
        ...guest.map(({ bdf }, at) => {
          const place = several ? `,bus=rp1,addr=0x0.${at}${at === 0 ? ',multifunction=on' : ''}` : ',bus=rp1'
          const host = `host=${bdf}${iommufd ? ',iommufd=iommufd0' : ''}`
          return `  -device ${quoted(`vfio-pci,${host}${place}`)}${at === last ? '' : ' \\'}`
        }),
        comment('and the guest’s disks'),
      ]),
      ...(others.length === 0
        ? []
        : [
            block('What is on vfio-pci and not given to this guest', [
              ...others.map(commentOn),
              comment('it stays idle, or this guest gets it with a -device of its own; no other guest can'),
            ]),
          ]),
      block('As a user who is not root', [
        iommufd
          ? `chown "$USER" /dev/iommu ${guest.map(({ bdf }) => `/dev/vfio/devices/$(basename /sys/bus/pci/devices/${bdf}/vfio-dev/*)`).join(' ')}`
          : `chown "$USER" /dev/vfio/${told ? group : '"$GROUP"'}`,
        comment('and a limit on locked memory as large as the guest: ulimit -l'),
      ]),
    ],
  }
}
