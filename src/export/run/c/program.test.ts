import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Scenario } from '../../../scenario/document/scenario.ts'
import { LIBRARY } from '../../../scenario/library/index.ts'
import { parseScript } from '../../../scenario/script/script.ts'
import { played } from '../played.test-helper.ts'
import { compiles, HAS_GCC } from './compile.test-helper.ts'
import { cProgram } from './program.ts'
import { comment, Identifiers, literal, u64 } from './text.ts'

function programOf(scenario: Scenario): string {
  const exported = cProgram(played(scenario))
  if (!exported.ok) throw new Error(exported.words)
  return exported.text
}

function scenarioOf(script: string): Scenario {
  const reading = parseScript(script)
  if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
  return reading.scenario
}

const HEAD =
  'machine dual-e1000e\nkernel linux-6.12-iommufd\nprocess vm-a user=alice\nprocess vm-b user=bob memlock=16M'

describe('strings and comments', () => {
  // prettier-ignore
  const literals = [
    ['plain', '"plain"'],
    ['a"b\\c', String.raw`"a\"b\\c"`],
    ['??/', String.raw`"\?\?/"`],
    ['line\nbreak', String.raw`"line\012break"`],
    ['é1', String.raw`"\303\2511"`],
  ] as const
  test.each(literals)('%j as a string', (text, expected) => expect(literal(text)).toBe(expected))

  test('a comment neither ends early nor begins another one', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('*', '/', '?', '\\', '\n', 'a') }), (text) => {
        const inside = comment(text).slice(2, -2)
        expect(inside).not.toMatch(/\*\/|\/\*|\?\?|\\/)
      }),
    )
  })

  test('names that differ only in signs that C does not take are told apart', () => {
    const identifiers = new Identifiers()
    const made = ['a-b', 'a.b', 'a_b', 'a_b__2', 'int'].map((name) => identifiers.of('fd', name))
    expect(new Set(made).size).toBe(made.length)
    expect(identifiers.of('fd', 'a-b')).toBe(made[0])
    for (const name of made) expect(name).toMatch(/^fd_\w+$/)
  })

  test('an address near 2^64 is written as it is', () => expect(u64(2 ** 64 - 4096)).toBe('0xfffffffffffff000ull'))
})

describe('what a program expects', () => {
  test('an answer with its values', () => {
    const text = programOf(scenarioOf(`${HEAD}\nunbind 01:00.1\nbind 01:00.1 vfio-pci\nvm-a: i = open_iommufd\n`))
    expect(text).toContain('.text = "unbind 0000:01:00.1", .expected = "ok", .process = ADMINISTRATOR')
    expect(text).toContain('.text = "vm-a: i = open_iommufd", .expected = "EACCES", .process = 1')
  })

  test('a call that waits, and in which step it comes back', () => {
    const scenario = LIBRARY.find(({ id }) => id === 'unbind-open-device')?.scenario
    if (scenario === undefined) throw new Error('there is no such scenario')
    const text = programOf(scenario)
    expect(text).toContain('.expected = "waits"')
    expect(text).toContain('{15, 9, "ok"},')
  })

  test('nothing after the kernel has stopped', () => {
    const scenario = LIBRARY.find(({ id }) => id === 'bug-device-open')?.scenario
    if (scenario === undefined) throw new Error('there is no such scenario')
    const further = programOf({ ...scenario, ops: [...scenario.ops, { op: 'close', fd: 'c1' }] })
    expect(further).toContain('.expected = "BUG"')
    expect(further).not.toContain('close c1')
  })

  test('a proposal has no program', () => {
    const exported = cProgram(played({ ...scenarioOf(`${HEAD}\n`), kernel: 'ioasid-t' }))
    expect(exported.ok ? '' : exported.words).toContain('Proposal T is a proposal')
  })
})

describe.skipIf(!HAS_GCC)('gcc -std=c17 -Wall -Wextra -Werror', () => {
  test('takes a run in which everything happens', () => {
    const lines = [
      'vm-a: c = open_container',
      'vm-b: c = open_container',
      'vm-a: g = open_group 3',
      'chown_group 3 alice',
      'chown_iommu bob',
      'kvm_group_add g',
      'iommu_get_info c',
      'check_extension c update_vaddr',
      'set_iommu c type1_nesting',
      'vm-b: exit',
      'hwpt = ioas_alloc i',
      'dma_probe 01:00.0 0x0',
      'unbind_iommufd d',
      'device_hot_reset d group_fd=g',
    ]
    const title = 'title "*/ ??/ \\ `name` $(x)'
    expect(compiles(programOf(scenarioOf(`#: note with */ and ??/\n${title}\n${HEAD}\n${lines.join('\n')}\n`)))).toBe(
      '',
    )
  })

  test('takes a run without a step', () => expect(compiles(programOf(scenarioOf(`${HEAD}\n`)))).toBe(''))
})
