import { readFileSync } from 'node:fs'
import { ACTORS, NAME_KINDS, type AlphabetOptions, type NameKind } from '../explore/alphabet.ts'
import { Exploration, ExploreError, type ExploreRequest, type ExploreResult } from '../explore/exploration.ts'
import type { Limits } from '../explore/search.ts'
import { machineById } from '../machines/index.ts'
import { readAny } from '../scenario/read.ts'
import type { Scenario } from '../scenario/scenario.ts'
import { printOp } from '../scenario/script.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { isOpKind, type OpKind } from '../sim/op.ts'
import type { Range } from '../sim/world.ts'

const USAGE = `usage: explore FILE --goal GOAL [OPTION...]
  --json                  the answer as one JSON object
  --from here|boot        where to start: after the steps before the cursor (default), or freshly booted
  --kernel ID             another kernel than the scenario's
  --actors user,admin     who may act (default both)
  --processes NAME,...    processes that act (default all)
  --devices ADDRESS,...   functions that are rebound and asked for
  --drivers NAME,...      drivers to bind; native: each function's own (default native,vfio-pci,pci-stub)
  --names KIND=N,...      names a process can have open (${NAME_KINDS.join(', ')})
  --ranges IOVA+SIZE,...  what users map, in bytes
  --types NAME,...        IOMMU types (default type1v2)
  --with OP,...           operations to take besides the default ones
  --without OP,...        operations to leave out
  --waiting N             calls of the administrator that can wait at a time (default 1)
  --states N  --memory MB  --depth N   limits (default: 1024 MB)
  --no-symmetry           keep equal states apart
exit code: 0 it is so (possible and reached, never and impossible), 1 it is not, 3 stopped at a limit, 2 not understood`

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
    console.log(json ? JSON.stringify(document(file, request, result), null, 2) : text(result))
    return result.holds === null ? 3 : result.holds ? 0 : 1
  } catch (error) {
    if (error instanceof UsageError) console.error(error.message)
    else if (error instanceof ExploreError && error.column !== null) {
      console.error(`explore: goal, column ${error.column}: ${error.message}`)
    } else console.error(`explore: ${error instanceof Error ? error.message : String(error)}`)
    return 2
  }
}

interface Arguments {
  readonly file: string
  readonly json: boolean
  readonly request: ExploreRequest
}

const SWITCHES = ['--json', '--no-symmetry']
const VALUES = [
  '--goal',
  '--from',
  '--kernel',
  '--actors',
  '--processes',
  '--devices',
  '--drivers',
  '--names',
  '--ranges',
  '--types',
  '--with',
  '--without',
  '--waiting',
  '--states',
  '--memory',
  '--depth',
]

function readArguments(args: readonly string[]): Arguments {
  const values = new Map<string, string>()
  const files: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? ''
    if (SWITCHES.includes(arg)) values.set(arg, '')
    else if (VALUES.includes(arg)) {
      const value = args[++index]
      if (value === undefined) throw new UsageError(`explore: ${arg} wants a value\n${USAGE}`)
      values.set(arg, value)
    } else if (arg.startsWith('--')) throw new UsageError(`explore: no option ${arg}\n${USAGE}`)
    else files.push(arg)
  }
  const [file, ...more] = files
  const goal = values.get('--goal')
  if (file === undefined || more.length > 0 || goal === undefined) throw new UsageError(USAGE)
  const from = values.get('--from') ?? 'here'
  if (from !== 'here' && from !== 'boot') throw new UsageError(`explore: --from wants here or boot, not ${from}`)
  const scenario = readScenario(file, values.get('--kernel'))
  const request = { scenario, from, goal, options: optionsOf(values), limits: limitsOf(values) } as const
  return { file, json: values.has('--json'), request: { ...request, reduce: !values.has('--no-symmetry') } }
}

