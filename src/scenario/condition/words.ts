/** Conditions as sentences. */
import { shortBdf } from '../../explain/words.ts'
import { atomsOf, kindOf, type Atom, type Formula } from './parse.ts'
import { formOf } from './terms.ts'

/** A condition as a sentence without its full stop. */
export function conditionWords(formula: Formula): string {
  const unnamed = atomsOf(formula).filter(
    ({ term, subjects }) => formOf(term).about === 'group' && subjects.length === 0,
  )
  const words = formulaWords(formula, false)
  return unnamed.length > 1 ? `of one and the same group: ${words}` : words
}

function formulaWords(formula: Formula, inner: boolean): string {
  if (formula.kind === 'term') return atomWords(formula.atom, formula.negated)
  const words = formula.parts.map((part) => formulaWords(part, true)).join(`, ${formula.kind} `)
  return inner ? `(${words})` : words
}

/** A term, or its contrary, as a sentence. */
export function atomWords(atom: Pick<Atom, 'term' | 'args' | 'subjects'>, negated: boolean): string {
  const { term, args } = atom
  const [first = '', second = ''] = args
  const named = namesOf(atom)
  const { group, device, isDevice, process, other } = named
  const pick = (yes: string, no: string): string => (negated ? no : yes)
  const noDevice = isDevice ? device : `no${device.slice(1)}`
  /** “01:00.0 is bound”, “01:00.0 is not bound”, “a device is bound”, “no device is bound”. */
  const deviceIs = (what: string): string =>
    pick(`${device} is ${what}`, `${noDevice} is ${isDevice ? 'not ' : ''}${what}`)
  const call = (op: string): string => callWords(op, named)
  const does = (verb: string, what: string): string =>
    process === null
      ? `${pick('a', 'no')} process ${verb}s ${what}`
      : `${process} ${pick(`${verb}s`, `does not ${verb}`)} ${what}`
  switch (term) {
    case 'bug':
      return pick('the kernel stops itself with a BUG_ON', 'the kernel does not stop itself')
    case 'blocked':
      return `${call(first)} ${pick('does not return at once', 'returns at once')}`
    case 'stuck':
      return `${call(first)} ${pick('waits for ever', 'does not wait for ever')}`
    case 'errno':
      return `${call(second)} is ${pick('', 'not ')}refused with ${first}`
    case 'ok':
      return `${call(first)} ${pick('succeeds', 'does not succeed')}`
    case 'returned':
      return `${call('')} ${pick('returns', 'does not return')} ${first}`
    case 'releases':
      return `${call('')} ${pick('lets', 'does not let')} ${first === '' ? 'a waiting call' : `the call of step ${first}`} return`
    case 'device-fd':
      return does('hold', `a file that drives ${device}`)
    case 'group-fd':
      return does('hold', `a file of ${group}`)
    case 'group-opened':
      return `the kernel ${pick('counts', 'does not count')} ${group} as opened`
    case 'shared':
      return `${pick('two', 'no two')} processes drive devices of ${group}`
    case 'user-reaches-host':
      return does('drive', `${device} whose DMA reaches memory of the host`)
    case 'viable':
      return `the kernel ${pick('calls', 'does not call')} ${group} viable`
    case 'isolated':
      return `${group} is ${pick('', 'not ')}isolated`
    case 'host':
      return `${group} is ${pick('', 'not ')}in the host’s hands`
    case 'finding':
      return `the judge ${pick('finds', 'does not find')} ${first} in ${group}`
    case 'node':
      return `the file of ${group} is ${pick('', 'not ')}there`
    case 'container':
      return `${group} is in ${pick('a', 'no')} container`
    case 'owner':
      return `the DMA of ${group} is ${pick('', 'not ')}owned by ${first}`
    case 'driver':
      if (first === 'none')
        return pick(`${device} has no driver`, `${isDevice ? device : `every${device.slice(1)}`} has a driver`)
      return deviceIs(`bound to ${first}`)
    case 'iommufd-bound':
      return deviceIs('bound to an iommufd')
    case 'attached':
      return deviceIs('attached to an address space')
    case 'context':
      return `the IOMMU ${pick(...contextWords(first))} DMA of ${device}`
    case 'through':
      return `DMA of ${device} ${pick('goes', 'does not go')} through ${first}`
    case 'reaches':
      return `DMA of ${device} ${pick('can', 'cannot')} land ${placeWords(first)}`
    case 'waiting':
      return `${pick('a', 'no')} call about ${isDevice ? device : group} is waiting`
    case 'same-group':
      return `${device} and ${other} are ${pick('', 'not ')}in one group`
    case 'same-context':
      return `the IOMMU ${pick('treats', 'does not treat')} DMA of ${device} and ${other} alike`
    case 'any-waiting':
      return `${pick('a', 'no')} call is waiting`
    case 'holds':
      return process === null
        ? `${first} is ${pick('', 'not ')}open`
        : `${process} ${pick('holds', 'does not hold')} ${first}`
    case 'files':
      return process === null
        ? `all processes together ${pick('hold', 'do not hold')} ${first} files and objects`
        : does('hold', `${first} files and objects`)
  }
}

function contextWords(kind: string): readonly [yes: string, no: string] {
  switch (kind) {
    case 'blocked':
      return ['blocks', 'does not block']
    case 'identity':
      return ['passes on unchanged', 'does not pass on unchanged']
    case 'dma':
      return ['translates by the host’s default domain', 'does not translate by the host’s default domain']
    default:
      return ['translates by an address space of userspace', 'does not translate by an address space of userspace']
  }
}

const PLACES: ReadonlyMap<string, string> = new Map([
  ['nothing', 'nowhere'],
  ['all-memory', 'anywhere in the host’s memory'],
  ['host-buffers', 'in buffers of the host’s drivers'],
])

function placeWords(place: string): string {
  return PLACES.get(place) ?? `in memory of ${place}`
}

interface Names {
  readonly group: string
  readonly device: string
  readonly isDevice: boolean
  readonly process: string | null
  /** The second device of a pair. */
  readonly other: string
}

/** How a sentence names what a term is about, or anything where nothing is named. */
function namesOf({ subjects }: Pick<Atom, 'subjects'>): Names {
  const texts = subjects.map(({ text }) => text)
  const [address, other = ''] = texts.filter((text) => kindOf(text) === 'device').map(shortBdf)
  const number = texts.find((text) => kindOf(text) === 'group')
  const process = texts.find((text) => kindOf(text) === 'process') ?? null
  if (address !== undefined) {
    return { group: `the group of ${address}`, device: address, isDevice: true, process, other }
  }
  if (number !== undefined) {
    return { group: `group ${number}`, device: `a device of group ${number}`, isDevice: false, process, other }
  }
  return { group: 'the group', device: 'a device', isDevice: false, process, other }
}

function callWords(op: string, { device, isDevice, process }: Names): string {
  const name = op === '' ? 'a call' : op
  return `${name}${isDevice ? ` on ${device}` : ''}${process === null ? '' : ` of ${process}`}`
}
