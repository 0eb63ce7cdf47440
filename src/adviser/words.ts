/** Advice in sentences. */
import { isBefore, type KernelId } from '../sim/kernels/registry.ts'
import type { PciFunction } from '../sim/machine.ts'
import { code, list, rich, sentences, shortBdf, type Span, type Words } from '../explain/words.ts'
import { shortName } from '../machines/short-name.ts'
import { isOnBoard } from './kinds.ts'
import type { Advice, Alternative, Cause, Loss, Member, Refusal, Verdict } from './advice.ts'

export interface AdviceWords {
  readonly tone: 'ok' | 'warn' | 'bad'
  /** The answer in a few words. */
  readonly title: string
  readonly answer: Words
  /** Why the group is as it is. */
  readonly causes: readonly Words[]
  /** One for each member, in their order. */
  readonly members: readonly { readonly need: string; readonly why: Words }[]
  readonly losses: readonly Words[]
  readonly alternatives: readonly { readonly title: string; readonly words: Words; readonly risky: boolean }[]
  /** What else is worth knowing before the commands are typed. */
  readonly notes: readonly Words[]
}

const TONES: Readonly<Record<Verdict, AdviceWords['tone']>> = {
  ready: 'ok',
  yes: 'ok',
  'with-others': 'warn',
  against: 'bad',
  no: 'bad',
}

/** What the page and the command line say about advice. Notes on bridges are for a kernel. */
export function adviceWords(advice: Advice, kernel: KernelId): AdviceWords {
  return {
    tone: TONES[advice.verdict],
    ...answerOf(advice),
    causes: advice.causes.map(causeWords),
    members: advice.members.map((member) => memberWords(member, kernel)),
    losses: advice.losses.map((loss) => lossWords(loss, advice)),
    alternatives: advice.alternatives.map((alternative) => alternativeWords(alternative, advice)),
    notes: notesOf(advice),
  }
}

/** An address; the page may make it a way to the device. */
export function at(f: PciFunction): Span {
  return { kind: 'device', text: shortBdf(f.bdf) }
}

/** `01:00.0 (VGA · GeForce GTX 1060 6GB)` */
function named(f: PciFunction): Words {
  return rich`${at(f)} (${shortName(f)})`
}

const MOST = 6

/** The first few by name, and how many more. */
function some(functions: readonly PciFunction[], name: (f: PciFunction) => Span | Words = named): Words {
  const first = functions.slice(0, MOST).map(name)
  const more = functions.length - first.length
  return more > 0 ? rich`${list([...first, `${more} more`])}` : list(first)
}

// ---- The answer -------------------------------------------------------------------------------------------------

function answerOf(advice: Advice): { title: string; answer: Words } {
  const { wanted, members, verdict } = advice
  const group = advice.group ?? '?'
  const of = (...needs: readonly string[]): Member[] => members.filter(({ need }) => needs.includes(need))
  const card = members.filter(({ role, need }) => role === 'card' && need !== 'nothing')
  const chip = isOnBoard(wanted) ? 'chip' : 'card'
  const passengers = members.filter(({ role, need }) => role === 'passenger' && need !== 'nothing')
  const todo = of('bind', 'release')
  const held = todo.filter(({ unknown }) => !unknown)
  switch (verdict) {
    case 'no':
      return { title: 'No: this cannot be handed to a guest', answer: refusalWords(advice) }
    case 'ready':
      return {
        title: 'Yes, and nothing is left to do',
        answer: sentences(
          rich`Nothing in group ${group} is held by a driver of the host, and ${at(wanted)} is on a VFIO driver.`,
          advice.onlyBridgesHeld &&
            rich`The ${bridgesOf(members)} in the group ${portsVerb(members)} no obstacle: leave ${ports(members).length === 1 ? 'its driver' : 'their drivers'} alone. A tool that wants a bridge bound to vfio-pci asks for too much.`,
        ),
      }
    case 'yes':
      return {
        title:
          card.length === 0
            ? 'Yes, by itself'
            : `Yes, with the other ${card.length === 1 ? 'function' : `${card.length} functions`} of its ${chip}`,
        answer: sentences(
          members.length === 1
            ? rich`${at(wanted)} has group ${group} to itself.`
            : rich`Group ${group} holds nothing that serves the host by itself.`,
          card.length > 0 &&
            rich`${list(card.map(({ f }) => named(f)))} must not keep ${card.length === 1 ? 'its driver' : 'their drivers'} either: the group has one owner. Hand ${card.length === 1 ? 'it' : 'them'} to the guest too, as most do, or leave ${card.length === 1 ? 'it' : 'them'} without a driver.`,
          obstacles(held, todo, group),
        ),
      }
    case 'with-others':
      return {
        title: 'Only together with other devices',
        answer: sentences(
          rich`Group ${group} also holds ${some(passengers.map(({ f }) => f))}. A group has one owner at a time: while the guest runs, the host can use ${passengers.length === 1 ? 'this device' : 'none of them'}.`,
          obstacles(held, todo, group),
        ),
      }
    case 'against':
      return {
        title: 'Better not: the host needs what would go with it',
        answer: sentences(
          rich`Group ${group} also holds ${some(passengers.map(({ f }) => f))}. All of them would have to leave the host, which would hardly survive it.`,
          advice.nothingSplits && ['No slot, firmware setting or kernel option makes this group smaller.'],
        ),
      }
  }
}

