/** The fifteen questions that people ask about their groups, where they would ask them and about their own devices. */
import { code, list, plain, rich, sentences, shortBdf, type Words } from '../explain/words.ts'
import { driverFamily } from '../sim/drivers.ts'
import { isBefore, type KernelId } from '../sim/kernels/list.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Advice, Cause, Member } from './advice-types.ts'
import { slotOf } from './kinds.ts'
import { planOf } from './plan.ts'
import { at } from './names.ts'

/** `member`: at the row of a member of the group; the others are parts of the page; `more`: asked about nothing here. */
export type QuestionPlace = 'member' | 'answer' | 'causes' | 'alternatives' | 'commands' | 'more'

export interface Question {
  /** 1 to 15. */
  readonly number: number
  readonly place: QuestionPlace
  /** The member at whose row it stands. */
  readonly bdf?: string
  readonly question: string
  readonly answer: Words
  /** Where people asked and were answered in public. */
  readonly source: string
}

interface Entry {
  readonly number: number
  readonly source: string
  /** Asked about no device in particular. */
  readonly question: string
  readonly answer: (kernel: KernelId) => Words
  /** The same about the devices at hand; null: this does not arise with them. */
  readonly here: (
    advice: Advice,
    kernel: KernelId,
  ) => (Pick<Question, 'place' | 'bdf'> & { readonly question?: string; readonly answer?: Words }) | null
}

/** The questions about a device: those that arise with it at their place, the rest under `more`, in their order. */
export function questionsFor(advice: Advice, kernel: KernelId): Question[] {
  return ENTRIES.map(({ number, source, question, answer, here }) => {
    const found = here(advice, kernel)
    return {
      number,
      source,
      place: found?.place ?? 'more',
      ...(found?.bdf === undefined ? {} : { bdf: found.bdf }),
      question: found?.question ?? question,
      answer: found?.answer ?? answer(kernel),
    }
  })
}

/** The questions where there is no device to ask about. */
export function questionsAtLarge(kernel: KernelId): Question[] {
  return ENTRIES.map(({ number, source, question, answer }) => ({
    number,
    source,
    place: 'more',
    question,
    answer: answer(kernel),
  }))
}

function cause<C extends Cause['code']>({ causes }: Advice, wanted: C): Extract<Cause, { code: C }> | undefined {
  return causes.find((each): each is Extract<Cause, { code: C }> => each.code === wanted)
}

/** What is said where a group is as it is for a certain cause; nothing where it is not. */
function ofCause<C extends Cause['code']>(
  code: C,
  words: (found: Extract<Cause, { code: C }>, advice: Advice) => ReturnType<Entry['here']>,
): Entry['here'] {
  return (advice) => {
    const found = cause(advice, code)
    return found === undefined ? null : words(found, advice)
  }
}

function short(f: PciFunction): string {
  return shortBdf(f.bdf)
}

function isGraphics({ kind }: Pick<Member, 'kind'>): boolean {
  return kind === 'graphics'
}

function wantedMember({ members }: Advice): Member | undefined {
  return members.find(({ role }) => role === 'wanted')
}

