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
  const isDevice = subject.includes(':')
  const isGroup = /^\d+$/.test(subject)
  const address = shortBdf(subject)
  const group = isDevice ? `the group of ${address}` : isGroup ? `group ${subject}` : 'the group'
  const device = isDevice ? address : isGroup ? `a device of group ${subject}` : 'a device'
  const somebody = subject === '' || isDevice || isGroup ? 'a process' : subject
  const nobody = somebody === 'a process' ? 'no process' : `${subject} does not`
  const [first = '', second = ''] = args
  const call = (op: string): string => {
    const name = op === '' ? 'a call' : op
    return subject === '' ? name : isDevice ? `${name} on ${address}` : `${name} of ${subject}`
  }
  const holds = (what: string): string =>
    !negated
      ? `${somebody} holds ${what}`
      : somebody === 'a process'
        ? `${nobody} holds ${what}`
        : `${nobody} hold ${what}`
  const pick = (yes: string, no: string): string => (negated ? no : yes)
  switch (word) {
    case 'bug':
      return pick('the kernel stops itself with a BUG_ON', 'the kernel does not stop itself')
    case 'blocked':
      return pick(`${call(first)} does not return at once`, `no call is waiting when it returns`)
    case 'stuck':
      return pick(`${call(first)} waits for ever`, `what waits can be let go`)
    case 'errno':
      return pick(`${call(second)} is refused with ${first}`, `${call(second)} is not refused with ${first}`)
    case 'ok':
      return pick(`${call(first)} succeeds`, `${call(first)} does not succeed`)
    case 'device-fd':
      return holds(`a file that drives ${device}`)
    case 'group-fd':
      return holds(`a file of ${group}`)
    case 'shared':
      return pick(`two processes drive devices of ${group}`, `no two processes drive devices of ${group}`)
    case 'host-memory':
      return pick(
        `a process drives ${device} whose DMA reaches memory of the host`,
        `no process drives ${device} whose DMA reaches memory of the host`,
      )
    case 'viable':
      return pick(`the kernel calls ${group} viable`, `the kernel does not call ${group} viable`)
    case 'isolated':
      return pick(`${group} is isolated`, `${group} is not isolated`)
    case 'finding':
      return pick(`the judge finds ${first} in ${group}`, `the judge does not find ${first} in ${group}`)
    case 'container':
      return pick(`${group} is in a container`, `${group} is in no container`)
    case 'bound':
      return pick(`${device} is bound to ${first}`, `${isDevice ? device : `no device`} is bound to ${first}`)
    case 'waiting':
      return pick(`a call about ${isDevice ? device : group} is waiting`, `no call about ${group} is waiting`)
  }
}
