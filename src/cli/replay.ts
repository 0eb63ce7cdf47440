import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkExpectations } from '../scenario/script/expect.ts'
import { readAny } from '../scenario/script/read.ts'
import { expectationLines } from '../scenario/script/script.ts'
import { machineOf, setupOf, type Scenario } from '../scenario/document/scenario.ts'
import { printOpLine } from '../sim/op-line.ts'
import { contextOf } from '../sim/iommu/context.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { replay, type Run, type Step } from '../sim/replay.ts'
import type { Result } from '../sim/result.ts'
import type { Subject } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import { junitXml, type Reported } from './junit.ts'
import { print, printError } from './terminal.ts'

const USAGE = 'usage: replay FILE [--json] [--junit REPORT]'

/**
 * `replay FILE [--json] [--junit REPORT]`: replays a scenario (script, JSON or link; `-` reads the standard input) and prints one line a
 * step: number, operation, result, and which waiting calls came back. With `--json` one object with every step, what it
 * completed and what the kernel checked and changed in it. What the scenario expects of its steps (`expect EBUSY`) is
 * checked: each expectation that does not hold is said with its line, what was expected and what came. `--junit` writes
 * all of them as JUnit XML. Exit code 1 if one does not hold, or the scenario cannot be read or played.
 */
export async function run(args: readonly string[]): Promise<number> {
  const given = argumentsOf(args)
  if (given === null) {
    printError(USAGE)
    return 2
  }
  const { file, json, junit } = given
  let text: string
  try {
    text = readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    printError(`replay: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
  const reading = readAny(text)
  if (!reading.ok) {
    for (const { line, column, place, words } of reading.problems) {
      const where = [file, line, column, place].filter((part) => part !== undefined)
      printError(`${where.join(':')}: ${words}`)
    }
    return 1
  }
  const { scenario } = reading
  const kernel = kernelById(scenario.kernel)
  const machine = machineOf(scenario)
  if (kernel === undefined || machine === undefined) {
    printError(`replay: ${kernel === undefined ? `kernel ${scenario.kernel}` : 'the machine'} is not simulated`)
    return 1
  }
  const played = replay(kernel, setupOf(scenario, machine), scenario.ops)
  const expectLines = reading.form === 'script' ? expectationLines(text) : new Map<string, number>()
  const checked = checkExpectations(scenario, played).map((each): Reported => {
    const line = expectLines.get(`${each.step}.${each.index}`)
    return line === undefined ? each : { ...each, line }
  })
  print(json ? JSON.stringify(document(scenario, played, checked), null, 2) : lines(played))
  if (junit !== undefined && !isWritten(junit, junitXml(scenario.title || file, file, checked))) return 1
  const failed = checked.filter(({ fault }) => fault !== null)
  for (const { line, step, expected, fault } of failed) {
    printError(`${[file, line ?? `step ${step}`].join(':')}: expected ${expected}: ${fault}`)
  }
  if (checked.length > 0 && !json)
    print(`expectations: ${checked.length - failed.length} hold, ${failed.length} do not`)
  return failed.length > 0 ? 1 : 0
}

interface Arguments {
  readonly file: string
  readonly json: boolean
  readonly junit: string | undefined
}

/** Null: they are not as the usage says. */
function argumentsOf(args: readonly string[]): Arguments | null {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, junit: { type: 'string' } },
    })
    const [file] = positionals
    if (file === undefined || positionals.length > 1) return null
    return { file, json: values.json === true, junit: values.junit }
  } catch {
    return null
  }
}

function isWritten(path: string, text: string): boolean {
  try {
    writeFileSync(path, text)
    return true
  } catch (error) {
    printError(`replay: ${error instanceof Error ? error.message : String(error)}`)
    return false
  }
}

/** One line a step, in columns. */
function lines(played: Run): string {
  const ops = played.steps.map(({ op }) => printOpLine(op))
  const width = Math.min(Math.max(0, ...ops.map((op) => op.length)), 60)
  const digits = String(played.steps.length).length
  return played.steps
    .map((step, index) => `${String(index + 1).padStart(digits)}  ${(ops[index] ?? '').padEnd(width)}  ${answer(step)}`)
    .join('\n')
}

function answer({ result, completes }: Step): string {
  const late = completes.map((done) => `; step ${done.step + 1}: ${word(done.result)}`)
  return word(result) + late.join('')
}

function word(result: Result): string {
  if ('bug' in result) return result.bug.text
  if ('blocked' in result) return 'blocked'
  if (!result.ok) return result.errno
  const id = result.id === undefined ? '' : ` id ${result.id}`
  const { value } = result
  if (value === undefined) return `ok${id}`
  if (typeof value === 'number') return `ok ${value}${id}`
  const fields = Object.entries(value).map(([key, field]) => `${key}=${field}`)
  return `ok ${fields.join(' ')}${id}`
}

/** The run as JSON; steps count from 1 as in the lines, and everything bears its name. */
function document({ title, kernel, boot }: Scenario, played: Run, checked: readonly Reported[]): unknown {
  return {
    title,
    machine: played.world.setup.machine.id,
    kernel,
    boot,
    steps: played.steps.map(({ op, result, completes }, index) => ({
      step: index + 1,
      op,
      result,
      completes: completes.map((done) => ({ step: done.step + 1, result: done.result })),
      trace: played
        .traceOf(index)
        .map((event) =>
          event.subject === undefined ? event : { ...event, subject: named(played.world, event.subject) },
        ),
    })),
    ...(checked.length === 0
      ? {}
      : {
          expectations: checked.map(({ step, line, expected, fault }) => ({
            step,
            ...(line === undefined ? {} : { line }),
            expected,
            holds: fault === null,
            ...(fault === null ? {} : { fault }),
          })),
        }),
  }
}

/** A subject with names in place of indices. */
function named(world: World, subject: Subject): Readonly<Record<string, unknown>> {
  const device = (index: number | undefined) => (index === undefined ? {} : { device: world.devices[index]?.spec.bdf })
  const group = (index: number | undefined) => (index === undefined ? {} : { group: world.groups[index]?.id })
  switch (subject.kind) {
    case 'device':
      return device(subject.device)
    case 'group':
      return { ...group(subject.group), ...(subject.container === undefined ? {} : { container: subject.container }) }
    case 'container':
      return { container: subject.container }
    case 'slot':
      return { name: world.slots[subject.slot] }
    case 'driver':
      return { driver: world.drivers[subject.driver]?.name, ...device(subject.device) }
    case 'context':
      return { context: contextOf(world, subject.context), ...group(subject.group), ...device(subject.device) }
    case 'count':
      return { count: subject.count, ...group(subject.group) }
    case 'range':
      return { iova: subject.iova, size: subject.size }
    case 'object':
      return { [subject.of]: subject.index, number: subject.number }
    case 'word':
      return { word: subject.word }
  }
}
