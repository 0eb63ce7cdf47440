import { describe, expect, test } from 'vitest'
import { opsOf, shippedKernel, shippedMachine } from '../scenario/script/play.test-helper.ts'
import type { KernelId } from '../sim/kernel.ts'
import type { Formula } from '../scenario/condition/parse.ts'
import { printCondition } from '../scenario/condition/print.ts'
import { compileGoal, parseGoal, QUESTIONS, type Goal } from './goals.ts'
import { systemOf, type System } from './system.ts'

function parsed(text: string): Goal {
  const reading = parseGoal(text)
  if (!reading.ok) throw new Error(`${reading.column}: ${reading.words}`)
  return reading.goal
}

/** A formula in one line: `&(a !b)`. */
function shape(formula: Formula): string {
  if (formula.kind === 'term') return printCondition(formula)
  return `${formula.kind === 'and' ? '&' : '|'}(${formula.parts.map(shape).join(' ')})`
}

test.each([
  ['bug', 'possible bug'],
  ['possible bug', 'possible bug'],
  ['never bug', 'never bug'],
  ['always viable', 'always !viable'],
  ['always (viable | bug)', 'always &(!viable !bug)'],
  ['viable & !isolated', 'possible &(viable !isolated)'],
  ['viable and not isolated', 'possible &(viable !isolated)'],
  ['bug | viable & isolated', 'possible |(bug &(viable isolated))'],
  ['!(bug|shared&viable)', 'possible &(!bug |(!shared !viable))'],
  ['!!bug', 'possible bug'],
  ['errno:EBUSY:open_group', 'possible errno:EBUSY:open_group'],
  ['errno:EBUSY', 'possible errno:EBUSY'],
  ['device-fd@01:00.0', 'possible device-fd@01:00.0'],
  ['never driver:vfio-pci@3 & finding:two-users', 'never &(driver:vfio-pci@3 finding:two-users)'],
  ['never(bug)', 'never bug'],
  ['  always !viable', 'always viable'],
])('%s', (text, expected) => {
  const goal = parsed(text)
  expect(`${goal.form} ${shape(goal.formula)}`).toBe(expected)
})

test.each([
  ['', 1, 'expected a term'],
  ['never', 6, 'expected a term'],
  ['bgu', 1, 'not "bgu"'],
  ['viable & bgu', 10, 'not "bgu"'],
  ['viable isolated', 8, 'expected a group, a device, &, | or the end'],
  ['(viable', 8, 'expected )'],
  ['viable)', 7, 'expected &, | or the end'],
  ['viable &', 9, 'expected a term'],
  ['errno', 1, 'expected errno:an error'],
  ['errno:busy', 7, 'an error such as EBUSY, not "busy"'],
  ['errno:EBUSY:opengroup', 13, 'an operation such as open_group, not "opengroup"'],
  ['errno:EBUSY:bind:x', 18, 'takes no "x"'],
  ['finding:none', 9, 'not "none"'],
  ['bug@3', 4, 'expected nothing after "@"'],
  ['viable@', 7, 'expected a group, a device after "@"'],
  ['('.repeat(60) + 'bug' + ')'.repeat(60), 51, 'nested too deeply'],
  ['bug|'.repeat(600), 1, 'more than 2000 characters'],
])('fault: %s', (text, column, words) => {
  const reading = parseGoal(text)
  expect(reading.ok ? 'read' : [reading.column, reading.words]).toEqual([column, expect.stringContaining(words)])
})

test('every ready-made question can be asked', () => {
  for (const { goal } of QUESTIONS) expect(parseGoal(goal).ok, goal).toBe(true)
})

const QEMU = [
  { name: 'qemu', user: 'root' },
  { name: 'other', user: 'root' },
]

function systemAfter(script: string, kernel: KernelId = 'linux-5.10', iommu: 'nopt' | 'pt' = 'nopt'): System {
  const setup = { machine: shippedMachine('dual-e1000e'), boot: { iommu }, processes: QEMU }
  return systemOf(shippedKernel(kernel), setup, opsOf(script, QEMU))
}

/** What a question says of the state after some operations, or the fault. */
function asked(goal: string, script: string, kernel: KernelId = 'linux-5.10', iommu: 'nopt' | 'pt' = 'nopt'): boolean {
  const system = systemAfter(script, kernel, iommu)
  return compileGoal(parsed(goal), system).holds(system.start, null, null)
}

const HALF = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci'
const USED = `${HALF}; g = open_group 3; c = open_container; group_set_container g c; set_iommu c type1v2; d = group_get_device_fd g 01:00.1`
const PT_STUB = `unbind 01:00.0; bind 01:00.0 pci-stub; unbind 01:00.1; bind 01:00.1 vfio-pci`