function obstacles(held: readonly Member[], todo: readonly Member[], group: string): Words | null {
  if (held.length > 0) {
    const names = list(held.map(({ f }) => rich`${at(f)} by ${{ kind: 'driver', text: f.driver ?? '' }}`))
    return held.length === 1
      ? rich`What is in the way now: ${names}.`
      : rich`What keeps group ${group} from being viable now: ${names}.`
  }
  return todo.some(({ unknown }) => unknown) ? ['Which drivers hold them now, the listing does not say.'] : null
}

function ports(members: readonly Member[]): Member[] {
  return members.filter(({ role }) => role === 'port')
}

function bridgesOf(members: readonly Member[]): string {
  return ports(members).length === 1 ? 'bridge' : 'bridges'
}

function portsVerb(members: readonly Member[]): string {
  return ports(members).length === 1 ? 'is' : 'are'
}

const REFUSALS: Readonly<Record<Refusal, string>> = {
  bridge:
    'It is a bridge. vfio-pci takes no bridges, and nobody needs one: what is below it is handed over, and the bridge itself stays with its driver.',
  'host-part':
    'It is a part of the processor or chipset that the host itself is built on; a guest gets its own from QEMU.',
  'no-group':
    'It is in no IOMMU group, so nothing confines its DMA. Look whether the IOMMU is on, in the firmware (VT-d, AMD-Vi, SMMU) and on the kernel’s command line; or the listing does not name its group.',
  rmrr: 'The firmware reserves memory for it (RMRR) that it must always reach, so the kernel refuses to give its DMA to anybody else.',
}

function refusalWords({ refusal }: Advice): Words {
  return refusal === null ? [] : [REFUSALS[refusal]]
}

// ---- Causes -----------------------------------------------------------------------------------------------------

function causeWords(cause: Cause): Words {
  switch (cause.code) {
    case 'port-without-acs':
      return rich`${list(cause.ports.map(at))} above ${cause.ports.length === 1 ? 'does' : 'do'} not isolate (no ACS): DMA could turn around there without passing the IOMMU. So the kernel puts the port and all that is below it into one group.`
    case 'ports-of-one-slot':
      return rich`The ports ${list(cause.ports.map(at))} do not isolate from each other (no ACS), so what is below each of them is in one group. That is usual for the processor’s slots of older client machines, and for ports of one chip.`
    case 'all-ports':
      return rich`Nearly all ports of this machine, ${some(cause.ports, at)}, are in this group: the chip has no ACS, or the kernel lacks a quirk that says that it isolates all the same. Small and embedded boards are often like this.`
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
        'Its card or chip has several functions that work each by itself, but do not isolate from each other (no ACS on them or on the port above), so they are one group.',
      ]
    case 'virtual-functions':
      return [
        'Virtual functions get groups of their own only where everything above them isolates. Here the slot, a switch or the card lacks ACS, so they share a group with each other or with the physical function.',
      ]
    case 'conventional-bridge':
      return rich`${at(cause.bridge)} is a bridge to conventional PCI. Everything behind it appears under the bridge’s own requester ID, so the IOMMU cannot tell one device from another. No slot behind it, no firmware setting and no override splits this group.`
    case 'changed':
      return rich`Earlier in the same text its group had only ${list(cause.before.map((bdf): Span => ({ kind: 'device', text: shortBdf(bdf) })))}. Groups change with the kernel and the firmware: an update can lose or add a quirk that vouches for a port.`
  }
}

