import { readFileSync } from 'node:fs'
import { readAny } from '../scenario/script/read.ts'
import { machineOf, setupOf, type Scenario } from '../scenario/document/scenario.ts'
import { printOpLine } from '../sim/op-line.ts'
import { contextOf } from '../sim/iommu/context.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { replay, type Run, type Step } from '../sim/replay.ts'
import type { Result } from '../sim/result.ts'
import type { Subject } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import { print, printError } from './terminal.ts'

/**
 * `replay FILE [--json]`: replays a scenario (script, JSON or link; `-` reads the standard input) and prints one line a
 * step: number, operation, result, and which waiting calls came back. With `--json` one object with every step, what it
 * completed and what the kernel checked and changed in it. Exit code 1 if the scenario cannot be read or played.
 */
export async function run(args: readonly string[]): Promise<number> {
  const files = args.filter((arg) => arg !== '--json')
  const [file] = files
  if (file === undefined || files.length > 1) {
    printError('usage: replay FILE [--json]')
    return 2
  }
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
  print(args.includes('--json') ? JSON.stringify(document(scenario, played), null, 2) : lines(played))
  return 0
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
function document({ title, kernel, boot }: Scenario, played: Run): unknown {
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
