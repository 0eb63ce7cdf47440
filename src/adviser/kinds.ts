/** What a function is to its owner. */
import type { Machine, PciFunction } from '../sim/machine.ts'
import { parseBdf } from '../sim/pci/topology.ts'
import { remembered } from './remember.ts'

/** What a function is to its owner, as far as its class tells. `unknown`: the listing does not say. */
export type DeviceKind =
  | 'graphics'
  | 'network'
  | 'nvme'
  | 'storage'
  | 'usb'
  | 'audio'
  | 'bridge'
  | 'host-bridge'
  | 'isa'
  | 'chipset'
  | 'other'
  | 'unknown'

const KINDS: readonly (readonly [prefix: string, kind: DeviceKind])[] = [
  ['03', 'graphics'],
  ['02', 'network'],
  ['0108', 'nvme'],
  ['01', 'storage'],
  ['0c03', 'usb'],
  ['04', 'audio'],
  ['0600', 'host-bridge'],
  ['0601', 'isa'],
  ['06', 'chipset'],
  ['05', 'chipset'],
  ['0780', 'chipset'],
  ['07', 'other'],
  ['0805', 'other'],
  ['0880', 'other'],
  ['08', 'chipset'],
  ['0c05', 'chipset'],
  ['0c80', 'chipset'],
  ['1101', 'chipset'],
  ['1180', 'chipset'],
  ['13', 'chipset'],
]

/** For listings without classes. */
const NAMES: readonly (readonly [pattern: RegExp, kind: DeviceKind])[] = [
  [/\bNVSwitch\b/i, 'other'],
  [/\b(?:HD |HDMI )?Audio\b/i, 'audio'],
  [/\b(?:USB ?[\d.]*|[xeou]HCI)\b/i, 'usb'],
  [/\bLPC\b|\bISA\b|\beSPI\b/i, 'isa'],
  [/\bHost Bridge\b|\bRoot Complex\b|\bData Fabric\b|\bDummy\b/i, 'host-bridge'],
  [/\bSMBus\b|\bSRAM\b|\bSerial IO\b|\bSPI\b|\bThermal\b|\bIOMMU\b/i, 'chipset'],
  [/\bNVMe\b|\bSSD\b/i, 'nvme'],
  [/\bSATA\b|\bRAID\b/i, 'storage'],
  [/\bEthernet\b|\bWireless|\bWi-?Fi\b|\bNetwork\b|\bConnectX\b|\bBlueField\b|\b\d{1,3}Gb?E\b|\bGigabit\b/i, 'network'],
  [
    /\bGeForce\b|\bQuadro\b|\bRadeon\b|\bGraphics\b|\bVGA\b|\bTesla\b|\bTITAN\b|\bInstinct\b|^NVIDIA(?: Corporation)?(?: Device)? /i,
    'graphics',
  ],
]

/** For listings with neither classes nor names: what a driver of the host drives. */
const DRIVERS: Readonly<Record<string, DeviceKind>> = Object.fromEntries(
  (
    [
      ['graphics', 'nvidia nouveau amdgpu radeon i915 xe ast mgag200'],
      [
        'network',
        'e1000 e1000e igb igbvf igc ixgbe ixgbevf i40e iavf ice mlx4_core mlx5_core bnx2 bnx2x bnxt_en tg3 r8169 r8125 atlantic ' +
          'alx sfc qede cxgb4 iwlwifi ath9k ath10k_pci ath11k_pci ath12k_pci rtw88_pci rtw89_pci mt7921e',
      ],
      ['nvme', 'nvme'],
      ['storage', 'ahci ata_piix mpt2sas mpt3sas megaraid_sas aacraid hpsa smartpqi lpfc qla2xxx arcmsr'],
      ['usb', 'xhci_hcd xhci-hcd xhci_pci ehci_hcd ehci-pci ehci_pci ohci_hcd ohci-pci ohci_pci uhci_hcd'],
      ['audio', 'snd_hda_intel snd_sof_pci_intel_tgl snd_ctxfi'],
    ] as const
  ).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)),
)

