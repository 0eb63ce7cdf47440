import { compareAddresses, fullAddress } from './address.ts'
import { bridgeByClass, codeOfClass } from './class-names.ts'
import {
  MAX_WARNINGS,
  type ImportedDevice,
  type ImportedError,
  type ImportedFact,
  type ImportResult,
  type ImportWarning,
  type PassedOverWhy,
  type Told,
  type WarningCode,
} from './result.ts'
import { decimal, Memberships } from './memberships.ts'
import { Contradictions, type ContradictionPlace } from './other-machines.ts'
import { hasAddress, Sources } from './sources.ts'

/** What has been read of one function so far. Null: the text does not say (yet). */
export interface Facts {
  readonly bdf: string
  class: string | null
  className: string
  vendor: string | null
  device: string | null
  name: string
  /** Two digits of `(rev a1)`; empty if not told. */
  revision: string
  driver: string | null
  driverKnown: boolean
  bridge: boolean | null
  pcieType: string
  secondary: string
  subordinate: string
  acs: { cap?: string; ctl?: string } | null
  capabilities: 'read' | 'denied' | null
}

/** Makers by the beginning of their names in pci.ids; some tools leave the maker out. */
const MAKER =
  /^(?:Intel|NVIDIA|Advanced Micro|ATI|Realtek|Samsung|Broadcom|Mellanox|ASPEED|ASMedia|Qualcomm|Red Hat|Sandisk|Phison|LSI|Marvell|VIA Tech|Silicon|JMicron|Micron|Western Digital|Aquantia|MEDIATEK|Matrox|QLogic|Chelsio|Renesas|SK hynix|KIOXIA)\b/

/** Where in the text a fact stands. */
export interface Place {
  readonly no: number
  readonly bare: string
  /** The line has an address, a driver or a group that only the text as it was pasted shows. */
  readonly joined?: boolean
}

/** Details of a function from lines that do not count as naming it. */
export interface Hint {
  readonly vendor?: string
  readonly device?: string
  readonly class?: string
  readonly pcieType?: string
  readonly secondary?: string
  readonly subordinate?: string
}

/**
 * Collects facts of one machine from any number of outputs, in the order of the text. Facts of one function are merged
 * by address: what is known is never replaced by what is not; of two different statements the later counts.
 */
export class Machine {
  private readonly devices = new Map<string, Facts>()
  private readonly parents = new Map<string, string | null>()
  private readonly hints = new Map<string, Hint>()
  private readonly nonPci = new Map<string, Set<string>>()
  private readonly unnumbered: Set<string>[] = []
  private readonly errors = new Map<string, ImportedError>()
  private readonly formats: string[] = []
  private readonly warnings: ImportWarning[] = []
  private readonly sources = new Sources()
  private readonly memberships = new Memberships()
  private paste = 0
  private readonly contradictions = new Contradictions()

  nextSection(): void {
    this.memberships.nextSection()
  }

  nextPaste(): void {
    this.memberships.nextSection()
    this.paste++
    this.sources.nextPaste()
  }

  /** The time of the kernel log goes back: another boot. */
  nextBoot(): void {
    this.memberships.nextBoot()
  }

  /** Where another machine begins, if the text names the same addresses with other hardware. */
  otherMachine(): ContradictionPlace | null {
    return this.contradictions.verdict()
  }

  /** A line tells something of a function. */
  told(bdf: string, what: Told, place: Place): void {
    this.sources.told(bdf, what, place)
  }

  /** A line states a fact. */
  fact(fact: Omit<ImportedFact, 'line' | 'paste' | 'text'>, place: Place): void {
    this.sources.fact(fact, place)
  }

  /** A line has been understood although it tells nothing of one function, as the heading of a group. */
  understood(place: Place): void {
    this.sources.understood(place)
  }

  isUnderstood(place: Place): boolean {
    return this.sources.isUnderstood(place)
  }