describe('of a state', () => {
  test.each([
    ['device-fd', HALF, false],
    ['device-fd', USED, true],
    ['device-fd@01:00.1', USED, true],
    ['device-fd@0000:01:00.1', USED, true],
    ['device-fd@01:00.0', USED, false],
    ['device-fd@3', USED, true],
    ['device-fd@2', USED, false],
    ['device-fd@qemu', USED, true],
    ['device-fd@other', USED, false],
    ['group-fd', USED, true],
    ['group-fd & !device-fd', USED, false],
    ['container@3', USED, true],
    ['container@2', USED, false],
    ['bound:vfio-pci', HALF, true],
    ['bound:vfio-pci@01:00.0', HALF, false],
    ['bound:e1000e', HALF, false],
    ['viable@3', '', false],
    ['viable@3', HALF, true],
    ['isolated@3', USED, true],
    ['!isolated@3', USED, false],
    // Nobody has set the group aside: neither.
    ['isolated@3', '', false],
    ['!isolated@3', '', false],
    ['viable & !isolated', PT_STUB, false],
    ['waiting', USED, false],
    ['waiting', `${USED}; unbind 01:00.1`, true],
    ['waiting@01:00.0', `${USED}; unbind 01:00.1`, false],
    ['finding:native-beside-user', `${USED}; bind 01:00.0 e1000e`, true],
    ['finding:native-beside-user@01:00.1', `${USED}; bind 01:00.0 e1000e`, false],
    // A machine that has stopped already is one.
    ['bug', `${USED}; bind 01:00.0 e1000e`, true],
    ['bug', USED, false],
    // Other terms about an answer are false where nothing has been asked.
    ['ok', '', false],
    ['!ok', '', true],
  ])('%s after "%s"', (goal, script, expected) => {
    expect(asked(goal, script)).toBe(expected)
  })

  test('a stub driver under iommu=pt: viable, and not isolated', () => {
    expect(asked('viable & !isolated', PT_STUB, 'linux-5.10', 'pt')).toBe(true)
  })

  test('a device file without access does not count', () => {
    const cdev = `${HALF}; bind 01:00.0 vfio-pci; d = open_cdev 01:00.0`
    expect(asked('device-fd', cdev, 'linux-6.12-iommufd')).toBe(false)
    expect(asked('device-fd', `${cdev}; i = open_iommufd; bind_iommufd d i`, 'linux-6.12-iommufd')).toBe(true)
  })
})

describe('of an answer', () => {
  const after = (goal: string, script: string): boolean => {
    const ops = script.split(';')
    const last = opsOf(ops.pop() ?? '', QEMU)[0]
    const system = systemAfter(ops.join(';'))
    const index = system.ops.findIndex((op) => JSON.stringify(op) === JSON.stringify(last))
    const call = system.calls[index]
    if (call === undefined) throw new Error(`not in the alphabet: ${JSON.stringify(last)}`)
    const state = system.kernel.create(system.world)
    state.bytes.set(system.start.bytes)
    const outcome = system.kernel.apply(state, call)
    return compileGoal(parsed(goal), system).holds(state, call, outcome)
  }

  test.each([
    ['ok', 'unbind 01:00.0', true],
    ['ok:unbind', 'unbind 01:00.0', true],
    ['ok:bind', 'unbind 01:00.0', false],
    ['ok@01:00.0', 'unbind 01:00.0', true],
    ['ok@01:00.1', 'unbind 01:00.0', false],
    ['errno:ENODEV', 'bind 01:00.0 vfio-pci', true],
    ['errno:ENODEV:bind', 'bind 01:00.0 vfio-pci', true],
    ['errno:ENODEV:unbind', 'bind 01:00.0 vfio-pci', false],
    ['errno:EBUSY', 'bind 01:00.0 vfio-pci', false],
    ['blocked', `${USED};unbind 01:00.1`, true],
    ['blocked:unbind@01:00.1', `${USED};unbind 01:00.1`, true],
    ['blocked:bind', `${USED};unbind 01:00.1`, false],
    // Closing the device lets it go.
    ['stuck', `${USED};unbind 01:00.1`, false],
    ['blocked & !stuck', `${USED};unbind 01:00.1`, true],
    ['bug', `${USED};bind 01:00.0 e1000e`, true],
    ['bug & !viable', `${USED};bind 01:00.0 e1000e`, true],
    ['bug & viable@3', `${USED};bind 01:00.0 e1000e`, false],
  ])('%s of "%s"', (goal, script, expected) => {
    expect(after(goal, script)).toBe(expected)
  })
})

test('names that the machine or the scenario has not are refused', () => {
  const system = systemAfter('')
  for (const [goal, words] of [
    ['viable@99', '"99" is no group'],
    ['device-fd@07:00.0', '"07:00.0" is no device'],
    ['ok@nobody', '"nobody" is no process'],
  ] as const) {
    expect(() => compileGoal(parsed(goal), system), goal).toThrow(words)
  }
})

test('what a question names is not swapped, and what it asks for takes part', () => {
  const system = systemAfter('')
  const { named } = compileGoal(parsed('device-fd@01:00.0 & group-fd@other'), system)
  const names = {
    devices: [...named.devices].map((device) => system.world.devices[device]?.spec.bdf),
    processes: [...named.processes].map((process) => QEMU[process]?.name),
  }
  expect(names).toEqual({ devices: ['0000:01:00.0'], processes: ['other'] })
  expect(parsed('errno:EBUSY:open_group | ok:device_reset').kinds).toEqual(['open_group', 'device_reset'])
})
