import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryScenario } from '../document/arbitrary.test-helper.ts'
import { printOpLine, printSize } from '../../sim/op-line.ts'
import { parseScript, printScript } from './script.ts'
import { opsOf } from './play.test-helper.ts'

const HEAD = 'machine dual-e1000e\nkernel linux-5.10\n'

test('a whole script', () => {
  const text = `# made by hand
title A sibling in use # not a comment
machine dual-e1000e
kernel linux-5.10
compare linux-6.1 linux-5.10
boot iommu=pt allow_unsafe_interrupts pcie_acs_override=downstream,multifunction
process qemu user=alice
process spy
cursor 1

#: First line.
#:
#:   Third line.
bind 01:00.0 vfio-pci # a comment
qemu: g1 = open_group 3
spy:   g2=open_group 4
`
  expect(parseScript(text)).toEqual({
    ok: true,
    scenario: {
      title: 'A sibling in use # not a comment',
      machine: 'dual-e1000e',
      kernel: 'linux-5.10',
      boot: { iommu: 'pt', allowUnsafeInterrupts: true, acsOverride: 'downstream,multifunction' },
      processes: [
        { name: 'qemu', user: 'alice' },
        { name: 'spy', user: 'root' },
      ],
      ops: [
        { op: 'bind', device: '0000:01:00.0', driver: 'vfio-pci' },
        { op: 'open_group', by: 'qemu', group: '3', as: 'g1' },
        { op: 'open_group', by: 'spy', group: '4', as: 'g2' },
      ],
      cursor: 1,
      notes: { '1': 'First line.\n\n  Third line.' },
      compare: ['linux-6.1', 'linux-5.10'],
    },
  })
})

test('words for the start, and questions', () => {
  const text = `#: Two users.
#: One group.
title Who is first?
${HEAD}present
process qemu user=root

#: The first.
#? answer
g1 = open_group 3
#? isolated 3: Is it safe now: yes or no?
present = open_container
#? dma 01:00.0
close g1
#? dma 0000:01:00.1: Where to?
exit
`
  const reading = parseScript(text)
  expect(reading.ok && reading.scenario).toMatchObject({
    notes: { '0': 'Two users.\nOne group.', '1': 'The first.' },
    predictions: {
      '1': { about: 'answer' },
      '2': { about: 'isolated', group: '3', question: 'Is it safe now: yes or no?' },
      '3': { about: 'dma', device: '0000:01:00.0' },
      '4': { about: 'dma', device: '0000:01:00.1', question: 'Where to?' },
    },
    present: true,
  })
  expect(reading.ok && printScript(reading.scenario)).toBe(text.replace('dma 01:', 'dma 0000:01:'))
})

test.each([
  ['#? weather\nexit', 3, 4, 'expected answer, viable GROUP'],
  ['#? viable\nexit', 3, 4, 'expected answer, viable GROUP'],
  ['#? answer 3\nexit', 3, 4, 'expected answer, viable GROUP'],
  ['#? viable x\nexit', 3, 4, 'number of an IOMMU group'],
  ['#? dma 1\nexit', 3, 4, 'PCI address'],
  ['#? answer\n#? answer\nexit', 4, 4, 'a second "#?"'],
  ['exit\n#? answer\n', 5, 1, 'expected an operation after the last "#?"'],
  ['exit\npresent', 4, 1, 'belongs above'],
])('%j: a faulty question is said with its place', (lines, line, column, words) => {
  const reading = parseScript(HEAD + lines)
  const [problem] = reading.ok ? [] : reading.problems
  expect(problem).toMatchObject({ line, column })
  expect(problem?.words).toContain(words)
})

test('choices that the proposals left open', () => {
  const reading = parseScript(`${HEAD}boot policy.lockstep policy.strictBlock policy.switchGap=viaDefault\n`)
  expect(reading.ok && reading.scenario.boot).toEqual({
    iommu: 'nopt',
    policy: { strictBlock: true, lockstep: true, switchGap: 'viaDefault' },
  })
  expect(reading.ok && printScript(reading.scenario)).toContain(
    'boot policy.strictBlock policy.lockstep policy.switchGap=viaDefault',
  )
})

