/** The judge of isolation and the landing of DMA, held against brute force over random machines, runs and kernels. */
import { expect, test } from 'vitest'
import type { Context } from './iommu/context.ts'
import { land } from './iommu/landing.ts'
import { addressesOf, endOf, findingsByForce, passages, peersByForce } from './isolation.test-helper.ts'
import { ISOLATION_FINDINGS, judge, type Finding, type Harmed } from './isolation.ts'
import { machine } from './kernels/play.test-helper.ts'
import { KERNELS } from './kernels/registry.ts'
import { alphabetFor, random, walk } from './kernels/walk.test-helper.ts'
import type { Machine } from './machine.ts'
import type { DeviceView, FdView, Snapshot } from './snapshot.ts'
import type { Setup, World } from './world.ts'

const LONG = process.env['LONG_TESTS'] === '1'
const NAMES = ['c1', 'c2', 'g1', 'g2', 'd1', 'd2', 'i1', 'i2', 'a1', 'a2']

type Choose = <T>(list: readonly T[]) => T

function chooser(next: () => number): Choose {
  return (list) => {
    const chosen = list[Math.floor(next() * list.length)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }
}

/** What hangs below the n-th port of the root bus: cards, a bridge to conventional PCI, a switch with two ports. */
const BRANCHES: readonly ((n: number, acs: string) => string)[] = [
  (n, acs) => `00:0${n}.0rp${acs}+[${n}0:00.0ep]`.replace('++', '+').replace('-+', '-'),
  (n, acs) => `00:0${n}.0rp+[${n}0:00.0ep${acs} ${n}0:00.1ep${acs}]`,
  (n) => `00:0${n}.0rp+[${n}0:00.0pcie2pci[${n}1:01.0pci ${n}1:01.1pci]]`,
  (n) => `00:0${n}.0rp+[${n}0:00.0ep=00.1]`,
  (n, acs) =>
    `00:0${n}.0rp+[${n}0:00.0usp+[${n}1:00.0dsp${acs}[${n}2:00.0ep ${n}2:00.1ep] ${n}1:01.0dsp-[${n}3:00.0ep]]]`,
  (n) => `00:0${n}.0pci`,
]

function randomMachine(next: () => number): Machine {
  const choose = chooser(next)
  const branches = [1, 2, 3].slice(Math.floor(next() * 2)).map((n) => choose(BRANCHES)(n, choose(['+', '-'])))
  const made = machine(branches.join(' '), () => ({
    ...(next() < 0.15 ? { unplugged: true } : {}),
    ...(next() < 0.15 ? { assumed: ['acs' as const] } : {}),
    ...(next() < 0.1 ? { rmrr: true } : {}),
  }))
  if (next() < 0.5) return made
  // As a listing may tell it: each function in a group of its own, or in none.
  const groups = made.devices.flatMap(({ bdf }, n): [string, string[]][] => (next() < 0.9 ? [[String(n), [bdf]]] : []))
  return { ...made, groups: Object.fromEntries(groups) }
}

function randomSetup(next: () => number): Setup {
  const choose = chooser(next)
  return {
    machine: randomMachine(next),
    boot: {
      iommu: choose(['nopt', 'pt']),
      ...(next() < 0.4 ? { acsOverride: choose(['downstream', 'multifunction', 'downstream,multifunction']) } : {}),
    },
    processes: [
      { name: 'p', user: 'root' },
      { name: 'q', user: 'root' },
    ],
  }
}

/** A snapshot with a few things changed at random: states that no kernel makes, and that the judge has to judge all the same. */
function shaken(world: World, snapshot: Snapshot, next: () => number): Snapshot {
  const choose = chooser(next)
  const sometimes = <T>(value: T, change: () => T): T => (next() < 0.2 ? change() : value)
  const domains = [0, 1].map((domain) => ({
    domain,
    owner: { kind: choose(['container', 'hwpt', 'ioas'] as const), index: choose([0, 1]) },
    mappings: [0, 8192, 65536].slice(Math.floor(next() * 4)).map((iova) => ({
      iova,
      size: 4096,
      process: choose([0, 1]),
    })),
  }))
  const context = (): Context =>
    choose<Context>([
      { kind: 'blocked' },
      { kind: 'identity' },
      { kind: 'dma', group: Math.floor(next() * world.groups.length) },
      { kind: 'domain', domain: 0 },
      { kind: 'domain', domain: 1 },
    ])
  const devices = snapshot.devices.map((view): DeviceView => {
    const changed = {
      ...view,
      driver: sometimes(view.driver, () => Math.floor(next() * world.drivers.length)),
      present: sometimes(view.present, () => next() < 0.7),
    }
    return next() < 0.2 ? { ...changed, context: context() } : changed
  })
  const fds = [0, 1, 2, 3, 4].slice(Math.floor(next() * 6)).map((slot): FdView => {
    const kind = choose(['device', 'device', 'cdev', 'container', 'hwpt', 'ioas', 'group'] as const)
    const object = kind === 'device' || kind === 'cdev' ? Math.floor(next() * world.devices.length) : choose([0, 1])
    const file = { slot, kind, object, process: choose([0, 1]), number: slot + 3 }
    return kind === 'cdev' ? { ...file, access: next() < 0.5 } : file
  })
  return {
    ...snapshot,
    domains: sometimes(domains, () => [...snapshot.domains]),
    devices,
    fds,
    contexts: snapshot.contexts.map((known) => sometimes(known, context)),
  }
}

const harmedLine = (harmed: Harmed | null): string => {
  if (harmed === null) return '-'
  if (harmed.kind === 'host') return 'host'
  return harmed.kind === 'process' ? `process ${harmed.process}` : `group ${harmed.group}`
}

const line = ({ rule, how, device, harmed, other, live }: Finding): string =>
  `${rule} ${how} ${device} ${harmedLine(harmed)} ${other ?? ''} ${live}`

/** Says what the two judges do not agree on; empty: nothing. */
function disagreements(world: World, snapshot: Snapshot): string[] {
  return judge(world, snapshot).flatMap(({ group, verdict, findings }) => {
    const expected = findingsByForce(world, snapshot, group)
    if (expected === null) return verdict === 'host' && findings.length === 0 ? [] : [`group ${group} is ${verdict}`]
    const peers = peersByForce(world, snapshot, group)
    const own = findings.filter(({ how }) => how !== 'peer-to-peer')
    const found = [...new Set(own.map(line))].sort()
    const named = findings.filter(({ how }) => how === 'peer-to-peer')
    const reached = named
      .flatMap(({ harmed }) => (harmed?.kind === 'group' ? [harmed.group] : []))
      .sort((a, b) => a - b)
    const untrue = named.filter(
      ({ device, other }) => !passages(world).some(([from, to]) => from === device && to === other),
    )
    const harm = peers.length > 0 || own.some(({ harmed }) => harmed !== null)
    return [
      ...(found.join() === expected.sort().join() ? [] : [`group ${group}: ${found.join()} is not ${expected.join()}`]),
      ...(reached.join() === peers.join()
        ? []
        : [`group ${group} gets past the IOMMU to ${reached.join()}, not ${peers.join()}`]),
      ...untrue.map((finding) => `group ${group}: ${line(finding)} is not true`),
      ...(verdict === (harm ? 'not-isolated' : 'isolated') ? [] : [`group ${group} is ${verdict}`]),
    ]
  })
}

/** Where DMA lands, against brute force, for every function and address. */
function landsElsewhere(world: World, snapshot: Snapshot): string[] {
  return world.devices.flatMap((_, device) =>
    addressesOf(snapshot).flatMap((address) => {
      const landing = land(world, snapshot, device, address)
      const end = endOf(world, snapshot, device, address)
      const place = landing.kind === 'page' ? `page ${landing.process} ${landing.offset}` : landing.kind
      const expected =
        end.kind === 'page'
          ? `page ${end.process} ${end.offset}`
          : { nowhere: 'nowhere', host: 'host-memory', buffers: 'host-buffers' }[end.kind]
      return place === expected ? [] : [`${device} at ${address}: ${place} is not ${expected}`]
    }),
  )
}

/** How many states of each finding the tests came by. */
const seen = new Map<string, number>()

test.each(KERNELS.map((kernel, seed) => ({ kernel, seed, id: kernel.id })))(
  'both judges say the same of the states that random operations on random machines come to: $id',
  ({ kernel, seed }) => {
    const next = random(seed)
    const faults: string[] = []
    for (let round = 0; faults.length === 0 && round < (LONG ? 40 : 4); round++) {
      const setup = randomSetup(next)
      let step = 0
      walk(kernel, setup, alphabetFor(setup, kernel.abi, NAMES), 200, round, (state, _, { result }) => {
        if (step++ % 3 !== 0 || 'bug' in result) return
        const { world } = state
        const snapshot = kernel.snapshot(state)
        for (const one of [snapshot, shaken(world, snapshot, next)]) {
          faults.push(...disagreements(world, one), ...landsElsewhere(world, one))
          const kinds = new Set(judge(world, one).flatMap(({ findings }) => findings.map(({ how }) => how)))
          for (const how of kinds) seen.set(how, (seen.get(how) ?? 0) + 1)
        }
      })
    }
    expect(faults).toEqual([])
  },
)

test('these states have every kind of finding, and often', () => {
  expect(ISOLATION_FINDINGS.filter((how) => (seen.get(how) ?? 0) < 5)).toEqual([])
})
