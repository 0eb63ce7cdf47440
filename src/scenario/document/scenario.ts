/**
 * The scenario: the only document. A saved file, a script, a link and a lesson all become one of these, and everything
 * on the screen is derived from it. `readScenario` is the one gate through which a document from outside gets in.
 */
import * as v from 'valibot'
import { UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import {
  SWITCH_GAPS,
  type Boot,
  type Machine,
  type PciFunction,
  type PolicyOptions,
  type ProcessSpec,
} from '../../sim/machine.ts'
import { isOp, isOpKind, keysOf, OP_KINDS, valueOf, type Op, type OpKind, type Role } from '../../sim/op.ts'
import { compileWorld, demandOf, type Setup } from '../../sim/world.ts'
import { tidyPolicy } from './boot.ts'

export interface Scenario {
  /** One line; empty for a run that nobody has named. */
  readonly title: string
  /** Id of a machine that ships, or a machine of the user's own. */
  readonly machine: string | Machine
  readonly kernel: KernelId
  readonly boot: Boot
  /** At least one; the first does what names no process. */
  readonly processes: readonly ProcessSpec[]
  readonly ops: readonly Op[]
  /** How many of the operations are done when the scenario opens: 0 to `ops.length`. */
  readonly cursor: number
  /** Words for single steps, keyed by the step's number as people count, from '1'; '0' is the freshly booted machine. */
  readonly notes?: Readonly<Record<string, string>>
  /** What whoever plays the run is asked before a step is shown, keyed as notes are. */
  readonly predictions?: Readonly<Record<string, Prediction>>
  /** The kernels that the run is shown under side by side: at least two, each once. Absent: it is played. */
  readonly compare?: readonly KernelId[]
  /** The run opens as a presentation: over the whole screen, in big type. */
  readonly present?: true
}

/**
 * A question about what a step will bring: its answer, whether a group is then viable or isolated, or where DMA of a
 * device then goes. The replay knows the answer (`questionOf`); `question` are words of one's own.
 */
export type Prediction = (
  | { readonly about: 'answer' }
  | { readonly about: 'viable' | 'isolated'; readonly group: string }
  | { readonly about: 'dma'; readonly device: string }
) & { readonly question?: string }

/** What may be left out of a document, and stands then. */
export const DEFAULTS = {
  title: '',
  boot: { iommu: 'nopt' },
  processes: [{ name: 'qemu', user: 'root' }],
} as const satisfies Partial<Scenario>

/** How much a document may hold: far more than a person makes, little enough to be replayed at once. */
export const LIMITS = {
  ops: 20_000,
  devices: 5_000,
  processes: 64,
  /** Bridges above a function. */
  depth: 64,
  title: 200,
  note: 2_000,
  question: 200,
  /** Address spaces × different ranges that are mapped. */
  mappings: 1_000_000,
  /** A longer list of faults helps nobody. */
  problems: 20,
} as const

/** A fault in a document: where (`ops[3].device`; empty: the whole), of what kind, and in words. */
export interface Problem {
  readonly place: string
  readonly code: ProblemCode
  readonly words: string
}

/**
 * `shape`: a value is missing or not of the form that it should have; `key`: a key that no document has and that only
 * an attack on the program would use; the others: a name that nothing in the document bears.
 */
export type ProblemCode =
  'shape' | 'key' | 'unknown-machine' | 'unknown-device' | 'unknown-group' | 'unknown-process' | 'machine'

export type Reading =
  { readonly ok: true; readonly scenario: Scenario } | { readonly ok: false; readonly problems: readonly Problem[] }

/** Finds a machine that ships by its id (`machineById`; the machines' floor lies above this one). */
export type MachineFinder = (id: string) => Machine | undefined

/**
 * Reads a document of unknown origin. Unknown keys are dropped, what may be left out is filled in.
 * @param value what `JSON.parse` gave
 * @param machineById if given, the machine's id and the names that operations use on it are checked as well
 * @returns the scenario, or at most `LIMITS.problems` faults; never throws
 */
export function readScenario(value: unknown, machineById?: MachineFinder): Reading {
  const forbidden = forbiddenKeys(value)
  if (forbidden.length > 0) return { ok: false, problems: forbidden }
  const parsed = v.safeParse(scenarioSchema, value)
  if (!parsed.success) return { ok: false, problems: parsed.issues.slice(0, LIMITS.problems).map(problemOf) }
  const scenario: Scenario = parsed.output
  const problems = [...machineProblems(scenario), ...sizeProblems(scenario), ...nameProblems(scenario, machineById)]
  return problems.length === 0 ? { ok: true, scenario } : { ok: false, problems: problems.slice(0, LIMITS.problems) }
}

/** The machine that a scenario plays on; undefined for an id that does not ship. */
export function machineOf(scenario: Scenario, machineById: MachineFinder): Machine | undefined {
  return typeof scenario.machine === 'string' ? machineById(scenario.machine) : scenario.machine
}

/** What a replay of the scenario starts from, on the machine that `machineOf` found. */
export function setupOf(scenario: Pick<Scenario, 'boot' | 'processes'>, machine: Machine): Setup {
  return { machine, boot: scenario.boot, processes: scenario.processes }
}

// ---- Forms of single values -------------------------------------------------------------------------------------

const KERNEL_FORM = `a kernel that this release simulates (${KERNELS.map((kernel) => kernel.id).join(', ')})`

function isKernelId(word: string): word is KernelId {
  return KERNELS.some((kernel) => kernel.id === word)
}

const MACHINE_ID = /^[a-z0-9][a-z0-9._-]{0,63}$/
const NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,31}$/
/** What an operation opens is not called like a line of a script's head. */
const FD = /^(?!(?:title|machine|kernel|compare|boot|process|cursor)$)[A-Za-z][A-Za-z0-9_.-]{0,31}$/
const BDF = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/
const DRIVER = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/
const GROUP = /^(?:0|[1-9][0-9]{0,5})$/
const WORD = /^[a-z0-9_]{1,32}$/
const ACS_OVERRIDE = /^[A-Za-z0-9_,:-]{0,200}$/
const STEP = /^[1-9][0-9]{0,4}$/
const NOTED = /^(?:0|[1-9][0-9]{0,4})$/
/** No control characters, no halves of surrogate pairs (they do not survive UTF-8), nothing that turns the line around. */
const LINE = /^[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]*$/u
const LINES = /^(?:[^\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]|\n)+$/u

