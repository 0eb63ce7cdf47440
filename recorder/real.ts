/**
 * `npm run real -- SCRIPT --kernel 7.3`: what does a real kernel answer, and what does the simulator say?
 *
 *     SCRIPT                      a scenario (script, JSON or link; `-` reads the standard input) on a machine of
 *                                 conformance/topologies.json; the answers stand beside the simulator's
 *     --kernel NAME               5.10, 6.1, 6.12, 7.3, 6.12-iommufd, 7.3-iommufd (default: the scenario's own)
 *     --kernel-image FILE         anybody's own kernel in place of a fetched one, with --modules DIR for its *.ko files
 *     --as ID                     simulated kernel to compare with (default: that of --kernel, or the scenario's own)
 *     --json                      the recording as one line of JSON, without a comparison
 *     --walks N --seed S          random walks in place of a script, --steps each (default 40), on --machine (default:
 *                                 every machine in turn); the first that differs is shrunk to the fewest steps
 *     --keep-going                goes on after a difference, and shrinks one of each kind
 *     --out FILE                  adds the recordings of the walks to a file
 *     --exports                   the exported C program of each shipped scenario, on the kernel that it is for (with
 *                                 --kernel: only those of that one); the table goes into docs/exports.md
 *
 * Exit code 0: all agree, 1: something differs or went wrong, 2: the command line is off.
 */
import { appendFileSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readAny } from '../src/scenario/script/read.ts'

import type { Difference, Recording } from '../src/scenario/recording/recording.ts'
import { kernelById, KERNELS } from '../src/sim/kernels/registry.ts'
import type { Kernel } from '../src/sim/kernel.ts'
import { printOpLine } from '../src/sim/op-line.ts'
import type { Op, OpKind } from '../src/sim/op.ts'
import { runExports } from './exports.ts'
import { Missing } from './host/cache.ts'
import { askKernel, askMany, greet, type Answer, type Task } from './host/guest.ts'
import { differencesOf, isRacy, machineOf } from './host/judge.ts'
import { fetchedKernel, ownKernel, type GuestKernel } from './host/kernels.ts'
import { shrink } from './host/shrink.ts'
import { TOPOLOGIES, type Topology } from './host/topologies.ts'
import { randomWalk, WALKERS, type Walkable } from './host/walk.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string' },
    'kernel-image': { type: 'string' },
    modules: { type: 'string' },
    as: { type: 'string' },
    json: { type: 'boolean', default: false },
    walks: { type: 'string' },
    seed: { type: 'string', default: '1' },
    steps: { type: 'string', default: '40' },
    machine: { type: 'string' },
    out: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    exports: { type: 'boolean', default: false },
  },
})

/** A fault of the command line or of a file, for a person. */
class Fault extends Error {}

/** The kernel to boot. `usual` is the simulated kernel whose own release is taken if none is named. */
function guestKernel(usual: string): GuestKernel {
  const image = values['kernel-image']
  if (image !== undefined) return ownKernel(image, values.modules)
  return fetchedKernel(values.kernel ?? usual.replace(/^linux-/, ''))
}

function simulatedKernel(usual: string): Kernel {
  const id = values.as ?? (values.kernel === undefined ? usual : `linux-${values.kernel}`)
  const kernel = KERNELS.find((each) => each.id === id)
  if (kernel !== undefined) return kernel
  throw new Fault(`no kernel ${id} is simulated: --as takes ${KERNELS.map((each) => each.id).join(', ')}`)
}

function topologyNamed(name: string): Topology {
  const topology = TOPOLOGIES.get(name)
  if (topology !== undefined) return topology
  throw new Fault(`QEMU cannot be the machine ${name}; it can be ${[...TOPOLOGIES.keys()].join(', ')}`)
}

