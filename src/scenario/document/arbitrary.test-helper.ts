/** Arbitrary scenarios and operations for property tests; nothing that ships imports this. */
import fc from 'fast-check'
import { MACHINES } from '../../machines/index.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { AcsBit, Boot, Machine, PciFunction, ProcessSpec } from '../../sim/machine.ts'
import { isOp, keysOf, OP_KINDS, type Op, type OpKind, type Role } from '../../sim/op.ts'
import { compileWorld } from '../../sim/world.ts'
import type { Prediction, Scenario } from './scenario.ts'

/** The names that arbitrary operations choose from; few, so that operations meet. */
export interface Names {
  readonly devices: readonly string[]
  readonly groups: readonly string[]
  readonly drivers?: readonly string[]
  /** What `as` gives and other keys use. */
  readonly fds?: readonly string[]
  readonly processes?: readonly string[]
  readonly kinds?: readonly OpKind[]
}

/** The devices and groups of a machine as operations name them. */
export function namesOf(machine: Machine): { devices: string[]; groups: string[] } {
  const world = compileWorld({ machine, boot: { iommu: 'nopt' }, processes: [{ name: 'qemu', user: 'root' }] }, [])
  return {
    devices: machine.devices.map((f) => f.bdf),
    groups: world.groups.map((group) => String(group.id)),
  }
}

const DRIVERS = ['vfio-pci', 'pci-stub', 'uio_pci_generic', 'pcieport', 'e1000e', 'e1000', 'no-such-driver', '?']
const FDS = ['g1', 'g2', 'c1', 'c2', 'd1', 'd2', 'i1', 'ioas1', 'h1']
const WORDS = ['type1', 'type1v2', 'type1_nesting', 'noiommu', 'dma_cc']
const PAGE = 4096

/** Any operation over some names, of any kind unless `kinds` says which. */
export function arbitraryOp(names: Names): fc.Arbitrary<Op> {
  const { devices, groups, drivers = DRIVERS, fds = FDS, processes = [], kinds = OP_KINDS } = names
  const byRole: Readonly<Record<Role, fc.Arbitrary<unknown>>> = {
    device: fc.constantFrom(...devices),
    driver: fc.constantFrom(...drivers),
    override: fc.constantFrom(...drivers, ''),
    group: fc.constantFrom(...groups),
    fd: fc.constantFrom(...fds),
    other: fc.constantFrom(...fds),
    'other?': fc.constantFrom(...fds),
    third: fc.constantFrom(...fds),
    as: fc.constantFrom(...fds),
    arg: fc.constantFrom(...WORDS),
    iova: fc.oneof(
      fc.nat(8).map((page) => page * PAGE),
      fc.constantFrom(1, 0xfee00000, 2 ** 39, Number.MAX_SAFE_INTEGER, 2 ** 64 - 4096),
      fc.maxSafeNat(),
    ),
    size: fc.oneof(
      fc.nat(8).map((pages) => pages * PAGE),
      fc.constantFrom(1, 2 ** 30, Number.MAX_SAFE_INTEGER),
      fc.maxSafeNat(),
    ),
    user: fc.constantFrom('root', 'alice', 'bob'),
  }
  const usable = kinds.filter((kind) => {
    const roles = keysOf(kind).map(([, role]) => role)
    return (devices.length > 0 || !roles.includes('device')) && (groups.length > 0 || !roles.includes('group'))
  })
  return fc.constantFrom(...usable).chain((kind) => {
    const model: Record<string, fc.Arbitrary<unknown>> = { op: fc.constant(kind) }
    const needed = ['op']
    if (processes.length > 0) model['by'] = fc.constantFrom(...processes)
    for (const [key, role] of keysOf(kind)) {
      model[key] = byRole[role]
      if (role !== 'other?') needed.push(key)
    }
    return fc.record(model, { requiredKeys: needed }).map((fields) => {
      if (!isOp(fields)) throw new Error(`no operation: ${JSON.stringify(fields)}`)
      return fields
    })
  })
}

