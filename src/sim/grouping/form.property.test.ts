import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PciFunction } from '../machine.ts'
import { acsEnabled } from '../pci/acs.ts'
import { machines } from '../pci/machines.test-helper.ts'
import { scanOrder } from '../pci/scan-order.ts'
import { ALGORITHMS, USUAL_OVERRIDE, type GroupAlgorithm } from './algorithm.ts'
import { groupingChanges } from './changes.ts'
import { formAs, formKnown, membersOf, possibilitiesOf } from './form.ts'

// ---- A second implementation of the series: what must be together, until nothing more must.

type Version = 'v2' | 'v3'

function naiveSeries(functions: readonly PciFunction[], version: Version): number[] {
  const sets = functions.map((_, index) => new Set([index]))
  const together = (a: number, b: number): void => {
    const [left, right] = [sets[a], sets[b]]
    if (left === undefined || right === undefined || left === right) return
    for (const index of right) {
      left.add(index)
      sets[index] = left
    }
  }
  const slotOf = (f: PciFunction): string => f.bdf.slice(0, -2)
  const busOf = (f: PciFunction): string => f.bdf.slice(0, -5)
  const devfnOf = (f: PciFunction): number => Number.parseInt(f.bdf.slice(-4, -2), 16) * 8 + Number(f.bdf.slice(-1))
  const isVirtual = (f: PciFunction): boolean => !f.multifunction && !f.bdf.endsWith('.0')
  const indexOf = new Map(functions.map((f, index) => [f.bdf, index]))
  const bridgeOf = (f: PciFunction): number => (f.parent === null ? -1 : (indexOf.get(f.parent) ?? -1))
  const dummy = (f: PciFunction): boolean => f.acsQuirk === true && f.kind !== 'rp' && f.kind !== 'dsp'

  const sameSlot = (a: PciFunction, b: PciFunction): boolean => {
    if (slotOf(a) !== slotOf(b)) return false
    if (version === 'v3' && (isVirtual(a) || isVirtual(b))) return false
    if (a.multifunction !== b.multifunction) return true
    if (!a.multifunction) return false
    const lacks = (f: PciFunction): boolean => !acsEnabled(f) && !(version === 'v3' && f.acsCap === null)
    return !(version === 'v2' && (dummy(a) || dummy(b))) && (lacks(a) || lacks(b))
  }
  const aliases = (a: PciFunction, b: PciFunction): boolean =>
    (a.aliases ?? []).includes(devfnOf(b)) || (b.aliases ?? []).includes(devfnOf(a))

  const busIsolated = (at: number): 'isolated' | 'with the bridge' | 'among themselves' => {
    const bridge = functions[at]
    if (bridge === undefined) return 'isolated'
    if (bridge.kind === 'rp') {
      const fine = version === 'v3' ? bridge.acsCap === null || acsEnabled(bridge) : acsEnabled(bridge)
      return fine ? 'isolated' : 'with the bridge'
    }
    if (bridge.kind === 'dsp') return version === 'v3' || acsEnabled(bridge) ? 'isolated' : 'with the bridge'
    if (bridge.kind === 'pcie2pci' || (bridge.kind === 'pci' && bridge.bridgeAlias === true)) {
      return bridge.memory === true ? 'with the bridge' : 'among themselves'
    }
    if (bridge.kind !== 'usp') return 'with the bridge'
    const below = functions.filter((f) => bridgeOf(f) === at)
    for (const f of below.filter((other) => busOf(other) === busOf(below[0] ?? other))) {
      if (f.kind !== 'dsp' || (f.aliases ?? []).length > 0) return 'with the bridge'
      if (!acsEnabled(f)) return f.acsCap === null || f.acsQuirk === false ? 'with the bridge' : 'among themselves'
    }
    return 'isolated'
  }

  const open = new Set<number>()
  const isOpen = (index: number): boolean => [...(sets[index] ?? [])].some((member) => open.has(member))
  functions.forEach((f, index) => {
    const bridge = bridgeOf(f)
    if (f.xlateRoot === true) return
    if (bridge >= 0 && isOpen(bridge)) return together(bridge, index)
    const isolated = busIsolated(bridge)
    if (isolated === 'with the bridge') {
      together(bridge, index)
      open.add(index)
    } else {
      const others = functions.flatMap((other, at) => (at !== index && busOf(other) === busOf(f) ? [at] : []))
      const before = (at: number): boolean => at < index
      if (isolated === 'among themselves') {
        open.add(index)
        const first = others.find(before)
        if (first !== undefined) together(first, index)
        return
      }
      const reached = new Set([index])
      for (const from of reached) {
        for (const to of others) {
          const [a, b] = [functions[from], functions[to]]
          if (a !== undefined && b !== undefined && (aliases(a, b) || sameSlot(a, b))) reached.add(to)
        }
      }
      reached.delete(index)
      if (reached.size === 0) return
      open.add(index)
      const first = [...reached].sort((a, b) => a - b).find(before)
      if (first !== undefined) together(first, index)
    }
  })
  const numbers = new Map<Set<number>, number>()
  return sets.map((set) => {
    const number = numbers.get(set) ?? numbers.size
    numbers.set(set, number)
    return number
  })
}

