import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Machine } from '../../sim/machine.ts'
import { arbitraryScenario } from './arbitrary.test-helper.ts'
import { readScenario, readScenarioShape } from './read.ts'
import { LIMITS, plainWords } from './scenario.ts'

const least = { machine: 'dual-e1000e', kernel: 'linux-5.10', ops: [] }
const nic = {
  bdf: '0000:01:00.0',
  kind: 'ep',
  bridge: false,
  parent: null,
  multifunction: false,
  acsCap: null,
  driver: 'e1000e',
  native: 'e1000e',
} as const
const pc: Machine = { id: 'pc', title: 'PC', devices: [nic], groups: { '7': [nic.bdf] } }

/** The faults as `place code`, one string. */
function faults(document: unknown, read = readScenario): string {
  const reading = read(document)
  return reading.ok ? 'none' : reading.problems.map(({ place, code }) => `${place} ${code}`).join(', ')
}

test('what may be left out is filled in, and unknown keys are dropped', () => {
  const reading = readScenario({ ...least, colour: 'red', ops: [{ op: 'exit', why: 'done' }], boot: { quiet: true } })
  expect(reading).toEqual({
    ok: true,
    scenario: {
      ...least,
      title: '',
      boot: { iommu: 'nopt' },
      processes: [{ name: 'qemu', user: 'root' }],
      ops: [{ op: 'exit' }],
      cursor: 1,
    },
  })
})

test('the kernels to compare keep their order', () => {
  const compare = ['linux-6.1', 'linux-5.10']
  const reading = readScenario({ ...least, compare })
  expect(reading.ok && reading.scenario.compare).toEqual(compare)
})

test('words for the start, a question and the way it opens', () => {
  const document = {
    ...least,
    ops: [{ op: 'exit' }],
    notes: { '0': 'x' },
    predictions: { '1': { about: 'viable', group: '3', question: '  Well? ' } },
    present: true,
  }
  const reading = readScenario(document)
  expect(reading.ok && reading.scenario).toMatchObject({
    notes: { '0': 'x' },
    predictions: { '1': { about: 'viable', group: '3', question: 'Well?' } },
    present: true,
  })
  const plain = readScenario({ ...least, present: false, predictions: {} })
  expect(plain.ok && ['present', 'predictions'].some((key) => key in plain.scenario)).toBe(false)
})

test('what somebody typed becomes words that a document can hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 3000 }), (typed) => {
      const note = plainWords(typed, 'note')
      const asked = plainWords(typed, 'question')
      const reading = readScenario({
        ...least,
        ops: [{ op: 'exit' }],
        ...(note === '' ? {} : { notes: { '1': note } }),
        ...(asked === '' ? {} : { predictions: { '1': { about: 'answer', question: asked } } }),
      })
      expect(reading.ok).toBe(true)
      if (reading.ok && note !== '') expect(reading.scenario.notes?.['1']).toBe(note)
      if (reading.ok && asked !== '') expect(reading.scenario.predictions?.['1']?.question).toBe(asked)
    }),
  )
  expect(plainWords(' one\r\ntwo\t\u0007 ', 'note')).toBe('one\ntwo')
  expect(plainWords('one\ntwo', 'question')).toBe('one two')
})

test('options that are off are the same as none', () => {
  const reading = readScenario({ ...least, boot: { iommu: 'pt', allowUnsafeInterrupts: false, acsOverride: '' } })
  expect(reading.ok && reading.scenario.boot).toEqual({ iommu: 'pt' })
  const policy = { strictBlock: false, lockstep: false, switchGap: 'blocked' }
  const other = readScenario({ ...least, boot: { iommu: 'pt', policy } })
  expect(other.ok && other.scenario.boot).toEqual({ iommu: 'pt' })
})

