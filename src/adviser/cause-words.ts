/** Why a group is as it is, in sentences. */
import { code, list, rich, sentences, shortBdf, type Span, type Words } from '../explain/words.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Cause } from './advice-types.ts'
import { at, some } from './names.ts'

export function causeWords(cause: Cause): Words {
  switch (cause.code) {
    case 'port-without-acs':
      return portAboveWords(cause.ports)
    case 'ports-of-one-slot':
      return portsOfSlotWords(cause.ports)
    case 'all-ports':
      return rich`Nearly all ports of this machine, ${some(cause.ports, at)}, are in this group: the chip has no ACS or has it switched off, or the kernel lacks a quirk that says that it isolates all the same. Small and embedded boards are often like this.`
    case 'chipset':
      return [
        'The device hangs off the chipset, which has one way up to the processor for its USB, SATA, network and slots alike.',
      ]
    case 'part-of-chipset':
      return [
        'It is one function of the chipset itself, beside the bridge to the firmware’s flash, the clock and the sensors. Functions of one chip that do not isolate are one group, and no slot or option changes a chip.',
      ]
    case 'functions-of-card':
      return ['The functions of one card or chip do not isolate from each other here, so they are one group.']
    case 'twins-of-card':
      return [
        'Its card or chip has several functions that work each by itself, but do not isolate from each other, so they are one group.',
      ]
    case 'virtual-functions':
      return [
        'Virtual functions get groups of their own only where everything above them isolates. Here the slot, a switch or the card does not isolate, so they share a group with each other or with the physical function.',
      ]
    case 'conventional-bridge':
      return rich`${at(cause.bridge)} is a bridge to conventional PCI. Everything behind it appears under the bridge’s own requester ID, so the IOMMU cannot tell one device from another. No slot behind it, no firmware setting and no override splits this group.`
    case 'changed':
      return rich`Earlier in the same text its group had only ${list(cause.before.map((bdf): Span => ({ kind: 'device', text: shortBdf(bdf) })))}. Groups change with the kernel and the firmware: an update can lose or add a quirk that vouches for a port.`
  }
}

function portAboveWords(ports: readonly PciFunction[]): Words {
  const one = ports.length === 1
  if (!isAcsShown(ports)) {
    return sentences(
      rich`${list(ports.map(at))} ${one ? 'is' : 'are'} in the group too, so the kernel does not count on ${one ? 'it' : 'them'} to isolate what is below: DMA could turn around there without passing the IOMMU.`,
      acsUnseen(ports),
    )
  }
  return rich`${list(ports.map(at))} above ${one ? 'does' : 'do'} not isolate (${acsState(ports)}): DMA could turn around there without passing the IOMMU. So the kernel puts the port and all that is below it into one group.`
}

function portsOfSlotWords(ports: readonly PciFunction[]): Words {
  const usual = 'That is usual for the processor’s slots of older client machines, and for ports of one chip.'
  if (!isAcsShown(ports)) {
    return sentences(
      rich`The ports ${list(ports.map(at))} do not isolate from each other: their common group shows it. What is below each of them is in that group, too. ${usual}`,
      acsUnseen(ports),
    )
  }
  return rich`The ports ${list(ports.map(at))} do not isolate from each other (${acsState(ports)}), so what is below each of them is in one group. ${usual}`
}

function isAcsShown(ports: readonly PciFunction[]): boolean {
  return ports.every(({ assumed = [] }) => !assumed.includes('acs'))
}

function acsState(ports: readonly PciFunction[]): string {
  return ports.every(({ acsCap }) => acsCap === null) ? 'no ACS' : 'no ACS, or not all of it switched on'
}

function acsUnseen(ports: readonly PciFunction[]): Words {
  return rich`Whether ${ports.length === 1 ? 'it has' : 'they have'} no ACS, or ACS that is switched off, the text does not show: ${code('sudo lspci -vvv')} does.`
}
