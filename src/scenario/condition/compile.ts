/** Makes a condition ready to be asked of states of one world. */
import type { World } from '../../sim/world.ts'
import { holdsOfAnswer, holdsOfGroup, holdsOfMachine, type About } from './evaluate.ts'
import { ConditionError, kindOf, type Atom, type Formula } from './parse.ts'
import { formOf, isAbout, PLACES, type Subject, type Term } from './terms.ts'
import type { AnsweredCall, View } from './view.ts'

/**
 * A condition of one world. Terms without a subject are about one and the same group: the condition holds where there is
 * a group for which all of it does. A condition that names one group, or devices of one, is about that group.
 */
export interface Compiled {
  /** It asks the answer of the last operation, and not only the state. */
  readonly asksAnswer: boolean
  /** Devices and processes that it names. */
  readonly devices: ReadonlySet<number>
  readonly processes: ReadonlySet<number>
  /**
   * Whether it holds.
   * @param call null: nothing has been asked yet
   */
  holds(view: View, call: AnsweredCall | null): boolean
  /**
   * Cheap upper bound: assumes that expensive terms hold. Where it is false, `holds` is false.
   * @param users how many processes have files of devices open; 2 stands for more
   */
  mayHold(view: View, call: AnsweredCall | null, users: number): boolean
}

type Tree =
  | { readonly kind: 'term'; readonly term: CompiledTerm; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Tree[] }

interface CompiledTerm {
  readonly scope: 'answer' | 'group' | 'machine'
  /** It is false where fewer processes than this have files of devices open. */
  readonly users: 0 | 1 | 2
  readonly about: About
  readonly ofAnswer: (view: View, call: AnsweredCall | null) => boolean
  /** Null where the term does not apply, and its contrary neither. */
  readonly ofGroup: (view: View, group: number) => boolean | null
}

/**
 * Compiles a condition.
 * @throws ConditionError if it names what the world has not
 */
export function compileCondition(formula: Formula, world: World): Compiled {
  const terms: CompiledTerm[] = []
  const tree = compileFormula(formula, (atom) => {
    const term = compileTerm(atom, world)
    terms.push(term)
    return term
  })
  const ofGroups = terms.filter(({ scope }) => scope === 'group')
  const named = new Set(ofGroups.flatMap(({ about: { group } }) => (group < 0 ? [] : [group])))
  const [only = -1] = named.size === 1 ? named : []
  const groups = ofGroups.length === 0 ? [-1] : world.groups.map((_, group) => group)
  return {
    asksAnswer: terms.some(({ scope }) => scope === 'answer'),
    devices: indices(terms.flatMap(({ about }) => [about.device, about.second])),
    processes: indices(terms.map(({ about }) => about.process)),
    holds: (view, call) => groups.some((group) => isTrue(tree, view, call, group, only)),
    mayHold: (view, call, users) => mayHold(tree, view, call, users),
  }
}

function indices(values: readonly number[]): ReadonlySet<number> {
  return new Set(values.filter((value) => value >= 0))
}

function compileFormula(formula: Formula, compile: (atom: Atom) => CompiledTerm): Tree {
  if (formula.kind === 'term') return { kind: 'term', term: compile(formula.atom), negated: formula.negated }
  return { kind: formula.kind, parts: formula.parts.map((part) => compileFormula(part, compile)) }
}

function compileTerm(atom: Atom, world: World): CompiledTerm {
  const { term, args } = atom
  const { about: scope } = formOf(term)
  const about = aboutOf(atom, world)
  checkProcess(atom, world)
  return {
    scope,
    users: term === 'shared' ? 2 : term === 'device-fd' || term === 'user-reaches-host' ? 1 : 0,
    about,
    ofAnswer: ofAnswer(term, args, about),
    ofGroup: isAbout(term, 'group') ? (view, group) => holdsOfGroup(term, args, about, view, group) : () => false,
  }
}

function ofAnswer(term: Term, args: readonly string[], about: About): CompiledTerm['ofAnswer'] {
  if (isAbout(term, 'machine')) return (view) => holdsOfMachine(term, args, about, view)
  if (isAbout(term, 'answer')) return (view, call) => holdsOfAnswer(term, args, about, call, view)
  return () => false
}

/** A process to which DMA is to reach has to be one of the scenario. */
function checkProcess({ term, args: [place = ''], argColumns: [column = 1] }: Atom, world: World): void {
  if (term !== 'reaches' || PLACES.some((each) => each === place) || world.processIndex.has(place)) return
  throw new ConditionError(column, `expected one of ${PLACES.join(', ')} or a process, not "${place}"`)
}

/** Finds what a term is about: an address (also without domain), the number of a group, a process. */
function aboutOf({ subjects }: Atom, world: World): About {
  const about = { device: -1, group: -1, process: -1, second: -1 }
  for (const { text, column } of subjects) {
    const found = lookUp(text, world)
    if (found === undefined) throw new ConditionError(column, `"${text}" is no ${kindOf(text)} of the scenario`)
    switch (kindOf(text)) {
      case 'device':
        if (about.device >= 0) about.second = found
        else about.device = found
        about.group = world.devices[found]?.group ?? -1
        break
      case 'group':
        about.group = found
        break
      case 'process':
        about.process = found
    }
  }
  return about
}

function lookUp(text: string, world: World): number | undefined {
  const kind: Subject = kindOf(text)
  const short = text.toLowerCase()
  switch (kind) {
    case 'device':
      return world.deviceIndex.get(short) ?? world.deviceIndex.get(`0000:${short}`)
    case 'group':
      return world.groupIndex.get(Number(text))
    case 'process':
      return world.processIndex.get(text)
  }
}

/** Whether a condition holds for a group. `only`: the one group that the condition names; -1: none, or several. */
function isTrue(tree: Tree, view: View, call: AnsweredCall | null, group: number, only: number): boolean {
  if (tree.kind !== 'term') {
    return tree.kind === 'and'
      ? tree.parts.every((part) => isTrue(part, view, call, group, only))
      : tree.parts.some((part) => isTrue(part, view, call, group, only))
  }
  const { term, negated } = tree
  if (term.scope !== 'group') return term.ofAnswer(view, call) !== negated
  const own = term.about.group
  if (own === only && own >= 0 && own !== group) return false
  const truth = term.ofGroup(view, own >= 0 ? own : group)
  return truth !== null && truth !== negated
}

function mayHold(tree: Tree, view: View, call: AnsweredCall | null, users: number): boolean {
  if (tree.kind !== 'term') {
    return tree.kind === 'and'
      ? tree.parts.every((part) => mayHold(part, view, call, users))
      : tree.parts.some((part) => mayHold(part, view, call, users))
  }
  const { term, negated } = tree
  if (term.scope === 'answer') return term.ofAnswer(view, call) !== negated
  return negated || users >= term.users
}
