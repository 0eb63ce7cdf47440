import { withFormedGroups } from '../../what-if/formed-groups.ts'
import { follow, followPredictions, type NewNames } from '../../scenario/actions/follow.ts'
import type { Boot, Machine } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import { followGroups, groupChanges, type GroupChange, type GroupsByNumber } from '../../sim/pci/group-changes.ts'
import { compileWorld, type World } from '../../sim/world.ts'
import { mainMember, type Doc } from '../store/document.ts'

/** A what-if: another tree or another boot option. */
export interface WhatIf {
  readonly machine?: Machine
  readonly boot?: Boot
  /** Addresses that changed, before → after. */
  readonly moved?: ReadonlyMap<string, string>
}

/** Groups of a world as numbers → addresses. */
function groupsOf(world: World): GroupsByNumber {
  return new Map(world.groups.map(({ id, devices }) => [id, devices.map((d) => world.devices[d]?.spec.bdf ?? '')]))
}

/** The machine with groups that form; one that ships becomes the user's own. */
function ownMachine(machine: Machine, shipped: boolean): Machine {
  const formed = withFormedGroups(machine)
  return shipped ? { ...formed, id: `${machine.id.slice(0, 56)}-changed`, title: `${machine.title}, changed` } : formed
}

/** Devices that a run is about, the most telling first: those that it opens, those that it gives to VFIO, the others. */
function askedFor(ops: readonly Op[]): readonly string[] {
  const devices = (wanted: (op: Op) => boolean): string[] =>
    ops.flatMap((op) => ('device' in op && wanted(op) ? op.device : []))
  return [
    ...devices((op) => op.op === 'group_get_device_fd' || op.op === 'open_cdev'),
    ...devices((op) => op.op === 'bind' && op.driver === 'vfio-pci'),
    ...devices(() => true),
  ]
}

/**
 * The document with a what-if done. Operations follow their devices and groups to new names; a group that split is
 * followed to where its first device went that the run asks for.
 * @returns also what became of the groups
 */
export function revised(
  doc: Doc,
  world: World,
  whatIf: WhatIf,
): { readonly doc: Doc; readonly changes: GroupChange[] } {
  const { scenario } = doc
  const { moved = new Map<string, string>() } = whatIf
  const shipped = typeof scenario.machine === 'string'
  const boot = whatIf.boot ?? scenario.boot
  const before = world.setup.machine
  const wanted = whatIf.machine ?? before
  // An option alone leaves a machine that ships as it is; a listing's groups were made without the option.
  const machine = wanted === before && before.groups === undefined ? before : ownMachine(wanted, shipped)
  const next = compileWorld({ machine, boot, processes: scenario.processes }, [])
  const [old, now] = [groupsOf(world), groupsOf(next)]
  const newNames = (ops: readonly Op[]): NewNames => {
    const asked = askedFor(ops)
    const groups = followGroups(old, now, moved, (members) => {
      const wanted = asked.find((bdf) => members.includes(bdf))
      if (wanted !== undefined) return wanted
      const group = world.devices[world.deviceIndex.get(members[0] ?? '') ?? -1]?.group ?? -1
      return world.devices[mainMember(world, group)]?.spec.bdf
    })
    return { devices: moved, groups }
  }
  const names = newNames(scenario.ops)
  const { predictions } = scenario
  const changed = {
    ...scenario,
    machine: machine === before ? scenario.machine : machine,
    boot,
    ops: follow(scenario.ops, names),
    ...(predictions === undefined ? {} : { predictions: followPredictions(predictions, names) }),
  }
  const branches = doc.branches.map(({ at, ops }) => ({ at, ops: follow(ops, newNames(ops)) }))
  return { doc: { scenario: changed, branches }, changes: groupChanges(old, now, moved) }
}
