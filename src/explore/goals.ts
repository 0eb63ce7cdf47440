/**
 * What a search looks for: a predicate over a state and the answer that led to it, in words that can be typed.
 *
 *     bug                                the kernel stopped with a BUG
 *     device-fd@01:00.0                  a process holds a file that drives this function
 *     viable & !isolated                 of one group: the kernel says viable, the judge says not isolated
 *     errno:EBUSY:open_group             open_group was refused with EBUSY
 *     never (bug | shared)               asks for proof that it cannot come about
 *
 * A question is about one group at a time: it holds where there is a group for which all of it holds. Words about the
 * last answer (`bug`, `blocked`, `errno`, `ok`) hold for whatever group. A group that nobody has set aside for userspace
 * is neither `isolated` nor `!isolated`.
 */
import type { Errno } from '../sim/errno.ts'
import { wireContext, nativelyDriven } from '../sim/iommu/landing.ts'
import { ISOLATION_FINDINGS, judge, type IsolationFinding, type Judgement } from '../sim/isolation.ts'
import type { Kernel } from '../sim/kernel.ts'
import { isOpKind, type OpKind } from '../sim/op.ts'
import type { Outcome, Result } from '../sim/result.ts'
import type { Snapshot } from '../sim/snapshot.ts'
import type { State } from '../sim/state.ts'
import type { Call, World } from '../sim/world.ts'
import { Releaser } from './release.ts'
import type { Named } from './symmetry.ts'
import { columnHolding, type Column, type System } from './system.ts'

/** `possible`: find a way to it; `never`: it should not come about; `always`: its contrary should not. */
export type Form = 'possible' | 'never' | 'always'

/** A word of a question with its arguments and its subject. */
export interface Atom {
  readonly word: Word
  readonly args: readonly string[]
  readonly subject: string
  /** Where it stands in the text, from 1. */
  readonly column: number
}

/** Negations stand at the words only. */
export type Formula =
  | { readonly kind: 'atom'; readonly atom: Atom; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Formula[] }

export interface Goal {
  readonly text: string
  readonly form: Form
  /** What the search looks for: under `always` already the contrary. */
  readonly formula: Formula
  /** Operations that the question names: they have to take part. */
  readonly kinds: readonly OpKind[]
}

export type GoalReading =
  { readonly ok: true; readonly goal: Goal } | { readonly ok: false; readonly column: number; readonly words: string }

// ---- The words --------------------------------------------------------------------------------------------------

export type Argument = 'errno' | 'op' | 'op?' | 'driver' | 'finding'
export type Subject = 'device' | 'group' | 'process'

interface WordForm {
  /** About the answer of the last operation; else about the state. */
  readonly step: boolean
  readonly args: readonly Argument[]
  /** What may follow `@`. */
  readonly subjects: readonly Subject[]
  /** What it says, for a list of words. */
  readonly means: string
}

const word = (means: string, subjects: readonly Subject[] = ['group', 'device'], args: readonly Argument[] = []) => ({
  step: false,
  args,
  subjects,
  means,
})
const step = (means: string, args: readonly Argument[] = []) => ({
  step: true,
  args,
  subjects: ['device', 'process'] as const,
  means,
})

export const WORDS = {
  bug: { ...step('the kernel stopped with a BUG'), subjects: [] },
  blocked: step('the last operation did not return', ['op?']),
  stuck: step('the last operation did not return, and nothing that users can do lets it', ['op?']),
  errno: step('the last operation was refused with this error', ['errno', 'op?']),
  ok: step('the last operation succeeded', ['op?']),
  'device-fd': word('a process holds a file that drives a function', ['group', 'device', 'process']),
  'group-fd': word('a process holds a file of the group', ['group', 'device', 'process']),
  shared: word('functions of the group are driven by different processes'),
  'host-memory': word('a process drives a function whose DMA reaches memory of the host'),
  viable: word('the kernel says that the group is viable'),
  isolated: word('the judge says that the group is isolated; a group of the host is neither that nor its contrary'),
  finding: word('the judge finds this', ['group', 'device'], ['finding']),
  container: word('the group is in a container'),
  bound: word('a function is bound to this driver', ['group', 'device'], ['driver']),
  waiting: word('a call is waiting', ['group', 'device']),
} as const satisfies Readonly<Record<string, WordForm>>

export type Word = keyof typeof WORDS

/** The form of a word, seen as any of them. */
export function formOf(name: Word): WordForm {
  return WORDS[name]
}