describe('faults name their place', () => {
  test.each([
    ['no object', 5, ' shape'],
    ['null', null, ' shape'],
    ['a list', [], 'machine shape, kernel shape, ops shape'],
    ['nothing in it', {}, 'machine shape, kernel shape, ops shape'],
    ['an unknown kernel', { ...least, kernel: 'linux-2.6' }, 'kernel shape'],
    ['a key of Object as kernel', { ...least, kernel: 'toString' }, 'kernel shape'],
    ['an unknown operation', { ...least, ops: [{ op: 'exit' }, { op: 'explode' }] }, 'ops[1].op shape'],
    ['a key of Object as operation', { ...least, ops: [{ op: 'toString' }] }, 'ops[0].op shape'],
    ['no operation', { ...least, ops: ['exit'] }, 'ops[0] shape'],
    ['a missing value', { ...least, ops: [{ op: 'open_group', as: 'g1' }] }, 'ops[0].group shape'],
    ['a bad address', { ...least, ops: [{ op: 'unbind', device: '01:00.0' }] }, 'ops[0].device shape'],
    ['a bad name', { ...least, ops: [{ op: 'open_container', as: '__proto__' }] }, 'ops[0].as shape'],
    ['a negative address', { ...least, ops: [{ op: 'dma_probe', device: nic.bdf, iova: -1 }] }, 'ops[0].iova shape'],
    ['half a byte', { ...least, ops: [{ op: 'dma_probe', device: nic.bdf, iova: 0.5 }] }, 'ops[0].iova shape'],
    ['the last address', { ...least, ops: [{ op: 'dma_probe', device: nic.bdf, iova: 2 ** 64 - 4096 }] }, 'none'],
    [
      'an address of 65 bits',
      { ...least, ops: [{ op: 'dma_probe', device: nic.bdf, iova: 2 ** 64 }] },
      'ops[0].iova shape',
    ],
    ['a bind without driver', { ...least, ops: [{ op: 'bind', device: nic.bdf, driver: '' }] }, 'ops[0].driver shape'],
    ['a stranger', { ...least, ops: [{ op: 'exit', by: 'eve' }] }, 'ops[0].by unknown-process'],
    ['a cursor past the end', { ...least, cursor: 1 }, 'cursor shape'],
    ['words for no step', { ...least, notes: { '1': 'x' } }, 'notes shape'],
    ['words for step 01', { ...least, ops: [{ op: 'exit' }], notes: { '01': 'x' } }, 'notes.01 shape'],
    ['a question about no step', { ...least, predictions: { '1': { about: 'answer' } } }, 'predictions shape'],
    ['a question about the start', { ...least, predictions: { '0': { about: 'answer' } } }, 'predictions.0 shape'],
    [
      'a question about nothing known',
      { ...least, ops: [{ op: 'exit' }], predictions: { '1': { about: 'weather' } } },
      'predictions.1.about shape',
    ],
    [
      'a question without its group',
      { ...least, ops: [{ op: 'exit' }], predictions: { '1': { about: 'viable' } } },
      'predictions.1.group shape',
    ],
    [
      'a question of two lines',
      { ...least, ops: [{ op: 'exit' }], predictions: { '1': { about: 'answer', question: 'a\nb' } } },
      'predictions.1.question shape',
    ],
    ['a control character', { ...least, title: 'a\u0007b' }, 'title shape'],
    ['half a surrogate pair', { ...least, title: 'a\ud800b' }, 'title shape'],
    ['turned text', { ...least, title: 'a\u202eb' }, 'title shape'],
    ['no process', { ...least, processes: [] }, 'processes shape'],
    ['twice a process', { ...least, processes: [{ name: 'a' }, { name: 'a' }] }, 'processes shape'],
    ['one kernel to compare', { ...least, compare: ['linux-5.10'] }, 'compare shape'],
    ['twice a kernel to compare', { ...least, compare: ['linux-6.1', 'linux-6.1'] }, 'compare shape'],
    ['an unknown kernel to compare', { ...least, compare: ['linux-5.10', 'linux-2.6'] }, 'compare[1] shape'],
    [
      'more page tables than a page can hold',
      {
        ...least,
        ops: Array.from({ length: 4000 }, (_, n) =>
          n % 2 === 0
            ? { op: 'open_container', as: `c${n}` }
            : { op: 'map_dma', container_fd: 'c0', iova: n * 4096, size: 4096 },
        ),
      },
      'ops shape',
    ],
    ['too many operations', { ...least, ops: Array(LIMITS.ops + 1).fill({ op: 'exit' }) }, 'ops shape'],
    ['a machine without devices', { ...least, machine: { ...pc, devices: [] } }, 'machine.devices shape'],
    ['twice a device', { ...least, machine: { ...pc, devices: [nic, nic] } }, 'machine.devices[1].bdf machine'],
    [
      'a device above itself',
      { ...least, machine: { ...pc, devices: [{ ...nic, bridge: true, parent: nic.bdf }] } },
      'machine.devices[0].parent machine',
    ],
    [
      'a group of strangers',
      { ...least, machine: { ...pc, groups: { '7': [nic.bdf, '0000:02:00.0', nic.bdf] } } },
      'machine.groups.7[1] machine, machine.groups.7[2] machine',
    ],
    [
      'a foreign device',
      { ...least, machine: pc, ops: [{ op: 'unbind', device: '0000:02:00.0' }] },
      'ops[0].device unknown-device',
    ],
    [
      'a foreign group',
      { ...least, machine: pc, ops: [{ op: 'open_group', group: '8', as: 'g' }] },
      'ops[0].group unknown-group',
    ],
  ])('%s', (_, document, expected) => {
    expect(faults(document)).toBe(expected)
  })

  test('names are checked on a machine that ships, but not where only the shape is read', () => {
    const document = { ...least, ops: [{ op: 'open_group', group: '88', as: 'g' }] }
    const other = { ...document, machine: 'mac' }
    expect(faults(document)).toBe('ops[0].group unknown-group')
    expect(faults(other)).toBe('machine unknown-machine')
    expect(faults(document, readScenarioShape)).toBe('none')
    expect(faults(other, readScenarioShape)).toBe('none')
  })

  test('where only the shape is read, names on a machine of its own and processes are checked all the same', () => {
    const foreign = { ...least, machine: pc, ops: [{ op: 'open_group', group: '8', as: 'g' }] }
    expect(faults(foreign, readScenarioShape)).toBe('ops[0].group unknown-group')
    expect(faults({ ...least, ops: [{ op: 'exit', by: 'eve' }] }, readScenarioShape)).toBe('ops[0].by unknown-process')
  })

  test('what was never opened is no fault', () => {
    expect(faults({ ...least, ops: [{ op: 'close', fd: 'c99' }] })).toBe('none')
  })

  test('a list of thousands of faults is cut', () => {
    const reading = readScenario({ ...least, ops: Array(9000).fill({ op: 'close', fd: 9 }) })
    expect(!reading.ok && reading.problems.length).toBe(LIMITS.problems)
  })
})

