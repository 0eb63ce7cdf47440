/** What else could be tried, in sentences. */
import { code, list, rich, sentences, type Words } from '../explain/words.ts'
import { COMPLETE_COMMAND } from '../import/missing.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Advice, Alternative } from './advice-types.ts'
import { mayBeOnBoard } from './fixed-place.ts'
import { at, named, some } from './names.ts'
import type { Setting } from './setting.ts'

export interface AlternativeWords {
  readonly title: string
  readonly words: Words
  readonly risky: boolean
}

/** What to try, in sentences. What only some makers' boards have is said where the text is of such a machine. */
export function alternativeWords(alternative: Alternative, advice: Advice, setting: Setting): AlternativeWords {
  const plain = (title: string, words: Words): AlternativeWords => ({ title, words, risky: false })
  switch (alternative.code) {
    case 'other-slot':
      return plain('Another slot', otherSlotWords(alternative, advice.wanted))
    case 'firmware-acs':
      return plain('Firmware', firmwareWords(alternative.ports, setting))
    case 'override':
      return { title: 'ACS override, at your own risk', words: overrideWords(alternative, advice), risky: true }
    case 'other-device':
      return plain('Another device', otherDeviceWords(alternative.devices))
    case 'together':
      return plain('All to one guest', [
        'If one guest may have all of them, nothing has to be split: one owner for the whole group is what the kernel wants. Two guests cannot share it.',
      ])
    case 'virtual-functions':
      return plain('Virtual functions', [
        'This card has SR-IOV by its name: give the guest a virtual function and keep the ports; virtual functions have groups of their own where the slot has ACS.',
      ])
    case 'older-kernel':
      return plain('The kernel from before', [
        'Boot the kernel or firmware with which the groups were smaller, to confirm it, and report the change: a missing ACS quirk is repaired in the kernel.',
      ])
    case 'usb-sound':
      return plain('A sound device of its own', [
        'Give the guest a USB sound device or a sound card in a slot, or let QEMU emulate one and play it on the host.',
      ])
    case 'vmd-off':
      return plain('Without VMD', vmdWords(alternative.controller))
    case 'xen-pciback':
      return plain(
        'Xen’s own way',
        rich`Under Xen the hypervisor owns the IOMMU, and Linux has no groups: give the device to pciback (${code('xl pci-assignable-add')}) and attach it with ${code('xl pci-attach')}, or by a ${code('pci = [ ]')} line of the guest. Nothing is shown here of who shares an isolation boundary with it: Xen hands over what it is told to, so give all functions of a card together.`,
      )
    case 'emulated':
      return plain('Without passing through', [
        'Let QEMU give the guest a device: virtio for network and disks, an emulated sound card, single USB devices by usb-host. They need no group.',
      ])
  }
}

function otherSlotWords({ free, taken }: Extract<Alternative, { code: 'other-slot' }>, wanted: PciFunction): Words {
  // Of a port whose ACS the text does not show, its group is all that speaks for it.
  const guessed = [...free, ...taken].some(({ assumed = [] }) => assumed.includes('acs'))
  const by = guessed ? 'To judge by the groups alone,' : 'By this listing'
  return sentences(
    [
      `${mayBeOnBoard(wanted) ? 'If it is a card and no chip on the board: move it' : 'Move the card'} to a slot whose port isolates, best one that is wired to the processor.`,
    ],
    free.length > 0 &&
      rich`${by} ${free.length === 1 ? 'port' : 'the ports'} ${some(free, at)} ${free.length === 1 ? 'isolates' : 'isolate'}, and ${guessed ? 'nothing is known to be' : 'nothing is'} below.`,
    free.length === 0 &&
      taken.length > 0 &&
      rich`${by} ${taken.length === 1 ? 'port' : 'the ports'} ${some(taken, at)} ${taken.length === 1 ? 'isolates' : 'isolate'}; a card there could change places with it.`,
    free.length + taken.length === 0 && [
      'The listing shows no such port; the board’s manual says which slots are the processor’s.',
    ],
  )
}

function firmwareWords(ports: readonly PciFunction[], { vendor }: Setting): Words {
  const shown = ports.length > 0 && ports.every(({ assumed = [] }) => !assumed.includes('acs'))
  return sentences(
    shown
      ? rich`To make the group smaller, ${list(ports.map(at))} must isolate what is below ${ports.length === 1 ? 'it' : 'them'}, which takes ACS.`
      : ['To make the group smaller, the ports above the device must isolate what is below them, which takes ACS.'],
    [
      vendor === 'amd'
        ? 'Switch ACS on in the firmware’s setup (AMD boards have it beside AER, which some want on as well), and update the firmware. On one B550 board that alone turned 16 groups into 25.'
        : 'Switch ACS on in the firmware’s setup, if it has such a setting, and update the firmware.',
    ],
  )
}

function overrideWords(effect: Extract<Alternative, { code: 'override' }>, { wanted }: Advice): Words {
  const option = code('pcie_acs_override=downstream,multifunction')
  const risk = 'The kernel only stops looking. The last resort, and nothing for a guest that you do not trust.'
  if (!effect.told) {
    return sentences(
      rich`A kernel with the override patch (Proxmox and some others ship one) may split the group with ${option}.`,
      rich`Into which groups, the text does not show: that depends on where each device hangs and on the ACS of the ports, which ${code(COMPLETE_COMMAND)} prints.`,
      rich`The hardware stays as it is: ${at(wanted)} and what is in its group now may still reach each other’s memory past the IOMMU. ${risk}`,
    )
  }
  const { reach, parts } = effect
  const own = parts.find((part) => part.includes(wanted))?.filter((f) => f !== wanted) ?? []
  const count = String(parts.length)
  return sentences(
    rich`A kernel with the override patch (Proxmox and some others ship one) splits the group with ${option}.`,
    own.length === 0
      ? rich`By the tree it would make ${count} groups of this one, with ${at(wanted)} alone in its own.`
      : rich`By the tree it would make ${count} groups of this one, with ${some(own, at)} still beside ${at(wanted)}.`,
    rich`The hardware stays as it is: ${at(wanted)} and ${some(reach, at)} can still reach each other’s memory past the IOMMU. ${risk}`,
  )
}

function otherDeviceWords(devices: readonly PciFunction[]): Words {
  return rich`${some(devices)} ${devices.length === 1 ? 'has' : 'have'} nothing else in ${devices.length === 1 ? 'its group' : 'their groups'} that the host would miss.`
}

function vmdWords(controller: PciFunction | null): Words {
  return sentences(
    [
      'Switch VMD off in the firmware’s setup (“VMD”, “Intel RST”, “Volume Management Device”): the drives then stand on the ordinary bus, with groups of their own. A system that boots from a RAID behind VMD does not find it afterwards.',
    ],
    controller === null
      ? ['Or hand over the whole VMD controller, with everything behind it.']
      : rich`Or hand over the whole controller ${named(controller)}, with everything behind it.`,
  )
}