/** The south bridge of a Raspberry Pi 5, on which its own USB, network and GPIO hang. */
const PI_SOUTH_BRIDGE = '1de4:0001'

/** What kind of device a function is; remembered, because a name is held against a dozen patterns. */
export const kindOf: (f: PciFunction) => DeviceKind = remembered(kindFrom)

function kindFrom(f: PciFunction): DeviceKind {
  if (f.bridge) return 'bridge'
  if (`${f.vendor ?? ''}:${f.device ?? ''}` === PI_SOUTH_BRIDGE) return 'host-bridge'
  const { class: code } = f
  if (code === undefined) {
    const named = NAMES.find(([pattern]) => pattern.test(f.name ?? ''))?.[1]
    return named ?? (f.driver !== null && Object.hasOwn(DRIVERS, f.driver) ? DRIVERS[f.driver] : undefined) ?? 'unknown'
  }
  const kind = KINDS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'other'
  // NVSwitches are “bridges” of no kind that the kernel knows.
  if (code.startsWith('0680') && !isOnBoard(f)) return 'other'
  // Serial ports and "system peripherals" on a root bus are the chipset's own.
  return kind === 'other' && /^(?:07|0880)/.test(code) && isOnBoard(f) ? 'chipset' : kind
}

/** `dddd:bb:dd` of an address: functions that share it are one chip or card. */
export function slotOf(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf('.'))
}

/** On the processor's or chipset's own bus; a bridge above that is not listed does not make a card's bus a root bus. */
export function isOnBoard(f: PciFunction): boolean {
  return f.parent === null && parseBdf(f.bdf)?.bus === 0
}

/** A virtual function of an SR-IOV card, by its name. */
export function isVirtualFunction(f: PciFunction): boolean {
  return /\bVirtual Function\b|\bVF\b/i.test(f.name ?? '')
}

/** Host bridges, bridges to ISA, memory, IOMMUs and dummy functions: the host is built on them, and no guest gets one. */
export function isHostPart(f: PciFunction): boolean {
  const kind = kindOf(f)
  return kind === 'host-bridge' || kind === 'isa' || /^(?:05|0806|13)/.test(f.class ?? '')
}

/** On a root bus and of unknown class: a part of the chipset, a port or the processor's graphics, nobody can tell. */
export function isObscure(f: PciFunction): boolean {
  return kindOf(f) === 'unknown' && isOnBoard(f)
}

/** Behind Intel's VMD controller, whose functions have a domain of their own from 10000 up. */
export function isBehindVmd({ bdf }: PciFunction): boolean {
  return bdf.indexOf(':') > 4
}

/** Kinds in the order in which people look for a device to hand to a guest. */
const SOUGHT: readonly DeviceKind[] = ['graphics', 'network', 'nvme', 'storage', 'usb', 'audio', 'other', 'unknown']

export interface Candidates {
  /** What people hand to guests, the usual first; further functions of a graphics card stand behind it. */
  readonly usual: readonly PciFunction[]
  /** Bridges, parts of the chipset, and what is on a root bus and of unknown class. */
  readonly rest: readonly PciFunction[]
}

/** The functions of a machine, in the order in which a person who wants to hand one to a guest looks for it. */
export function candidatesOf(machine: Machine): Candidates {
  const ranked = machine.devices.map((f, index) => ({ f, index, rank: SOUGHT.indexOf(kindOf(f)) }))
  // The audio function of a graphics card follows its card.
  const ranks = new Map(ranked.filter(({ rank }) => rank === 0).map(({ f }) => [slotOf(f.bdf), 0]))
  const usual = ranked
    .filter(({ f, rank }) => rank >= 0 && !isObscure(f))
    .map((entry) => ({ ...entry, rank: ranks.get(slotOf(entry.f.bdf)) ?? entry.rank }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map(({ f }) => f)
  return { usual, rest: ranked.filter(({ f, rank }) => rank < 0 || isObscure(f)).map(({ f }) => f) }
}
