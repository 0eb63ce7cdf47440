import { expect, test } from 'vitest'
import { machineById } from '../../machines/index.ts'
import { parseScript } from '../../scenario/script/script.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { changesBetween } from './changes.ts'
import { spokenOf, subjectsOf } from './spoken.ts'

const HEAD = 'machine dual-e1000e\nkernel linux-5.10\nprocess qemu user=root\n'
/** Both ports are free, 01:00.1 is a guest's: what the first visit shows. */
const GUEST = `${HEAD}unbind 01:00.0
unbind 01:00.1
bind 01:00.1 vfio-pci
g1 = open_group 3
c1 = open_container
group_set_container g1 c1
set_iommu c1 type1v2
map_dma c1 0x0 2M
d1 = group_get_device_fd g1 01:00.1
`

function runOf(script: string): Run {
  const reading = parseScript(script)
  if (!reading.ok) throw new Error(JSON.stringify(reading))
  const { scenario } = reading
  const machine = typeof scenario.machine === 'string' ? machineById(scenario.machine) : scenario.machine
  const kernel = kernelById(scenario.kernel)
  if (machine === undefined || kernel === undefined) throw new Error('unknown machine or kernel')
  return replay(kernel, { machine, boot: scenario.boot, processes: scenario.processes }, scenario.ops)
}

/** Names that a reader knows: devices by address, groups by number, processes by name. */
function readable({ world }: Run, id: string): string {
  const index = Number(id.split(' ')[1])
  if (id.startsWith('device ')) return world.devices[index]?.spec.bdf.slice(5) ?? id
  if (id.startsWith('group ')) return `group ${world.groups[index]?.id}`
  if (id.startsWith('process ')) return world.setup.processes[index]?.name ?? id
  return id
}

/** What the last step of a script changed: `01:00.1 driver`. */
function changed(script: string): string[] {
  const run = runOf(script)
  const { length } = run.steps
  const [before, now] = [length - 1, length].map((at) => ({ world: run.world, snapshot: run.snapshotAt(at) }))
  if (before === undefined || now === undefined) return []
  const { parts, wires } = changesBetween(run.kernel, before, now)
  return [
    ...[...parts].flatMap(([id, list]) => [...list].map((part) => `${readable(run, id)} ${part}`)),
    ...[...wires].map((id) => `wire ${id.split(' ')[0]}`),
  ].sort()
}

test.each([
  ['a driver leaves', `${HEAD}unbind 01:00.0\n`, ['01:00.0 driver', 'group 3 foot']],
  ['a group file is opened', GUEST.split('\n').slice(0, 7).join('\n'), ['group 3 foot', 'qemu fd g1', 'wire fd']],
  ['a container appears', GUEST.split('\n').slice(0, 8).join('\n'), ['container 0 card', 'qemu fd c1', 'wire fd']],
  ['a group goes into a container', GUEST.split('\n').slice(0, 9).join('\n'), ['group 3 foot', 'wire attached']],
  ['memory is mapped', GUEST.split('\n').slice(0, 11).join('\n'), ['container 0 lines']],
  ['a device is handed out', GUEST, ['01:00.1 holder', 'qemu fd d1', 'wire fd']],
  ['a question changes nothing', `${GUEST}group_get_status g1\n`, []],
])('%s', (_, script, expected) => {
  expect(changed(script)).toEqual(expected)
})

test('the binding that ends the kernel changes driver, verdicts and where the harm is', () => {
  expect(changed(`${GUEST}bind 01:00.0 e1000e\n`)).toEqual(
    expect.arrayContaining(['01:00.0 driver', '01:00.0 reach', 'group 3 status', 'group 3 isolation', 'wire dma']),
  )
})

/** Of whom the refusal of the last step speaks, or null. */
function spoken(script: string): string[] | null {
  const run = runOf(script)
  const { length } = run.steps
  const nodes = spokenOf(run, length, run.snapshotAt(length))
  return nodes === null ? null : [...nodes].map((id) => readable(run, id)).sort()
}

test.each([
  ['a step that succeeds', GUEST, null],
  [
    'the BUG: the culprit, its group, who holds it, and where its DMA lands',
    `${GUEST}bind 01:00.0 e1000e\n`,
    ['01:00.0', 'container 0', 'group 3', 'qemu'],
  ],
  [
    'a later call on the stopped kernel: still the BUG',
    `${GUEST}bind 01:00.0 e1000e\nclose d1\n`,
    ['01:00.0', 'container 0', 'group 3', 'qemu'],
  ],
  [
    'a group that is in use: all that is in it, as no device is named',
    `${GUEST}group_unset_container g1\n`,
    ['01:00.0', '01:00.1', 'container 0', 'group 3', 'qemu'],
  ],
])('whom a refusal is about: %s', (_, script, expected) => {
  expect(spoken(script)).toEqual(expected)
})

test('what an operation names, by the names that are open before or after it', () => {
  const run = runOf(`${GUEST}close d1\n`)
  const [before, after] = [9, 10].map((at) => run.snapshotAt(at))
  if (before === undefined || after === undefined) throw new Error('no such state')
  const names = (step: number): string[] => {
    const op = run.steps[step]?.op
    return op === undefined ? [] : subjectsOf(run.world, [after, before], op).map((id) => readable(run, id))
  }
  expect(names(0)).toEqual(['01:00.0'])
  expect(names(3)).toEqual(['group 3', 'qemu'])
  expect(names(5)).toEqual(['group 3', 'qemu', 'container 0'])
  expect(names(9)).toEqual(['01:00.1', 'qemu'])
})
