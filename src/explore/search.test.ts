import { describe, expect, test } from 'vitest'
import { machineById } from '../machines/index.ts'
import { wireContext } from '../sim/iommu/landing.ts'
import { judge, type Judgement } from '../sim/isolation.ts'
import type { KernelId } from '../sim/kernel.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Boot, ProcessSpec } from '../sim/machine.ts'
import { replay } from '../sim/replay.ts'
import type { FdView, Snapshot } from '../sim/snapshot.ts'
import type { World } from '../sim/world.ts'
import { opsOf } from '../scenario/script/play.test-helper.ts'
import type { AlphabetOptions } from './alphabet.ts'
import { bruteForce, countClasses, type Brute, type Visit } from './brute-force.test-helper.ts'
import { compileGoal, parseGoal, type Predicate } from './goals.ts'
import { Search } from './search.ts'
import { systemOf, type System } from './system.ts'

const QEMU: readonly ProcessSpec[] = [{ name: 'qemu', user: 'root' }]
const TWO: readonly ProcessSpec[] = [
  { name: 'p1', user: 'root' },
  { name: 'p2', user: 'root' },
]
const ALICE: readonly ProcessSpec[] = [
  { name: 'p1', user: 'alice' },
  { name: 'p2', user: 'root' },
]

interface Case {
  readonly machine: string
  readonly kernel?: KernelId
  readonly boot?: Boot
  readonly processes?: readonly ProcessSpec[]
  /** Operations before the search. */
  readonly before?: string
  readonly options?: AlphabetOptions
}

function system({
  machine,
  kernel: id = 'linux-5.10',
  boot = { iommu: 'nopt' },
  processes = QEMU,
  before = '',
  options,
}: Case): System {
  const found = machineById(machine)
  const kernel = kernelById(id)
  if (found === undefined || kernel === undefined) throw new Error(`${machine}, ${id}?`)
  return systemOf(kernel, { machine: found, boot, processes }, opsOf(before, processes), options)
}

function goalOf(text: string, of: System): Predicate {
  const reading = parseGoal(text)
  if (!reading.ok) throw new Error(`${reading.column}: ${reading.words}`)
  return compileGoal(reading.goal, of)
}

function finished(of: System, reduce: boolean, goal: string | null = null): Search {
  const search = new Search(of, goal === null ? null : goalOf(goal, of), { reduce })
  search.run()
  return search
}

const judgements = new WeakMap<Snapshot, readonly Judgement[]>()

/** The judge's verdicts, asked once for each state. */
function judged(world: World, snapshot: Snapshot): readonly Judgement[] {
  const known = judgements.get(snapshot) ?? judge(world, snapshot)
  judgements.set(snapshot, known)
  return known
}

/** Questions as the search is asked them, and as the brute force is: by hand over what can be seen. */
const QUESTIONS: readonly (readonly [goal: string, by: (visit: Visit) => boolean])[] = [
  ['bug', ({ outcome }) => outcome !== null && 'bug' in outcome.result],
  ['blocked', ({ outcome }) => outcome !== null && 'blocked' in outcome.result],
  ['blocked:unbind', ({ op, outcome }) => op?.op === 'unbind' && outcome !== null && 'blocked' in outcome.result],
  ['device-fd', ({ snapshot }) => snapshot.fds.some(isDriving)],
  [
    'errno:EBUSY:open_group',
    ({ op, outcome }) => op?.op === 'open_group' && outcome !== null && isRefusal(outcome.result, 'EBUSY'),
  ],
  [
    'viable & !isolated',
    ({ world, snapshot }) =>
      judged(world, snapshot).some((each) => each.verdict === 'not-isolated' && snapshot.groups[each.group]?.viable),
  ],
  [
    'isolated & !viable',
    ({ world, snapshot }) =>
      judged(world, snapshot).some(
        (each) => each.verdict === 'isolated' && snapshot.groups[each.group]?.viable === false,
      ),
  ],
  [
    'host-memory',
    ({ world, snapshot }) =>
      snapshot.fds.some(
        (fd) => isDriving(fd) && ['identity', 'dma'].includes(wireContext(world, snapshot, fd.object).kind),
      ),
  ],
  [
    'shared',
    ({ world, snapshot }) =>
      snapshot.fds.some((a) =>
        snapshot.fds.some(
          (b) =>
            isDriving(a) &&
            isDriving(b) &&
            a.process !== b.process &&
            world.devices[a.object]?.group === world.devices[b.object]?.group,
        ),
      ),
  ],
  [
    'container & !viable & group-fd',
    ({ snapshot }) =>
      snapshot.groups.some(
        (group) =>
          group.container >= 0 &&
          !group.viable &&
          snapshot.fds.some((fd) => fd.kind === 'group' && fd.object === group.group),
      ),
  ],
  [
    'waiting & bound:vfio-pci',
    ({ snapshot }) => snapshot.pending.some((call) => snapshot.devices[call.device]?.driver === 1),
  ],
]

