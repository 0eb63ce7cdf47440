/** A plan as libvirt's XML of a guest. */
import type { PciFunction } from '../sim/machine.ts'
import { parseBdf } from '../sim/pci/topology.ts'
import type { Plan } from '../adviser/plan.ts'
import { comment } from './shell.ts'
import { block, type Sheet } from './sheet.ts'

export function libvirtSheet({ guest, bind, release }: Plan): Sheet {
  const others = [...bind.filter((f) => !guest.includes(f)), ...release]
  return {
    id: 'libvirt',
    title: 'libvirt',
    about:
      others.length === 0
        ? 'managed="yes": libvirt binds to vfio-pci when the guest starts, and back when it stops.'
        : 'libvirt binds what the guest gets. The rest of the group you bind yourself, as under driverctl.',
    blocks: [
      block('virsh edit GUEST, in <devices>', guest.flatMap(hostdev)),
      block('Look whether it worked', [
        'virsh start GUEST',
        comment('error “group N is not viable”: something else of the group has a driver still'),
      ]),
    ],
  }
}

function hostdev({ bdf }: PciFunction): string[] {
  const address = parseBdf(bdf)
  if (address === null) return []
  const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`
  const { segment, bus, slot, fn } = address
  return [
    `<hostdev mode='subsystem' type='pci' managed='yes'>`,
    `  <source>`,
    `    <address domain='${hex(segment, 4)}' bus='${hex(bus, 2)}' slot='${hex(slot, 2)}' function='${hex(fn, 1)}'/>`,
    `  </source>`,
    `</hostdev>`,
  ]
}
