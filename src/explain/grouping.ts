/** Other ways to form groups in words: what each is, what changes under it, and for which reasons. */
import type { PciFunction } from '../sim/machine.ts'
import { ACS_LATE_RELEASES, type AlgorithmId, type GroupAlgorithm } from '../sim/grouping/algorithm.ts'
import type { GroupingChange } from '../sim/grouping/changes.ts'
import type { JoinReason } from '../sim/grouping/formed.ts'
import { shortBdf } from './words.ts'

export interface AlgorithmWords {
  readonly name: string
  readonly about: string
  readonly source: string
}

export const ALGORITHM_WORDS: Readonly<Record<AlgorithmId, AlgorithmWords>> = {
  linux: {
    name: 'Linux as it is',
    about:
      'Linux 5.10 to 7.3: a function joins the group of whatever it shares a requester ID with, or may reach on the way up or inside its slot.',
    source: 'pci_device_group in drivers/iommu/iommu.c',
  },
  override: {
    name: 'With pcie_acs_override',
    about:
      'A boot option of a patch that was never merged. The kernel believes that functions without an ACS capability isolate; the hardware does not change.',
    source: 'pcie_acs_overrides in the patch',
  },
  'acs-late': {
    name: 'Stable releases of early 2026',
    about: `From ${ACS_LATE_RELEASES.join(', ')} until the revert: groups were formed before ACS was switched on. What firmware had left on is not known; it is taken for nothing.`,
    source: 'the backport of “PCI: Enable ACS after configuring IOMMU for OF platforms”',
  },
  'series-v2': {
    name: 'ACS series, v2',
    about:
      '“Fix incorrect iommu_groups with PCIe ACS” of 9 July 2025, not merged. It asks bus by bus; one function without ACS holds its whole slot together.',
    source: 'patch.msgid.link/0-v2-4a9b9c983431+10e2-pcie_switch_groups_jgg@nvidia.com',
  },
  'series-v3': {
    name: 'ACS series, v3',
    about:
      'The same series of 5 September 2025, not merged. As v2, but a root port or a function without an ACS capability counts as one that turns nothing round.',
    source: 'patch.msgid.link/0-v3-8827cc7fc4e0+23f-pcie_switch_groups_jgg@nvidia.com',
  },
}

/** The name with the option's value, where it has one. */
export function algorithmName({ id, option }: GroupAlgorithm): string {
  return option === '' ? ALGORITHM_WORDS[id].name : `pcie_acs_override=${option}`
}

type Functions = readonly PciFunction[]

/** `Groups 3 and 4 grow together: 01:00.0, 02:00.0. Reasons…`: one change with its reasons, each a sentence. */
export function groupingChangeWords(change: GroupingChange, functions: Functions, to: GroupAlgorithm): string[] {
  const { kind, before, members, joins, parts } = change
  const groups = `${before.length === 1 ? 'Group' : 'Groups'} ${listed(before.map(String))}`
  const number = change.after.length
  const head = {
    grow: `${groups} become one group of ${members.length} functions: ${names(members, functions)}.`,
    split: `${groups} splits into ${number} groups: ${names(members, functions)}.`,
    regroup: `${groups} become ${number} other groups: ${names(members, functions)}.`,
  }[kind]
  // That more of the tree follows goes without saying where something says why.
  const told = joins.filter(({ code }) => code !== 'below-open-group')
  return [
    head,
    ...(told.length > 0 ? told : joins).map((reason) => joinWords(reason, functions)),
    ...parts.map((reason) => partWords(reason, functions, to)),
  ]
}