test.each([
  ['unbind 01:00.0', { op: 'unbind', device: '0000:01:00.0' }],
  ['unbind 10000:E1:00.0', { op: 'unbind', device: '10000:e1:00.0' }],
  ['driver_override 01:00.0 -', { op: 'driver_override', device: '0000:01:00.0', driver: '' }],
  ['bind 01:00.0 ?', { op: 'bind', device: '0000:01:00.0', driver: '?' }],
  ['map_dma c1 0x0 2M', { op: 'map_dma', container_fd: 'c1', iova: 0, size: 2097152 }],
  ['map_dma c1 4096 0x2000', { op: 'map_dma', container_fd: 'c1', iova: 4096, size: 8192 }],
  ['map_dma c1 0xfffffffffffff000 8K', { op: 'map_dma', container_fd: 'c1', iova: 2 ** 64 - 4096, size: 8192 }],
  ['map_dma c1 1G 4k', { op: 'map_dma', container_fd: 'c1', iova: 2 ** 30, size: 4096 }],
  ['attach d1 ioas=ioas1', { op: 'attach', device_fd: 'd1', ioas: 'ioas1' }],
  ['attach d1 hwpt=h1 ioas=i', { op: 'attach', device_fd: 'd1', ioas: 'i', hwpt: 'h1' }],
  ['attach d1', { op: 'attach', device_fd: 'd1' }],
  ['h = hwpt_alloc i1 d1 ioas1', { op: 'hwpt_alloc', iommufd: 'i1', device_fd: 'd1', ioas: 'ioas1', as: 'h' }],
  ['exit', { op: 'exit' }],
])('%s', (line, op) => {
  expect(opsOf(line)).toEqual([op])
})

test.each([
  [0, '0'],
  [4096, '4K'],
  [3 * 2 ** 20, '3M'],
  [2 ** 40, '1024G'],
  [1000, '0x3e8'],
])('%i bytes are written %s', (bytes, text) => {
  expect(printSize(bytes)).toBe(text)
})