function readScenario(file: string): Task & { readonly kernelId: string } {
  const reading = readAny(readFileSync(file === '-' ? 0 : file, 'utf8'))
  if (!reading.ok)
    throw new Fault(reading.problems.map(({ line, words }) => `${file}:${line ?? 1}: ${words}`).join('\n'))
  const { scenario } = reading
  if (typeof scenario.machine !== 'string') throw new Fault('QEMU cannot be a machine of your own')
  if (kernelById(scenario.kernel)?.id.startsWith('linux-') !== true && values.kernel === undefined)
    throw new Fault(`${scenario.kernel} is a proposal that no kernel implements: say which one to ask with --kernel`)
  return {
    id: scenario.title,
    kernel: guestKernel(scenario.kernel),
    topology: topologyNamed(scenario.machine),
    boot: scenario.boot,
    processes: scenario.processes,
    ops: scenario.ops,
    kernelId: scenario.kernel,
  }
}

/** A result in a few words. */
function words(result: unknown): string {
  if (typeof result !== 'object' || result === null) return '—'
  if ('errno' in result) return String(result.errno)
  if ('blocked' in result) return 'blocked'
  if ('bug' in result) return JSON.stringify(result.bug)
  const details = ['value', 'id'].flatMap((key) => {
    const value: unknown = Object.entries(result).find(([name]) => name === key)?.[1]
    return value === undefined ? [] : [`${key} ${JSON.stringify(value)}`]
  })
  return ['ok', ...details].join(' ')
}

function printComparison({ recording, trouble }: Answer, differences: readonly Difference[]): void {
  const width = Math.max(...recording.steps.map(({ op }) => printOpLine(op).length), 0)
  recording.steps.forEach(({ op, result, completes, log = [] }, index) => {
    console.log(`${String(index + 1).padStart(3)}  ${printOpLine(op).padEnd(width)}  ${words(result)}`)
    for (const late of completes) console.log(`     step ${late.step + 1} came back: ${words(late.result)}`)
    for (const line of log) console.log(`     log: ${line}`)
    for (const { what, expected, got } of differences.filter(({ step }) => step === index)) {
      console.log(`  ≠  ${what}: the kernel says ${JSON.stringify(expected)}, the simulator ${JSON.stringify(got)}`)
    }
  })
  if (trouble !== null) console.log(`the machine said: ${trouble}`)
}

async function playScript(file: string): Promise<number> {
  const { kernelId, ...task } = readScenario(file)
  const simulated = simulatedKernel(kernelId)
  const answer = await askKernel(task)
  if (values.json) {
    console.log(JSON.stringify(answer.recording))
    return 0
  }
  const differences = differencesOf(answer.recording, simulated)
  printComparison(answer, differences)
  const differ = new Set(differences.map(({ step }) => step)).size
  const { length } = answer.recording.steps
  console.log(`${answer.head.release} beside ${simulated.id}: ${length - differ} steps agree, ${differ} differ`)
  if (length < task.ops.length)
    console.log(`${task.ops.length - length} operations were not run: the kernel had stopped`)
  return differ > 0 ? 1 : 0
}

/** Operations of a kernel that a guest can carry out at random. */
function kindsFor(kernel: Kernel, kvm: boolean): OpKind[] {
  return kernel.abi.filter((kind) => kind !== 'hot_add' && kind !== 'dma_probe' && (kvm || !kind.startsWith('kvm_')))
}

function record(recording: Recording, seed: number): string {
  return `${JSON.stringify({ ...recording, kind: 'random', seed, ...(isRacy(recording) ? { racy: true } : {}) })}\n`
}

/** Walks on one machine and what they are made from. */
interface Batch {
  readonly tasks: readonly Task[]
  readonly seeds: readonly number[]
}