function isDriving({ kind, access }: FdView): boolean {
  return kind === 'device' || (kind === 'cdev' && access !== false)
}

function isRefusal(result: object, errno: string): boolean {
  return 'errno' in result && result.errno === errno
}

const LEAN: AlphabetOptions = {
  names: { device: 1, group: 1 },
  drivers: ['native', 'vfio-pci'],
  without: ['unmap_dma'],
}
const HALF = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci'
const USER = { actors: ['user'] } as const

const NO_MAPS = ['map_dma', 'unmap_dma'] as const
const NO_GROUPS = ['open_group', 'open_container'] as const
const ONE = { names: { device: 1 } }
/** An administrator with two shells, so that two calls can wait. */
const TWO_SHELLS: AlphabetOptions = {
  ...ONE,
  drivers: ['vfio-pci', 'native'],
  waiting: 2,
  without: [...NO_MAPS, 'group_unset_container', 'open_group'],
}
const BOTH = `${HALF}; bind 01:00.0 vfio-pci`
const SINGLES = 'unbind 01:00.0; unbind 02:00.0; bind 01:00.0 vfio-pci; bind 02:00.0 vfio-pci'
const OPENED =
  'g1 = open_group 3; c1 = open_container; group_set_container g1 c1; set_iommu c1 type1v2; d1 = group_get_device_fd g1 01:00.1'