/** What each role of an operation's key should look like, as an error says it. */
export const ROLE_FORMS: Readonly<Record<Role, string>> = {
  device: 'a PCI address such as 0000:01:00.0',
  driver: 'the name of a driver such as vfio-pci',
  override: 'the name of a driver such as vfio-pci',
  group: 'the number of an IOMMU group',
  fd: 'a name that an earlier step gave, such as g1',
  other: 'a name that an earlier step gave, such as c1',
  'other?': 'a name that an earlier step gave, such as c1',
  third: 'a name that an earlier step gave, such as d1',
  as: 'a name for what is opened: a letter, then up to 31 letters, digits, "_", "." or "-"',
  arg: 'a word such as type1v2',
  iova: 'an address: a whole number of bytes from 0 up',
  size: 'a size: a whole number of bytes from 0 up',
  user: 'the name of a user',
}

const string = (form: string, pattern: RegExp) => v.pipe(v.string(form), v.regex(pattern, form))
const bytes = (form: string) => v.pipe(v.number(form), v.safeInteger(form), v.minValue(0, form))
const whole = (form: string, most: number) =>
  v.pipe(v.number(form), v.integer(form), v.minValue(0, form), v.maxValue(most, form))
const flag = v.boolean('true or false')
const line = (longest: number) => {
  const form = `one line of at most ${longest} characters`
  return v.pipe(v.string(form), v.trim(), v.maxLength(longest, form), v.regex(LINE, form))
}
/** The number of items is looked at before any of them. */
const list = <T extends v.GenericSchema>(item: T, most: number, what: string) =>
  v.pipe(v.array(v.unknown(), `a list of ${what}`), v.maxLength(most, `at most ${most} ${what}`), v.array(item))

const name = (form: string) => string(form, NAME)
const bdf = string(ROLE_FORMS.device, BDF)
const driver = v.union([string(ROLE_FORMS.driver, DRIVER), v.literal(UNKNOWN_DRIVER)], ROLE_FORMS.driver)

