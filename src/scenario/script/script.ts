/**
 * The script: a scenario as text that people type, paste into a mail and read aloud.
 *
 *     #: words that go with the freshly booted machine, because they stand above the head
 *     title A sibling in use
 *     machine dual-e1000e
 *     kernel linux-5.10
 *     compare linux-5.10 linux-6.1
 *     present
 *     boot iommu=pt allow_unsafe_interrupts pcie_acs_override=downstream
 *     process qemu user=alice memlock=16M
 *     cursor 2
 *
 *     # a comment
 *     #: words that go with the next step
 *     bind 01:00.0 vfio-pci
 *     qemu: g1 = open_group 3
 *     #? viable 3: A question that is asked before the next step
 *     map_dma c1 0x0 2M
 *     attach d1 ioas=ioas1
 *     expect EBUSY
 *     expect viable@3 & !isolated@3
 *
 * First the head, a line for each fact, in any order; only `machine` and `kernel` must be there. Then one operation a
 * line: who does it, the name for what it opens, the operation and its values in the order of `OPS`; values that may be
 * absent are written `key=value`, an empty value `-`. A question is `#? answer`, `#? viable GROUP`, `#? isolated GROUP` or
 * `#? dma DEVICE`, with words of one's own behind a colon. `expect` makes a script a test: what stands behind it, an
 * answer or any other condition (docs/conditions.md), must hold after the operation above it.
 */
import { KERNEL_IDS } from '../../sim/kernels/list.ts'
import { POLICY_FLAGS, type ProcessSpec } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import {
  fullAddress,
  parseBytes,
  parseOpLine,
  printOpLine,
  printSize,
  tokensOf,
  type OpLineFault,
  type Token,
} from '../../sim/op-line.ts'
import { bootWords } from '../document/boot.ts'
import { ROLE_FORMS } from '../document/forms.ts'
import { readScenario, readScenarioShape, type Reading } from '../document/read.ts'
import { DEFAULTS, LIMITS, type Prediction, type Scenario } from '../document/scenario.ts'
import { expectationFault } from './expect.ts'

/** A fault in a script: line and column count from 1, `words` say what was expected. */
export interface ScriptProblem {
  readonly line: number
  readonly column: number
  readonly words: string
}

export type ScriptReading =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScriptProblem[] }

export type OpsReading =
  | { readonly ok: true; readonly ops: readonly Op[] }
  | { readonly ok: false; readonly problems: readonly ScriptProblem[] }

/** Far above what `LIMITS.ops` lines of script need. */
const MAX_SCRIPT = 4_000_000

/**
 * Reads a script.
 * @returns the scenario, or at most `LIMITS.problems` faults in the order of the lines; never throws
 */
export function parseScript(text: string): ScriptReading {
  return read(text, readScenario)
}

/**
 * Reads lines of operations alone. Devices and groups that they name are not looked up on any machine.
 * @param processes who may do them
 * @returns the operations, or at most `LIMITS.problems` faults in the order of the lines; never throws
 */
export function parseOps(text: string, processes: readonly ProcessSpec[] = DEFAULTS.processes): OpsReading {
  const people = processes.map(processLine)
  const head = ['machine unknown', `kernel ${KERNEL_IDS[0] ?? ''}`, ...people]
  const reading = read([...head, text].join('\n'), readScenarioShape)
  if (reading.ok) return { ok: true, ops: reading.scenario.ops }
  return { ok: false, problems: reading.problems.map((each) => ({ ...each, line: each.line - head.length })) }
}

/** A process as a line of the head. Its limit of memory (RLIMIT_MEMLOCK) is only said where it is not the kernel's own. */
function processLine({ name, user, memlock }: ProcessSpec): string {
  const limit = typeof memlock === 'number' ? printSize(memlock) : memlock
  return `process ${name} user=${user}${limit === undefined ? '' : ` memlock=${limit}`}`
}

function read(text: string, readDocument: (document: unknown) => Reading): ScriptReading {
  if (text.length > MAX_SCRIPT) {
    return { ok: false, problems: [{ line: 1, column: 1, words: `more than ${MAX_SCRIPT} characters` }] }
  }
  return readerOf(text).finish(readDocument)
}

function readerOf(text: string): Reader {
  const reader = new Reader()
  for (const [index, line] of text.split('\n').entries()) {
    reader.read(line.replace(/\r$/, ''), index + 1)
    // Nobody reads what is wrong behind so many faults, nor operations that no scenario may have.
    if (reader.isHopeless()) break
  }
  return reader
}

/**
 * Where the expectations of a script stand.
 * @returns the line of each, from 1, by its step and its place in the list of that step: `3.0`
 */
export function expectationLines(text: string): ReadonlyMap<string, number> {
  return readerOf(text).expectLines
}