function isWord(text: string): text is Word {
  return Object.hasOwn(WORDS, text)
}

/** The words, in the order in which they are offered. */
export const WORD_NAMES: readonly Word[] = Object.keys(WORDS).filter(isWord)

/** A question to offer: `that` ends “Is it possible that …”. */
export interface Question {
  readonly id: string
  readonly goal: string
  /** In two or three words. */
  readonly title: string
  readonly that: string
}

/** Questions to offer, by what people ask. */
export const QUESTIONS: readonly Question[] = [
  { id: 'bug', goal: 'bug', title: 'BUG_ON', that: 'the kernel stops itself with a BUG_ON' },
  {
    id: 'device-fd',
    goal: 'device-fd',
    title: 'Device fd in hand',
    that: 'a process holds a file that drives a device: the shortest legal set-up',
  },
  {
    id: 'host-memory',
    goal: 'host-memory',
    title: 'DMA into the host',
    that: 'a process drives a device whose DMA reaches memory of the host',
  },
  {
    id: 'shared',
    goal: 'shared',
    title: 'Group shared',
    that: 'two processes drive devices of one group',
  },
  {
    id: 'viable-not-isolated',
    goal: 'viable & !isolated',
    title: 'Viable, not isolated',
    that: 'the kernel calls a group viable that is not isolated',
  },
  {
    id: 'isolated-not-viable',
    goal: 'isolated & !viable',
    title: 'Isolated, not viable',
    that: 'a group is isolated and the kernel does not call it viable',
  },
  { id: 'blocked', goal: 'blocked', title: 'A call waits', that: 'a call does not return at once' },
  {
    id: 'stuck',
    goal: 'stuck',
    title: 'A call waits for ever',
    that: 'a call does not return, and nothing that users can do lets it',
  },
]

// ---- Reading ----------------------------------------------------------------------------------------------------

class GoalError extends Error {
  readonly column: number
  constructor(column: number, words: string) {
    super(words)
    this.column = column
  }
}

interface Token {
  readonly text: string
  readonly column: number
}

/** Reads a question; a fault comes with its column, from 1. Names of the machine are looked up by `compileGoal`. */
export function parseGoal(text: string): GoalReading {
  try {
    return { ok: true, goal: new Parser(text).goal() }
  } catch (error) {
    if (error instanceof GoalError) return { ok: false, column: error.column, words: error.message }
    throw error
  }
}

/** Writes a word of a question as it is typed. */
export function printAtom({ word: name, args, subject }: Pick<Atom, 'word' | 'args' | 'subject'>): string {
  return [name, ...args].join(':') + (subject === '' ? '' : `@${subject}`)
}

const MOST_CHARACTERS = 2000
const DEEPEST = 50

class Parser {
  private readonly tokens: Token[] = []
  private readonly text: string
  private at = 0
  private depth = 0

  constructor(text: string) {
    this.text = text
    if (text.length > MOST_CHARACTERS) throw new GoalError(1, `more than ${MOST_CHARACTERS} characters`)
    for (const match of text.matchAll(/[()!&|]+?|[^\s()!&|]+/g))
      this.tokens.push({ text: match[0], column: match.index + 1 })
  }

  goal(): Goal {
    const first = this.tokens[0]?.text ?? ''
    const form: Form = first === 'never' || first === 'always' ? first : 'possible'
    if (first === 'never' || first === 'always' || first === 'possible') this.at++
    const formula = this.or(form === 'always')
    const extra = this.tokens[this.at]
    if (extra !== undefined) throw new GoalError(extra.column, `expected &, | or the end, not "${extra.text}"`)
    const kinds = new Set<OpKind>()
    for (const { args } of atomsOf(formula)) for (const arg of args) if (isOpKind(arg)) kinds.add(arg)
    return { text: this.text.trim(), form, formula, kinds: [...kinds] }
  }

  private or(negated: boolean): Formula {
    return this.row(['|', 'or'], negated ? 'and' : 'or', () => this.and(negated))
  }

  private and(negated: boolean): Formula {
    return this.row(['&', 'and'], negated ? 'or' : 'and', () => this.not(negated))
  }

  private row(joints: readonly string[], kind: 'and' | 'or', part: () => Formula): Formula {
    const parts = [part()]
    while (joints.includes(this.tokens[this.at]?.text ?? '')) {
      this.at++
      parts.push(part())
    }
    const [only] = parts
    return parts.length === 1 && only !== undefined ? only : { kind, parts }
  }

