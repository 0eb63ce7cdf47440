/**
 * The terms of conditions: what can be said of a state and of the answer that led to it. Goals of the search, goals and
 * choices of lessons, predictions and what a scenario promises are all written in them; docs/conditions.md has the table.
 *
 *     bug                              the kernel stopped with a BUG
 *     device-fd@01:00.0                a process holds a file that drives this function
 *     viable & !isolated               of one group: the kernel says viable, the judge says not isolated
 *     errno:EBUSY:open_group           open_group was refused with EBUSY
 *     reaches:host-buffers@01:00.0     DMA of this function lands in buffers of the host's drivers
 */
import { ISOLATION_FINDINGS } from '../../sim/isolation.ts'
import { isOpKind } from '../../sim/op.ts'

/** What a term may be about: what stands behind `@`. */
export type Subject = 'device' | 'group' | 'process'

/** What a term takes behind `:`; with a question mark it may be left out. */
export type Argument =
  'errno' | 'op?' | 'driver' | 'finding' | 'owner' | 'context' | 'place' | 'name' | 'count' | 'step?' | 'value'

export interface TermForm {
  /**
   * `answer`: about the answer of the last operation; `group`: about one group and what is in it; `machine`: about the
   * whole state.
   */
  readonly about: 'answer' | 'group' | 'machine'
  readonly args: readonly Argument[]
  readonly subjects: readonly Subject[]
  /** It compares two devices, both of which have to be named. */
  readonly pair: boolean
  /** What it says, for a table. */
  readonly means: string
}

const GROUP: readonly Subject[] = ['group', 'device']
const GROUP_OR_PROCESS: readonly Subject[] = ['group', 'device', 'process']

/** A form with what it is about as its type, so that the compiler knows the terms of each kind. */
type About<A extends TermForm['about']> = TermForm & { readonly about: A }

const answer = (means: string, args: readonly Argument[] = []): About<'answer'> => ({
  about: 'answer',
  args,
  subjects: ['device', 'process'],
  pair: false,
  means,
})
const group = (means: string, args: readonly Argument[] = [], subjects = GROUP): About<'group'> => ({
  about: 'group',
  args,
  subjects,
  pair: false,
  means,
})
const machine = (means: string, args: readonly Argument[], subjects: readonly Subject[]): About<'machine'> => ({
  about: 'machine',
  args,
  subjects,
  pair: false,
  means,
})
const pair = (means: string): About<'machine'> => ({
  about: 'machine',
  args: [],
  subjects: ['device'],
  pair: true,
  means,
})

const FORMS = {
  bug: { ...answer('the kernel stopped with a BUG'), subjects: [] },
  blocked: answer('the last operation did not return', ['op?']),
  stuck: answer('the last operation did not return, and nothing that users can do lets it (in a search only)', ['op?']),
  errno: answer('the last operation, or without `op` a waiting call that it let return, was refused with this error', [
    'errno',
    'op?',
  ]),
  ok: answer('the last operation succeeded', ['op?']),
  returned: answer('the last operation returned this: a number, or `key=value`', ['value']),
  releases: { ...answer('the last operation let a waiting call return: that of this step of the run', ['step?']) },
  'device-fd': group('a process holds a file that drives a function', [], GROUP_OR_PROCESS),
  'group-fd': group('a process holds a file of the group', [], GROUP_OR_PROCESS),
  'group-opened': group('the kernel counts the group as opened'),
  shared: group('functions of the group are driven by different processes'),
  'user-reaches-host': group('a process drives a function whose DMA reaches memory of the host'),
  viable: group('the kernel says that the group is viable'),
  isolated: group(
    'the judge says that the group is isolated; a group in the host’s hands is neither that nor its contrary',
  ),
  host: group('the group is in the host’s hands: no member is open or set aside for userspace'),
  finding: group('the judge finds this', ['finding']),
  node: group('the file of the group, /dev/vfio/N, is there'),
  container: group('the group is in a container'),
  owner: group('the DMA of the group is owned by this side, where the kernel keeps an owner', ['owner']),
  driver: group('a function is bound to this driver; `none`: to no driver', ['driver']),
  'iommufd-bound': group('a function is bound to an iommufd'),
  attached: group('a function is attached to an address space of its iommufd'),
  context: group('the IOMMU treats DMA of a function in this way', ['context']),
  through: group('DMA of a function goes through the address space or container with this name', ['name']),
  reaches: group('DMA of a function can land there; a process: in its memory', ['place']),
  waiting: group('a call about the group, or the device, is waiting'),
  'same-group': pair('both functions are in one group'),
  'same-context': pair('the IOMMU treats DMA of both functions alike'),
  'any-waiting': machine('a call is waiting, about whatever', [], []),
  holds: machine('a file or object is open under this name', ['name'], ['process']),
  files: machine('so many files and objects are open', ['count'], ['process']),
} as const satisfies Readonly<Record<string, TermForm>>