describe('faults name line, column and what was expected', () => {
  test.each([
    ['', '1:1 expected a line "machine …"'],
    [`${HEAD}open_groop 3`, '3:1 expected an operation, not "open_groop"'],
    [`${HEAD}qemu:`, '3:6 expected an operation such as open_group'],
    [`${HEAD}open_group 3`, '3:1 expected a name before it: name = open_group …'],
    [`${HEAD}g1 = open_group`, '3:17 expected the number of an IOMMU group (group)'],
    [`${HEAD}g1 = open_group G0`, '3:17 expected the number of an IOMMU group, not "G0"'],
    [`${HEAD}g1 = open_group 3 4`, '3:19 expected the end of the line, not "4"'],
    [`${HEAD}x = unbind 01:00.0`, '3:1 unbind opens nothing that could be called "x"'],
    [`${HEAD}  unbind 1:0.0`, '3:10 expected a PCI address such as 0000:01:00.0, not "1:0.0"'],
    [
      `${HEAD}map_dma c1 0xffffffffffffffff 4K`,
      '3:12 expected an address: a whole number of bytes from 0 up, not "0xffffffffffffffff"',
    ],
    [`${HEAD}map_dma c1 0x 2M`, '3:12 expected an address: a whole number of bytes from 0 up, not "0x"'],
    [`${HEAD}map_dma c1 0 2T`, '3:14 expected a size: a whole number of bytes from 0 up, not "2T"'],
    [`${HEAD}map_dma c1 0 9999999G`, '3:14 expected a size'],
    [`${HEAD}attach d1 iommu=x`, '3:11 expected ioas=… or hwpt=… or the end of the line, not "iommu=x"'],
    [`${HEAD}attach d1 ioas=?`, '3:16 expected a name that an earlier step gave, such as c1, not "?"'],
    [`${HEAD}spy: exit`, '3:1 no process is called spy'],
    [`${HEAD}exit\ntitle x`, '4:1 expected an operation: "title" belongs above the first one'],
    [`${HEAD}kernel linux-6.1`, '3:1 a second "kernel"; one is enough'],
    ['machine A\nkernel linux-5.10', '1:9 expected the id of a machine, not "A"'],
    ['machine a\nkernel linux-5.11', '2:8 expected a kernel that this release simulates (linux-5.10'],
    ['machine a b\nkernel linux-5.10', '1:11 expected the end of the line, not "b"'],
    ['machine\nkernel linux-5.10', '1:1 expected the id of a machine after "machine"'],
    [`${HEAD}boot iommu=pt quiet`, '3:15 expected iommu=pt, iommu=nopt, allow_unsafe_interrupts, pcie_acs_override'],
    [`${HEAD}boot policy.anything`, '3:6 expected iommu=pt'],
    [`${HEAD}boot policy.switchGap=wide`, '3:6 expected none, blocked or viaDefault, not "wide"'],
    [`${HEAD}compare`, '3:1 expected the ids of at least two kernels after "compare"'],
    [`${HEAD}compare linux-5.10`, '3:9 expected at least two kernels'],
    [`${HEAD}compare linux-5.10 linux-5.11`, '3:20 expected a kernel that this release simulates (linux-5.10'],
    [`${HEAD}boot iommu=off`, '3:6 expected nopt or pt, not "off"'],
    [`${HEAD}process 9`, '3:9 expected the name of a process, not "9"'],
    [`${HEAD}process a b`, '3:11 expected user=… or memlock=… or the end of the line, not "b"'],
    [`${HEAD}cursor x`, '3:8 expected the number of steps done, not "x"'],
    [`${HEAD}cursor 2\nexit`, '3:8 expected no more steps than there are operations'],
    [`${HEAD}#: words`, '3:1 expected an operation after the words of the last "#:"'],
  ])('%j', (text, expected) => {
    const reading = parseScript(text)
    const first = reading.ok ? undefined : reading.problems[0]
    expect(`${first?.line}:${first?.column} ${first?.words}`).toContain(expected)
  })

  test('every line with a fault has its own', () => {
    const reading = parseScript(`${HEAD}nonsense\nexit\nunbind\n`)
    expect(!reading.ok && reading.problems.map((problem) => problem.line)).toEqual([3, 5])
  })
})

test('a word of the head is never the name of something opened', () => {
  const reading = parseScript(`${HEAD}title = open_container`)
  expect(reading.ok && reading.scenario).toMatchObject({ title: '= open_container', ops: [] })
})

test('line ends of Windows do no harm', () => {
  expect(parseScript(`${HEAD}exit\n`.replaceAll('\n', '\r\n'))).toEqual(parseScript(`${HEAD}exit\n`))
})

test('a script that was printed reads as the same scenario', () => {
  fc.assert(
    fc.property(arbitraryScenario(), (scenario) => {
      const reading = parseScript(printScript(scenario))
      if (typeof scenario.machine === 'string') expect(reading).toEqual({ ok: true, scenario })
      // A script only names the machine, and this one does not ship.
      else expect(reading.ok ? '' : reading.problems[0]?.words).toContain('no machine with the id own')
    }),
  )
})

test('an operation is one line of a script', () => {
  fc.assert(
    fc.property(arbitraryScenario(5), ({ ops, processes }) => {
      expect(opsOf(ops.map(printOpLine).join('\n'), processes)).toEqual(ops)
    }),
  )
})

test('no text throws', () => {
  const heads =
    'title machine compare boot process cursor #: # = : - g1 01:00.0 0x open_group map_dma attach ioas= __proto__'
  const pieces = fc.constantFrom(
    ...heads.split(' '),
    'kernel linux-5.10',
    '\n',
    ' ',
    '9'.repeat(400),
    '\u2028',
    '\ud800',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((all) => all.join(' ')),
      ),
      (text) => {
        expect(parseScript(text)).toHaveProperty('ok')
      },
    ),
    { numRuns: 500 },
  )
})

test('a long line is read in time that grows with its length', () => {
  for (const piece of ['a', ' ', 'a ', 'a=', 'a:', '#', '=', 'unbind ']) {
    expect(parseScript(piece.repeat(200_000)).ok).toBe(false)
  }
})
