/** Which device a person most likely asks about. */
import { driverFamily } from '../sim/drivers.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { BDF, fullAddress } from '../import/address.ts'
import { candidatesOf, isHostPart, isObscure, isOnBoard, kindOf, slotOf, type DeviceKind } from './kinds.ts'
import { lookupOf, type Lookup } from './lookup.ts'
import { hasCountingMember, mayBeBridge } from './members.ts'
import type { Reading } from './reading.ts'

/**
 * The function that a person most likely asks about, in this order: one that an error names; one that a command or a
 * guest's configuration names; one that a sentence names; one of the group that an error names; one whose ids were given to vfio-pci; one that is on
 * a VFIO driver while its group is not free; any that is; a graphics card in a slot; the first of those that people pass
 * on. A bridge, a part of the host, or what is on a root bus and of unknown class only where there is nothing else.
 */
export function likelyWanted(machine: Machine, reading: Reading): string | null {
  const lookup = lookupOf(machine)
  const { usual, rest } = candidatesOf(machine)
  const { messages, surroundings } = reading
  const passable = (bdf: string | null): PciFunction | undefined => {
    const f = lookup.byBdf.get(bdf ?? '')
    return f === undefined || f.bridge || isHostPart(f) ? undefined : f
  }
  const members = messages.flatMap(({ group }) => (group === null ? [] : (lookup.groups.get(group) ?? [])))
  const inGroup = new Set(members)
  const ids = new Set(surroundings.vfioIds.map(({ value }) => value))
  const onVfio = usual.filter(({ driver }) => driver !== null && driverFamily(driver) === 'vfio')
  const held = heldGroups(lookup)
  const likely =
    first(messages, ({ bdf }) => passable(bdf)) ??
    first(surroundings.wishes, ({ value }) => passable(value)) ??
    namedInSentence(usual, surroundings.sentences, passable) ??
    usual.find((f) => inGroup.has(f)) ??
    usual.find((f) => ids.has(`${f.vendor ?? ''}:${f.device ?? ''}`)) ??
    onVfio.find((f) => held.has(lookup.groupOf.get(f) ?? '')) ??
    onVfio[0] ??
    kindInSentence(usual, surroundings.sentences) ??
    usual.find((f) => kindOf(f) === 'graphics' && !isOnBoard(f)) ??
    usual.find((f) => kindOf(f) !== 'unknown' && kindOf(f) !== 'other') ??
    likelyUnseen(lookup, usual) ??
    usual[0] ??
    // Nothing that people pass on: what is told is refused with its reason, the rest cannot be judged.
    rest.find((f) => !isObscure(f)) ??
    rest.find((f) => inGroup.has(f)) ??
    rest.find(({ bdf }) => !bdf.endsWith(':00:00.0')) ??
    rest[0]
  return likely?.bdf ?? null
}

/** The function whose address a sentence has, or a model's number that one function's name has alone: “the 3080”. */
function namedInSentence(
  usual: readonly PciFunction[],
  sentences: Reading['surroundings']['sentences'],
  passable: (bdf: string | null) => PciFunction | undefined,
): PciFunction | undefined {
  for (const { value } of sentences) {
    const addresses = [...value.matchAll(ADDRESS)].flatMap(([, word = '']) => passable(fullAddress(word)) ?? [])
    if (addresses[0] !== undefined) return addresses[0]
    const models = value.replaceAll(ADDRESS, ' ').match(/\b(?=[a-z-]*\d)[a-z\d-]{3,12}\b/g) ?? []
    for (const model of models) {
      const pattern = new RegExp(`(?<![a-z\\d])${model}(?![a-z\\d])`, 'i')
      const named = usual.filter(({ name = '' }) => pattern.test(name))
      const [only] = named
      if (only !== undefined && named.every(({ bdf }) => slotOf(bdf) === slotOf(only.bdf))) return only
    }
  }
  return undefined
}

const ADDRESS = new RegExp(`(?<![\\w:.])(${BDF})(?!\\w|:\\w|\\.\\d)`, 'gi')