  private not(negated: boolean): Formula {
    const token = this.tokens[this.at]
    if (token === undefined) throw new GoalError(this.text.length + 1, 'expected a word such as bug or viable')
    if (++this.depth > DEEPEST) throw new GoalError(token.column, 'nested too deeply')
    this.at++
    let formula: Formula
    if (token.text === '!' || token.text === 'not') formula = this.not(!negated)
    else if (token.text === '(') {
      formula = this.or(negated)
      if (this.tokens[this.at]?.text !== ')') {
        throw new GoalError(this.tokens[this.at]?.column ?? this.text.length + 1, 'expected )')
      }
      this.at++
    } else formula = { kind: 'atom', atom: this.atom(token), negated }
    this.depth--
    return formula
  }

  private atom({ text, column }: Token): Atom {
    const sign = text.indexOf('@')
    const subject = sign < 0 ? '' : text.slice(sign + 1)
    const [name = '', ...args] = (sign < 0 ? text : text.slice(0, sign)).split(':')
    if (!isWord(name)) {
      throw new GoalError(column, `expected one of ${Object.keys(WORDS).join(', ')}, not "${name}"`)
    }
    const form = formOf(name)
    let place = column + name.length + 1
    form.args.forEach((argument, index) => {
      const arg = args[index]
      if (arg === undefined) {
        if (!argument.endsWith('?')) throw new GoalError(column, `expected ${name}:${FORMS[argument]}`)
        return
      }
      if (!isArgument(argument, arg)) throw new GoalError(place, `expected ${FORMS[argument]}, not "${arg}"`)
      place += arg.length + 1
    })
    if (args.length > form.args.length) throw new GoalError(place, `${name} takes no "${args[form.args.length] ?? ''}"`)
    if (sign >= 0 && (form.subjects.length === 0 || subject === '')) {
      const known = form.subjects.length === 0 ? 'nothing' : `a ${form.subjects.join(', a ')}`
      throw new GoalError(column + sign, `expected ${known} after "@"`)
    }
    return { word: name, args, subject, column }
  }
}

const FORMS: Readonly<Record<Argument, string>> = {
  errno: 'an error such as EBUSY',
  op: 'an operation such as open_group',
  'op?': 'an operation such as open_group',
  driver: 'a driver such as vfio-pci',
  finding: `one of ${ISOLATION_FINDINGS.join(', ')}`,
}

function isArgument(argument: Argument, text: string): boolean {
  switch (argument) {
    case 'errno':
      return /^E[A-Z0-9]+$/.test(text)
    case 'op':
    case 'op?':
      return isOpKind(text)
    case 'driver':
      return text !== ''
    case 'finding':
      return ISOLATION_FINDINGS.some((finding) => finding === text)
  }
}

function atomsOf(formula: Formula): Atom[] {
  return formula.kind === 'atom' ? [formula.atom] : formula.parts.flatMap(atomsOf)
}

// ---- Asking -----------------------------------------------------------------------------------------------------

/** A question ready to be asked of states, of one system. */
export interface Predicate {
  /** It needs the answer of the operation, so that it has to be asked at every transition and not only of new states. */
  readonly steps: boolean
  /** Things that it names. */
  readonly named: Named
  /**
   * Whether it holds.
   * @param state as the operation has left it
   * @param call null at the start of a search, where no operation has been
   */
  holds(state: State, call: Call | null, outcome: Outcome | null): boolean
}

/**
 * Makes a question ready for a system.
 * @throws Error if it names what the machine or the scenario has not
 */
export function compileGoal(goal: Goal, system: System): Predicate {
  const { kernel, world } = system
  const releaser = new Releaser(system)
  const devices = new Set<number>()
  const processes = new Set<number>()
  const look = (atom: Atom): Compiled => {
    const compiled = compileAtom(atom, world, releaser)
    if (compiled.device >= 0) devices.add(compiled.device)
    if (compiled.process >= 0) processes.add(compiled.process)
    return compiled
  }
  const tree = compileFormula(goal.formula, look)
  const steps = hasStep(tree)
  const files = new DeviceFiles(kernel)
  return {
    steps,
    named: { devices, processes },
    holds(state, call, outcome) {
      const about: Step | null = call === null || outcome === null ? null : { state, call, outcome }
      // With every word taken for true that is dear to ask: what is false then is false anyway.
      if (!mayHold(tree, about, files.usersIn(state))) return false
      const view = new View(world, () => kernel.snapshot(state))
      if (!hasState(tree)) return true
      for (let group = 0; group < world.groups.length; group++) if (isTrue(tree, about, view, group)) return true
      return false
    },
  }
}

