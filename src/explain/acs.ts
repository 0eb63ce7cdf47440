/** What a function's Access Control Services come to, in a word with a glyph, and in a sentence. */
import type { PciFunction } from '../sim/machine.ts'
import { acsReason, missingAcs, type AcsOverride, type AcsReason } from '../sim/pci/acs.ts'

export interface AcsMark {
  readonly glyph: '✓' | '✗' | '◐' | '⚠' | '?'
  readonly word: string
  readonly tone: 'ok' | 'bad' | 'warn' | 'none'
  readonly words: string
}

const MARKS: Readonly<Record<AcsReason, AcsMark | null>> = {
  on: { glyph: '✓', word: 'isolates', tone: 'ok', words: 'Its ACS is on: what comes from below goes up to the IOMMU.' },
  quirk: {
    glyph: '✓',
    word: 'by quirk',
    tone: 'ok',
    words: 'The kernel has a quirk for it: the vendor says that it isolates, though its ACS registers do not.',
  },
  'quirk-denies': {
    glyph: '✗',
    word: 'not isolating',
    tone: 'bad',
    words: 'The kernel has a quirk for it: it does not isolate, whatever its ACS registers say.',
  },
  'integrated-quirk': {
    glyph: '✓',
    word: 'by quirk',
    tone: 'ok',
    words: 'Linux takes Intel’s integrated endpoints for isolated: they do not talk to one another.',
  },
  override: {
    glyph: '⚠',
    word: 'pretended',
    tone: 'warn',
    words: 'It has no ACS. pcie_acs_override makes the kernel believe that it isolates; the hardware does not.',
  },
  conventional: {
    glyph: '✗',
    word: 'PCI, no ACS',
    tone: 'none',
    words: 'Conventional PCI: there is no ACS, and everybody on the bus hears everybody.',
  },
  bridge: {
    glyph: '✗',
    word: 'no ACS',
    tone: 'none',
    words: 'A bridge between PCI Express and PCI: it never isolates what is behind it.',
  },
  'event-collector': {
    glyph: '✗',
    word: 'no ACS',
    tone: 'none',
    words: 'An event collector of the root complex counts as not isolating.',
  },
  alone: null,
  'no-capability': {
    glyph: '✗',
    word: 'no ACS',
    tone: 'bad',
    words: 'It has no ACS capability: DMA from below, or from its neighbours, may turn round in it.',
  },
  off: {
    glyph: '◐',
    word: 'ACS off',
    tone: 'bad',
    words: 'It has the ACS capability, but not all of it is switched on.',
  },
}

/** Reasons that do not look at the ACS registers, so that it does not matter whether a listing tells those. */
const WITHOUT_REGISTERS = new Set<AcsReason>([
  'override',
  'conventional',
  'bridge',
  'event-collector',
  'alone',
  'integrated-quirk',
])

/** The mark of a function; null for one that has nobody beside it to be kept apart from. */
export function acsMark(f: PciFunction, override?: AcsOverride): AcsMark | null {
  const reason = acsReason(f, override)
  const mark = MARKS[reason]
  if (mark === null) return null
  if (f.assumed?.includes('acs') === true && !WITHOUT_REGISTERS.has(reason)) {
    const taken = mark.glyph === '✓' ? 'on' : 'missing'
    return {
      glyph: '?',
      word: 'ACS unknown',
      tone: 'none',
      words: `The listing does not tell its ACS (lspci shows it to root only, with -vvv). Taken as ${taken}.`,
    }
  }
  if (reason !== 'off') return mark
  const missing = missingAcs(f).join(', ')
  return {
    ...mark,
    words: `It has the ACS capability, but ${missing} ${missingAcs(f).length === 1 ? 'is' : 'are'} off.`,
  }
}