/**
 * Writes a scenario as a script. Reading it gives an equal scenario, but for a machine of the user's own: a script names
 * a machine by its id only.
 */
export function printScript(scenario: Scenario): string {
  const { title, machine, kernel, compare, present, boot, processes, ops, cursor, notes, predictions, expects } =
    scenario
  const lines = noteLines(notes?.['0'])
  if (title !== '') lines.push(`title ${title}`)
  if (typeof machine !== 'string') lines.push('# The machine itself is not in this text; a JSON file carries it.')
  lines.push(`machine ${typeof machine === 'string' ? machine : machine.id}`, `kernel ${kernel}`)
  if (compare !== undefined) lines.push(`compare ${compare.join(' ')}`)
  if (present === true) lines.push('present')
  const options = bootWords(boot).filter((option) => option !== `iommu=${DEFAULTS.boot.iommu}`)
  if (options.length > 0) lines.push(`boot ${options.join(' ')}`)
  lines.push(...processes.map(processLine))
  if (cursor !== ops.length) lines.push(`cursor ${cursor}`)
  lines.push('', ...expectLines(expects?.['0']))
  ops.forEach((op, index) => {
    const step = String(index + 1)
    const prediction = predictions?.[step]
    lines.push(...noteLines(notes?.[step]))
    if (prediction !== undefined) lines.push(`#? ${printPrediction(prediction)}`)
    lines.push(printOpLine(op), ...expectLines(expects?.[step]))
  })
  return `${lines.join('\n').trimEnd()}\n`
}

function expectLines(conditions: readonly string[] = []): string[] {
  return conditions.map((condition) => `expect ${condition}`)
}

function noteLines(note: string | undefined): string[] {
  return note === undefined ? [] : note.split('\n').map((words) => (words === '' ? '#:' : `#: ${words}`))
}

function printPrediction(prediction: Prediction): string {
  const subject = 'group' in prediction ? ` ${prediction.group}` : 'device' in prediction ? ` ${prediction.device}` : ''
  const { about, question } = prediction
  return `${about}${subject}${question === undefined ? '' : `: ${question}`}`
}

type Fields = Record<string, string | number>

/** Takes lines one by one and collects a raw document, and where in the text each of its parts stood. */
class Reader {
  private readonly head: Record<string, unknown> = {}
  private readonly processes: Fields[] = []
  private readonly ops: Readonly<Fields>[] = []
  private readonly notes: Record<string, string> = {}
  private words: string[] = []
  private readonly predictions: Record<string, Fields> = {}
  /** The question that goes with the next operation. */
  private asked: { readonly prediction: Fields; readonly line: number; readonly column: number } | null = null
  private readonly expects: Record<string, string[]> = {}
  /** By step and place in its list (`3.0`), from 1. */
  readonly expectLines = new Map<string, number>()
  private readonly problems: ScriptProblem[] = []
  /** By the place that the schema would name (`ops[3].device`). */
  private readonly places = new Map<string, { line: number; column: number }>()
  private line = 0

