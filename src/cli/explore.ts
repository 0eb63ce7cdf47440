import { readFileSync } from 'node:fs'
import { Exploration, ExploreError, type ExploreRequest, type ExploreResult } from '../explore/exploration.ts'
import { isParameter, PARAMETERS, ParameterError, readParameters, type Parameter } from '../explore/parameters.ts'
import { readAny } from '../scenario/script/read.ts'
import type { Scenario } from '../scenario/document/scenario.ts'
import { printOpLine } from '../sim/op-line.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { print, printError } from './terminal.ts'

const USAGE = [
  'usage: explore FILE --goal GOAL [OPTION...]',
  line('json', 'the answer as one JSON object'),
  line('kernel ID', 'another kernel than the scenario’s'),
  ...Object.entries(PARAMETERS).map(([key, [wants, says]]) => line(`${key} ${wants}`, says)),
  line('no-symmetry', 'the same as --symmetry off'),
  'exit code: 0 it is so (possible and reached, never and impossible), 1 it is not, 3 stopped at a limit, 2 not understood',
].join('\n')

function line(option: string, says: string): string {
  return `  --${option.padEnd(22)} ${says}`
}

/** A fault in the arguments. */
class UsageError extends Error {}

/**
 * `explore FILE --goal GOAL`: searches all states that a scenario (script, JSON or link; `-` reads the standard input) can
 * come to for one where a question holds, and prints the shortest way there, or that there is none.
 */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const { file, json, request } = readArguments(args)
    const exploration = new Exploration(request, () => performance.now())
    while (exploration.running) exploration.advanceFor(1000)
    const result = exploration.result()
    if (result === null) throw new Error('the search has not ended')
    print(json ? JSON.stringify(document(file, request, result), null, 2) : text(result))
    return result.holds === null ? 3 : result.holds ? 0 : 1
  } catch (error) {
    if (error instanceof UsageError) printError(error.message)
    else if (error instanceof ParameterError) printError(`explore: --${error.key} ${error.message}`)
    else if (error instanceof ExploreError && error.column !== null) {
      printError(`explore: goal, column ${error.column}: ${error.message}`)
    } else printError(`explore: ${error instanceof Error ? error.message : String(error)}`)
    return 2
  }
}

interface Arguments {
  readonly file: string
  readonly json: boolean
  readonly request: ExploreRequest
}

const SWITCHES = ['json', 'no-symmetry']

function readArguments(args: readonly string[]): Arguments {
  const values = new Map<string, string>()
  const settings = new Map<Parameter, string>()
  const files: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    const key = arg.startsWith('--') ? arg.slice(2) : null
    if (key === null) files.push(arg)
    else if (SWITCHES.includes(key)) values.set(key, '')
    else if (key === 'goal' || key === 'kernel' || isParameter(key)) {
      const value = args[++index]
      if (value === undefined) throw new UsageError(`explore: ${arg} wants a value\n${USAGE}`)
      if (isParameter(key)) settings.set(key, value)
      else values.set(key, value)
    } else throw new UsageError(`explore: no option ${arg}\n${USAGE}`)
  }
  const [file, ...more] = files
  const goal = values.get('goal')
  if (file === undefined || more.length > 0 || goal === undefined) throw new UsageError(USAGE)
  if (values.has('no-symmetry')) settings.set('symmetry', 'off')
  const scenario = readScenario(file, values.get('kernel'))
  return { file, json: values.has('json'), request: { scenario, goal, ...readParameters(settings) } }
}

function readScenario(file: string, kernel: string | undefined): Scenario {
  const reading = readAny(readFileSync(file === '-' ? 0 : file, 'utf8'))
  if (!reading.ok) {
    const lines = reading.problems.map(({ line, column, place, words }) =>
      [...[file, line, column, place].filter((part) => part !== undefined), ` ${words}`].join(':'),
    )
    throw new UsageError(lines.join('\n'))
  }
  if (kernel === undefined) return reading.scenario
  const found = KERNELS.find(({ id }) => id === kernel)
  if (found === undefined)
    throw new UsageError(`explore: no kernel ${kernel}; ${KERNELS.map(({ id }) => id).join(', ')}`)
  return { ...reading.scenario, kernel: found.id }
}

function document(file: string, { scenario, from }: ExploreRequest, result: ExploreResult): unknown {
  const machine = typeof scenario.machine === 'string' ? scenario.machine : scenario.machine.id
  const { path, before: _, ...rest } = result
  return {
    file,
    machine,
    kernel: scenario.kernel,
    from,
    ...rest,
    length: path?.length ?? null,
    path,
    script: path?.map(printOpLine) ?? null,
  }
}

function text(result: ExploreResult): string {
  const { verdict, path, states, transitions, depth, seconds, limit } = result
  const counts = `${states} states, ${transitions} transitions, depth ${depth}, ${seconds.toFixed(2)} s`
  if (verdict === 'limit') return `stopped at a limit (${limit ?? ''}): nothing is proved\n${counts}`
  if (path === null) return `impossible: all states examined\n${counts}`
  return [`reached in ${path.length} operations`, ...path.map((op) => `  ${printOpLine(op)}`), counts].join('\n')
}