// ---- Operations -------------------------------------------------------------------------------------------------

const opSchemas = new Map(OP_KINDS.map((kind) => [kind, opSchemaOf(kind)]))
const noOpForm = 'an operation: an object whose "op" is the name of one'
const noOp = v.pipe(v.object({ op: v.picklist(OP_KINDS, 'the name of an operation') }, noOpForm))

const opSchema = v.pipe(
  v.lazy((input) => {
    const kind = typeof input === 'object' && input !== null && 'op' in input ? input.op : undefined
    return (typeof kind === 'string' && isOpKind(kind) && opSchemas.get(kind)) || noOp
  }),
  v.guard(isOp),
)

function opSchemaOf(kind: OpKind): v.GenericSchema<unknown, Readonly<Record<string, unknown>>> {
  const entries: Record<string, v.GenericSchema> = {
    op: v.literal(kind),
    by: v.exactOptional(name('the name of a process')),
  }
  for (const [key, role] of keysOf(kind)) entries[key] = schemaOfRole(role)
  return v.object(entries, 'an operation')
}

function schemaOfRole(role: Role): v.GenericSchema {
  const form = ROLE_FORMS[role]
  switch (role) {
    case 'device':
      return bdf
    case 'driver':
      return driver
    case 'override':
      return v.union([driver, v.literal('')], form)
    case 'group':
      return string(form, GROUP)
    case 'fd':
    case 'other':
    case 'third':
    case 'as':
      return string(form, FD)
    case 'other?':
      return v.exactOptional(string(form, FD))
    case 'user':
      return name(form)
    case 'arg':
      return string(form, WORD)
    case 'iova':
    case 'size':
      return bytes(form)
  }
}

// ---- The machine ------------------------------------------------------------------------------------------------

const acsBits = v.array(v.picklist(['SV', 'RR', 'CR', 'UF'], 'SV, RR, CR or UF'), 'a list of ACS bits')
const ids = (digits: string, form: string) => v.exactOptional(string(form, new RegExp(`^[0-9a-f]{${digits}}$`)))

const functionSchema = v.object(
  {
    bdf,
    kind: v.picklist(
      ['pci', 'ep', 'legep', 'rciep', 'rcec', 'rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie'],
      'a kind of PCI function such as ep or rp',
    ),
    bridge: flag,
    parent: v.nullable(bdf),
    secondary: v.exactOptional(whole('a bus number', 255)),
    multifunction: flag,
    acsCap: v.nullable(v.pipe(acsBits, v.maxLength(4, 'at most four ACS bits'))),
    acsCtrl: v.exactOptional(v.pipe(acsBits, v.maxLength(4, 'at most four ACS bits'))),
    aliases: v.exactOptional(list(whole('a device-function number from 0 to 255', 255), 256, 'aliases')),
    acsQuirk: v.exactOptional(flag),
    bridgeAlias: v.exactOptional(flag),
    xlateRoot: v.exactOptional(flag),
    vendor: ids('4', 'four hexadecimal digits'),
    device: ids('4', 'four hexadecimal digits'),
    class: ids('4,6', 'four to six hexadecimal digits'),
    name: v.exactOptional(line(200)),
    driver: v.nullable(driver),
    native: v.nullable(driver),
    resettable: v.exactOptional(flag),
    rmrr: v.exactOptional(flag),
    unplugged: v.exactOptional(flag),
    assumed: v.exactOptional(list(v.picklist(['driver', 'kind', 'acs', 'parent']), 4, 'assumptions')),
  },
  'a PCI function',
)

const groupsSchema = v.record(
  string(ROLE_FORMS.group, GROUP),
  list(bdf, LIMITS.devices, 'PCI addresses'),
  'groups: an object of number → list of addresses',
)

