import fc from 'fast-check'
import type { AcsBit, PciFunction, PciKind } from '../machine.ts'

interface Seed {
  readonly kind: PciKind
  readonly functions: number
  readonly gap: number
  readonly multifunction: boolean
  readonly cap: readonly AcsBit[] | null
  readonly ctrl: readonly AcsBit[] | null
  readonly aliases: readonly number[]
  readonly quirk: boolean | null
  readonly flags: number
  readonly vendor: string
  readonly virtual: number
  readonly below: readonly Seed[]
}

const KINDS: Readonly<Record<'root' | 'pcie' | 'switch' | 'pci', readonly PciKind[]>> = {
  root: ['rp', 'rp', 'rp', 'pci', 'rciep', 'rcec', 'pcie2pci', 'pci2pcie', 'ep'],
  pcie: ['ep', 'ep', 'legep', 'usp', 'pcie2pci', 'pci'],
  switch: ['dsp', 'dsp', 'dsp', 'ep'],
  pci: ['pci', 'pci', 'pci2pcie'],
}
const BRIDGES = new Set<PciKind>(['rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie'])

const bits = fc.subarray<AcsBit>(['SV', 'RR', 'CR', 'UF'])
/** Few slots and functions, so that aliases and slots meet. */
const devfns = fc.constantFrom(0, 1, 2, 3, 8, 9, 10, 16)

function seeds(place: keyof typeof KINDS, depth: number): fc.Arbitrary<readonly Seed[]> {
  const seed = fc.constantFrom(...KINDS[place]).chain((kind): fc.Arbitrary<Seed> => {
    const under = kind === 'rp' || kind === 'dsp' || kind === 'pci2pcie' ? 'pcie' : kind === 'usp' ? 'switch' : 'pci'
    const leads = BRIDGES.has(kind) || (kind === 'pci' && depth % 2 === 0)
    return fc.record({
      kind: fc.constant(kind),
      functions: fc.integer({ min: 1, max: 3 }),
      gap: fc.integer({ min: 1, max: 3 }),
      multifunction: fc.boolean(),
      cap: fc.option(fc.oneof(fc.constant<readonly AcsBit[]>(['SV', 'RR', 'CR', 'UF']), bits)),
      ctrl: fc.option(bits, { freq: 4 }),
      aliases: fc.oneof(
        { weight: 4, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.uniqueArray(devfns, { maxLength: 3 }) },
      ),
      quirk: fc.option(fc.boolean(), { freq: 8 }),
      flags: fc.nat(63),
      vendor: fc.constantFrom('8086', '1b36'),
      virtual: fc.constantFrom(0, 0, 0, 2),
      below: leads && depth > 0 ? seeds(under, depth - 1) : fc.constant([]),
    })
  })
  return fc.array(seed, { minLength: 1, maxLength: depth > 2 ? 4 : 2 })
}

/** Random machines for property tests: root buses in one or two segments; each slot has one to three functions, of which only the first leads on. */
export const machines = fc
  .array(fc.tuple(fc.nat(1), seeds('root', 3)), { minLength: 1, maxLength: 3 })
  .map((roots): PciFunction[] => {
    const functions: PciFunction[] = []
    const used = [0, 0]
    /** The next free bus of a segment. */
    const takeBus = (segment: number): number => {
      const bus = used[segment] ?? 0
      used[segment] = bus + 1
      return bus
    }
    const add = (list: readonly Seed[], segment: number, bus: number, parent: string | null): void => {
      let slot = -1
      for (const seed of list) {
        slot += seed.gap
        for (let fn = 0; fn < seed.functions; fn++) {
          const bdf = address(segment, bus, slot, fn)
          const leads = fn === 0 && seed.below.length > 0
          const secondary = leads ? takeBus(segment) : 0
          functions.push({
            bdf,
            kind: fn === 0 || !BRIDGES.has(seed.kind) ? seed.kind : seed.flags & 1 ? seed.kind : 'ep',
            bridge: leads,
            parent,
            ...(leads ? { secondary } : {}),
            multifunction: seed.functions > 1 || seed.multifunction,
            acsCap: fn === 1 && seed.flags & 2 ? null : seed.cap,
            ...(seed.cap !== null && seed.ctrl !== null ? { acsCtrl: seed.ctrl } : {}),
            ...(seed.aliases.length > 0 ? { aliases: seed.aliases } : {}),
            ...(seed.quirk !== null && fn !== 2 ? { acsQuirk: seed.quirk } : {}),
            ...(seed.flags & 4 && leads ? { bridgeAlias: true } : {}),
            ...((seed.flags & 56) === 56 && leads ? { xlateRoot: true } : {}),
            vendor: seed.vendor,
            device: fn === 0 ? '0001' : '0002',
            driver: null,
            native: null,
          })
          if (leads) add(seed.below, segment, secondary, bdf)
        }
        // Virtual functions: beside the card or, when its bus is full, on a bus that no bridge leads to.
        if (parent !== null && (seed.kind === 'ep' || seed.kind === 'legep')) {
          const virtualBus = seed.flags & 1 ? takeBus(segment) : bus
          for (let vf = 0; vf < seed.virtual; vf++) {
            functions.push({
              bdf: address(segment, virtualBus, 16 + slot, vf),
              kind: 'ep',
              bridge: false,
              parent,
              multifunction: false,
              acsCap: seed.cap,
              driver: null,
              native: null,
            })
          }
        }
      }
    }
    for (const [segment, list] of roots) {
      const bus = takeBus(segment)
      add(list, segment, bus, null)
    }
    return functions
  })
  .filter((functions) => new Set(functions.map(({ bdf }) => bdf)).size === functions.length)

function address(segment: number, bus: number, slot: number, fn: number): string {
  const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0')
  return `${hex(segment, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`
}