test.each([
  ['{"__proto__":{"ok":true}}', '__proto__ key'],
  [JSON.stringify(least).replace('"ops":[]', '"ops":[{"op":"exit","constructor":1}]'), 'ops[0].constructor key'],
  [JSON.stringify(least).replace('"ops":[]', '"ops":[],"notes":{"__proto__":"x"}'), 'notes.__proto__ key'],
])('keys that reach into the program are refused: %s', (json, expected) => {
  expect(faults(JSON.parse(json))).toBe(expected)
})

test('nesting of any depth is read without recursion', () => {
  const depth = 100_000
  expect(faults(JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`))).toContain('shape')
  expect(faults(JSON.parse(`${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`))).toContain('shape')
})

test('reading a valid scenario changes nothing', () => {
  fc.assert(
    fc.property(arbitraryScenario(), (scenario) => {
      expect(readScenario(scenario)).toEqual({ ok: true, scenario })
    }),
  )
})

test('no value throws', () => {
  const withParts = fc.record(
    {
      title: fc.anything(),
      machine: fc.oneof(
        fc.anything(),
        fc.record({ id: fc.constant('x'), title: fc.constant(''), devices: fc.anything() }),
      ),
      kernel: fc.oneof(fc.constant('linux-5.10'), fc.anything()),
      boot: fc.anything(),
      processes: fc.anything(),
      ops: fc.oneof(
        fc.anything(),
        fc.array(fc.record({ op: fc.constantFrom('bind', 'exit', 'map_dma'), by: fc.anything() })),
      ),
      cursor: fc.anything(),
      notes: fc.anything(),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.oneof(fc.anything(), fc.jsonValue(), withParts), (value) => {
      expect(readScenario(value)).toHaveProperty('ok')
    }),
    { numRuns: 500 },
  )
})
