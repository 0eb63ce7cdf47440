/**
 * `npm run record -- FILE… --kernel NAME --out OUT`: records what a kernel does, for conformance/.
 *
 *     FILE…          scenarios (scripts, JSON), each one sequence; or recordings (.jsonl, .jsonl.gz), each made again
 *     --kernel NAME  as for `npm run real`; --kernel-image FILE and --modules DIR for anybody's own
 *     --only TEXT    only sequences whose id holds the text
 *     --one-boot     sequences of the same machine, boot options and processes one after the other in one boot, as walks
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
import { askMany, type Task } from './host/guest.ts'
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
    'one-boot': { type: 'boolean', default: false },
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

/** Places in `sequences` that one boot after the other carries out, those of a boot together. */
function boots(): (readonly number[])[] {
  if (!values['one-boot']) return sequences.map((_, place) => [place])
  const byGuest = new Map<string, number[]>()
  for (const [place, { task }] of sequences.entries()) {
    const { topology, boot, processes, unplugged } = task
    const guest = JSON.stringify([topology.name, boot, processes, unplugged])
    byGuest.set(guest, [...(byGuest.get(guest) ?? []), place])
  }
  return [...byGuest.values()]
}

const made: (Recording | undefined)[] = []
let differ = 0
const left = boots()
async function work(): Promise<void> {
  for (let places = left.shift(); places !== undefined; places = left.shift()) {
    const these = places.flatMap((place) => sequences[place] ?? [])
    let index = 0
    for await (const { recording, trouble } of askMany(these.map(({ task }) => task))) {
      note(places[index] ?? 0, recording, trouble)
      index++
    }
  }
}

function note(place: number, recording: Recording, trouble: string | null): void {
  if (trouble !== null) console.error(`${recording.id}: ${trouble}`)
  made[place] = { ...recording, racy: isRacy(recording) }
  const earlier = sequences[place]?.earlier
  if (earlier === undefined || earlier.racy || same(recording, earlier)) return
  differ++
  console.log(`${recording.id}: not as recorded before`)
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