const machineSchema = v.object(
  {
    id: string('an id of lower-case letters, digits, ".", "_" and "-"', MACHINE_ID),
    title: line(LIMITS.title),
    devices: v.pipe(
      list(functionSchema, LIMITS.devices, 'PCI functions'),
      v.minLength(1, 'a machine with at least one PCI function'),
    ),
    groups: v.exactOptional(groupsSchema),
    reported: v.exactOptional(groupsSchema),
    estimated: v.exactOptional(flag),
    interruptRemapping: v.exactOptional(flag),
    iovaBits: v.exactOptional(
      v.pipe(whole('a width of 16 to 52 bits', 52), v.minValue(16, 'a width of 16 to 52 bits')),
    ),
  },
  'a machine',
)

// ---- The document -----------------------------------------------------------------------------------------------

/** A switch that is off is not written. */
const policySchema = v.pipe(
  v.object(
    {
      strictBlock: v.optional(flag, false),
      notifyOnBlockChange: v.optional(flag, false),
      singletonOnly: v.optional(flag, false),
      denyProbe: v.optional(flag, false),
      lockstep: v.optional(flag, false),
      switchGap: v.optional(v.picklist(SWITCH_GAPS, 'none, blocked or viaDefault'), 'blocked'),
    },
    'policy options',
  ),
  v.transform((policy): PolicyOptions => tidyPolicy(policy)),
)

const bootSchema = v.pipe(
  v.object(
    {
      iommu: v.optional(v.picklist(['nopt', 'pt'], 'nopt or pt'), DEFAULTS.boot.iommu),
      allowUnsafeInterrupts: v.optional(flag, false),
      acsOverride: v.optional(
        v.pipe(v.string(), v.regex(ACS_OVERRIDE, 'the value of pcie_acs_override, such as downstream,multifunction')),
        '',
      ),
      policy: v.optional(policySchema, {}),
    },
    'boot options',
  ),
  // One form for what means the same, so that equal scenarios are equal documents.
  v.transform((boot): Boot => ({
    iommu: boot.iommu,
    ...(boot.allowUnsafeInterrupts ? { allowUnsafeInterrupts: true } : {}),
    ...(boot.acsOverride === '' ? {} : { acsOverride: boot.acsOverride }),
    ...(Object.keys(boot.policy).length === 0 ? {} : { policy: boot.policy }),
  })),
)

const kernelId = v.pipe(v.string(KERNEL_FORM), v.guard(isKernelId, KERNEL_FORM))

const compareSchema = v.pipe(
  list(kernelId, KERNELS.length, 'kernels'),
  v.minLength(2, 'at least two kernels'),
  v.check((kernels) => new Set(kernels).size === kernels.length, 'different kernels'),
)

const question = v.exactOptional(v.pipe(line(LIMITS.question), v.minLength(1, 'words of a question')))
const predictionForm = 'a prediction: an object whose "about" is answer, viable, isolated or dma'
const predictionSchema = v.variant(
  'about',
  [
    v.object({ about: v.literal('answer'), question }),
    v.object({ about: v.picklist(['viable', 'isolated']), group: string(ROLE_FORMS.group, GROUP), question }),
    v.object({ about: v.literal('dma'), device: bdf, question }),
  ],
  predictionForm,
)

const processSchema = v.object(
  { name: name('the name of a process'), user: v.optional(name(ROLE_FORMS.user), 'root') },
  'a process: an object with "name" and "user"',
)

