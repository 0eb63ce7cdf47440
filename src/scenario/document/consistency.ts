/** Faults of a document whose values each have the right form: names that nothing bears, machines that cannot be. */
import type { PciFunction } from '../../sim/machine.ts'
import { keysOf, valueOf } from '../../sim/op.ts'
import { compileWorld, demandOf, type World } from '../../sim/world.ts'
import type { Problem } from './read.ts'
import { LIMITS, machineOf, setupOf, type Scenario } from './scenario.ts'

/** Operations that bring more than can be replayed at once: looked at before anything is made for them. */
export function sizeProblems({ ops }: Scenario): Problem[] {
  const { slots, ranges } = demandOf(ops, LIMITS.ranges)
  const problem = (words: string): Problem => ({ place: 'ops', code: 'shape', words })
  const problems: Problem[] = []
  if (slots > LIMITS.names) {
    problems.push(problem(`at most ${LIMITS.names} names for what is opened or made, not ${slots}`))
  }
  if (ranges > LIMITS.ranges) {
    const counted = 'counting every piece that unmap_dma can leave'
    problems.push(problem(`at most ${LIMITS.ranges} different ranges that are mapped, ${counted}`))
  }
  return problems
}

/** A state has room for every mapping in every address space: operations must not ask for more of it than a page can hold. */
export function roomProblems({ ops }: Scenario, groups: number): Problem[] {
  const { containers, iommufds, ioases, hwpts, ranges } = demandOf(ops)
  const spaces = containers + iommufds + ioases + hwpts + groups
  if (spaces * ranges <= LIMITS.mappings) return []
  const words = `${spaces} address spaces times ${ranges} mapped ranges are more than ${LIMITS.mappings}`
  return [{ place: 'ops', code: 'shape', words }]
}

/** Faults of a machine that came with the document: addresses twice, bridges that are not there, wrong groups. */
export function machineProblems({ machine }: Scenario): Problem[] {
  if (typeof machine === 'string') return []
  const problems: Problem[] = []
  const fault = (place: string, words: string): void => {
    problems.push({ place: `machine.${place}`, code: 'machine', words })
  }
  const depths = new Map<string, number>()
  const bridges = new Map<string, PciFunction>()
  machine.devices.forEach((f, index) => {
    if (depths.has(f.bdf)) fault(`devices[${index}].bdf`, `${f.bdf} stands in the list twice`)
    const depth = f.parent === null ? 0 : (depths.get(f.parent) ?? -1) + 1
    // The list is in scan order, so what is above a function stands before it: that also excludes rings of bridges.
    if (f.parent !== null && !bridges.has(f.parent)) {
      fault(`devices[${index}].parent`, `${f.parent} is not a bridge that stands before ${f.bdf} in the list`)
    } else if (depth > LIMITS.depth) {
      fault(`devices[${index}].parent`, `more than ${LIMITS.depth} bridges above ${f.bdf}`)
    }
    depths.set(f.bdf, depth)
    if (f.bridge) bridges.set(f.bdf, f)
  })
  const grouped = new Set<string>()
  for (const [group, members] of Object.entries(machine.groups ?? {})) {
    members.forEach((address, index) => {
      const place = `groups.${group}[${index}]`
      if (!depths.has(address)) fault(place, `the machine has no device ${address}`)
      if (grouped.has(address)) fault(place, `${address} is in a group already`)
      grouped.add(address)
    })
  }
  return problems
}

/**
 * Names that operations and predictions use and that nothing in the document bears. A file that was never opened is no
 * fault: the kernel is then given fd -1.
 */
export function nameProblems(scenario: Scenario): Problem[] {
  const named = scenario.machine
  const machine = machineOf(scenario)
  if (machine === undefined) {
    const words = `no machine with the id ${typeof named === 'string' ? named : ''} ships with this release`
    return [{ place: 'machine', code: 'unknown-machine', words }, ...processProblems(scenario)]
  }
  if (machineProblems(scenario).length > 0) return processProblems(scenario)
  const world = compileWorld(setupOf(scenario, machine), [])
  return [
    ...roomProblems(scenario, world.groups.length),
    ...processProblems(scenario),
    ...opNameProblems(scenario, world),
    ...predictionProblems(scenario, world),
  ]
}

/** Processes that operations name and the document does not have. */
export function processProblems({ processes, ops }: Scenario): Problem[] {
  const known = new Set(processes.map(({ name }) => name))
  return ops.flatMap(({ by }, index): Problem[] =>
    by === undefined || known.has(by)
      ? []
      : [{ place: `ops[${index}].by`, code: 'unknown-process', words: `no process is called ${by}` }],
  )
}

function opNameProblems({ ops }: Scenario, world: World): Problem[] {
  return ops.flatMap((op, index) =>
    keysOf(op.op).flatMap(([key, role]): Problem[] => {
      const place = `ops[${index}].${key}`
      const value = valueOf(op, key)
      if (role === 'device' && typeof value === 'string') return deviceProblems(world, place, value)
      return role === 'group' ? groupProblems(world, place, String(value ?? '')) : []
    }),
  )
}

function predictionProblems({ predictions = {} }: Scenario, world: World): Problem[] {
  return Object.entries(predictions).flatMap(([step, prediction]): Problem[] => {
    const place = `predictions.${step}`
    if ('device' in prediction) return deviceProblems(world, `${place}.device`, prediction.device)
    return 'group' in prediction ? groupProblems(world, `${place}.group`, prediction.group) : []
  })
}

function deviceProblems(world: World, place: string, address: string): Problem[] {
  if (world.deviceIndex.has(address)) return []
  return [{ place, code: 'unknown-device', words: `the machine has no device ${address}` }]
}

function groupProblems(world: World, place: string, group: string): Problem[] {
  if (world.groupIndex.has(Number(group))) return []
  return [{ place, code: 'unknown-group', words: `the machine has no IOMMU group ${group}` }]
}