/** Every third batch boots with `iommu=pt`. */
function batchAt(kernel: GuestKernel, simulated: Kernel, place: number, count: number, kvm: boolean): Batch {
  const { topology, boot } = placeOf(place)
  const machine = machineOf(topology.name)?.machine
  if (machine === undefined) throw new Fault(`the simulator does not know the machine ${topology.name}`)
  const walkable: Walkable = {
    kernel: simulated,
    setup: { machine, boot, processes: WALKERS },
    kinds: kindsFor(simulated, kvm),
    devices: [...topology.observed],
  }
  const first = Number(values.seed) * 100_000 + place * BATCH
  const seeds = Array.from({ length: count }, (_, index) => first + index)
  const tasks = seeds.map((seed) => {
    const ops = randomWalk(walkable, seed, Number(values.steps))
    return { id: `walk-${seed}@${topology.name}`, kernel, topology, boot, processes: WALKERS, ops }
  })
  return { tasks, seeds }
}

/** How many walks a boot carries out, one after the other. */
const BATCH = 25

function placeOf(place: number): Pick<Task, 'topology' | 'boot'> {
  const names =
    values.machine === undefined ? [...TOPOLOGIES.keys()].filter((name) => name !== 'edu') : [values.machine]
  return {
    topology: topologyNamed(names[place % names.length] ?? ''),
    boot: { iommu: place % 3 === 2 ? 'pt' : 'nopt' },
  }
}

/** Leaves out steps of a task as long as the kernel and the simulator still differ, and prints what remains. */
async function printShortest(task: Task, simulated: Kernel): Promise<void> {
  const ask = (ops: readonly Op[]): Promise<Answer> => askKernel({ ...task, ops })
  const fewest = await shrink(task.ops, async (ops) => {
    const { recording } = await ask(ops)
    return !isRacy(recording) && differencesOf(recording, simulated).length > 0
  })
  const shortest = await ask(fewest)
  printComparison(shortest, differencesOf(shortest.recording, simulated))
}

/** What two differences of the same cause mostly have in common. */
function kindOf({ op, what, expected, got }: Difference): string {
  return JSON.stringify([op.op, what, expected, got])
}

async function walk(count: number): Promise<number> {
  const simulated = simulatedKernel('linux-7.3')
  const kernel = guestKernel(simulated.id)
  const known = new Set<string>()
  const sums = { steps: 0, racy: 0, differ: 0 }
  for (let done = 0; done < count; done += BATCH) {
    const place = done / BATCH
    const { kvm } = await greet({ kernel, ...placeOf(place) })
    const { tasks, seeds } = batchAt(kernel, simulated, place, Math.min(BATCH, count - done), kvm)
    let index = 0
    for await (const answer of askMany(tasks)) {
      const task = tasks[index]
      if (values.out !== undefined) appendFileSync(values.out, record(answer.recording, seeds[index] ?? 0))
      index++
      if (isRacy(answer.recording)) {
        sums.racy++
        continue
      }
      sums.steps += answer.recording.steps.length
      const [first] = differencesOf(answer.recording, simulated)
      if (first === undefined || task === undefined) continue
      sums.differ++
      if (known.has(kindOf(first))) continue
      known.add(kindOf(first))
      console.log(`${task.id} (iommu=${task.boot.iommu}) differs in step ${first.step + 1}; leaving out steps…`)
      await printShortest({ ...task, ops: task.ops.slice(0, first.step + 1) }, simulated)
      if (!values['keep-going']) break
    }
    if (sums.differ > 0 && !values['keep-going']) break
  }
  const { steps, racy, differ } = sums
  console.log(
    `walks on ${kernel.name}: ${steps} steps were judged, ${differ} walks differ, ${racy} were left out as racy`,
  )
  return differ > 0 ? 1 : 0
}

async function main(): Promise<number> {
  const [file] = positionals
  if (values.exports) return runExports(values.kernel, positionals)
  if (values.walks !== undefined && Number(values.walks) > 0) return walk(Number(values.walks))
  if (file === undefined || positionals.length > 1) {
    console.error(
      'usage: npm run real -- SCRIPT [--kernel NAME] | --walks N [--seed S]; recorder/README.md tells the rest',
    )
    return 2
  }
  return playScript(file)
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`real: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = error instanceof Fault || error instanceof Missing ? 2 : 1
}