// ---- Members ----------------------------------------------------------------------------------------------------

function memberWords({ f, role, need, unknown, kind }: Member, kernel: KernelId): AdviceWords['members'][number] {
  const driver: Words = unknown
    ? ['whatever driver it has: the listing does not say']
    : f.driver === null
      ? ['nothing']
      : [{ kind: 'driver', text: f.driver }]
  switch (need) {
    case 'leave':
      return {
        need: 'leave alone',
        why: isBefore(kernel, '5.19')
          ? ['A bridge: kernels up to 5.18 pass any function with a bridge’s header, whatever its driver.']
          : [
              'A bridge: since Linux 5.19 the kernel asks its driver, and pcieport says that it makes no DMA of its own.',
            ],
      }
    case 'done':
      return { need: 'nothing to do', why: rich`It is on ${{ kind: 'driver', text: f.driver ?? '' }} already.` }
    case 'nothing':
      return {
        need: 'nothing to do',
        why:
          kind === 'host-bridge' || kind === 'isa'
            ? [
                'It has no driver, so it is not in the way. It is not exempt as a PCI bridge is, though: a driver on it would block the group.',
              ]
            : ['It has no driver, and the guest does not get it.'],
      }
    case 'release':
      if (role === 'port') {
        return {
          need: 'unbind',
          why: isBefore(kernel, '5.19')
            ? rich`A bridge with ${driver}: kernels up to 5.18 pass it all the same, later ones do not.`
            : rich`A bridge, but with ${driver} and not with pcieport: since Linux 5.19 that is in the way. Without a driver it is not.`,
        }
      }
      return {
        need: 'unbind',
        why: rich`From ${driver}. A part of the host that the guest does not get: without a driver it is not in the way.`,
      }
    case 'bind':
      return {
        need: 'bind to vfio-pci',
        why:
          role === 'passenger'
            ? rich`Away from ${driver}. Without a driver would do as well, but vfio-pci keeps others from taking it.`
            : rich`Away from ${driver}.`,
      }
  }
}

// ---- Losses -----------------------------------------------------------------------------------------------------

function lossWords({ f, kind, last }: Loss, { wanted, hostDisplay }: Advice): Words {
  const own = f === wanted
  switch (kind) {
    case 'display':
      return own && hostDisplay
        ? rich`${named(f)} is the only graphics device in the listing: the host goes dark. Stop the display manager first, take the console and the framebuffer off it, and keep a way in over the network.`
        : own
          ? rich`The host can show nothing through ${named(f)} any more. If its console or desktop is there now, stop that first.`
          : rich`The host’s picture on ${named(f)} goes too.`
    case 'disk':
      return own
        ? rich`Make sure that the host does not run from ${named(f)}: look at the mounts with lsblk first.`
        : rich`The disks on ${named(f)} go: if the host runs from one of them, it stops.${last ? ' The listing shows no other disk controller.' : ''}`
    case 'network':
      return rich`The host’s network on ${named(f)} goes${last ? ', and the listing shows no other: over ssh you would cut yourself off' : ''}.`
    case 'usb':
      return rich`Everything plugged into ${named(f)} goes, keyboard and mouse perhaps${last ? ': the listing shows no other USB controller' : ''}.`
    case 'sound':
      return rich`The host’s sound on ${named(f)} goes.`
    case 'chipset':
      return rich`${named(f)} is a part of the chipset: sensors, firmware or power management of the host may stop.`
    case 'unknown':
      return rich`What ${at(f)} is, the listing does not say: it would leave the host, too.`
  }
}

