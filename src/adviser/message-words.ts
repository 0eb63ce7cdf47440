/** Error messages in sentences: what they mean, and what to do next. */
import { code, list, plain, rich, sentences, shortBdf, type Words } from '../explain/words.ts'
import { driverFamily } from '../sim/drivers.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { COMPLETE_COMMAND } from '../import/missing.ts'
import { adviceFor } from './advice.ts'
import type { Message, MessageCode } from './messages.ts'
import { at } from './words.ts'

export interface MessageWords {
  /** `The error names 01:00.0, group 1: not viable.` */
  readonly title: string
  readonly meaning: Words
  /** The next thing to type. */
  readonly command: string
  /** What it is for. */
  readonly purpose: string
}

/** Shows whether the IOMMU is on. */
const IOMMU_COMMAND = 'cat /proc/cmdline; sudo dmesg | grep -i -e DMAR -e IOMMU -e AMD-Vi -e SMMU'

const TITLES: Readonly<Record<MessageCode, string>> = {
  'not-viable': 'not viable',
  'no-file': 'no file in /dev/vfio',
  busy: 'in use already',
  permission: 'not for this user',
  'no-group': 'no IOMMU group',
  spaces: 'used in two address spaces',
  rmrr: 'reserved by the firmware',
  bridges: 'a tool wants every member on vfio-pci',
  interrupts: 'no interrupt remapping',
}

/** What to say about a message. With the machine, it says who is in the way. */
export function messageWords(message: Message, machine: Machine | null): MessageWords {
  const { bdf, group } = message
  const who = [bdf === null ? null : shortBdf(bdf), group === null ? null : `group ${group}`].filter(
    (part) => part !== null,
  )
  const viability = message.code === 'not-viable' || message.code === 'no-file'
  const drivers = viability ? [...new Set(holders(message, machine).map(({ driver }) => driver ?? ''))] : []
  const held = drivers.length === 0 ? '' : `, held by ${plain(list(drivers.slice(0, 4)))}`
  const what = `${TITLES[message.code]}${held}`
  const title = who.length === 0 ? `The error says: ${what}` : `The error names ${who.join(', ')}: ${what}`
  const iommu = message.code === 'no-group' || message.code === 'interrupts'
  return {
    title,
    meaning: meaningOf(message, machine),
    command: iommu ? IOMMU_COMMAND : COMPLETE_COMMAND,
    purpose: iommu
      ? 'This shows whether the IOMMU is on'
      : 'This prints every group with its members and their drivers; paste that here too',
  }
}

function meaningOf(message: Message, machine: Machine | null): Words {
  const held = heldBy(message, machine)
  const which = message.group === null ? 'its group' : `group ${message.group}`
  switch (message.code) {
    case 'not-viable':
      return sentences(
        rich`A group goes to userspace as a whole. At least one member of ${which} that is no bridge has a driver of the host.`,
        held,
        held === null && ['Most often it is the card’s own driver, or that of another function of the card.'],
      )
    case 'no-file':
      return sentences(
        rich`The file ${code(`/dev/vfio/${message.group ?? 'N'}`)} exists only while a member of the group is on vfio-pci, and none is: the binding has not been done, or failed.`,
        held,
      )
    case 'busy':
      return [
        'Another process has the group open, and a group has one owner at a time: look for a guest that is still running, or has another function of the same group.',
      ]
    case 'permission':
      return rich`The group could be opened, but not by this user: give ${code(`/dev/vfio/${message.group ?? 'N'}`)} to the user that runs QEMU, or let libvirt do it.`
    case 'no-group':
      return rich`The device is in no IOMMU group, so there is nothing to judge yet. As a rule the IOMMU is off: switch it on in the firmware’s setup (VT-d, AMD-Vi, SMMU), and on Intel boot with ${code('intel_iommu=on')}.`
    case 'spaces':
      return rich`Two members of ${which} were put into address spaces of their own, as two guests or a guest with an IOMMU of its own do. All members must share one: pass them to one guest, without a virtual IOMMU between them, or leave one out.`
    case 'rmrr':
      return [
        'The firmware reserves memory that this device must always reach (RMRR), so the kernel refuses to give its DMA to a guest. That is no matter of groups: a firmware update or a setting (on HP servers “shared memory features”) may take the reservation away.',
      ]
    case 'bridges':
      return [
        'The message comes from a tool and not from the kernel. Bridges stay on pcieport: the kernel does not count them, and vfio-pci refuses them.',
      ]
    case 'interrupts':
      return rich`The platform does not remap interrupts, so a guest could send any to the host. Look for it in the firmware (x2APIC, interrupt remapping). ${code('vfio_iommu_type1.allow_unsafe_interrupts=1')} does without, if you trust the guest.`
  }
}

/** Who keeps the group from being viable, as far as the listing tells. */
function holders({ bdf, group }: Message, machine: Machine | null): PciFunction[] {
  if (machine === null) return []
  const wanted = bdf ?? (group === null ? undefined : machine.groups?.[group]?.[0])
  const members = wanted === undefined ? [] : (adviceFor(machine, wanted)?.members ?? [])
  return members
    .filter(({ need, unknown }) => (need === 'bind' || need === 'release') && !unknown)
    .map(({ f }) => f)
    .filter(({ driver }) => driver !== null && driverFamily(driver) === 'native')
}

/** `By this listing 01:00.0 is held by nvidia.`; null if the machine does not tell. */
function heldBy(message: Message, machine: Machine | null): Words | null {
  const names = holders(message, machine).map(
    (f) => rich`${at(f)} is held by ${{ kind: 'driver', text: f.driver ?? '' }}`,
  )
  if (names.length === 0) return null
  return rich`By this listing ${list(names.slice(0, 5))}${names.length > 5 ? ' and more' : ''}.`
}