  /** The end of a line that is too long has been cut off, and with it an address, a driver or a group. */
  cutOff(place: Place): void {
    this.sources.cutOff(place)
  }

  /** No reader wanted a line, or a reader took it and found nothing in it. */
  passOver(why: PassedOverWhy, place: Place, always = false): void {
    this.sources.passOver(why, place, always)
  }

  format(name: string): void {
    if (!this.formats.includes(name)) this.formats.push(name)
  }

  warn(code: WarningCode, place: Place): void {
    if (this.warnings.length >= MAX_WARNINGS) return
    const text = place.bare.length > 160 ? `${place.bare.slice(0, 159)}…` : place.bare
    this.warnings.push({ line: place.no, code, text, ...(this.paste > 0 ? { paste: this.paste } : {}) })
  }

  /** The facts of a function by its full address; names the function if no line has before. `place`: where it is named. */
  device(bdf: string, place?: Place): Facts {
    if (place !== undefined) this.told(bdf, 'name', place)
    const known = this.devices.get(bdf)
    if (known !== undefined) return known
    const fresh: Facts = {
      bdf,
      class: null,
      className: '',
      vendor: null,
      device: null,
      name: '',
      revision: '',
      driver: null,
      driverKnown: false,
      bridge: null,
      pcieType: '',
      secondary: '',
      subordinate: '',
      acs: null,
      capabilities: null,
    }
    this.devices.set(bdf, fresh)
    return fresh
  }

  has(bdf: string): boolean {
    return this.devices.has(bdf)
  }

  /** A driver is bound, or with null: none is. */
  driver(facts: Facts, driver: string | null, place: Place): void {
    if (facts.driverKnown && facts.driver !== driver) this.warn('conflict', place)
    this.told(facts.bdf, 'driver', place)
    facts.driver = driver
    facts.driverKnown = true
  }

  ids(facts: Facts, vendor: string | null, device: string | null, place: Place): void {
    if (vendor !== null || device !== null) this.told(facts.bdf, 'ids', place)
    if (vendor === null || device === null) {
      facts.vendor ??= vendor
      facts.device ??= device
      return
    }
    const differs = facts.vendor !== null && (facts.vendor !== vendor || facts.device !== device)
    if (differs) this.warn('conflict', place)
    if (facts.device !== null) this.contradictions.compared(facts.bdf, differs, { paste: this.paste, line: place.no })
    facts.vendor = vendor
    facts.device = device
  }

  /** A line of lspci describes a function that another one has described: as hardware of another kind or maker, or not. */
  described(facts: Facts, code: string | null, name: string, place: Place): void {
    if (facts.class === null || facts.name === '' || name === '') return
    const makers = [MAKER.exec(facts.name)?.[0], MAKER.exec(name)?.[0]]
    const differs =
      (code !== null && code.slice(0, 2) !== facts.class.slice(0, 2)) ||
      (makers[0] !== undefined && makers[1] !== undefined && makers[0] !== makers[1])
    this.contradictions.compared(facts.bdf, differs, { paste: this.paste, line: place.no })
  }

  /** The revision of the hardware, which stays the same as long as the hardware does; `ff` is read from what is dead. */
  revision(facts: Facts, revision: string, place: Place): void {
    if (revision === '' || revision === 'ff') return
    const differs = facts.revision !== '' && facts.revision !== revision
    if (facts.revision !== '') this.contradictions.compared(facts.bdf, differs, { paste: this.paste, line: place.no })
    facts.revision = revision
  }

  /** Class by code (4 digits, or 6 with the programming interface), by name, or both. */
  classOf(facts: Facts, code: string | null, name: string, place?: Place): void {
    if (place !== undefined && (code !== null || name !== '')) this.told(facts.bdf, 'class', place)
    if (code !== null) facts.class = code.slice(0, 4)
    else if (name !== '') facts.class ??= codeOfClass(name) ?? null
    if (name !== '') facts.className = name
    facts.bridge = bridgeByClass(facts.class, facts.className === '' ? undefined : facts.className) ?? facts.bridge
  }