interface Step {
  readonly state: State
  readonly call: Call
  readonly outcome: Outcome
}

interface Compiled {
  readonly step: boolean
  /** It is false where fewer processes than this have files of devices open. */
  readonly users: 0 | 1 | 2
  readonly device: number
  readonly group: number
  readonly process: number
  readonly ofStep: (step: Step) => boolean
  /** Of a group: true, false, or null where the word does not apply, and its contrary neither. */
  readonly ofState: (view: View, group: number) => boolean | null
}

type Tree =
  | { readonly kind: 'atom'; readonly atom: Compiled; readonly negated: boolean }
  | { readonly kind: 'and' | 'or'; readonly parts: readonly Tree[] }

function compileFormula(formula: Formula, look: (atom: Atom) => Compiled): Tree {
  if (formula.kind === 'atom') return { kind: 'atom', atom: look(formula.atom), negated: formula.negated }
  return { kind: formula.kind, parts: formula.parts.map((part) => compileFormula(part, look)) }
}

function hasStep(tree: Tree): boolean {
  return tree.kind === 'atom' ? tree.atom.step : tree.parts.some(hasStep)
}

function hasState(tree: Tree): boolean {
  return tree.kind === 'atom' ? !tree.atom.step : tree.parts.some(hasState)
}

function mayHold(tree: Tree, step: Step | null, users: number): boolean {
  if (tree.kind !== 'atom') {
    return tree.kind === 'and'
      ? tree.parts.every((part) => mayHold(part, step, users))
      : tree.parts.some((part) => mayHold(part, step, users))
  }
  const { atom, negated } = tree
  if (atom.step) return isStepTrue(atom, step, negated)
  return negated || users >= atom.users
}

/**
 * How many processes have files of devices open, 2 for more: without one, much that is asked of a state is false, and a
 * glance at two columns tells.
 */
class DeviceFiles {
  private readonly kernel: Kernel
  /** By kind of file, whether it is one of a device. */
  private readonly isDevice: readonly boolean[]
  private state: State | null = null
  private kinds: Column | undefined
  private holders: Column | undefined

  constructor(kernel: Kernel) {
    this.kernel = kernel
    this.isDevice = [false, ...(kernel.shape?.objects ?? []).map((space) => space === 'device' || space === 'file')]
  }

  usersIn(state: State): number {
    if (state !== this.state) {
      this.state = state
      this.kinds = columnHolding(this.kernel, state, 'kind')
      this.holders = columnHolding(this.kernel, state, 'process')
    }
    const { kinds, holders } = this
    if (kinds === undefined || holders === undefined) return 2
    let first = -1
    for (let slot = 0; slot < kinds.length; slot++) {
      if (this.isDevice[kinds[slot] ?? 0] !== true) continue
      const holder = holders[slot] ?? 0
      if (first >= 0 && holder !== first) return 2
      first = holder
    }
    return first < 0 ? 0 : 1
  }
}

function isStepTrue(atom: Compiled, step: Step | null, negated: boolean): boolean {
  return (step !== null && atom.ofStep(step)) !== negated
}

function isTrue(tree: Tree, step: Step | null, view: View, group: number): boolean {
  if (tree.kind === 'atom') {
    if (tree.atom.step) return isStepTrue(tree.atom, step, tree.negated)
    const truth = tree.atom.ofState(view, group)
    return truth !== null && truth !== tree.negated
  }
  return tree.kind === 'and'
    ? tree.parts.every((part) => isTrue(part, step, view, group))
    : tree.parts.some((part) => isTrue(part, step, view, group))
}

/** What is looked up in a state, at most once each. */
class View {
  readonly world: World
  private readonly look: () => Snapshot
  private known: Snapshot | undefined
  private judged: readonly Judgement[] | undefined

  constructor(world: World, look: () => Snapshot) {
    this.world = world
    this.look = look
  }

  get snapshot(): Snapshot {
    this.known ??= this.look()
    return this.known
  }

  judgement(group: number): Judgement | undefined {
    this.judged ??= judge(this.world, this.snapshot)
    return this.judged[group]
  }

  /** Files that drive a function of a group. */
  driving(group: number): { readonly device: number; readonly process: number }[] {
    return this.snapshot.fds.flatMap(({ kind, object, process, access }) => {
      if ((kind !== 'device' && kind !== 'cdev') || access === false) return []
      return this.world.devices[object]?.group === group ? [{ device: object, process }] : []
    })
  }
}