  read(text: string, line: number): void {
    this.line = line
    const note = /^\s*#: ?(.*)$/s.exec(text)
    const question = /^(\s*#\?\s*)(.*)$/s.exec(text)
    if (note !== null) this.words.push(note[1] ?? '')
    else if (question !== null) this.readQuestion(question[2]?.trimEnd() ?? '', (question[1]?.length ?? 0) + 1)
    else if (/^\s*(?:#|$)/.test(text)) return
    else if (!this.readExpectation(text) && !this.readHead(text)) this.readOp(text)
  }

  /** Reading on changes nothing: there are as many faults as are told, or more operations than there may be. */
  isHopeless(): boolean {
    return this.problems.length >= LIMITS.problems || this.ops.length > LIMITS.ops
  }

  finish(readDocument: (document: unknown) => Reading): ScriptReading {
    if (this.words.length > 0) this.fault(1, 'expected an operation after the words of the last "#:"')
    if (this.asked !== null) this.fault(1, 'expected an operation after the last "#?"')
    for (const key of ['machine', 'kernel']) {
      if (!this.places.has(key)) {
        const example = key === 'machine' ? 'machine dual-e1000e' : 'kernel linux-5.10'
        this.problems.push({ line: 1, column: 1, words: `expected a line "${key} …", such as "${example}"` })
      }
    }
    if (this.problems.length === 0) {
      const document = {
        ...this.head,
        ...(this.processes.length > 0 ? { processes: this.processes } : {}),
        ops: this.ops,
        notes: this.notes,
        predictions: this.predictions,
        expects: this.expects,
      }
      const reading = readDocument(document)
      if (reading.ok) return reading
      for (const { place, words } of reading.problems) this.problems.push({ ...this.find(place), words })
    }
    const sorted = this.problems.toSorted((a, b) => a.line - b.line || a.column - b.column)
    return { ok: false, problems: sorted.slice(0, LIMITS.problems) }
  }

  private fault(column: number, words: string): void {
    this.problems.push({ line: this.line, column, words })
  }

  private note(place: string, column: number): void {
    this.places.set(place, { line: this.line, column })
  }

  /** Where a place, or the nearest one around it that the text has, stands. */
  private find(place: string): { line: number; column: number } {
    for (let at = place; at !== ''; at = at.replace(/(?:^|\.|\[)[^.[]*$/, '')) {
      const found = this.places.get(at)
      if (found !== undefined) return found
    }
    return { line: 1, column: 1 }
  }

  private readQuestion(text: string, column: number): void {
    // Addresses have colons as well, but none before a blank.
    const end = text.search(/:(?:\s|$)/)
    const [about = '', subject, ...rest] = (end < 0 ? text : text.slice(0, end)).split(/\s+/)
    const question = end < 0 ? '' : text.slice(end + 1).trim()
    const key = { answer: '', viable: 'group', isolated: 'group', dma: 'device' }[about]
    if (key === undefined || rest.length > 0 || (key === '') !== (subject === undefined)) {
      return this.fault(
        column,
        'expected answer, viable GROUP, isolated GROUP or dma DEVICE, then ": words" or nothing',
      )
    }
    if (this.asked !== null) this.fault(column, 'a second "#?" for the same step; one is enough')
    const prediction: Fields = { about }
    if (subject !== undefined) prediction[key] = key === 'device' ? fullAddress(subject) : subject
    if (question !== '') prediction['question'] = question
    this.asked = { prediction, line: this.line, column }
  }

  /** `expect CONDITION`; `expect = …` opens a file of that name. */
  private readExpectation(text: string): boolean {
    const [, before = '', condition] = /^(\s*expect(?:\s+|$))(?!\s*=)(.*)$/s.exec(text) ?? []
    if (condition === undefined) return false
    const step = String(this.ops.length)
    const list = (this.expects[step] ??= [])
    const place = `expects.${step}[${list.length}]`
    const words = condition.replace(/\s#.*$/s, '').trim()
    const column = before.length + 1
    if (this.words.length > 0 || this.asked !== null) {
      this.fault(1, 'expected the operation that the lines with "#:" or "#?" above belong to')
    }
    const fault = expectationFault(words)
    if (fault !== null) this.fault(column + fault.column - 1, fault.words)
    this.note(place, column)
    this.expectLines.set(`${step}.${list.length}`, this.line)
    list.push(words)
    return true
  }

  /** Whether the line is one of the head's. Words above it are those of the start. */
  private readHead(text: string): boolean {
    const isHead = this.readFlag(text) || this.readFactLine(text)
    if (isHead && this.words.length > 0) {
      const words = [...(this.notes['0'] === undefined ? [] : [this.notes['0']]), ...this.words]
      this.notes['0'] = words.join('\n')
      this.words = []
    }
    return isHead
  }

  /** `present` alone, so that a file may still be called that. */
  private readFlag(text: string): boolean {
    const [, indent = '', key] = /^(\s*)(present)\s*(?:#.*)?$/s.exec(text) ?? []
    if (key === undefined) return false
    if (this.ops.length > 0)
      this.fault(indent.length + 1, `expected an operation: "${key}" belongs above the first one`)
    this.head['present'] = true
    return true
  }

  private readFactLine(text: string): boolean {
    const match = /^(\s*)(title|machine|kernel|compare|boot|process|cursor)(?=\s|$)(.*)$/s.exec(text)
    if (match === null) return false
    const [, indent = '', key = '', rest = ''] = match
    const column = indent.length + 1
    if (this.ops.length > 0) this.fault(column, `expected an operation: "${key}" belongs above the first one`)
    if (this.places.has(key) && key !== 'process') this.fault(column, `a second "${key}"; one is enough`)
    this.note(key, column)
    if (key === 'title') this.head['title'] = rest.trim()
    else this.readFact(key, tokensOf(rest, indent.length + key.length), column)
    return true
  }

  private readFact(key: string, tokens: readonly Token[], column: number): void {
    const [first, ...more] = tokens
    if (key === 'boot') return this.readBoot(tokens)
    if (first === undefined) return this.fault(column, `expected ${HEAD_FORMS[key] ?? 'a value'} after "${key}"`)
    if (key === 'process') return this.readProcess(first, more)
    this.note(key, first.column)
    if (key === 'compare') return this.readCompare(tokens)
    if (key === 'cursor') {
      if (/^\d{1,6}$/.test(first.text)) this.head['cursor'] = Number(first.text)
      else this.fault(first.column, `expected ${HEAD_FORMS['cursor'] ?? ''}, not ${quote(first.text)}`)
    } else this.head[key] = first.text
    this.nothingAfter(more)
  }

  private readBoot(tokens: readonly Token[]): void {
    const boot: Record<string, unknown> = {}
    const policy: Record<string, unknown> = {}
    this.head['boot'] = boot
    for (const { text, column } of tokens) {
      const [, key = '', value] = /^([^=]*)(?:=(.*))?$/s.exec(text) ?? []
      if (key === 'iommu' && value !== undefined) {
        boot['iommu'] = value
        this.note('boot.iommu', column)
      } else if (key === 'allow_unsafe_interrupts' && value === undefined) boot['allowUnsafeInterrupts'] = true
      else if (key === 'pcie_acs_override' && value !== undefined) {
        boot['acsOverride'] = value
        this.note('boot.acsOverride', column)
      } else if (key === 'policy.switchGap' && value !== undefined) {
        policy['switchGap'] = value
        this.note('boot.policy.switchGap', column)
      } else if (value === undefined && POLICY_FLAGS.some((name) => key === `policy.${name}`)) {
        policy[key.slice('policy.'.length)] = true
      } else {
        const known = 'iommu=pt, iommu=nopt, allow_unsafe_interrupts, pcie_acs_override=… or policy.…'
        this.fault(column, `expected ${known}, not ${quote(text)}`)
      }
    }
    if (Object.keys(policy).length > 0) boot['policy'] = policy
  }

  private readCompare(tokens: readonly Token[]): void {
    this.head['compare'] = tokens.map((token) => token.text)
    tokens.forEach(({ column }, index) => this.note(`compare[${index}]`, column))
  }

  private readProcess(first: Token, more: readonly Token[]): void {
    const place = `processes[${this.processes.length}]`
    const process: Fields = { name: first.text }
    this.processes.push(process)
    this.note(`${place}.name`, first.column)
    this.note(place, first.column)
    for (const { text, column } of more) {
      const [, key = '', value = ''] = /^(user|memlock)=(.*)$/s.exec(text) ?? []
      if (key === '' || Object.hasOwn(process, key)) {
        const missing = ['user', 'memlock'].filter((each) => !Object.hasOwn(process, each)).map((each) => `${each}=…`)
        this.fault(column, `expected ${[...missing, 'the end of the line'].join(' or ')}, not ${quote(text)}`)
        return
      }
      process[key] = key === 'memlock' ? (parseBytes(value) ?? value) : value
      this.note(`${place}.${key}`, column)
    }
  }

  private readOp(text: string): void {
    const { fields, columns, faults } = parseOpLine(text)
    for (const fault of faults) this.fault(fault.column, faultWords(fault))
    if (fields === null) return
    const place = `ops[${this.ops.length}]`
    for (const [key, column] of columns) this.note(key === 'op' ? place : `${place}.${key}`, column)
    this.ops.push(fields)
    if (this.words.length > 0) {
      this.notes[String(this.ops.length)] = this.words.join('\n')
      this.note(`notes.${this.ops.length}`, text.search(/\S/) + 1)
      this.words = []
    }
    if (this.asked !== null) {
      const { prediction, line, column } = this.asked
      this.predictions[String(this.ops.length)] = prediction
      this.places.set(`predictions.${this.ops.length}`, { line, column })
      this.asked = null
    }
  }

  private nothingAfter([extra]: readonly Token[]): void {
    if (extra !== undefined) this.fault(extra.column, `expected the end of the line, not ${quote(extra.text)}`)
  }
}

const HEAD_FORMS: Readonly<Record<string, string>> = {
  machine: 'the id of a machine',
  kernel: 'the id of a kernel such as linux-5.10',
  compare: 'the ids of at least two kernels',
  process: 'the name of a process',
  cursor: 'the number of steps done',
}

/** What a line of an operation should have been. */
function faultWords(fault: OpLineFault): string {
  switch (fault.fault) {
    case 'no-operation':
      return 'expected an operation such as open_group'
    case 'unknown-operation':
      return `expected an operation, not ${quote(fault.text)}`
    case 'opens-nothing':
      return `${fault.kind} opens nothing that could be called ${quote(fault.text)}`
    case 'no-name':
      return `expected a name before it: name = ${fault.kind} …`
    case 'no-value':
      return `expected ${ROLE_FORMS[fault.role]} (${fault.key})`
    case 'wrong-value':
      return `expected ${ROLE_FORMS[fault.role]}, not ${quote(fault.text)}`
    case 'too-much': {
      const { optional, text } = fault
      const form = optional.length === 0 ? '' : `${optional.map((name) => `${name}=…`).join(' or ')} or `
      return `expected ${form}the end of the line, not ${quote(text)}`
    }
  }
}

function quote(text: string): string {
  return `"${text.length > 40 ? `${text.slice(0, 40)}…` : text}"`
}