const ENTRIES: readonly Entry[] = [
  {
    number: 1,
    source: 'kubernetes-sigs/dra-driver-nvidia-gpu#1191; the comment above vfio_dev_viable in the Linux source',
    question: 'Do I have to pass the audio function of my graphics card too?',
    answer: () => [
      'It must not keep the host’s driver: put it on vfio-pci or leave it without a driver. The guest need not get it, but usually does, for the sound over HDMI.',
    ],
    here: (advice) => {
      const audio = advice.members.find(({ role, kind }) => role === 'card' && kind === 'audio')
      if (audio === undefined || kindOfWanted(advice) !== 'graphics') return null
      return {
        place: 'member',
        bdf: audio.f.bdf,
        question: `Do I have to pass ${short(audio.f)}, the audio function, too?`,
        answer: sentences(
          audio.need === 'bind' || audio.need === 'release'
            ? audio.unknown
              ? rich`${at(audio.f)} must not keep a driver of the host, whichever it has: put it on vfio-pci or leave it without one.`
              : rich`${at(audio.f)} must not keep ${{ kind: 'driver', text: audio.f.driver ?? 'its driver' }}: put it on vfio-pci or leave it without a driver.`
            : rich`${at(audio.f)} is not in the way as it is now.`,
          [
            'The guest need not get it for the group to be viable. Most give it along, for the sound over HDMI or DisplayPort.',
          ],
        ),
      }
    },
  },
  {
    number: 2,
    source: 'VoltCyclone/PCILeechFWGenerator#77; kubernetes-sigs/dra-driver-nvidia-gpu#1192',
    question: 'Why is the PCIe port in the group, and must I bind it to vfio-pci?',
    answer: bridgeAnswer,
    here: ({ members }, kernel) => {
      const port = members.find(({ role }) => role === 'port')
      if (port === undefined) return null
      return {
        place: 'member',
        bdf: port.f.bdf,
        question: `Why is ${short(port.f)} in the group, and must I bind it to vfio-pci?`,
        answer: bridgeAnswer(kernel),
      }
    },
  },
  {
    number: 3,
    source: 'NVIDIA/kubevirt-gpu-device-plugin#50; 64kramsystem/vga-passthrough#15',
    question: 'lspci says vfio-pci for my device, and the group is still not viable. Why?',
    answer: () => [
      'Some other member still has a driver of the host. Look at every member that is no bridge, first at the audio, USB and UCSI functions of the same card.',
    ],
    here: (advice) => {
      const held = advice.members.filter(
        ({ role, need }) => role !== 'wanted' && (need === 'bind' || need === 'release'),
      )
      if (wantedMember(advice)?.need !== 'done' || held.length === 0) return null
      return {
        place: 'answer',
        question: `${short(advice.wanted)} is on ${advice.wanted.driver ?? 'vfio-pci'} already, and the group is still not viable. Why?`,
        answer: rich`Because of the others: ${list(held.map(({ f, unknown }) => (unknown ? rich`${at(f)} (driver unknown)` : rich`${at(f)} by ${{ kind: 'driver', text: f.driver ?? '' }}`)))}. The group counts as a whole.`,
      }
    },
  },
  {
    number: 4,
    source: '64kramsystem/vga-passthrough#15; vanities/GPU-Passthrough-Arch-Linux-to-Windows10#6',
    question: 'I put the ids into vfio.conf, and the card still has its old driver. What now?',
    answer: () => softdepAnswer([]),
    here: (advice) => {
      const plan = planOf(advice)
      const rivals = plan?.rivals ?? []
      if (plan === null || plan.byAddress || rivals.length === 0) return null
      const own = advice.wanted.driver !== null && driverFamily(advice.wanted.driver) === 'native'
      const driver = own ? advice.wanted.driver : rivals[0]
      return {
        place: 'commands',
        question: `I put the ids into vfio.conf, and it still has ${driver ?? 'the old driver'} after a boot. What now?`,
        answer: softdepAnswer(rivals),
      }
    },
  },
  {
    number: 5,
    source: 'MapManagement/gpu-passthrough, first_try.md and problems.md',
    question: 'My graphics card shares its group with SATA, USB and the network. Can it still go?',
    answer: () => [
      'Only with all of those leaving the host. Move the card to a slot that is wired to the processor, switch ACS on in the firmware’s setup, or update the firmware: that alone turned 16 groups into 25 on one B550 board.',
    ],
    here: (advice) => {
      const lost = advice.members.filter(
        ({ role, need, kind }) =>
          role === 'passenger' && need !== 'nothing' && ['usb', 'storage', 'nvme', 'network'].includes(kind),
      )
      const onSlot = slotOf(advice.wanted.bdf)
      const foreign = lost.filter(({ f }) => slotOf(f.bdf) !== onSlot)
      if (foreign.length === 0 || cause(advice, 'conventional-bridge') !== undefined) return null
      if (cause(advice, 'part-of-chipset') !== undefined || cause(advice, 'virtual-functions') !== undefined)
        return null
      return {
        place: 'answer',
        question: `${short(advice.wanted)} shares its group with ${plain(list(foreign.slice(0, 4).map(({ f }) => short(f))))}${foreign.length > 4 ? ' and more' : ''}. Can it still go?`,
        answer: sentences(
          rich`Not without giving up ${list(foreign.slice(0, 6).map(({ f }) => at(f)))} on the host while the guest runs.`,
          advice.nothingSplits
            ? ['And nothing makes this group smaller.']
            : ['Better make the group smaller first: another slot, then the firmware, and only then the override.'],
        ),
      }
    },
  },
  {
    number: 6,
    source: 'an ubuntuforums thread on two GPUs in group 1; T-vK/MobilePassThrough, mock-data 3',
    question: 'Two graphics cards are in one group. Can I give each to another guest?',
    answer: () => [
      'No: a group has one owner at a time. Both go to one guest, or the second stays without a driver, or one card moves to another slot.',
    ],
    here: (advice) => {
      const second = advice.members.find((member) => member.role === 'passenger' && isGraphics(member))
      if (second === undefined || kindOfWanted(advice) !== 'graphics') return null
      return {
        place: 'member',
        bdf: second.f.bdf,
        question: `Can ${short(second.f)} go to another guest, or stay with the host?`,
        answer: rich`Neither, as long as it is in the group of ${at(advice.wanted)}: a group has one owner at a time. Give both to one guest, leave ${at(second.f)} without a driver, or move one of the cards.`,
      }
    },
  },
  {
    number: 7,
    source: 'lf-edge/eve#790; Proxmox VE wiki, PCI Passthrough',
    question: 'What does the ACS override do, and is it safe?',
    answer: () => [
      'It makes the kernel believe that ports and functions isolate, so groups get smaller. The hardware does what it did before: a device may still reach its neighbours’ memory. The last resort, at your own risk.',
    ],
    here: (advice) => {
      const override = advice.alternatives.find((each) => each.code === 'override')
      if (override?.code !== 'override') return null
      return {
        place: 'alternatives',
        answer: sentences(
          [
            'It makes the kernel believe that ports and functions isolate, so the group gets smaller; the hardware does what it did before.',
          ],
          rich`Here a guest with ${at(advice.wanted)} could still reach ${list(override.reach.slice(0, 5).map(at))}${override.reach.length > 5 ? ' and more' : ''} past the IOMMU, and they it. Nothing for a guest that you do not trust.`,
        ),
      }
    },
  },
  {
    number: 8,
    source: 'j4cbo/tiny5-m2-riser#19; lxc/incus#3422; usnistgov/ndn-dpdk#63',
    question: 'Can I pass only one port of my two-port network card?',
    answer: () => [
      'Only if its ports are in groups of their own, or if the other one stays without a driver on the host. In one group you cannot go on using the second port.',
    ],
    here: (advice) => {
      const slot = slotOf(advice.wanted.bdf)
      const twin = advice.members.find(
        ({ f, role, kind }) => role === 'passenger' && kind === 'network' && slotOf(f.bdf) === slot,
      )
      if (twin === undefined || kindOfWanted(advice) !== 'network') return null
      if (cause(advice, 'virtual-functions') !== undefined) return null
      return {
        place: 'member',
        bdf: twin.f.bdf,
        question: `Can the host keep ${short(twin.f)}, the other port?`,
        answer: rich`No. ${at(twin.f)} is in the same group as ${at(advice.wanted)}, so it has to let go of its driver. It may stay idle without one; used it can be only by the same guest.`,
      }
    },
  },
  {
    number: 9,
    source:
      'an ubuntuforums thread on “group 29” with an 82576; linux-pci, “Compute iommu_groups properly for PCIe MFDs”',
    question: 'My virtual functions (SR-IOV) share a group. Why?',
    answer: () => [
      'Something above them does not isolate: the slot, or an old switch on the card, has no ACS. In a slot with ACS each virtual function usually has a group of its own.',
    ],
    here: (advice) => {
      if (cause(advice, 'virtual-functions') === undefined) return null
      const ports = advice.members.filter(({ role }) => role === 'port')
      return {
        place: 'causes',
        question: 'Why do these virtual functions have no groups of their own?',
        answer: sentences(
          ports.length > 0
            ? rich`${list(ports.map(({ f }) => at(f)))} above ${ports.length === 1 ? 'is' : 'are'} in the group too, which means: no ACS there, or not switched on, so nothing keeps the functions apart.`
            : [
                'The card itself does not isolate its functions from each other, or the listing does not show the port above.',
              ],
          ['In a slot with ACS each usually has a group of its own.'],
        ),
      }
    },
  },
  {
    number: 10,
    source: 'Coopydood/ultimate-macOS-KVM#213',
    question: 'Why can the onboard audio (00:1f.3) not go alone?',
    answer: () => [
      'It is one function of the chipset, in one group with the bridge to the firmware’s flash and with SMBus, which the host needs. Give the guest a USB or PCIe sound device instead.',
    ],
    here: (advice) => {
      if (cause(advice, 'part-of-chipset') === undefined) return null
      const others = advice.members.filter(({ role }) => role === 'passenger')
      return {
        place: 'answer',
        question: `Why can ${short(advice.wanted)} not go alone?`,
        answer: rich`It is one function of the chipset and shares its group with ${list(others.slice(0, 5).map(({ f }) => at(f)))}, which the host needs. Give the guest a device of its own instead, on USB or in a slot.`,
      }
    },
  },
  {
    number: 11,
    source: 'the comment above vfio_dev_viable in the Linux source',
    question: 'There is a host bridge or ISA bridge in my group. Is that a problem?',
    answer: () => [
      'Only if it has a driver. It is not exempt as a PCI-PCI bridge is, for its header is a normal one; without a driver it is not in the way and need not be bound.',
    ],
    here: ({ members }) => {
      const bridge = members.find(({ kind, role }) => (kind === 'host-bridge' || kind === 'isa') && role !== 'wanted')
      if (bridge === undefined) return null
      const held = bridge.need === 'release' || bridge.need === 'bind'
      return {
        place: 'member',
        bdf: bridge.f.bdf,
        question: `Is ${short(bridge.f)} a problem, being a ${bridge.kind === 'isa' ? 'bridge to ISA' : 'host bridge'}?`,
        answer: held
          ? bridge.unknown
            ? rich`If it has a driver, yes; the listing does not say. Its header is a normal one, so no bridge’s exemption holds.`
            : rich`Yes: ${{ kind: 'driver', text: bridge.f.driver ?? '' }} holds it. Its header is a normal one, so no bridge’s exemption holds: the driver has to let go.`
          : rich`No: ${at(bridge.f)} has no driver. With one it would be: its header is a normal one, so no bridge’s exemption holds.`,
      }
    },
  },
  {
    number: 12,
    source: 'T-vK/MobilePassThrough, mock-data 4; kata-containers/kata-containers#2899',
    question: 'Everything behind my PCI (not PCIe) slot is in one group. Can I split it?',
    answer: () => [
      'No. The bridge to conventional PCI uses one requester ID for everything behind it, so the IOMMU cannot tell the devices apart, and no setting changes that.',
    ],
    here: ofCause('conventional-bridge', (found) => ({
      place: 'causes',
      question: `Can I split what is behind ${short(found.bridge)}?`,
      answer: rich`No. ${at(found.bridge)} uses one requester ID for everything behind it, so the IOMMU cannot tell the devices apart. No setting changes that; a card in a PCIe slot would have a group elsewhere.`,
    })),
  },
  {
    number: 13,
    source: 'linux-pci, “Kernel 5.9 IOMMU groups regression/change”; harvester/harvester#10499',
    question: 'It worked until the last kernel update; now the group is huge. What happened?',
    answer: () => [
      'Groups depend on quirks in the kernel that vouch for ports without ACS, and an update can lose or change one: Linux 5.9 put the root ports, switch, network, SATA and USB of X99 boards into one group. Boot the older kernel to be sure, and report it. Paste the old listing above the new one to compare.',
    ],
    here: ofCause('changed', (found, advice) => ({
      place: 'causes',
      question: `Why has the group of ${short(advice.wanted)} grown?`,
      answer: rich`It had ${String(found.before.length)} ${found.before.length === 1 ? 'member' : 'members'} before and has ${String(advice.members.length)} now. Groups depend on the firmware’s settings and on quirks in the kernel that vouch for ports without ACS. Boot the kernel and firmware from before to see which of the two it was, and report it.`,
    })),
  },
  {
    number: 14,
    source: 'ra1nstorm/ra1nstorm-helper#109; harvester/harvester#9265; BigAnteater/KVM-GPU-Passthrough#19',
    question: 'My listing shows no groups at all. Is my board unsuitable?',
    answer: noGroupsAnswer,
    here: ({ estimated, refusal }) =>
      estimated || refusal === 'no-group' ? { place: 'answer', answer: noGroupsAnswer() } : null,
  },
  {
    number: 15,
    source: 'a public guide on two R7 240 cards',
    question: 'I have two identical cards. How do I pass only one?',
    answer: () => [
      'By its address: ids are the same, so “vfio-pci ids=” would take both. driverctl does that, or driver_override at boot. They must not share a group, or the host’s card has to stay without a driver.',
    ],
    here: (advice) => {
      const [twin] = advice.twins
      const inside = advice.members.find(
        ({ f, role }) =>
          role === 'passenger' &&
          f.vendor !== undefined &&
          f.vendor === advice.wanted.vendor &&
          f.device === advice.wanted.device &&
          slotOf(f.bdf) !== slotOf(advice.wanted.bdf),
      )
      const other = twin ?? inside?.f
      if (other === undefined || planOf(advice) === null) return null
      return {
        place: 'commands',
        question: `${short(other)} has the same ids. How do I pass only ${short(advice.wanted)}?`,
        answer: sentences(
          rich`By its address, as the commands here do: ${code('vfio-pci ids=')} would take both.`,
          inside === undefined
            ? rich`${at(other)} is in another group, so the host can keep it.`
            : rich`${at(inside.f)} is in the same group, though: the host cannot use it meanwhile.`,
        ),
      }
    },
  },
]