export type Term = keyof typeof FORMS

/** The terms that are about the answer, a group or the machine. */
export type TermAbout<A extends TermForm['about']> = {
  [T in Term]: (typeof FORMS)[T] extends { readonly about: A } ? T : never
}[Term]

/** Whether a term is about the answer, a group or the machine. */
export function isAbout<A extends TermForm['about']>(term: Term, about: A): term is TermAbout<A> {
  return FORMS[term].about === about
}

/** The form of a term, seen as any of them. */
export function formOf(term: Term): TermForm {
  return FORMS[term]
}

export function isTerm(text: string): text is Term {
  return Object.hasOwn(FORMS, text)
}

/** The terms, in the order in which they are offered. */
export const TERM_NAMES: readonly Term[] = Object.keys(FORMS).filter(isTerm)

// ---- Arguments --------------------------------------------------------------------------------------------------

/** Who owns the DMA of a group, as a snapshot says it. */
export const OWNERS = ['nobody', 'drivers', 'vfio-group', 'iommufd'] as const
/** What the IOMMU does with DMA, as a snapshot says it. */
export const CONTEXTS = ['blocked', 'identity', 'dma', 'domain'] as const
/** Where DMA can land, but for memory of a process, which is called by its name. */
export const PLACES = ['nothing', 'all-memory', 'host-buffers'] as const

const NAME = /^(?:\?|[A-Za-z][A-Za-z0-9_.-]{0,31})$/

/** What an argument should look like, as an error says it. */
export const ARGUMENT_FORMS: Readonly<Record<Argument, string>> = {
  errno: 'an error such as EBUSY',
  'op?': 'an operation such as open_group',
  driver: 'a driver such as vfio-pci',
  finding: `one of ${ISOLATION_FINDINGS.join(', ')}`,
  owner: `one of ${OWNERS.join(', ')}`,
  context: `one of ${CONTEXTS.join(', ')}`,
  place: `one of ${PLACES.join(', ')} or a process`,
  name: 'a name that an operation gave, such as c1',
  count: 'a number',
  'step?': 'the number of a step',
  value: 'a number, or a key and a value such as viable=true',
}

/** Whether a text has the form of an argument. Whether the scenario has what it names is asked later. */
export function isArgument(argument: Argument, text: string): boolean {
  switch (argument) {
    case 'errno':
      return /^E[A-Z0-9]+$/.test(text)
    case 'op?':
      return isOpKind(text)
    case 'driver':
      return /^(?:\?|[A-Za-z0-9_][A-Za-z0-9_.-]*)$/.test(text)
    case 'finding':
      return ISOLATION_FINDINGS.some((each) => each === text)
    case 'owner':
      return OWNERS.some((each) => each === text)
    case 'context':
      return CONTEXTS.some((each) => each === text)
    case 'place':
    case 'name':
      return NAME.test(text)
    case 'count':
    case 'step?':
      return /^\d{1,6}$/.test(text)
    case 'value':
      return /^(?:\d+|\w+=\w+)$/.test(text)
  }
}

// ---- Spellings of before ----------------------------------------------------------------------------------------

/** Terms by the names that they had; a printer writes the names of now. `parse.ts` reads `answer`, `bound` and `unsafe`. */
export const OLD_NAMES: Readonly<Record<string, Term>> = {
  'device-open': 'device-fd',
  'group-open': 'group-opened',
  'in-container': 'container',
  'in-host-hands': 'host',
  'host-memory': 'user-reaches-host',
}

/** Values of arguments by the words that they had. */
export const OLD_VALUES: Readonly<Partial<Record<Argument, Readonly<Record<string, string>>>>> = {
  place: { 'host-memory': 'all-memory' },
  context: { block: 'blocked', dd: 'dma', id: 'identity' },
}