const scenarioSchema = v.pipe(
  v.object(
    {
      title: v.optional(line(LIMITS.title), DEFAULTS.title),
      machine: v.lazy((input) =>
        typeof input === 'string' ? string('the id of a machine', MACHINE_ID) : machineSchema,
      ),
      kernel: kernelId,
      boot: v.optional(bootSchema, DEFAULTS.boot),
      processes: v.optional(
        v.pipe(
          list(processSchema, LIMITS.processes, 'processes'),
          v.minLength(1, 'at least one process'),
          v.check(
            (processes) => new Set(processes.map((process) => process.name)).size === processes.length,
            'processes of different names',
          ),
        ),
        [...DEFAULTS.processes],
      ),
      ops: list(opSchema, LIMITS.ops, 'operations'),
      cursor: v.exactOptional(whole('the number of steps done', LIMITS.ops)),
      notes: v.optional(
        v.record(
          string('the number of a step', NOTED),
          v.pipe(
            v.string('words'),
            v.maxLength(LIMITS.note, `at most ${LIMITS.note} characters`),
            v.regex(LINES, 'plain words'),
          ),
          'notes: an object of step number → words',
        ),
        {},
      ),
      predictions: v.optional(
        v.record(
          string('the number of a step', STEP),
          predictionSchema,
          'predictions: an object of step number → prediction',
        ),
        {},
      ),
      compare: v.exactOptional(compareSchema),
      present: v.optional(flag, false),
    },
    'a scenario: an object with "machine", "kernel" and "ops"',
  ),
  v.forward(
    v.check(
      ({ cursor, ops }) => cursor === undefined || cursor <= ops.length,
      'no more steps than there are operations',
    ),
    ['cursor'],
  ),
  v.forward(
    v.check(({ notes, ops }) => Object.keys(notes).every((step) => Number(step) <= ops.length), 'numbers of steps'),
    ['notes'],
  ),
  v.forward(
    v.check(
      ({ predictions, ops }) => Object.keys(predictions).every((step) => Number(step) <= ops.length),
      'numbers of steps',
    ),
    ['predictions'],
  ),
  v.transform(({ cursor, notes, predictions, present, ...rest }): Scenario => ({
    ...rest,
    cursor: cursor ?? rest.ops.length,
    ...(Object.keys(notes).length === 0 ? {} : { notes }),
    ...(Object.keys(predictions).length === 0 ? {} : { predictions }),
    ...(present ? { present } : {}),
  })),
)

/** Words as a document can hold them: without signs that are no text, and no longer than allowed. */
export function plainWords(words: string, kind: 'note' | 'question'): string {
  const signs = /[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu
  const lines = words
    .replaceAll('\t', ' ')
    .split(/\r?\n/)
    .map((each) => each.replaceAll(signs, '').trimEnd())
  // Cutting may halve a surrogate pair.
  const cut = (text: string, longest: number): string =>
    text
      .slice(0, longest)
      .replace(/[\ud800-\udbff]$/, '')
      .trim()
  return kind === 'note' ? cut(lines.join('\n'), LIMITS.note) : cut(lines.join(' '), LIMITS.question)
}

/** Says a fault that valibot found in our words. Every message above is the form that was expected. */
function problemOf(issue: v.BaseIssue<unknown>): Problem {
  let place = ''
  for (const { key } of issue.path ?? []) {
    place += typeof key === 'number' ? `[${key}]` : place === '' ? String(key) : `.${String(key)}`
  }
  if (issue.received === 'undefined') return { place, code: 'shape', words: 'missing' }
  // A check of the whole says nothing by printing the whole.
  if (issue.type === 'check') return { place, code: 'shape', words: `expected ${issue.message}` }
  const received = issue.received.length > 60 ? `${issue.received.slice(0, 60)}…` : issue.received
  return { place, code: 'shape', words: `expected ${issue.message}, not ${received}` }
}

/** Keys by which a document would reach into the program instead of its data. Never recursive: documents can be deep. */
function forbiddenKeys(value: unknown): Problem[] {
  const problems: Problem[] = []
  const seen = new Set<object>()
  const todo: { value: unknown; place: string }[] = [{ value, place: '' }]
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (typeof next.value !== 'object' || next.value === null || seen.has(next.value)) continue
    seen.add(next.value)
    const isList = Array.isArray(next.value)
    // The place is cut where nesting is deeper than any document's.
    const prefix = next.place.length > 200 ? '…' : next.place
    for (const [key, child] of Object.entries(next.value)) {
      const place = isList ? `${prefix}[${key}]` : prefix === '' ? key : `${prefix}.${key}`
      if (key.startsWith('__') || key === 'constructor' || key === 'prototype') {
        if (problems.length < LIMITS.problems) problems.push({ place, code: 'key', words: 'a key that is not allowed' })
      } else if (typeof child === 'object') todo.push({ value: child, place })
    }
  }
  return problems
}

// ---- What the parts say of each other ---------------------------------------------------------------------------

