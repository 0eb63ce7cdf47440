/** Which line of the text told what, and which lines told nothing. */
import { BDF } from './address.ts'
import type { Place } from './facts.ts'
import { inOrderOfText } from './other-machines.ts'
import {
  MAX_FACTS,
  MAX_PASSED_OVER,
  MAX_SOURCES,
  type ImportedFact,
  type ImportPlace,
  type ImportResult,
  type ImportSource,
  type PassedOver,
  type PassedOverWhy,
  type Told,
} from './result.ts'

interface Source {
  readonly place: ImportPlace
  readonly tells: Set<Told>
}

/** Lines are no longer than this where they are repeated. */
const MAX_TEXT = 160

/** An address, also as libvirt and lshw write it; not a part of a longer number or word. */
const ADDRESS = new RegExp(
  `(?<![\\w:.])(?:pci@)?${BDF}(?!\\w|:\\w|\\.\\d)|\\bpci_[0-9a-f]{4,8}_[0-9a-f]{2}_[0-9a-f]{2}_[0-7]`,
  'i',
)
const DRIVER = /\b(?:kernel )?drivers?(?: in use)?["']? {0,4}[:=] {0,4}["']?[a-z]\w|\bdrv=\w/i
const GROUP = /\biommu[ _-]?groups?["']?(?: {0,4}[:=#] {0,4}| {1,4}|\/)["']?\d/i

/** Whether a line names a function. */
export function hasAddress(bare: string): boolean {
  return ADDRESS.test(bare)
}

/** Whether a line has something that must not be dropped without a word: an address, a driver or a group. */
export function isWorthSaying(bare: string): boolean {
  return ADDRESS.test(bare) || DRIVER.test(bare) || GROUP.test(bare)
}

/** Keeps for each function the lines that told of it, the facts, and the lines that told nothing. */
export class Sources {
  private readonly byFunction = new Map<string, Source[]>()
  private readonly facts: ImportedFact[] = []
  /** Lines of the current paste that have told something; pieces of one line are told apart. */
  private understoodLines = new Set<Place>()
  /** Lines of the current paste that have not, so far. */
  private passed = new Map<Place, PassedOver>()
  /** Lines of the log about functions that perhaps nothing names. */
  private readonly pending: { readonly bdf: string; readonly item: PassedOver }[] = []
  private readonly finished: PassedOver[] = []
  private paste = 0

  nextPaste(): void {
    this.finishPaste()
    this.paste++
  }

  told(bdf: string, what: Told, place: Place): void {
    this.understood(place)
    const known = this.byFunction.get(bdf)
    if (known === undefined) {
      this.byFunction.set(bdf, [{ place: this.at(place), tells: new Set([what]) }])
      return
    }
    const last = known.at(-1)
    if (last?.place.line === place.no && (last.place.paste ?? 0) === this.paste) last.tells.add(what)
    else {
      // The first lines and the last one: of two statements the later counts.
      if (known.length === MAX_SOURCES) known.pop()
      known.push({ place: this.at(place), tells: new Set([what]) })
    }
  }

  fact(fact: Omit<ImportedFact, keyof ImportPlace | 'text'>, place: Place): void {
    this.understood(place)
    const { line, paste } = this.at(place)
    const same = (known: ImportedFact | undefined): boolean =>
      known?.kind === fact.kind && known.line === line && known.paste === paste && known.bdf === fact.bdf
    if (same(this.facts.at(-1))) return
    if (this.facts.length < MAX_FACTS) this.facts.push({ ...fact, ...this.at(place), text: shortened(place.bare) })
  }

  /** A line of the log tells something of a function, which counts only if something else names the function. */
  toldOfNamed(bdf: string, what: Told, place: Place): void {
    this.told(bdf, what, place)
    if (this.pending.length < MAX_PASSED_OVER) this.pending.push({ bdf, item: this.item('log', place) })
  }

  understood(place: Place): void {
    this.understoodLines.add(place)
  }

  isUnderstood(place: Place): boolean {
    return this.understoodLines.has(place)
  }

  /** @param always whether the line is listed although it shows no address, driver or group */
  passOver(why: PassedOverWhy, place: Place, always = false): void {
    if (this.passed.has(place) || this.understoodLines.has(place)) return
    if (this.finished.length + this.passed.size >= MAX_PASSED_OVER) return
    if (!always && place.joined !== true && !isWorthSaying(place.bare)) return
    this.passed.set(place, this.item(why, place))
  }

  /** The end of a line that is too long has been cut off. */
  cutOff(place: Place): void {
    if (this.finished.length + this.passed.size < MAX_PASSED_OVER) this.finished.push(this.item('long', place))
  }

  /** @param isNamed whether a function is among the result's devices */
  result(isNamed: (bdf: string) => boolean): Pick<ImportResult, 'sources' | 'facts' | 'passedOver'> {
    this.finishPaste()
    const sources = [...this.byFunction]
      .filter(([bdf]) => isNamed(bdf))
      .map(([bdf, list]): [string, ImportSource[]] => [
        bdf,
        list.map(({ place, tells }) => ({ ...place, tells: [...tells] })),
      ])
    const unnamed = this.pending.filter(({ bdf }) => !isNamed(bdf)).map(({ item }) => item)
    const passedOver = [...this.finished, ...unnamed].sort(inOrderOfText)
    const last = passedOver[MAX_PASSED_OVER - 1]
    if (last !== undefined) passedOver.splice(MAX_PASSED_OVER - 1, Infinity, { ...last, why: 'more' })
    return { sources: Object.fromEntries(sources), facts: this.facts, passedOver }
  }

  private item(why: PassedOverWhy, place: Place): PassedOver {
    return { ...this.at(place), text: shortened(place.bare), why }
  }

  private at({ no }: Place): ImportPlace {
    return { line: no, ...(this.paste > 0 ? { paste: this.paste } : {}) }
  }

  private finishPaste(): void {
    for (const [place, item] of this.passed) if (!this.understoodLines.has(place)) this.finished.push(item)
    this.passed = new Map()
    this.understoodLines = new Set()
  }
}

function shortened(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text
}