function kindOfWanted(advice: Advice): Member['kind'] | undefined {
  return wantedMember(advice)?.kind
}

function bridgeAnswer(kernel: KernelId): Words {
  return sentences(
    [
      'It is there because it does not isolate what is below it from itself. Leave it alone: vfio-pci refuses bridges, and it does not count.',
    ],
    isBefore(kernel, '5.19')
      ? ['This kernel passes whatever has a bridge’s header, with any driver.']
      : rich`Since Linux 5.19 it is the driver that passes: ${{ kind: 'driver', text: 'pcieport' }} and ${{ kind: 'driver', text: 'pci-stub' }} say that they make no DMA of their own.`,
  )
}

function softdepAnswer(rivals: readonly string[]): Words {
  const whose = rivals.length > 1 ? `The drivers ${rivals.join(', ')} were` : ['The driver', ...rivals, 'was'].join(' ')
  return sentences(
    [`${whose} loaded before vfio-pci, often from the initramfs.`],
    rich`Make ${rivals.length > 1 ? 'them' : 'it'} wait with ${code('softdep')} lines, rebuild the initramfs, boot, and look at “Kernel driver in use” again. Under “At boot” all of it is written out.`,
  )
}

function noGroupsAnswer(): Words {
  return rich`Not by that. Look first whether the IOMMU is on: in the firmware’s setup (VT-d, AMD-Vi, SMMU) and, on Intel, with ${code('intel_iommu=on')} on the kernel’s command line. A listing without groups says nothing about how they would look.`
}