  parent(bdf: string, parent: string | null, place?: Place): void {
    if (parent === bdf) return
    if (place !== undefined) this.told(bdf, 'parent', place)
    // "On a root bus" can be said for want of better knowledge, a bridge cannot.
    if (parent !== null || !this.parents.has(bdf)) this.parents.set(bdf, parent)
    if (parent !== null) this.device(parent).bridge = true
  }

  /** Whether a function is device 0 below a bridge on a root bus, where a switch would have its upstream port. */
  isBelowRootPort(bdf: string): boolean {
    const above = this.parents.get(bdf)
    return above !== undefined && above !== null && this.parents.get(above) === null && /:00\.[0-7]$/.test(bdf)
  }

  /** A listing shows a function in a group. */
  member(bdf: string, group: string, place: Place): void {
    this.device(bdf)
    this.told(bdf, 'group', place)
    this.memberships.listed(bdf, group, place)
  }

  /** The group that the current output has put a function into, if it has. */
  groupInSection(bdf: string): string | null {
    return this.memberships.groupInSection(bdf)
  }

  /** The kernel log says that a function joined a group, or with null: left it. The last line counts. */
  log(word: string, group: string | null, place: Place): void {
    const bdf = fullAddress(word)
    if (bdf !== null) {
      if (group !== null) this.device(bdf)
      if (group === null) this.sources.toldOfNamed(bdf, 'group', place)
      else this.told(bdf, 'group', place)
      const givenUp = this.memberships.logged(bdf, group, place)
      if (givenUp) this.fact({ kind: 'iommu-given-up' }, place)
      return
    }
    if (!hasAddress(place.bare)) this.understood(place)
    // It is in one group at a time: the last line counts.
    for (const members of this.nonPci.values()) members.delete(word)
    if (group !== null) this.nonPciMember(word, group)
  }

  /** What the kernel log tells of a function in passing; counts only if something else names the function. */
  hint(bdf: string, hint: Hint, place: Place): void {
    this.sources.toldOfNamed(bdf, hint.secondary === undefined ? 'ids' : 'buses', place)
    this.hints.set(bdf, { ...this.hints.get(bdf), ...hint })
  }

  nonPciMember(name: string, group: string): void {
    const key = decimal(group)
    const members = this.nonPci.get(key)
    if (members === undefined) this.nonPci.set(key, new Set([name]))
    else members.add(name)
  }

  /** Opens a group without number; what the result's `add` is given belongs to it. */
  unnumberedGroup(): { add: (bdf: string, place: Place) => void } {
    const group = new Set<string>()
    this.unnumbered.push(group)
    return {
      add: (bdf, place) => {
        this.device(bdf)
        this.told(bdf, 'group', place)
        group.add(bdf)
      },
    }
  }

  error(bdf: string | null, group: string | null, place: Place): void {
    this.fact({ kind: 'error', ...(bdf === null ? {} : { bdf }), ...(group === null ? {} : { group }) }, place)
    const error: ImportedError = { bdf, group: group === null ? null : decimal(group), kind: 'not-viable' }
    this.errors.set(`${bdf ?? ''} ${error.group ?? ''}`, error)
  }