/** Small systems, with the number of their states, and of their classes of equal states. */
const SYSTEMS: readonly (Case & { readonly name: string; readonly states: number; readonly classes: number })[] = [
  { name: 'one function, from boot', machine: 'port-no-acs', options: LEAN, states: 970, classes: 81 },
  { name: 'one function, three drivers', machine: 'port-no-acs', states: 1624, classes: 94 },
  { name: 'two functions, users only', machine: 'dual-e1000e', before: HALF, options: USER, states: 859, classes: 37 },
  { name: 'two functions on vfio-pci', machine: 'dual-e1000e', before: BOTH, options: USER, states: 2243, classes: 49 },
  {
    name: 'two functions, and the end of the process',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, with: ['exit'] },
    states: 2244,
    classes: 320,
  },
  {
    name: 'virtual machines',
    machine: 'dual-e1000e',
    before: HALF,
    options: { ...USER, ...ONE, with: ['kvm_group_add', 'kvm_group_del'] },
    states: 341,
    classes: 49,
  },
  {
    name: 'two functions, from boot',
    machine: 'dual-e1000e',
    options: { ...LEAN, without: [...NO_MAPS, 'group_unset_container', 'group_get_device_fd'] },
    states: 3044,
    classes: 90,
  },
  {
    name: 'iommu=pt',
    machine: 'dual-e1000e',
    boot: { iommu: 'pt' },
    before: HALF,
    options: { ...ONE, devices: ['0000:01:00.0'], drivers: ['vfio-pci', 'pci-stub'], without: NO_MAPS },
    states: 553,
    classes: 42,
  },
  { name: 'administrator only', machine: 'dual-e1000e', options: { actors: ['admin'] }, states: 196, classes: 10 },
  {
    name: 'functions that share a requester ID',
    machine: 'dual-e1000',
    options: { ...LEAN, devices: ['0000:02:01.0', '0000:02:01.1'], drivers: ['vfio-pci'], without: NO_MAPS },
    states: 1550,
    classes: 88,
  },
  {
    name: 'two groups',
    machine: 'two-singletons',
    before: SINGLES,
    options: { ...USER, names: { device: 0 }, without: NO_MAPS },
    states: 2806,
    classes: 60,
  },
  {
    name: 'two containers',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, names: { container: 2, device: 0 } },
    states: 805,
    classes: 21,
  },
  {
    name: 'two equal processes',
    machine: 'dual-e1000e',
    processes: TWO,
    before: BOTH,
    options: { ...USER, ...ONE, without: NO_MAPS },
    states: 3293,
    classes: 31,
  },
  {
    name: 'two users',
    machine: 'dual-e1000e',
    processes: ALICE,
    before: HALF,
    options: { ...ONE, ...USER, with: ['chown_group'], without: NO_MAPS },
    states: 2693,
    classes: 92,
  },
  {
    name: 'two shells',
    machine: 'dual-e1000e',
    before: `${HALF}; ${OPENED}`,
    options: TWO_SHELLS,
    states: 1932,
    classes: 129,
  },
  {
    name: 'overrides and probes',
    machine: 'port-no-acs',
    options: { ...LEAN, with: ['driver_override', 'drivers_probe'], without: [...NO_MAPS, 'bind'] },
    states: 925,
    classes: 156,
  },
  {
    name: '6.1, one function, from boot',
    kernel: 'linux-6.1',
    machine: 'port-no-acs',
    options: LEAN,
    states: 638,
    classes: 47,
  },
  {
    name: '6.1, two functions on vfio-pci',
    kernel: 'linux-6.1',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, without: NO_MAPS },
    states: 1143,
    classes: 28,
  },
  {
    name: '6.1, two functions, from boot',
    kernel: 'linux-6.1',
    machine: 'dual-e1000e',
    options: { ...LEAN, without: [...NO_MAPS, 'group_unset_container', 'group_get_device_fd'] },
    states: 1164,
    classes: 42,
  },
  {
    name: '6.1, two equal processes',
    kernel: 'linux-6.1',
    machine: 'dual-e1000e',
    processes: TWO,
    before: BOTH,
    options: { ...USER, ...ONE, without: [...NO_MAPS, 'group_unset_container'] },
    states: 2999,
    classes: 31,
  },
  {
    name: '6.12, one function, from boot',
    kernel: 'linux-6.12',
    machine: 'port-no-acs',
    options: { ...LEAN, without: NO_MAPS },
    states: 398,
    classes: 32,
  },
  {
    name: '6.12, two shells',
    kernel: 'linux-6.12',
    machine: 'dual-e1000e',
    before: `${HALF}; ${OPENED}`,
    options: TWO_SHELLS,
    states: 1340,
    classes: 78,
  },
  {
    name: 'iommufd, two functions',
    kernel: 'linux-6.12-iommufd',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, without: [...NO_GROUPS, 'ioas_map', 'ioas_unmap'] },
    states: 1993,
    classes: 55,
  },
  {
    name: 'iommufd, one function, from boot',
    kernel: 'linux-6.12-iommufd',
    machine: 'port-no-acs',
    options: { ...LEAN, without: [...NO_GROUPS, 'ioas_unmap'] },
    states: 414,
    classes: 54,
  },
  {
    name: 'iommufd, page tables',
    kernel: 'linux-6.12-iommufd',
    machine: 'dual-e1000e',
    before: BOTH,
    options: {
      ...USER,
      ...ONE,
      with: ['hwpt_alloc', 'hwpt_destroy'],
      without: [...NO_GROUPS, 'ioas_map', 'ioas_unmap'],
    },
    states: 301,
    classes: 27,
  },
  {
    name: 'iommufd in place of a container',
    kernel: 'linux-6.12-iommufd',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, names: { device: 1, ioas: 0 }, without: ['open_cdev', 'open_container', ...NO_MAPS] },
    states: 1759,
    classes: 23,
  },
  {
    name: 'iommufd, two equal processes',
    kernel: 'linux-6.12-iommufd',
    machine: 'dual-e1000e',
    processes: TWO,
    before: BOTH,
    options: { ...USER, names: { device: 1, ioas: 0 }, without: NO_GROUPS },
    states: 1765,
    classes: 31,
  },
  {
    name: 'policy T, two functions',
    kernel: 'ioasid-t',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, ...ONE, without: ['ioas_map', 'ioas_unmap'] },
    states: 109,
    classes: 16,
  },
  {
    name: 'policy T, from boot',
    kernel: 'ioasid-t',
    machine: 'dual-e1000e',
    options: { ...LEAN, names: { device: 1, ioas: 0 } },
    states: 1136,
    classes: 39,
  },
  {
    name: 'policy G, two functions',
    kernel: 'ioasid-g',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, without: ['ioas_map', 'ioas_unmap'] },
    states: 3973,
    classes: 55,
  },
  {
    name: 'policy G, from boot',
    kernel: 'ioasid-g',
    machine: 'dual-e1000e',
    options: { ...LEAN, names: { device: 1, ioas: 0 } },
    states: 1180,
    classes: 39,
  },
  {
    name: 'policy G, two equal processes',
    kernel: 'ioasid-g',
    machine: 'dual-e1000e',
    processes: TWO,
    before: BOTH,
    options: { ...USER, names: { device: 1, ioas: 0 } },
    states: 3493,
    classes: 31,
  },
  {
    name: 'policy W, two functions',
    kernel: 'ioasid-w',
    machine: 'dual-e1000e',
    before: BOTH,
    options: { ...USER, ...ONE, without: ['ioas_map', 'ioas_unmap'] },
    states: 419,
    classes: 33,
  },
  {
    name: 'policy W, from boot',
    kernel: 'ioasid-w',
    machine: 'port-no-acs',
    options: { ...LEAN, without: ['ioas_unmap'] },
    states: 1910,
    classes: 136,
  },
]

