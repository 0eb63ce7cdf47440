/**
 * Questions that people ask about their groups, each at the place where they would ask it, with the addresses of the
 * machine at hand; those that do not arise there have a general answer. After the threads named as `source`.
 */
import { code, list, rich, sentences, type Span, type Words } from '../../explain/words.ts'
import { driverFamily, UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import type { Advice, Member } from './advice.ts'
import { kindOf, slotOf } from './kinds.ts'
import { at } from './words.ts'

/** Where a question stands: at a member of the group, at the group, at what else could be tried, at the commands, at what was read. */
export type QuestionPlace =
  | { readonly kind: 'member'; readonly bdf: string }
  | { readonly kind: 'group' | 'alternatives' | 'commands' | 'listing' }

export interface AnsweredQuestion {
  readonly id: QuestionId
  readonly place: QuestionPlace
  readonly question: Words
  readonly answer: Words
  readonly source: string
}

export type QuestionId =
  | 'audio'
  | 'port'
  | 'still-not-viable'
  | 'ids-without-effect'
  | 'shared-with-host'
  | 'two-cards'
  | 'override'
  | 'one-of-two-ports'
  | 'virtual-functions'
  | 'onboard-audio'
  | 'host-bridge'
  | 'conventional'
  | 'after-update'
  | 'no-groups'
  | 'identical'

/** What a question may look at. `advice` is null as long as no device is chosen. */
export interface Situation {
  readonly machine: Machine
  readonly advice: Advice | null
}

interface Placed {
  readonly place: QuestionPlace
  readonly question: Words
  /** More to say about this machine, after the general answer. */
  readonly here?: Words
}

interface Entry {
  readonly id: QuestionId
  readonly question: string
  readonly answer: Words
  readonly source: string
  /** Where it arises on this machine; nowhere: it stands among the others. */
  readonly places: (advice: Advice, machine: Machine) => readonly Placed[]
}

const GROUP: QuestionPlace = { kind: 'group' }
const ALTERNATIVES: QuestionPlace = { kind: 'alternatives' }
const COMMANDS: QuestionPlace = { kind: 'commands' }
const LISTING: QuestionPlace = { kind: 'listing' }

function atMember({ f }: Member): QuestionPlace {
  return { kind: 'member', bdf: f.bdf }
}

function isHeld({ f, role, need }: Member): boolean {
  return role !== 'port' && (need === 'bind' || need === 'release') && f.driver !== null && f.driver !== UNKNOWN_DRIVER
}

function driver(f: PciFunction): Span {
  return { kind: 'driver', text: f.driver ?? '' }
}

const ENTRIES: readonly Entry[] = [
  {
    id: 'audio',
    question: 'Do I have to pass the audio function of my graphics card through too?',
    answer: [
      'It must not keep its driver of the host: the group has one owner. On vfio-pci or without a driver it is not in the way. Handing it to the guest as well is usual, and needed for sound over HDMI or DisplayPort.',
    ],
    source: 'kubernetes-sigs/dra-driver-nvidia-gpu#1191; comment above vfio_dev_viable in the Linux source',
    places: ({ wanted, members }) =>
      kindOf(wanted) !== 'graphics'
        ? []
        : members
            .filter(({ role, kind }) => role === 'card' && kind === 'audio')
            .map((member) => ({
              place: atMember(member),
              question: rich`Do I have to pass ${at(member.f)} through too?`,
            })),
  },
  {
    id: 'port',
    question: 'Why is the PCIe port above my card in the group, and must I bind it to vfio-pci?',
    answer: [
      'It is there because it does not isolate what is below it (no ACS), so the kernel counts it in. Leave it on its driver, pcieport: bridges do not stand in the way of viability, and vfio-pci does not take them.',
    ],
    source: 'VoltCyclone/PCILeechFWGenerator#77; kubernetes-sigs/dra-driver-nvidia-gpu#1192',
    places: ({ members }) =>
      members
        .filter(({ role, f }) => role === 'port' && f.kind !== 'pcie2pci' && f.kind !== 'pci')
        .slice(0, 1)
        .map((member) => ({
          place: atMember(member),
          question: rich`Why is ${at(member.f)} in the group, and must I bind it to vfio-pci?`,
        })),
  },
  {
    id: 'still-not-viable',
    question: 'lspci says vfio-pci for my card, and the group is still not viable. Why?',
    answer: [
      'Some other member still has a driver of the host. Every member that is no bridge counts, often the audio, USB or UCSI function of the same card.',
    ],
    source: 'NVIDIA/kubevirt-gpu-device-plugin#50; 64kramsystem/vga-passthrough#15',
    places: ({ wanted, members }) => {
      const held = members.filter((member) => member.f !== wanted && isHeld(member))
      if (held.length === 0 || driverFamily(wanted.driver ?? '') !== 'vfio') return []
      return [
        {
          place: GROUP,
          question: rich`${at(wanted)} is on vfio-pci. Why is its group still not viable?`,
          here: rich`Here that is ${list(held.map(({ f }) => rich`${at(f)}, on ${driver(f)}`))}.`,
        },
      ]
    },
  },
  {
    id: 'ids-without-effect',
    question: 'I put the ids in vfio.conf, but the card still uses its own driver. What now?',
    answer: rich`The other driver was loaded first, often from the initramfs. Add the ${code('softdep')} line, build the initramfs anew, boot, and look at “Kernel driver in use” again.`,
    source: '64kramsystem/vga-passthrough#15; vanities/GPU-Passthrough-Arch-Linux-to-Windows10#6',
    places: ({ wanted }) =>
      kindOf(wanted) === 'graphics' && wanted.driver !== null && driverFamily(wanted.driver) === 'native'
        ? [
            {
              place: COMMANDS,
              question: rich`I put the ids in vfio.conf, but ${at(wanted)} still uses ${driver(wanted)}. What now?`,
            },
          ]
        : [],
  },
  {
    id: 'shared-with-host',
    question: 'My card shares a group with SATA, USB and the network. Can I still pass it through?',
    answer: [
      'Not without taking all of those from the host. Move the card to a slot that is wired to the processor, switch ACS on in the firmware or update it: on one B550 board that turned 16 groups into 25.',
    ],
    source: 'MapManagement/gpu-passthrough, first_try.md and problems.md',
    places: ({ losses, wanted, verdict, causes }) => {
      const others = losses.filter(({ f, kind }) => f !== wanted && ['disk', 'usb', 'network'].includes(kind))
      const chipset = causes.some((cause) => cause.code === 'part-of-chipset')
      if (others.length === 0 || chipset || (verdict !== 'against' && verdict !== 'with-others')) return []
      const kinds = [
        ...new Set(
          others.map(({ kind }) => ({ disk: 'disks', usb: 'USB', network: 'the network' })[String(kind)] ?? ''),
        ),
      ]
      return [
        {
          place: ALTERNATIVES,
          question: rich`${at(wanted)} shares its group with ${list(kinds)} of the host. Can I still pass it through?`,
        },
      ]
    },
  },
  {
    id: 'two-cards',
    question: 'Two graphics cards are in one group. Can I give each to a different guest?',
    answer: [
      'No: a group has one owner at a time. Both go to one guest, or the second stays without a driver, or one card moves to a slot with a group of its own.',
    ],
    source: 'ubuntuforums thread on two GPUs in group 1; T-vK/MobilePassThrough, mock data 3',
    places: ({ wanted, members }) => {
      const others = members.filter(
        ({ f, kind }) => kind === 'graphics' && f !== wanted && slotOf(f.bdf) !== slotOf(wanted.bdf),
      )
      const [other] = others
      return kindOf(wanted) === 'graphics' && other !== undefined
        ? [
            {
              place: atMember(other),
              question: rich`Can ${at(wanted)} go to one guest and ${at(other.f)} to another?`,
            },
          ]
        : []
    },
  },
  {
    id: 'override',
    question: 'What does the ACS override do, and is it safe?',
    answer: [
      'It makes the kernel believe that ports isolate, so groups get smaller. The hardware is as before: a device may still reach its neighbours’ memory past the IOMMU. The last resort, and at your own risk.',
    ],
    source: 'lf-edge/eve#790; Proxmox VE wiki, PCI Passthrough',
    places: ({ alternatives }) =>
      alternatives.some((alternative) => alternative.code === 'override')
        ? [{ place: ALTERNATIVES, question: ['What does the ACS override do, and is it safe?'] }]
        : [],
  },
  {
    id: 'one-of-two-ports',
    question: 'Can I pass only one port of my two-port network card?',
    answer: [
      'If the ports are in different groups, or if the other port stays without a driver on the host. In one group the host cannot go on using the other port.',
    ],
    source: 'j4cbo/tiny5-m2-riser#19; lxc/incus#3422; usnistgov/ndn-dpdk#63',
    places: ({ wanted, members }, machine) => {
      if (kindOf(wanted) !== 'network') return []
      const inSlot = (f: PciFunction): boolean =>
        f !== wanted && kindOf(f) === 'network' && slotOf(f.bdf) === slotOf(wanted.bdf)
      const sibling = members.find(({ f }) => inSlot(f))
      if (sibling !== undefined) {
        return [
          {
            place: atMember(sibling),
            question: rich`Can I pass ${at(wanted)} alone, and keep ${at(sibling.f)} on the host?`,
            here: ['Here they are in one group.'],
          },
        ]
      }
      const apart = machine.devices.find(inSlot)
      return apart === undefined
        ? []
        : [
            {
              place: GROUP,
              question: rich`Can I pass ${at(wanted)} alone, and keep ${at(apart)} on the host?`,
              here: ['Here they are in different groups, so yes.'],
            },
          ]
    },
  },
  {
    id: 'virtual-functions',
    question: 'My virtual functions (SR-IOV) share a group with each other. Why?',
    answer: [
      'A port or switch above them has no ACS, often an old switch on the card or the slot itself, so nothing keeps them apart. In a slot with ACS each virtual function normally has a group of its own.',
    ],
    source: 'ubuntuforums thread “group 29” with an 82576; linux-pci, “Compute iommu_groups properly for PCIe MFDs”',
    places: ({ causes }) =>
      causes.some((cause) => cause.code === 'virtual-functions')
        ? [{ place: GROUP, question: ['Why do these virtual functions share a group?'] }]
        : [],
  },
  {
    id: 'onboard-audio',
    question: 'Why can the onboard audio (00:1f.3) not be passed through alone?',
    answer: [
      'It is one function of the chipset and shares its group with the bridge to the firmware and the SMBus, which the host needs. A USB or PCIe sound device does it instead.',
    ],
    source: 'Coopydood/ultimate-macOS-KVM#213',
    places: ({ wanted, causes }) =>
      kindOf(wanted) === 'audio' && causes.some((cause) => cause.code === 'part-of-chipset')
        ? [{ place: GROUP, question: rich`Why can ${at(wanted)} not be passed through alone?` }]
        : [],
  },
  {
    id: 'host-bridge',
    question: 'There is a host bridge or ISA bridge in my group. Is that a problem?',
    answer: [
      'Only if it has a driver. Without one it is fine and need not be bound. It is not exempt as a PCI-to-PCI bridge is, since it has an ordinary header.',
    ],
    source: 'comment above vfio_dev_viable in the Linux source',
    places: ({ members }) =>
      members
        .filter(({ role, kind }) => role === 'passenger' && (kind === 'host-bridge' || kind === 'isa'))
        .slice(0, 1)
        .map((member) => ({
          place: atMember(member),
          question: rich`Is it a problem that ${at(member.f)} is in the group?`,
          here: member.unknown
            ? ['The listing does not say whether it has one.']
            : member.f.driver === null
              ? ['Here it has none.']
              : rich`Here it has ${driver(member.f)}.`,
        })),
  },
  {
    id: 'conventional',
    question: 'Everything behind my PCI (not PCIe) slot is in one group. Can I split it?',
    answer: [
      'No. The bridge to conventional PCI gives all DMA from behind it the same requester ID, so the IOMMU cannot tell the devices apart, and no setting changes that.',
    ],
    source: 'T-vK/MobilePassThrough, mock data 4; kata-containers/kata-containers#2899',
    places: ({ causes }) =>
      causes.flatMap((cause) =>
        cause.code === 'conventional-bridge'
          ? [
              {
                place: { kind: 'member', bdf: cause.bridge.bdf } as const,
                question: rich`Everything behind ${at(cause.bridge)} is in one group. Can I split it?`,
              },
            ]
          : [],
      ),
  },
  {
    id: 'after-update',
    question: 'It worked until the last kernel update; now the group is huge. What happened?',
    answer: [
      'Groups depend on quirks in the kernel that vouch for ports without ACS, and an update can lose or change them: Linux 5.9 put root ports, switch, network, SATA and USB of X99 boards into one group. Boot the older kernel to confirm it, and report it.',
    ],
    source: 'linux-pci, “Kernel 5.9 IOMMU groups regression/change”; harvester/harvester#10499',
    places: ({ causes }) =>
      causes.some((cause) => cause.code === 'changed')
        ? [{ place: GROUP, question: ['The group was smaller before. What happened?'] }]
        : [],
  },
  {
    id: 'no-groups',
    question: 'My listing shows no groups at all. Is my board unsuitable?',
    answer: rich`First see whether the IOMMU is on, in the firmware’s setup (VT-d, AMD-Vi, SMMU) and on the kernel’s command line (Intel may need ${code('intel_iommu=on')}). A listing without groups says nothing about how they would look.`,
    source: 'ra1nstorm/ra1nstorm-helper#109; harvester/harvester#9265; BigAnteater/KVM-GPU-Passthrough#19',
    places: () => [],
  },
  {
    id: 'identical',
    question: 'I have two identical cards. How do I pass only one?',
    answer: rich`Their ids are the same, so ${code('vfio-pci ids=')} takes both: choose by address instead (driver_override, or driverctl). They must not share a group either, or the host’s card has to be without a driver.`,
    source: 'public guide with two R7 240 cards',
    places: ({ twins, wanted }) =>
      twins.length === 0
        ? []
        : [
            {
              place: COMMANDS,
              question: rich`${list([wanted, ...twins].slice(0, 4).map(at))} have the same ids. How do I pass only one?`,
            },
          ],
  },
]

/** All questions: those that arise on the machine at their places, in the order of the list, then the others. */
export function questionsFor({ machine, advice }: Situation): {
  readonly here: readonly AnsweredQuestion[]
  readonly others: readonly AnsweredQuestion[]
} {
  const here: AnsweredQuestion[] = []
  const others: AnsweredQuestion[] = []
  for (const { id, question, answer, source, places } of ENTRIES) {
    const found: readonly Placed[] =
      id === 'no-groups'
        ? machine.estimated === true
          ? [{ place: LISTING, question: ['The listing shows no groups. Is my board unsuitable?'] }]
          : []
        : advice === null
          ? []
          : places(advice, machine)
    for (const placed of found) {
      here.push({ id, place: placed.place, question: placed.question, answer: sentences(answer, placed.here), source })
    }
    if (found.length === 0) others.push({ id, place: LISTING, question: [question], answer, source })
  }
  return { here, others }
}
