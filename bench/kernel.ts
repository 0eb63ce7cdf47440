/**
 * What an operation costs on a machine with 1,000 devices: with and without the record of the kernel's checks, in a
 * replay from boot, and in one that goes on from the run before it. Ratios are of this run; microseconds are sizes.
 */
import { manyDevices } from '../src/machines/many-devices.ts'
import { kernelById } from '../src/sim/kernels/registry.ts'
import type { Op } from '../src/sim/op.ts'
import { replay } from '../src/sim/replay.ts'
import { Recorder } from '../src/sim/trace.ts'
import { compileOp, compileWorld, type Call, type Setup } from '../src/sim/world.ts'

const DEVICES = 1000
const OPS = 10_000

const kernel = kernelById('linux-5.10')
if (kernel === undefined) throw new Error('the registry has no linux-5.10')
const machine = manyDevices(DEVICES)
const setup: Setup = { machine, boot: { iommu: 'nopt' }, processes: [{ name: 'qemu', user: 'root' }] }
const world = compileWorld(setup, [])

/** The life of one group after the other: unbind, bind vfio-pci, open, contain, map, get the device, let go. */
function life(group: number, round: number): Op[] {
  const target = world.groups[group]
  const functions = (target?.devices ?? [])
    .map((index) => world.devices[index]?.spec)
    .filter((f) => f?.bridge === false)
  const first = functions[0]
  if (target === undefined || first === undefined) return []
  return [
    ...functions.flatMap((f): Op[] =>
      f === undefined
        ? []
        : [
            { op: 'unbind', device: f.bdf },
            { op: 'bind', device: f.bdf, driver: 'vfio-pci' },
          ],
    ),
    { op: 'open_group', group: String(target.id), as: `g${round % 8}` },
    { op: 'open_container', as: `c${round % 8}` },
    { op: 'group_set_container', group_fd: `g${round % 8}`, container_fd: `c${round % 8}` },
    { op: 'set_iommu', container_fd: `c${round % 8}`, type: 'type1v2' },
    { op: 'map_dma', container_fd: `c${round % 8}`, iova: 0, size: 2 ** 21 },
    { op: 'group_get_device_fd', group_fd: `g${round % 8}`, device: first.bdf, as: `d${round % 8}` },
    { op: 'group_get_status', group_fd: `g${round % 8}` },
    { op: 'close', fd: `d${round % 8}` },
    { op: 'close', fd: `g${round % 8}` },
    { op: 'close', fd: `c${round % 8}` },
    ...functions.flatMap((f): Op[] => (f === undefined ? [] : [{ op: 'unbind', device: f.bdf }])),
  ]
}

const ops: Op[] = []
for (let round = 0; ops.length < OPS; round++) ops.push(...life(round % world.groups.length, round))
ops.length = OPS

function milliseconds(work: () => void): number {
  const times: number[] = []
  for (let repeat = 0; repeat < 5; repeat++) {
    const start = performance.now()
    work()
    times.push(performance.now() - start)
  }
  return times.sort((a, b) => a - b)[2] ?? 0
}

const compiled = compileWorld(setup, ops)
const calls = ops.map((op): Call => {
  const call = compileOp(compiled, op)
  if (call === null) throw new Error('the world has no room for its own operations')
  return call
})
const state = kernel.create(compiled)
const reset = (): void => {
  state.bytes.fill(0)
  kernel.boot(state)
}
const plain = milliseconds(() => {
  reset()
  for (const call of calls) kernel.apply(state, call)
})
const traced = milliseconds(() => {
  reset()
  for (const call of calls) kernel.apply(state, call, new Recorder())
})
const whole = milliseconds(() => void replay(kernel, setup, ops))
const run = replay(kernel, setup, ops)
const more: Op[] = [...ops, { op: 'open_container', as: 'c0' }]
const onward = milliseconds(() => void replay(kernel, setup, more, run))
const picture = milliseconds(() => void run.snapshotAt(OPS))

console.log(
  `${DEVICES} devices, ${world.groups.length} groups, ${OPS} operations; state of ${state.bytes.length} bytes`,
)
console.table({
  'apply, no trace': { 'µs an operation': ((1000 * plain) / OPS).toFixed(2), ratio: '1' },
  'apply, with trace': { 'µs an operation': ((1000 * traced) / OPS).toFixed(2), ratio: (traced / plain).toFixed(2) },
  'replay from boot': { 'µs an operation': ((1000 * whole) / OPS).toFixed(2), ratio: (whole / plain).toFixed(2) },
})
console.table({
  [`replay of ${OPS} operations`]: { ms: whole.toFixed(1) },
  'one operation more': { ms: onward.toFixed(2), 'against a whole replay': (onward / whole).toFixed(3) },
  'picture of a state': { ms: picture.toFixed(2) },
})