  result(): ImportResult {
    // What has something below it is a bridge, whatever class another text gives it.
    for (const parent of this.parents.values()) if (parent !== null) this.device(parent).bridge = true
    for (const facts of this.devices.values()) {
      const hint = this.hints.get(facts.bdf)
      if (hint !== undefined) this.apply(facts, hint)
    }
    const { groups, alternatives } = this.memberships.states((code, place) => this.warn(code, place))
    const inNumberedGroup = new Set(Object.values(groups).flat())
    const unnumbered = this.unnumbered
      .map((members) => [...members].filter((bdf) => !inNumberedGroup.has(bdf)).sort(compareAddresses))
      .filter((members) => members.length > 0)
    // The same failure is often reported twice, once with the address and once without.
    const located = new Set([...this.errors.values()].filter(({ bdf }) => bdf !== null).map(({ group }) => group))
    const errors = [...this.errors.values()].filter(({ bdf, group }) => bdf !== null || !located.has(group))
    const nonPci = [...this.nonPci].filter(([, members]) => members.size > 0)
    const devices = [...this.devices.values()].sort((a, b) => compareAddresses(a.bdf, b.bdf))
    const parents = [...this.parents].sort(([a], [b]) => compareAddresses(a, b))
    return {
      format: formatName(this.formats),
      groups,
      devices: Object.fromEntries(devices.map((facts) => [facts.bdf, deviceOf(facts)])),
      ...(parents.length === 0 ? {} : { parents: Object.fromEntries(parents) }),
      ...(nonPci.length === 0
        ? {}
        : { nonPciMembers: Object.fromEntries(nonPci.map(([group, members]) => [group, [...members].sort()])) }),
      ...(unnumbered.length === 0 ? {} : { unnumberedGroups: unnumbered }),
      ...(Object.keys(alternatives).length === 0 ? {} : { alternatives }),
      ...(errors.length === 0 ? {} : { errors }),
      warnings: this.warnings,
      ...this.sources.result((bdf) => this.devices.has(bdf)),
    }
  }

  /** Fills in from the log what nothing else tells. */
  private apply(facts: Facts, hint: Hint): void {
    if (hint.vendor !== undefined && hint.device !== undefined && facts.vendor === null) {
      facts.vendor = hint.vendor
      facts.device = hint.device
    }
    if (hint.class !== undefined && facts.class === null) this.classOf(facts, hint.class, '')
    if (hint.pcieType !== undefined && facts.pcieType === '') facts.pcieType = hint.pcieType
    if (hint.secondary !== undefined && facts.secondary === '') {
      facts.bridge = true
      facts.secondary = hint.secondary
      facts.subordinate = hint.subordinate ?? hint.secondary
    }
  }
}

/** The formats in the order of the text. A whole boot log has the lines of `dmesg`; an error beside a log comes last. */
function formatName(formats: readonly string[]): string {
  const log = formats.some((name) => name.startsWith('dmesg-'))
  const whole = formats.includes('dmesg-full')
  const names = formats.filter(
    (name) =>
      !(whole && /^dmesg-(?:new|old)$/.test(name)) &&
      !(log && name === 'qemu-error') &&
      !formats.some((other) => isMoreVerbose(other, name)),
  )
  return [...names, ...(log && formats.includes('qemu-error') ? ['error'] : [])].join('+')
}

/** `lspci-vvv-nn` and `lspci-v-nn`: a record of which little is left looks as if it came from a less verbose run. */
function isMoreVerbose(other: string, name: string): boolean {
  const [, degree = '', style = ''] = /^lspci-(v{1,3})((?:-.*)?)$/.exec(name) ?? []
  return (
    degree !== '' && other !== name && other.startsWith(`lspci-${degree}v`) && other.replace(/^lspci-v+/, '') === style
  )
}

function deviceOf(facts: Facts): ImportedDevice {
  return {
    class: facts.class,
    vendor: facts.vendor,
    device: facts.device,
    driver: facts.driver,
    ...(facts.driverKnown ? { driverKnown: true } : {}),
    bridge: facts.bridge,
    ...(facts.className === '' ? {} : { className: facts.className }),
    ...(facts.name === '' ? {} : { name: facts.name }),
    ...(facts.pcieType === '' ? {} : { pcieType: facts.pcieType }),
    ...(facts.secondary === '' ? {} : { secondary: facts.secondary, subordinate: facts.subordinate }),
    ...(facts.acs === null ? {} : { acs: facts.acs }),
    ...(facts.capabilities === null ? {} : { capabilities: facts.capabilities }),
  }
}