/** Faults of a machine that came with the document, as a whole: addresses twice, bridges that are not there, groups. */
/** A state has room for every mapping in every address space: operations must not ask for more of it than a page can hold. */
function sizeProblems({ ops }: Scenario): Problem[] {
  const { containers, ioases, hwpts, ranges } = demandOf(ops)
  if ((containers + ioases + hwpts) * ranges <= LIMITS.mappings) return []
  const words = `${containers + ioases + hwpts} address spaces times ${ranges} mapped ranges are more than ${LIMITS.mappings}`
  return [{ place: 'ops', code: 'shape', words }]
}

function machineProblems({ machine }: Scenario): Problem[] {
  if (typeof machine === 'string') return []
  const problems: Problem[] = []
  const fault = (place: string, words: string): void => {
    problems.push({ place: `machine.${place}`, code: 'machine', words })
  }
  const depths = new Map<string, number>()
  const bridges = new Map<string, PciFunction>()
  machine.devices.forEach((f, index) => {
    if (depths.has(f.bdf)) fault(`devices[${index}].bdf`, `${f.bdf} stands in the list twice`)
    const depth = f.parent === null ? 0 : (depths.get(f.parent) ?? -1) + 1
    // The list is in scan order, so what is above a function stands before it: that also excludes rings of bridges.
    if (f.parent !== null && !bridges.has(f.parent)) {
      fault(`devices[${index}].parent`, `${f.parent} is not a bridge that stands before ${f.bdf} in the list`)
    } else if (depth > LIMITS.depth) {
      fault(`devices[${index}].parent`, `more than ${LIMITS.depth} bridges above ${f.bdf}`)
    }
    depths.set(f.bdf, depth)
    if (f.bridge) bridges.set(f.bdf, f)
  })
  const grouped = new Set<string>()
  for (const [group, members] of Object.entries(machine.groups ?? {})) {
    members.forEach((address, index) => {
      const place = `groups.${group}[${index}]`
      if (!depths.has(address)) fault(place, `the machine has no device ${address}`)
      if (grouped.has(address)) fault(place, `${address} is in a group already`)
      grouped.add(address)
    })
  }
  return problems
}

/** Names that operations use and nothing bears. What was never opened is no fault: the kernel is given fd -1 then. */
function nameProblems(scenario: Scenario, machineById: MachineFinder | undefined): Problem[] {
  const problems: Problem[] = []
  const processes = new Set(scenario.processes.map((process) => process.name))
  scenario.ops.forEach(({ by }, index) => {
    if (by !== undefined && !processes.has(by)) {
      problems.push({ place: `ops[${index}].by`, code: 'unknown-process', words: `no process is called ${by}` })
    }
  })
  const { machine: named } = scenario
  if (typeof named === 'string' && machineById === undefined) return problems
  const machine = typeof named === 'string' ? machineById?.(named) : named
  if (machine === undefined) {
    const words = `no machine with the id ${typeof named === 'string' ? named : ''} ships with this release`
    return [{ place: 'machine', code: 'unknown-machine', words }, ...problems]
  }
  if (typeof named !== 'string' && machineProblems(scenario).length > 0) return problems
  const world = compileWorld(setupOf(scenario, machine), [])
  scenario.ops.forEach((op, index) => {
    for (const [key, role] of keysOf(op.op)) {
      const value = valueOf(op, key)
      const place = `ops[${index}].${key}`
      if (role === 'device' && typeof value === 'string' && !world.deviceIndex.has(value)) {
        problems.push({ place, code: 'unknown-device', words: `the machine has no device ${value}` })
      }
      if (role === 'group' && !world.groupIndex.has(Number(value))) {
        problems.push({ place, code: 'unknown-group', words: `the machine has no IOMMU group ${value ?? ''}` })
      }
    }
  })
  for (const [step, prediction] of Object.entries(scenario.predictions ?? {})) {
    const place = `predictions.${step}`
    if ('device' in prediction && !world.deviceIndex.has(prediction.device)) {
      const words = `the machine has no device ${prediction.device}`
      problems.push({ place: `${place}.device`, code: 'unknown-device', words })
    }
    if ('group' in prediction && !world.groupIndex.has(Number(prediction.group))) {
      const words = `the machine has no IOMMU group ${prediction.group}`
      problems.push({ place: `${place}.group`, code: 'unknown-group', words })
    }
  }
  return problems
}