const hexOf = (value: number, width: number): string => value.toString(16).padStart(width, '0')
const optional = (arbitraries: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record(arbitraries, { requiredKeys: [] })

const bits = fc.subarray<AcsBit>(['SV', 'RR', 'CR', 'UF'])
const text = (longest: number) =>
  fc
    .string({ unit: 'binary', maxLength: longest })
    .map((words) => words.replaceAll(/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu, ' ').slice(0, longest))
    // Cutting may have halved a surrogate pair.
    .map((words) => words.replaceAll(/\p{Cs}/gu, '').trim())

const extras = optional({
  acsCtrl: bits,
  aliases: fc.array(fc.nat(255), { maxLength: 3 }),
  acsQuirk: fc.boolean(),
  bridgeAlias: fc.boolean(),
  xlateRoot: fc.boolean(),
  vendor: fc.constantFrom('8086', '1b36'),
  device: fc.constantFrom('10d3', '000c'),
  class: fc.constantFrom('0200', '020000'),
  name: text(60),
  resettable: fc.boolean(),
  rmrr: fc.boolean(),
  unplugged: fc.boolean(),
  assumed: fc.subarray(['driver', 'kind', 'acs', 'parent']),
})

/** A function at a place in the list, below one of the bridges before it, if it wants to be. */
const functionSeed = fc.record({
  kind: fc.constantFrom('pci', 'ep', 'legep', 'rciep', 'rcec', 'rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie'),
  bridge: fc.boolean(),
  above: fc.nat(20),
  secondary: fc.nat(255),
  multifunction: fc.boolean(),
  acsCap: fc.option(bits),
  driver: fc.option(fc.constantFrom(...DRIVERS)),
  native: fc.option(fc.constantFrom('e1000e', 'nvme')),
  extras,
})

/** A machine of the user's own: up to a dozen functions in a random tree, with or without reported groups. */
export const arbitraryMachine: fc.Arbitrary<Machine> = fc
  .record({
    seeds: fc.array(functionSeed, { minLength: 1, maxLength: 12 }),
    title: text(60),
    grouping: fc.option(fc.nat(3)),
    settings: optional({ interruptRemapping: fc.boolean(), iovaBits: fc.integer({ min: 16, max: 52 }) }),
  })
  .map(({ seeds, title, grouping, settings }) => {
    const devices: PciFunction[] = []
    seeds.forEach(({ above, secondary, extras: more, ...seed }, index) => {
      const bridges = devices.filter((f) => f.bridge)
      devices.push({
        ...seed,
        bdf: `${index % 3 === 2 ? '10000' : '0000'}:${hexOf(index >> 2, 2)}:${hexOf(index >> 1, 2)}.${index & 1}`,
        parent: bridges[above]?.bdf ?? null,
        ...(seed.bridge ? { secondary } : {}),
        ...more,
      })
    })
    const machine: Machine = { id: 'own', title, devices, ...settings }
    if (grouping === null) return machine
    const groups: Record<string, string[]> = {}
    devices.forEach((f, index) => {
      if (index % 4 !== 3) (groups[String((index % (grouping + 1)) + 7)] ??= []).push(f.bdf)
    })
    return { ...machine, groups }
  })

const arbitraryBoot: fc.Arbitrary<Boot> = fc.record(
  {
    iommu: fc.constantFrom('nopt', 'pt'),
    allowUnsafeInterrupts: fc.constant(true),
    acsOverride: fc.constantFrom('downstream', 'downstream,multifunction', 'id:8086:10d3'),
    policy: optional({
      strictBlock: fc.constant(true),
      notifyOnBlockChange: fc.constant(true),
      singletonOnly: fc.constant(true),
      denyProbe: fc.constant(true),
      lockstep: fc.constant(true),
      switchGap: fc.constantFrom('none', 'viaDefault'),
    }).filter((policy) => Object.keys(policy).length > 0),
  },
  { requiredKeys: ['iommu'] },
)

/** Small machines, so that a property is tried often. */
const SHIPPED = MACHINES.filter(({ devices }) => devices.length <= 20)

const SHIPPED_OR_OWN: fc.Arbitrary<Machine> = fc.oneof(fc.constantFrom(...SHIPPED), arbitraryMachine)

/** A question about a step, with words of its own or without. */
function arbitraryPrediction({ devices, groups }: Names): fc.Arbitrary<Prediction> {
  const groupAbout = fc.record({ about: fc.constantFrom('viable', 'isolated'), group: fc.constantFrom(...groups) })
  const subject = fc.oneof(
    fc.constant({ about: 'answer' } as const),
    ...(groups.length > 0 ? [groupAbout] : []),
    ...(devices.length > 0 ? [fc.constantFrom(...devices).map((device) => ({ about: 'dma', device }) as const)] : []),
  )
  return fc.tuple(subject, text(40)).map(([about, question]) => (question === '' ? about : { ...about, question }))
}

/** Something that a step may be expected to show. */
function arbitraryExpectation({ devices, groups }: Names): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom('ok', 'EBUSY', 'ENODEV', 'blocked', 'bug', 'errno:EINVAL:set_iommu', 'any-waiting'),
    ...(groups.length > 0 ? [fc.constantFrom(...groups).map((group) => `viable@${group} & !isolated@${group}`)] : []),
    ...(devices.length > 0 ? [fc.constantFrom(...devices).map((device) => `reaches:all-memory@${device}`)] : []),
  )
}