// ---- Alternatives -----------------------------------------------------------------------------------------------

function alternativeWords(alternative: Alternative, advice: Advice): AdviceWords['alternatives'][number] {
  const { wanted } = advice
  const plain = (title: string, words: Words): AdviceWords['alternatives'][number] => ({ title, words, risky: false })
  switch (alternative.code) {
    case 'other-slot': {
      const { free, taken } = alternative
      return plain(
        'Another slot',
        sentences(
          ['Move the card to a slot whose port isolates, best one that is wired to the processor.'],
          free.length > 0 && rich`By this listing the ports ${some(free, at)} isolate and have nothing below them.`,
          free.length === 0 &&
            taken.length > 0 &&
            rich`By this listing the ports ${some(taken, at)} isolate; a card there could change places with it.`,
          free.length + taken.length === 0 && [
            'The listing shows no such port; the board’s manual says which slots are the processor’s.',
          ],
        ),
      )
    }
    case 'firmware-acs':
      return plain('Firmware', [
        'Switch ACS on in the firmware’s setup (AMD boards have it beside AER, which some want on as well), and update the firmware. On one B550 board that alone turned 16 groups into 25.',
      ])
    case 'override': {
      const { reach } = alternative
      return {
        title: 'ACS override, at your own risk',
        words: sentences(
          rich`A kernel with the override patch (Proxmox and some others ship one) splits the group with ${code('pcie_acs_override=downstream,multifunction')}.`,
          rich`The hardware stays as it is: ${at(wanted)} and ${some(reach, at)} can still reach each other’s memory past the IOMMU. The kernel only stops looking. The last resort, and nothing for a guest that you do not trust.`,
        ),
        risky: true,
      }
    }
    case 'other-device':
      return plain(
        'Another device',
        rich`${some(alternative.devices)} ${alternative.devices.length === 1 ? 'has' : 'have'} nothing else in the group that the host would miss.`,
      )
    case 'together':
      return plain('All to one guest', [
        'If one guest may have all of them, nothing has to be split: one owner for the whole group is what the kernel wants. Two guests cannot share it.',
      ])
    case 'virtual-functions':
      return plain('Virtual functions', [
        'If the card has SR-IOV, give the guest a virtual function and keep the ports; their groups are their own where the slot has ACS.',
      ])
    case 'older-kernel':
      return plain('The kernel from before', [
        'Boot the kernel or firmware with which the groups were smaller, to confirm it, and report the change: a missing ACS quirk is repaired in the kernel.',
      ])
    case 'usb-sound':
      return plain('A sound device of its own', [
        'Give the guest a USB sound device or a sound card in a slot, or let QEMU emulate one and play it on the host.',
      ])
    case 'emulated':
      return plain('Without passing through', [
        'Let QEMU give the guest a device: virtio for network and disks, an emulated sound card, single USB devices by usb-host. They need no group.',
      ])
  }
}

// ---- Notes ------------------------------------------------------------------------------------------------------

function notesOf({ estimated, twins, members, verdict, alternatives, nothingSplits }: Advice): Words[] {
  const unknown = members.filter((member) => member.unknown && (member.need === 'bind' || member.need === 'release'))
  const notes: (Words | false)[] = [
    estimated && [
      'The listing has no groups. These are estimated from the tree, and the real ones may differ: check them before you act.',
    ],
    unknown.length > 0 &&
      rich`The listing does not say which driver ${list(unknown.map(({ f }) => at(f)))} ${unknown.length === 1 ? 'has' : 'have'}. The commands below are right either way; say it above if you know it.`,
    twins.length > 0 &&
      rich`${some(twins)} ${twins.length === 1 ? 'has' : 'have'} the same ids: ${code('vfio-pci ids=')} would take ${twins.length === 1 ? 'it' : 'them'} too. Choose by address, as the commands below do.`,
    verdict !== 'no' &&
      nothingSplits &&
      alternatives.length > 0 && [
        'Nothing makes this group smaller: what remains is to give all of it, or to do without.',
      ],
  ]
  return notes.filter((note) => note !== false)
}
