/**
 * `npm run record -- FILE… --kernel NAME --out OUT`: records what a kernel does, for conformance/.
 *
 *     FILE…          scenarios (scripts, JSON), each one sequence; or recordings (.jsonl, .jsonl.gz), each made again
 *     --kernel NAME  as for `npm run real`; --kernel-image FILE and --modules DIR for anybody's own
 *     --only TEXT    only sequences whose id holds the text
 *     --once         records a scenario with its own boot options only
 *     --jobs N       guests at a time (default 2)
 *     --out OUT      where the recordings go, a line each (`.gz`: packed); without it they are only compared with FILE
 *
 * Without --once a scenario is recorded with `iommu=nopt` and once more, under an id that ends in `/pt`, with `iommu=pt`.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { readRecordings } from '../src/cli/recordings.ts'
import { operationsOf, type Recording } from '../src/scenario/recording/recording.ts'
import { readAny } from '../src/scenario/script/read.ts'
import { askKernel, type Task } from './host/guest.ts'
import { isRacy, machineOf } from './host/judge.ts'
import { fetchedKernel, ownKernel } from './host/kernels.ts'
import { TOPOLOGIES } from './host/topologies.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: 'string' },
    'kernel-image': { type: 'string' },
    modules: { type: 'string' },
    once: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    jobs: { type: 'string', default: '2' },
    out: { type: 'string' },
  },
})

const image = values['kernel-image']
if (positionals.length === 0 || (values.kernel === undefined && image === undefined)) {
  console.error(
    'usage: npm run record -- FILE… --kernel NAME [--only TEXT] [--out OUT]; recorder/README.md tells the rest',
  )
  process.exit(2)
}
const kernel = image === undefined ? fetchedKernel(values.kernel ?? '') : ownKernel(image, values.modules)

/** A sequence to record, and what an earlier recording of it says. */
interface Sequence {
  readonly task: Task
  readonly earlier?: Recording
}

function topologyOf(name: string): Task['topology'] {
  const topology = TOPOLOGIES.get(name)
  if (topology === undefined) throw new Error(`QEMU cannot be the machine ${name}`)
  return topology
}

function fromRecordings(file: string): Sequence[] {
  return readRecordings(file).map((earlier) => {
    const machine = machineOf(earlier.topology)
    if (machine === undefined) throw new Error(`${earlier.id}: no machine is called ${earlier.topology}`)
    const task: Task = {
      id: earlier.id,
      kernel,
      topology: topologyOf(earlier.topology),
      boot: { iommu: earlier.cmdline === 'iommu=pt' ? 'pt' : 'nopt' },
      processes: earlier.processes,
      ops: operationsOf(earlier, machine),
      unplugged: earlier.unplugged,
    }
    return { task, earlier }
  })
}

function fromScenario(file: string): Sequence[] {
  const reading = readAny(readFileSync(file, 'utf8'))
  if (!reading.ok)
    throw new Error(reading.problems.map(({ line, words }) => `${file}:${line ?? 1}: ${words}`).join('\n'))
  const { boot, machine, ops, processes } = reading.scenario
  if (typeof machine !== 'string') throw new Error(`${file}: QEMU cannot be a machine of your own`)
  const id = `${path.basename(file, path.extname(file))}@${machine}`
  const topology = topologyOf(machine)
  if (values.once) return [{ task: { id, kernel, topology, boot, processes, ops } }]
  return [
    { task: { id, kernel, topology, boot: { iommu: 'nopt' }, processes, ops } },
    { task: { id: `${id}/pt`, kernel, topology, boot: { iommu: 'pt' }, processes, ops } },
  ]
}

const sequences = positionals
  .flatMap((file) => (/\.jsonl(?:\.gz)?$/.test(file) ? fromRecordings(file) : fromScenario(file)))
  .filter(({ task }) => task.id.includes(values.only))

/** The same but for what the kernel wrote into its log, which also tells of the time before. */
function same(a: Recording, b: Recording): boolean {
  const essence = ({ steps }: Recording): string =>
    JSON.stringify(steps.map(({ result, completes, after }) => [result, completes, after]))
  return essence(a) === essence(b)
}

const made: (Recording | undefined)[] = []
let differ = 0
let next = 0
async function work(): Promise<void> {
  for (let index = next++; index < sequences.length; index = next++) {
    const sequence = sequences[index]
    if (sequence === undefined) return
    const { recording, trouble } = await askKernel(sequence.task)
    if (trouble !== null) console.error(`${sequence.task.id}: ${trouble}`)
    made[index] = { ...recording, racy: isRacy(recording) }
    if (sequence.earlier === undefined || sequence.earlier.racy || same(recording, sequence.earlier)) continue
    differ++
    console.log(`${sequence.task.id}: not as recorded before`)
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, work))

const recordings = made.filter((recording) => recording !== undefined)
if (values.out !== undefined) {
  const text = recordings.map((recording) => `${JSON.stringify(recording)}\n`).join('')
  writeFileSync(values.out, values.out.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text)
}
const steps = recordings.reduce((sum, recording) => sum + recording.steps.length, 0)
console.log(`${recordings.length} sequences with ${steps} steps; ${differ} not as recorded before`)
process.exitCode = differ > 0 ? 1 : 0