const algorithms = ALGORITHMS.map((id): GroupAlgorithm => ({ id, option: id === 'override' ? USUAL_OVERRIDE : '' }))
const algorithm = fc.constantFrom(...algorithms)

test.each<Version>(['v2', 'v3'])('the series %s forms the groups of the second implementation', (version) => {
  fc.assert(
    fc.property(machines, fc.boolean(), (functions, memory) => {
      const ordered = scanOrder(functions).map((f) => (f.bridge && memory ? { ...f, memory } : f))
      expect(formAs(ordered, { id: `series-${version}`, option: '' }).groups).toEqual(naiveSeries(ordered, version))
    }),
    { numRuns: 200 },
  )
})

test('groups count up from 0 in scan order, and every function but the first of a group joined a member of it', () => {
  fc.assert(
    fc.property(machines, algorithm, (functions, how) => {
      const { groups, reasons } = formAs(scanOrder(functions), how)
      let next = 0
      groups.forEach((group, index) => {
        const joined = reasons[index]?.joined ?? -1
        if (group === next) next++
        else expect(groups[joined]).toBe(group)
      })
    }),
    { numRuns: 200 },
  )
})

test('what is taken for known is so whatever the ACS that is not told may be', () => {
  const guessed = machines.chain((functions) =>
    fc.tuple(
      fc.constant(scanOrder(functions)),
      fc.array(fc.boolean(), { minLength: functions.length, maxLength: functions.length }),
      fc.array(fc.nat(), { minLength: functions.length, maxLength: functions.length }),
    ),
  )
  let open = 0
  fc.assert(
    fc.property(guessed, fc.boolean(), algorithm, ([functions, flags, picks], reported, how) => {
      const told = functions.map((f, index): PciFunction => (flags[index] === true ? { ...f, assumed: ['acs'] } : f))
      const possibilities = possibilitiesOf(told, reported)
      const { groups, unknown } = formKnown(possibilities, how)
      open += unknown.size
      const truth = possibilities.map((own, index) => own[(picks[index] ?? 0) % own.length] ?? own[0])
      const real = formAs(
        truth.filter((f) => f !== undefined),
        how,
      ).groups
      const [known, actual] = [membersOf(groups), membersOf(real)]
      groups.forEach((group, index) => {
        if (!unknown.has(index)) expect(actual.get(real[index] ?? -1)).toEqual(known.get(group))
      })
    }),
    { numRuns: 200 },
  )
  expect(open, 'some are not known').toBeGreaterThan(30)
})

test('changes name every function whose group has other members, once', () => {
  fc.assert(
    fc.property(machines, algorithm, algorithm, (functions, from, to) => {
      const ordered = scanOrder(functions)
      const [before, after] = [formAs(ordered, from), formAs(ordered, to)]
      const changes = groupingChanges(before, after, new Set())
      const named = changes.flatMap(({ members }) => members)
      expect(new Set(named).size).toBe(named.length)
      const [left, right] = [membersOf(before.groups), membersOf(after.groups)]
      ordered.forEach((_, index) => {
        const same = left.get(before.groups[index] ?? -1)?.join() === right.get(after.groups[index] ?? -1)?.join()
        expect(named.includes(index), `function ${index}`).toBe(!same)
      })
      for (const { kind, joins, parts } of changes) {
        if (kind === 'grow') expect(joins.length).toBeGreaterThan(0)
        if (kind === 'split') expect(parts.length).toBeGreaterThan(0)
      }
    }),
    { numRuns: 200 },
  )
})