/** Why functions are together. */
function joinWords({ code, joined, cause }: JoinReason, functions: Functions): string {
  const [who, with_] = [name(cause, functions), name(joined, functions)]
  switch (code) {
    case 'requester-id':
      return `${who} puts its own requester ID in place of those below it.`
    case 'path-open':
      return `${who} does not isolate (${lackOf(functions[cause])}), so what is below it joins the group of ${with_}.`
    case 'alias':
      return `A quirk of the kernel says that a function uses the requester ID of ${who}.`
    case 'functions':
      return `${with_} and another function of its slot both do not isolate.`
    case 'below-open-group':
      return `${who} is in a group that takes in everything below it.`
    case 'port-open':
      return `${who} does not isolate (${lackOf(functions[cause])}), so it shares a group with everything below it.`
    case 'switch-ports':
      return `Port ${who} of the switch does not isolate (${lackOf(functions[cause])}): DMA may come back down through any port, so all downstream ports and everything below them are one group.`
    case 'whole-switch':
      return functions[cause]?.kind === 'dsp'
        ? `Port ${who} of the switch does not isolate (${lackOf(functions[cause])}), nor is the upstream port kept from it: the whole switch and everything below it are one group.`
        : `${who} sits inside the switch and is no plain downstream port: the whole switch and everything below it are one group.`
    case 'pci-bus':
      return `Everything on the conventional bus below ${who} shares requester IDs.`
    case 'pci-bus-and-bridge':
      return `The bus below ${who} is conventional PCI, and the bridge cannot be told from what is below it.`
    case 'slot-open':
      return `${who} does not isolate (${lackOf(functions[cause])}): it may reach every other function of its slot, so all of them are one group, with everything below them.`
    case 'slot-unclear':
      return `Only some functions of the slot of ${who} say that it has several; the series then takes them together.`
    case 'new':
      return ''
  }
}

/** Why functions that were together are apart under another algorithm. */
function partWords({ code, joined, cause }: JoinReason, functions: Functions, to: GroupAlgorithm): string {
  const who = name(cause, functions)
  if (to.id === 'override') return `The option makes the kernel believe that ${who} isolates; the hardware does not.`
  const f = functions[cause]
  switch (code) {
    case 'path-open':
      if (f?.kind === 'rp')
        return `A root port without an ACS capability (${who}) counts as one that turns nothing round.`
      return `The way up is no longer asked: each bus is asked by itself, and ${who} holds nothing together there.`
    case 'requester-id':
      return `The requester ID that ${who} uses for what is below it is one of the bus below; its own is another, so the bridge stays out of the group.`
    case 'functions':
      return to.id === 'series-v3'
        ? `Functions without an ACS capability (${name(joined, functions)}) count as ones that turn nothing round inside their device.`
        : `A quirk, or that it is a host bridge without memory, keeps functions of the slot of ${who} apart both ways.`
    default:
      return `What held them together (${who}) is not asked here.`
  }
}

function lackOf(f: PciFunction | undefined): string {
  if (f === undefined) return 'unknown'
  if (f.acsQuirk === false) return 'a quirk says so'
  if (f.kind === 'pci') return 'conventional PCI'
  if (f.kind === 'pcie2pci' || f.kind === 'pci2pcie') return 'a bridge to PCI'
  return f.acsCap === null ? 'no ACS' : 'ACS is off'
}

/** What is said where there is no change. */
export function sameWords({ size }: ReadonlySet<number>): string {
  return size === 0 ? 'Groups are the same.' : 'Groups are the same, as far as the listing tells.'
}

/** What cannot be told, and what would tell it. Empty: everything is known. */
export function unknownWords(unknown: ReadonlySet<number>, wanted: readonly number[], functions: Functions): string {
  if (unknown.size === 0) return ''
  const whose = wanted.length === 0 ? '' : ` of ${names(wanted, functions)}`
  return `? The listing does not tell the ACS capability${whose}, so the group of ${names([...unknown], functions)} is not known here. Paste lspci -vvv, run as root.`
}

/** Bridges and host bridges that count as having no memory of their own because nobody told; the series asks. */
export function memoryWords(functions: Functions, { id }: GroupAlgorithm): string {
  if (id !== 'series-v2' && id !== 'series-v3') return ''
  const asked = functions.filter(
    (f) =>
      f.memory === undefined &&
      (f.kind === 'pcie2pci' || (id === 'series-v2' && f.multifunction && f.class?.startsWith('0600') === true)),
  )
  if (asked.length === 0) return ''
  const which = asked.length > NAMED ? `${asked.length} bridges` : listed(asked.map(({ bdf }) => shortBdf(bdf)))
  return `? Whether ${which} ${asked.length === 1 ? 'has' : 'have'} memory behind a base address register is not told; taken for none, as is usual.`
}

const NAMED = 6

function names(indices: readonly number[], functions: Functions): string {
  return indices.length > NAMED
    ? `${listed(
        indices.slice(0, NAMED - 1).map((index) => name(index, functions)),
        '',
      )} and ${indices.length - NAMED + 1} more`
    : listed(indices.map((index) => name(index, functions)))
}

function name(index: number, functions: Functions): string {
  return shortBdf(functions[index]?.bdf ?? '')
}

function listed(items: readonly string[], last = ' and'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')}${last === '' ? ',' : last} ${items.at(-1) ?? ''}`
}