describe.each(SYSTEMS)('$name', (scenario) => {
  const of = system(scenario)
  let found: Brute | undefined
  /** Done once, by the first test that wants it. */
  const brute = (): Brute =>
    (found ??= bruteForce(
      of,
      QUESTIONS.map(([, by]) => by),
    ))

  test('all states, as brute force finds them', () => {
    const search = finished(of, false)
    expect(search.phase).toEqual({ kind: 'impossible' })
    expect({
      states: search.counts.states,
      transitions: search.counts.transitions,
      depth: search.counts.depth,
    }).toEqual({
      states: brute().states.length,
      transitions: brute().transitions,
      depth: brute().depth,
    })
    expect(search.counts.states).toBe(scenario.states)
  })

  test('all classes of equal states, as brute force finds them', () => {
    const search = finished(of, true)
    const { reduction } = search
    if (reduction === null) throw new Error('no reduction')
    const { devices, processes } = reduction.interchangeable
    const classes = countClasses(of.world, brute().states, {
      devices: devices.map((each) => each.map((bdf) => of.world.deviceIndex.get(bdf) ?? -1)),
      processes: processes.map((each) => each.map((name) => of.world.processIndex.get(name) ?? -1)),
      slots: of.alphabet.names.map((names) =>
        Object.values(names ?? {}).map((pool: readonly string[]) =>
          pool.map((name) => of.world.slotIndex.get(name) ?? -1),
        ),
      ),
      numbers: of.alphabet.choices.kinds.includes('exit'),
      overrides: of.alphabet.choices.kinds.includes('drivers_probe'),
    })
    expect([search.counts.states, classes]).toEqual([scenario.classes, scenario.classes])
  })

  test.each([false, true])('shortest ways, which lead where they say, reduced: %s', (reduce) => {
    const lengths = QUESTIONS.map(([goal, by]) => {
      const search = finished(of, reduce, goal)
      const path = search.path()
      expect(search.phase.kind, goal).toBe(path === null ? 'impossible' : 'reached')
      if (path === null) return null
      const run = replay(of.kernel, of.setup, [...of.before, ...path])
      const last = run.steps.at(-1)
      const held = by({
        world: run.world,
        snapshot: run.snapshotAt(run.steps.length),
        op: path.length === 0 ? null : (last?.op ?? null),
        outcome: path.length === 0 || last === undefined ? null : { result: last.result },
      })
      expect(held, goal).toBe(true)
      return path.length
    })
    expect(lengths).toEqual(brute().lengths)
  })
})
