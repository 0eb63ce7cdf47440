/** Questions in words: the end of “Is it possible that …”. */
import { shortBdf } from '../explain/words.ts'
import { QUESTIONS, type Atom, type Formula, type Goal } from './goals.ts'

/** What a question asks for: the ready-made sentence where there is one, else put together from its words. */
export function questionWords(goal: Goal): string {
  const asked = goal.text.replace(/^(?:possible|never|always)\s+/, '')
  const known = goal.form === 'always' ? undefined : QUESTIONS.find((question) => question.goal === asked)
  if (known !== undefined) return known.that
  const states = atomsOf(goal.formula).filter((atom) => ABOUT_GROUPS.has(atom.word) && atom.subject === '')
  const words = formulaWords(goal.formula, false)
  return states.length > 1 ? `of one and the same group: ${words}` : words
}

const ABOUT_GROUPS: ReadonlySet<Atom['word']> = new Set([
  'device-fd',
  'group-fd',
  'shared',
  'host-memory',
  'viable',
  'isolated',
  'finding',
  'container',
  'bound',
  'waiting',
])

function atomsOf(formula: Formula): Atom[] {
  return formula.kind === 'atom' ? [formula.atom] : formula.parts.flatMap(atomsOf)
}

function formulaWords(formula: Formula, inner: boolean): string {
  if (formula.kind === 'atom') return atomWords(formula.atom, formula.negated)
  const words = formula.parts.map((part) => formulaWords(part, true)).join(`, ${formula.kind} `)
  return inner ? `(${words})` : words
}

/** A word of a question, or its contrary, as a sentence. */
export function atomWords({ word, args, subject }: Pick<Atom, 'word' | 'args' | 'subject'>, negated: boolean): string {
  const [first = '', second = ''] = args
  const { group, device, isDevice, process } = subjectWords(subject)
  const noDevice = isDevice ? device : `no${device.slice(1)}`
  const call = (op: string): string => {
    const name = op === '' ? 'a call' : op
    return subject === '' ? name : isDevice ? `${name} on ${device}` : `${name} of ${subject}`
  }
  const pick = (yes: string, no: string): string => (negated ? no : yes)
  const does = (verb: string, what: string): string =>
    process === null
      ? `${pick('a', 'no')} process ${verb}s ${what}`
      : `${process} ${pick(`${verb}s`, `does not ${verb}`)} ${what}`
  switch (word) {
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
    case 'device-fd':
      return does('hold', `a file that drives ${device}`)
    case 'group-fd':
      return does('hold', `a file of ${group}`)
    case 'shared':
      return `${pick('two', 'no two')} processes drive devices of ${group}`
    case 'host-memory':
      return does('drive', `${device} whose DMA reaches memory of the host`)
    case 'viable':
      return `the kernel ${pick('calls', 'does not call')} ${group} viable`
    case 'isolated':
      return `${group} is ${pick('', 'not ')}isolated`
    case 'finding':
      return `the judge ${pick('finds', 'does not find')} ${first} in ${group}`
    case 'container':
      return `${group} is in ${pick('a', 'no')} container`
    case 'bound':
      return pick(`${device} is bound to ${first}`, `${noDevice} is ${isDevice ? 'not ' : ''}bound to ${first}`)
    case 'waiting':
      return `${pick('a', 'no')} call about ${isDevice ? device : group} is waiting`
  }
}

/** How a sentence names what stands behind the `@`, or anything if nothing does. */
function subjectWords(subject: string): {
  readonly group: string
  readonly device: string
  readonly isDevice: boolean
  readonly process: string | null
} {
  if (subject.includes(':')) {
    const address = shortBdf(subject)
    return { group: `the group of ${address}`, device: address, isDevice: true, process: null }
  }
  if (/^\d+$/.test(subject)) {
    return { group: `group ${subject}`, device: `a device of group ${subject}`, isDevice: false, process: null }
  }
  return { group: 'the group', device: 'a device', isDevice: false, process: subject === '' ? null : subject }
}