/**
 * A valid scenario, on a machine that ships or on one of its own.
 * It is in the form that reading it gives: reading it again changes nothing.
 */
export function arbitraryScenario(maxOps = 30, machines = SHIPPED_OR_OWN): fc.Arbitrary<Scenario> {
  const processes = fc
    .uniqueArray(fc.constantFrom('qemu', 'vm2', 'dpdk', 'Spy-1'), { minLength: 1 })
    .chain((names) =>
      fc.tuple(
        ...names.map((name) =>
          fc
            .constantFrom<Omit<ProcessSpec, 'name'>>(
              { user: 'root' },
              { user: 'alice' },
              { user: 'alice', memlock: 'unlimited' },
              { user: 'alice', memlock: 12_345 },
            )
            .map((spec): ProcessSpec => ({ name, ...spec })),
        ),
      ),
    )
  return fc.tuple(machines, processes).chain(([chosen, people]) => {
    const names = namesOf(chosen)
    const machine = SHIPPED.includes(chosen) ? chosen.id : chosen
    const op = arbitraryOp({ ...names, processes: people.map((process) => process.name) })
    const step = fc.record({
      op,
      prediction: fc.option(arbitraryPrediction(names), { freq: 5 }),
      expects: fc.array(arbitraryExpectation(names), { maxLength: 2 }),
      note: fc.option(fc.array(text(20), { minLength: 1, maxLength: 3 }), { freq: 5 }),
    })
    return fc
      .record({
        title: text(40),
        boot: arbitraryBoot,
        kernel: fc.constantFrom(...KERNELS.map((each) => each.id)),
        compare: fc.option(
          fc.shuffledSubarray(
            KERNELS.map((each) => each.id),
            { minLength: 2 },
          ),
        ),
        steps: fc.array(step, { maxLength: maxOps }),
        cursor: fc.nat(maxOps),
        start: fc.option(text(40), { freq: 3 }),
        present: fc.boolean(),
      })
      .map(({ title, boot, kernel, compare, steps, cursor, start, present }): Scenario => {
        const notes: Record<string, string> = start === null || start === '' ? {} : { '0': start }
        const predictions: Record<string, Prediction> = {}
        const expects: Record<string, readonly string[]> = {}
        steps.forEach(({ note, prediction, expects: conditions }, index) => {
          if (conditions.length > 0) expects[String(index + 1)] = conditions
          const words = note?.join('\n') ?? ''
          if (words !== '') notes[String(index + 1)] = words
          if (prediction !== null) predictions[String(index + 1)] = prediction
        })
        return {
          title,
          machine,
          kernel,
          boot,
          processes: people,
          ops: steps.map((each) => each.op),
          cursor: Math.min(cursor, steps.length),
          ...(Object.keys(notes).length > 0 ? { notes } : {}),
          ...(Object.keys(predictions).length > 0 ? { predictions } : {}),
          ...(Object.keys(expects).length > 0 ? { expects } : {}),
          ...(compare === null ? {} : { compare }),
          ...(present ? { present } : {}),
        }
      })
  })
}
