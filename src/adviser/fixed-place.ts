/** Devices that cannot be moved to another slot. */
import type { PciFunction } from '../sim/machine.ts'
import { isOnBoard, isVirtualFunction, slotOf } from './kinds.ts'
import { bridgesAbove, type Lookup } from './lookup.ts'

/**
 * `processor`: the graphics or another part of an APU; `laptop`: soldered into a laptop; `board`: a chip on the board;
 * `thunderbolt`: in a dock or enclosure, which has one cable; `virtual`: a function of another card.
 */
export type FixedPlace = 'processor' | 'laptop' | 'board' | 'thunderbolt' | 'virtual'

const APU_NAMES =
  /\b(?:Raven|Picasso|Renoir|Lucienne|Cezanne|Barcelo|Rembrandt|Phoenix\d?|HawkPoint\d?|Hawk Point|Mendocino|Raphael|Granite Ridge|Strix|Krackan|Van ?Gogh|Sephiroth|Kaveri|Carrizo|Stoney|Kabini|Mullins|Trinity|Richland|Godavari|Wani)\b|Radeon Vega (?:Series|Mobile)/i
const LAPTOP_NAMES =
  /\b(?:Mobile|Max-Q|Laptop GPU|Mobility)\b|\bMX\d{3}\b|\b(?:GTX?|RTX) ?\d{3,4} ?M\b|\bGP10\dM\b|\bTU1\d\dM\b|\bGA10\dM\b|\bAD10\dM\b/i
/** Chips that boards have, and modules that fit one place only. */
const BOARD_NAMES =
  /\bI219\b|\bI21[789]-|\bASPEED\b|\bMatrox .{0,20}G200|\bWi-?Fi\b|\bWireless\b|802\.11|\bMatisse USB|\bCard Reader\b|\bRTS5\d{3}|\bSXM\d?\b|\bOAM\b/i
/** Chips that are on boards as well as on cards. */
const CHIP_NAMES = /\bRTL81|\bRTL8\d{3}|\bI21[01]\b|\bI22[56]|\bKiller\b|\bAQC\d{3}|\bASM\d{4}/i
const THUNDERBOLT_NAMES =
  /Thunderbolt|Titan Ridge|Alpine Ridge|Maple Ridge|Goshen Ridge|Falcon Ridge|Barlow Ridge|\bJHL\d{4}|\bDSL\d{4}/i

/** Why a device has no other slot to go to; null: nothing speaks against one. */
export function fixedPlaceOf(lookup: Lookup, f: PciFunction): FixedPlace | null {
  if (isVirtualFunction(f)) return 'virtual'
  if (isPartOfProcessor(lookup, f)) return 'processor'
  const above = bridgesAbove(lookup, f)
  if (above.some(({ name = '' }) => THUNDERBOLT_NAMES.test(name))) return 'thunderbolt'
  if (isOnBoard(f)) return 'board'
  const card = lookup.bySlot.get(slotOf(f.bdf)) ?? [f]
  if (card.some((other) => LAPTOP_NAMES.test(other.name ?? ''))) return 'laptop'
  return BOARD_NAMES.test(f.name ?? '') ? 'board' : null
}

/** A chip that is on boards as well as on cards: nobody can tell from a listing. */
export function mayBeOnBoard({ name = '' }: PciFunction): boolean {
  return CHIP_NAMES.test(name)
}

/** A function of AMD's processors with graphics: they share a slot number with its security processor and USB. */
function isPartOfProcessor(lookup: Lookup, f: PciFunction): boolean {
  const card = lookup.bySlot.get(slotOf(f.bdf)) ?? [f]
  if (card.some(({ name = '', class: code }) => code?.startsWith('03') === true && APU_NAMES.test(name))) return true
  if (card.some(({ vendor, class: code }) => vendor === '1022' && code === '1080')) return true
  return bridgesAbove(lookup, f).some(({ name = '' }) => /Internal PCIe (?:GPP|.{0,20}Bridge)/i.test(name))
}