/** Words for kinds of devices in a sentence. */
const KIND_WORDS: readonly (readonly [pattern: RegExp, kinds: readonly DeviceKind[]])[] = [
  [
    /\bd?gpus?\b|\bgraphics?(?: card)?\b|\bvideo card|grafikkarte|\begpu\b|видеокарт|显卡|carte graphique/iu,
    ['graphics'],
  ],
  [/\bnvme\b|\bm\.2\b/iu, ['nvme']],
  [/\bhba\b|\bsata\b|\bsas\b|\braid\b|\bdisk controller|\blsi\b/iu, ['storage']],
  [/\bnics?\b|\bnetwork (?:card|adapter)|\bethernet|netzwerkkarte|carte réseau|сетев|网卡|\bwi-?fi\b/iu, ['network']],
  [/\busb (?:card|controller)|\busb-controller/iu, ['usb']],
  [/\bsound ?card|soundkarte|\baudio card/iu, ['audio']],
]

/** Where sentences speak of one kind of device alone, the first of that kind, one in a slot before one on the board. */
function kindInSentence(
  usual: readonly PciFunction[],
  sentences: Reading['surroundings']['sentences'],
): PciFunction | undefined {
  const kinds = new Set(
    KIND_WORDS.filter(([pattern]) => sentences.some(({ value }) => pattern.test(value))).flatMap(([, kind]) => kind),
  )
  const [kind] = kinds
  if (kinds.size !== 1) return undefined
  const ofKind = usual.filter((f) => kindOf(f) === kind)
  return ofKind.find((f) => !isOnBoard(f)) ?? ofKind[0]
}

function first<T>(items: readonly T[], find: (item: T) => PciFunction | undefined): PciFunction | undefined {
  for (const item of items) {
    const found = find(item)
    if (found !== undefined) return found
  }
  return undefined
}

/** Groups in which somebody is held by a driver of the host, or may be. */
function heldGroups({ groups }: Lookup): Set<string> {
  const held = [...groups].filter(([, members]) =>
    members.some(({ bridge, driver }) => {
      const family = driver === null ? 'none' : driverFamily(driver)
      return !bridge && (family === 'native' || family === 'unknown' || family === 'uio')
    }),
  )
  return new Set(held.map(([id]) => id))
}

/** More functions of unknown kind than this tell nobody what is meant. */
const MOST_UNSEEN = 100

/**
 * Where no class is told: a slot with a function 1, as graphics cards have; else one that shares its group with others,
 * for that is what people ask about; else any.
 */
function likelyUnseen(lookup: Lookup, usual: readonly PciFunction[]): PciFunction | undefined {
  const unseen = usual
    .filter((f) => kindOf(f) === 'unknown' && f.bdf.endsWith('.0'))
    .slice(0, MOST_UNSEEN)
    .toSorted((a, b) => Number(mayBeBridge(lookup, a)) - Number(mayBeBridge(lookup, b)))
  const slot = (f: PciFunction): readonly PciFunction[] => lookup.bySlot.get(slotOf(f.bdf)) ?? []
  const likeGraphics = unseen.find((f) => {
    const functions = slot(f)
    return (
      functions.length > 1 &&
      functions.length <= 4 &&
      functions.every((other) => sharesGroup(lookup, f, other)) &&
      functions.every((other) => !other.bridge) &&
      !reachesDeeper(lookup, functions)
    )
  })
  const crowded = unseen.find((f) => {
    const members = lookup.groups.get(lookup.groupOf.get(f) ?? '') ?? []
    return slot(f).length === 1 && hasCountingMember(lookup, f, members)
  })
  return likeGraphics ?? crowded ?? unseen[0]
}

function sharesGroup({ groupOf }: Lookup, a: PciFunction, b: PciFunction): boolean {
  return groupOf.get(a) === groupOf.get(b)
}

/** A chip whose group reaches beyond its slot over several buses, as a chipset's does, is no card. */
function reachesDeeper({ groups, groupOf }: Lookup, functions: readonly PciFunction[]): boolean {
  const [f] = functions
  const members = f === undefined ? [] : (groups.get(groupOf.get(f) ?? '') ?? [])
  return members.some((other) => !functions.includes(other) && other.bdf.slice(0, 7) > (f?.bdf.slice(0, 7) ?? ''))
}