function compileAtom(atom: Atom, world: World, releaser: Releaser): Compiled {
  const { device, group: only, process } = subjectOf(atom, world)
  const isAbout = (each: number): boolean => device < 0 || each === device
  const by = (each: number): boolean => process < 0 || each === process
  const [first = '', second = ''] = atom.args
  const finding: IsolationFinding | undefined = ISOLATION_FINDINGS.find((each) => each === first)

  const ofStep = ({ state, call, outcome }: Step): boolean => {
    const { result, completes } = outcome
    if (atom.word === 'bug') return 'bug' in result || completes?.some((late) => 'bug' in late.result) === true
    if (!isAbout(call.device) || !by(call.by)) return false
    switch (atom.word) {
      case 'blocked':
        return 'blocked' in result && (first === '' || call.op === first)
      case 'stuck':
        return 'blocked' in result && (first === '' || call.op === first) && !releaser.canRelease(state)
      case 'errno': {
        const wanted = (each: Result): boolean => 'ok' in each && !each.ok && isErrno(each.errno, first)
        if (second !== '') return call.op === second && wanted(result)
        return wanted(result) || completes?.some((late) => wanted(late.result)) === true
      }
      case 'ok':
        return 'ok' in result && result.ok && (first === '' || call.op === first)
      default:
        return false
    }
  }

  const ofGroup = (view: View, group: number): boolean | null => {
    const { snapshot } = view
    switch (atom.word) {
      case 'device-fd':
        return view.driving(group).some((file) => isAbout(file.device) && by(file.process))
      case 'group-fd':
        return snapshot.fds.some((fd) => fd.kind === 'group' && fd.object === group && by(fd.process))
      case 'shared':
        return new Set(view.driving(group).map((file) => file.process)).size > 1
      case 'host-memory':
        return view.driving(group).some((file) => isAbout(file.device) && reachesHost(world, snapshot, file.device))
      case 'viable':
        return snapshot.groups[group]?.viable === true
      case 'isolated': {
        const verdict = view.judgement(group)?.verdict
        return verdict === undefined || verdict === 'host' ? null : verdict === 'isolated'
      }
      case 'finding':
        return view.judgement(group)?.findings.some((each) => each.how === finding && isAbout(each.device)) === true
      case 'container':
        return (snapshot.groups[group]?.container ?? -1) >= 0
      case 'bound':
        return (world.groups[group]?.devices ?? []).some(
          (each) => isAbout(each) && world.drivers[snapshot.devices[each]?.driver ?? 0]?.name === first,
        )
      case 'waiting':
        return snapshot.pending.some((call) => isAbout(call.device) && world.devices[call.device]?.group === group)
      default:
        return false
    }
  }
  return {
    step: formOf(atom.word).step,
    users: atom.word === 'shared' ? 2 : atom.word === 'device-fd' || atom.word === 'host-memory' ? 1 : 0,
    device,
    group: only,
    process,
    ofStep,
    ofState: (view, group) => (only >= 0 && group !== only ? null : ofGroup(view, group)),
  }
}

function isErrno(errno: Errno, wanted: string): boolean {
  return errno === wanted
}

/** Whether the DMA of a function reaches memory of the host: any of it, or buffers that its drivers have mapped. */
function reachesHost(world: World, snapshot: Snapshot, device: number): boolean {
  const context = wireContext(world, snapshot, device)
  if (context.kind === 'identity') return true
  return context.kind === 'dma' && nativelyDriven(world, snapshot, context.group).length > 0
}

/** Finds what stands after the `@`: an address (also without domain), a group's number or a process. */
function subjectOf({ word: name, subject, column }: Atom, world: World) {
  const nothing = { device: -1, group: -1, process: -1 }
  if (subject === '') return nothing
  const { subjects } = formOf(name)
  if (subjects.includes('device')) {
    const short = subject.toLowerCase()
    const device = world.deviceIndex.get(short) ?? world.deviceIndex.get(`0000:${short}`)
    if (device !== undefined) return { ...nothing, device, group: world.devices[device]?.group ?? -1 }
  }
  if (subjects.includes('group') && /^\d+$/.test(subject)) {
    const group = world.groupIndex.get(Number(subject))
    if (group !== undefined) return { ...nothing, group }
  }
  if (subjects.includes('process')) {
    const process = world.processIndex.get(subject)
    if (process !== undefined) return { ...nothing, process }
  }
  throw new Error(`column ${column}: "${subject}" is no ${subjects.join(' or ')} of the scenario`)
}
