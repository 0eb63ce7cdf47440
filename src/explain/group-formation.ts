/** Why Linux puts a function into its group: the kernel's own questions and answers in words. */
import { acsReason, parseAcsOverride } from '../sim/pci/acs.ts'
import { formGroups, type FormationCheck, type FormationRecorder, type Grouping } from '../sim/pci/groups.ts'
import type { World } from '../sim/world.ts'
import { deviceSpan, rich, type Words } from './words.ts'

/** One of the five steps of `pci_device_group`. */
export interface FormationStep {
  readonly step: FormationCheck['step']
  readonly title: string
  /** The kernel's function that asks. */
  readonly fn: string
  readonly lines: readonly Words[]
  /** A group was found here, and the kernel asks no further. */
  readonly decides: boolean
}

export interface FormationWords {
  readonly steps: readonly FormationStep[]
  /** Whose group the function joins, or that it gets one of its own. */
  readonly result: Words
  /** The same in half a sentence, for a list of members. */
  readonly short: Words
}

const STEPS = [
  [1, 'Requester IDs', 'pci_for_each_dma_alias'],
  [2, 'Peer-to-peer on the way up', 'pci_acs_path_enabled'],
  [3, 'DMA aliases on its bus', 'get_pci_alias_group'],
  [4, 'Functions of its slot', 'get_pci_function_alias_group'],
  [5, 'A new group', 'iommu_group_alloc'],
] as const satisfies readonly (readonly [FormationCheck['step'], string, string])[]

const groupings = new WeakMap<World, Grouping>()

/** The groups that form from the tree of a world, whatever a listing reported. */
export function formedGroups(world: World): Grouping {
  const known = groupings.get(world)
  if (known !== undefined) return known
  const grouping = formGroups(world.topology, parseAcsOverride(world.setup.boot.acsOverride))
  groupings.set(world, grouping)
  return grouping
}

/** The way of one function through the five steps; those that were not reached are left out. */
export function formationWords(world: World, device: number): FormationWords {
  const recorder: FormationRecorder = { index: device, checks: [] }
  formGroups(world.topology, parseAcsOverride(world.setup.boot.acsOverride), recorder)
  const { checks } = recorder
  const reached = Math.max(0, ...checks.map(({ step }) => step))
  const steps = STEPS.filter(([step]) => step <= reached).map(([step, title, fn]): FormationStep => {
    const own = checks.filter((check) => check.step === step)
    const lines = own.map((check) => checkWords(world, check, device))
    if (step === 2 && own.length === 0) lines.push(['It is on a root bus: there is no bridge above it.'])
    return { step, title, fn, lines, decides: step === reached }
  })
  const last = checks.at(-1)
  return { steps, result: resultWords(world, last, device), short: shortWords(world, device) }
}

function checkWords(world: World, check: FormationCheck, index: number): Words {
  const device = deviceSpan(world, check.device)
  const other = deviceSpan(world, check.other)
  switch (check.code) {
    case 'requester-id':
      if (check.device === index) return ['Its DMA arrives under its own requester ID; it has no group yet.']
      return check.joined >= 0
        ? rich`On the way up ${device} puts another requester ID in its place, and ${device} has a group: it is taken.`
        : rich`On the way up ${device} puts another requester ID in its place; it has no group yet.`
    case 'path-isolates':
      return rich`From ${device} up to the root everything isolates: DMA from below goes to the IOMMU.`
    case 'path-open':
      return check.other === check.device
        ? rich`${device} does not isolate (${lack(world, check.device)}): DMA may turn round there to a neighbour, past the IOMMU. ${found(world, check)}`
        : rich`Above ${device}, ${other} does not isolate (${lack(world, check.other)}): DMA may turn round there, past the IOMMU. ${found(world, check)}`
    case 'has-group':
      return rich`${device} has a group.`
    case 'no-alias':
      return rich`No function of the bus shares a DMA alias with ${device}.`
    case 'alias-shared':
      return rich`${device} and ${other} use one requester ID: a quirk says so. ${found(world, check)}`
    case 'one-function':
      return rich`${device} is the only function of its slot.`
    case 'function-isolates':
      return rich`${device} isolates by itself: it does not talk to the other functions of its slot.`
    case 'function-open':
      return rich`${device} and ${other} are functions of one device, and neither isolates: DMA may pass between them inside it. ${found(world, check)}`
    case 'no-open-function':
      return rich`No other function of the slot that does not isolate has a group yet.`
    case 'new':
      return ['Nobody was found to share with: it gets a group of its own.']
  }
}

function found(world: World, { joined }: FormationCheck): Words {
  return joined >= 0 ? rich`The group of ${deviceSpan(world, joined)} is taken.` : ['There is no group yet.']
}

/** Why a function does not isolate, in a word or two. */
function lack(world: World, device: number): string {
  const f = world.topology.functions[device]
  if (f === undefined) return 'unknown'
  switch (acsReason(f, parseAcsOverride(world.setup.boot.acsOverride))) {
    case 'conventional':
      return 'conventional PCI'
    case 'bridge':
      return 'a bridge to PCI'
    case 'off':
      return 'ACS is off'
    case 'quirk-denies':
      return 'a quirk says so'
    default:
      return 'no ACS'
  }
}

function resultWords(world: World, last: FormationCheck | undefined, device: number): Words {
  const joined = last?.joined ?? -1
  return joined >= 0
    ? rich`${deviceSpan(world, device)} joins the group of ${deviceSpan(world, joined)}.`
    : rich`${deviceSpan(world, device)} gets a group of its own; others may join it.`
}

function shortWords(world: World, device: number): Words {
  const reason = formedGroups(world).reasons[device]
  const joined = deviceSpan(world, reason?.joined ?? -1)
  switch (reason?.step) {
    case 'alias':
      return rich`its DMA arrives under a requester ID of ${joined}`
    case 'peer-to-peer':
      return rich`nothing keeps it from its neighbours: ${joined} above does not isolate`
    case 'alias-mask':
      return rich`it shares a DMA alias, or a slot, with ${joined}`
    case 'function':
      return rich`a function of the same device as ${joined}, and neither isolates`
    case 'new':
    case undefined:
      return ['the first in it: nothing above or beside it had a group that it must share']
  }
}