function readScenario(file: string, kernel: string | undefined): Scenario {
  const reading = readAny(readFileSync(file === '-' ? 0 : file, 'utf8'), machineById)
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

function optionsOf(values: ReadonlyMap<string, string>): AlphabetOptions {
  const list = (key: string): readonly string[] | undefined =>
    values
      .get(key)
      ?.split(',')
      .filter((word) => word !== '')
  const actors = list('--actors')?.map((word) => oneOf('--actors', word, ACTORS))
  const processes = list('--processes')
  const devices = list('--devices')?.map((bdf) => (/^[0-9a-f]{2}:/i.test(bdf) ? `0000:${bdf}` : bdf).toLowerCase())
  const drivers = list('--drivers')
  const types = list('--types')
  const more = list('--with')?.map((word) => operation('--with', word))
  const without = list('--without')?.map((word) => operation('--without', word))
  const waiting = number(values, '--waiting')
  const ranges = list('--ranges')?.map(rangeOf)
  const names = list('--names')
  return {
    ...(actors === undefined ? {} : { actors }),
    ...(processes === undefined ? {} : { processes }),
    ...(devices === undefined ? {} : { devices }),
    ...(drivers === undefined ? {} : { drivers }),
    ...(types === undefined ? {} : { types }),
    ...(more === undefined ? {} : { with: more }),
    ...(without === undefined ? {} : { without }),
    ...(waiting === undefined ? {} : { waiting }),
    ...(ranges === undefined ? {} : { ranges }),
    ...(names === undefined ? {} : { names: Object.fromEntries(names.map(nameCount)) }),
  }
}

function limitsOf(values: ReadonlyMap<string, string>): Partial<Limits> {
  const states = number(values, '--states')
  const memory = number(values, '--memory')
  const depth = number(values, '--depth')
  return {
    ...(states === undefined ? {} : { states }),
    ...(memory === undefined ? {} : { memory: memory * 2 ** 20 }),
    ...(depth === undefined ? {} : { depth }),
  }
}

function oneOf<T extends string>(key: string, value: string, known: readonly T[]): T {
  const found = known.find((each) => each === value)
  if (found === undefined) throw new UsageError(`explore: ${key} wants ${known.join(' or ')}, not ${value}`)
  return found
}

function operation(key: string, value: string): OpKind {
  if (!isOpKind(value)) throw new UsageError(`explore: ${key} wants operations, not ${value}`)
  return value
}

function number(values: ReadonlyMap<string, string>, key: string): number | undefined {
  const value = values.get(key)
  if (value === undefined) return undefined
  if (!/^\d{1,12}$/.test(value)) throw new UsageError(`explore: ${key} wants a whole number, not ${value}`)
  return Number(value)
}

function rangeOf(text: string): Range {
  const [iova = Number.NaN, size = Number.NaN] = text.split('+').map(Number)
  if (Number.isNaN(iova) || Number.isNaN(size)) throw new UsageError(`explore: --ranges wants IOVA+SIZE, not ${text}`)
  return { iova, size }
}

function nameCount(text: string): readonly [NameKind, number] {
  const [kind = '', count = ''] = text.split('=')
  if (!/^\d{1,3}$/.test(count)) throw new UsageError(`explore: --names wants KIND=N, not ${text}`)
  return [oneOf('--names', kind, NAME_KINDS), Number(count)]
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
    script: path?.map(printOp) ?? null,
  }
}

function text(result: ExploreResult): string {
  const { verdict, path, states, transitions, depth, seconds, limit } = result
  const counts = `${states} states, ${transitions} transitions, depth ${depth}, ${seconds.toFixed(2)} s`
  if (verdict === 'limit') return `stopped at a limit (${limit ?? ''}): nothing is proved\n${counts}`
  if (path === null) return `impossible: all states examined\n${counts}`
  return [`reached in ${path.length} operations`, ...path.map((op) => `  ${printOp(op)}`), counts].join('\n')
}
