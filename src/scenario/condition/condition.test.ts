import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { KernelId } from '../../sim/kernel.ts'
import type { Run } from '../../sim/replay.ts'
import { play, shippedKernel, shippedMachine } from '../script/play.test-helper.ts'
import { conditionsMarkdown } from './markdown.ts'
import { momentOf, readCondition } from './moment.ts'
import { atomsOf, parseCondition, type Formula } from './parse.ts'
import { printCondition } from './print.ts'
import { formOf, TERM_NAMES, type Argument, type Subject, type Term } from './terms.ts'
import { conditionWords } from './words.ts'

function parsed(text: string): Formula {
  const reading = parseCondition(text)
  if (!reading.ok) throw new Error(`${text}: ${reading.column}: ${reading.words}`)
  return reading.formula
}

const TWO = [
  { name: 'qemu', user: 'root' },
  { name: 'other', user: 'root' },
]

/** A run of lines of script on a machine with two network functions in group 3. */
function runOf(script: string, kernel: KernelId = 'linux-5.10', iommu: 'nopt' | 'pt' = 'nopt'): Run {
  return play(shippedKernel(kernel), shippedMachine('dual-e1000e'), script, { boot: { iommu }, processes: TWO })
}

function holds(condition: string, run: Run, named = false): boolean {
  const reading = readCondition(condition, run.world, { named })
  if (!reading.ok) throw new Error(`${condition}: ${reading.column}: ${reading.words}`)
  return reading.condition.holds(momentOf(run, run.steps.length))
}

const HALF = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci'
const OPEN = `${HALF}; g1 = open_group 3; c1 = open_container; group_set_container g1 c1; set_iommu c1 type1v2; map_dma c1 0x0 2M; d1 = group_get_device_fd g1 01:00.1`
const CDEV = `${HALF}; bind 01:00.0 vfio-pci; i1 = open_iommufd; d1 = open_cdev 01:00.1`

describe('what holds after a run', () => {
  test.each<[script: string, condition: string, expected: boolean, kernel?: KernelId, iommu?: 'nopt' | 'pt']>([
    ['', 'bug', false],
    ['', 'ok', false],
    ['', 'driver:e1000e@01:00.0 & !driver:none@01:00.0', true],
    ['unbind 01:00.0', 'driver:none@01:00.0', true],
    ['unbind 01:00.0', 'driver:none@3', true],
    ['unbind 01:00.0', 'driver:none@01:00.1', false],
    ['', 'same-group@01:00.0,01:00.1 & !same-group@00:02.0,01:00.0', true],
    ['', 'host@3', true],
    ['', 'isolated@3', false],
    // A group in the host's hands is neither.
    ['', '!isolated@3', false],
    [OPEN, 'isolated@3 & !host@3', true],
    [`${OPEN}; bind 01:00.0 e1000e`, '!isolated@3', true],
    ['', 'reaches:host-buffers@01:00.0 & context:dma@01:00.0', true],
    ['', 'reaches:qemu@01:00.0 | reaches:all-memory@01:00.0', false],
    ['', 'reaches:all-memory@01:00.0 & context:identity@01:00.0', true, 'linux-5.10', 'pt'],
    [HALF, 'reaches:nothing@01:00.1', true],
    [OPEN, 'reaches:qemu@01:00.1 & !reaches:other@01:00.1 & !reaches:nothing@01:00.1', true],
    [`${OPEN}; unmap_dma c1 0x0 2M`, 'reaches:nothing@01:00.1 & !reaches:qemu@01:00.1', true],
    [OPEN, 'through:c1@01:00.1', true],
    [OPEN, 'through:c2@01:00.1', false],
    [OPEN, 'context:domain@01:00.1 & !context:blocked@01:00.1', true],
    [OPEN, 'same-context@01:00.0,01:00.1 & !same-context@00:02.0,01:00.0', true],
    ['unbind 01:00.0; unbind 01:00.0', 'errno:ENODEV & errno:ENODEV:unbind & !errno:ENODEV:bind & !ok', true],
    ['unbind 01:00.0', 'ok & ok:unbind & ok@01:00.0 & ok:unbind@01:00.0,qemu', true],
    ['unbind 01:00.0', 'ok:bind | ok@01:00.1 | ok@other | errno:ENODEV', false],
    ['other: c1 = open_container', 'ok@other & !ok@qemu', true],
    [OPEN, 'device-fd & device-fd@01:00.1 & device-fd@3 & device-fd@qemu & device-fd@01:00.1,qemu', true],
    [OPEN, 'device-fd@01:00.0 | device-fd@2 | device-fd@other | device-fd@01:00.1,other', false],
    [OPEN, 'group-fd@3 & group-fd@qemu & group-opened@3 & node@3 & container@3 & viable@3', true],
    [OPEN, 'group-fd@2 | group-fd@other | group-opened@2 | container@2', false],
    ['', 'node@3', false],
    ['', 'viable@3', false],
    [OPEN, 'holds:c1 & holds:c1@qemu & !holds:c1@other & !holds:c2', true],
    [`${OPEN}; close c1`, 'holds:c1', false],
    [OPEN, 'files:3 & files:3@qemu & files:0@other & !files:2', true],
    [`${OPEN}; group_get_status g1`, 'returned:viable=true & !returned:viable=false & !returned:1', true],
    [`${OPEN}; dma_probe 01:00.1 0x0`, 'returned:iova=ok & returned:physical=blocked', true],
    ['c1 = open_container; check_extension c1 type1v2', 'returned:1 & !returned:0 & !returned:a=1', true],
    [`${OPEN}; unbind 01:00.1`, 'blocked & blocked:unbind & !blocked:bind & waiting & waiting@3 & any-waiting', true],
    [`${OPEN}; unbind 01:00.1`, 'waiting@01:00.0 | waiting@2', false],
    [
      `${OPEN}; unbind 01:00.1; close d1; group_unset_container g1`,
      'releases & releases:10 & !releases:9 & !any-waiting',
      true,
    ],
    [`${OPEN}; unbind 01:00.1; close d1`, 'releases | errno:EBUSY', false],
    [`${OPEN}; bind 01:00.0 e1000e`, 'bug & !ok & finding:native-beside-user@3', true],
    // The kernel has stopped, whatever is asked afterwards.
    [`${OPEN}; bind 01:00.0 e1000e; close d1`, 'bug', true],
    [`${OPEN}; bind 01:00.0 e1000e`, 'finding:native-beside-user@01:00.0', true],
    [`${OPEN}; bind 01:00.0 e1000e`, 'finding:two-users@3', false],
    [OPEN, 'shared@3 | user-reaches-host@3', false],
    [CDEV, 'iommufd-bound@01:00.1 | attached@01:00.1 | device-fd@01:00.1', false, 'linux-6.12-iommufd'],
    [`${CDEV}; bind_iommufd d1 i1`, 'iommufd-bound@01:00.1 & !attached@01:00.1', true, 'linux-6.12-iommufd'],
    [`${CDEV}; bind_iommufd d1 i1`, 'iommufd-bound@01:00.0', false, 'linux-6.12-iommufd'],
    [`${CDEV}; bind_iommufd d1 i1`, 'owner:iommufd@3 & !owner:nobody@3', true, 'linux-6.12-iommufd'],
    [
      `${CDEV}; bind_iommufd d1 i1; a1 = ioas_alloc i1; attach d1 ioas=a1`,
      'attached@01:00.1 & attached@3 & !attached@01:00.0 & through:a1@01:00.0',
      true,
      'linux-6.12-iommufd',
    ],
    // Nobody can tell after a run whether a waiting call could still return.
    [`${OPEN}; unbind 01:00.1`, 'stuck', false],
  ])('after "%s": %s is %s', (script, condition, expected, kernel = 'linux-5.10', iommu = 'nopt') => {
    expect(holds(condition, runOf(script, kernel, iommu))).toBe(expected)
  })

  test('terms without a subject are about one and the same group', () => {
    // Group 3 is viable and not node-less; other groups have no node and are not viable.
    const run = runOf(HALF)
    expect(holds('viable & node', run)).toBe(true)
    expect(holds('viable@3 & viable', run)).toBe(true)
    expect(holds('viable & !node', run)).toBe(holds('viable@1 & !node@1', run) || holds('viable@2 & !node@2', run))
  })

  test('a condition that names several groups says of each what it says', () => {
    const run = runOf(HALF)
    expect(holds('node@3 & !node@1', run)).toBe(true)
    expect(holds('node@3 & node@1', run)).toBe(false)
    expect(holds('driver:vfio-pci@01:00.1 & !driver:vfio-pci@00:02.0', run)).toBe(true)
  })
})

describe('faults are said with their column and what was expected', () => {
  test.each([
    ['', 1, 'expected a term'],
    ['bgu', 1, 'expected one of bug, blocked'],
    ['toString', 1, 'expected one of bug'],
    ['bug bug', 5, 'expected &, | or the end, not "bug"'],
    ['(bug', 5, 'expected )'],
    ['bug)', 4, 'expected &, | or the end, not ")"'],
    ['viable &', 9, 'expected a term'],
    ['answer', 7, 'expected ok, an errno, waits or BUG'],
    ['answer maybe', 8, 'expected ok, an errno, waits or BUG, not "maybe"'],
    ['driver', 1, 'expected driver:a driver'],
    ['driver 01:00.0', 15, 'expected driver:a driver'],
    ['driver 01:00.0 & bug', 16, 'expected driver:a driver'],
    ['errno:busy', 7, 'expected an error such as EBUSY, not "busy"'],
    ['finding:none', 9, 'expected one of reaches-host-memory'],
    ['finding 3 none', 11, 'expected one of reaches-host-memory'],
    ['owner:me@3', 7, 'expected one of nobody'],
    ['context:air@3', 9, 'expected one of blocked'],
    ['files:many', 7, 'expected a number'],
    ['releases:x', 10, 'expected the number of a step'],
    ['returned:a', 10, 'expected a number, or a key'],
    ['errno:EBUSY:bind:x', 18, 'takes no "x"'],
    ['bug@3', 4, 'expected nothing after "@"'],
    ['viable@', 7, 'expected a group, a device after "@"'],
    ['viable@qemu', 8, 'expected a group or a device, not "qemu"'],
    ['ok@3', 4, 'expected a device or a process, not "3"'],
    ['viable@3,2', 10, '"viable" is about one of a kind only'],
    ['viable@3,01:00.0', 10, '"viable" is about one of a kind only'],
    ['same-group@01:00.0', 19, 'expected two devices'],
    ['viable@33', 8, '"33" is no group of the scenario'],
    ['device-fd@01:00.1,nobody', 19, '"nobody" is no process of the scenario'],
    ['device-fd 05:00.1', 11, '"05:00.1" is no device of the scenario'],
    ['reaches:mars@01:00.1', 9, 'expected one of nothing, all-memory, host-buffers or a process, not "mars"'],
    ['reaches 01:00.1 mars', 17, 'expected one of nothing, all-memory, host-buffers or a process, not "mars"'],
    ['('.repeat(60) + 'bug' + ')'.repeat(60), 51, 'nested too deeply'],
    ['bug|'.repeat(600), 1, 'more than 2000 characters'],
  ])('%s', (condition, column, words) => {
    const reading = readCondition(condition, runOf('').world)
    expect(reading.ok ? 'read' : [reading.column, reading.words]).toEqual([column, expect.stringContaining(words)])
  })

  test.each([
    ['viable', 7, 'expected the number of an IOMMU group or a device after "viable"'],
    ['viable & bug', 8, 'expected the number of an IOMMU group or a device after "viable"'],
    ['device-fd qemu', 15, 'expected the number of an IOMMU group or a device after "device-fd"'],
  ])('where a group has to be named: %s', (condition, column, words) => {
    const reading = readCondition(condition, runOf('').world, { named: true })
    expect(reading).toEqual({ ok: false, column, words })
  })
})

describe('what was written before is read, and printed as it is written now', () => {
  test.each([
    // Goals of the search.
    ['bug', 'bug'],
    ['blocked:unbind@01:00.0', 'blocked:unbind@01:00.0'],
    ['viable and not isolated', 'viable & !isolated'],
    ['errno:EBUSY:open_group@qemu', 'errno:EBUSY:open_group@qemu'],
    ['host-memory & !host-memory@3', 'user-reaches-host & !user-reaches-host@3'],
    ['bound:vfio-pci@01:00.0', 'driver:vfio-pci@01:00.0'],
    ['bound:vfio-pci', 'driver:vfio-pci'],
    ['!(bug|shared&viable)', '!bug & (!shared | !viable)'],
    // Goals and choices of lessons.
    ['answer ok', 'ok'],
    ['answer EBUSY', 'errno:EBUSY'],
    ['answer waits', 'blocked'],
    ['answer BUG', 'bug'],
    ['!answer ok', '!ok'],
    ['device-open 01:00.1', 'device-fd@01:00.1'],
    ['device-open 01:00.1 qemu', 'device-fd@01:00.1,qemu'],
    ['group-open 3', 'group-opened@3'],
    ['in-container 3', 'container@3'],
    ['in-host-hands 3', 'host@3'],
    ['viable 3 & !isolated 3', 'viable@3 & !isolated@3'],
    ['unsafe 3', '!isolated@3'],
    ['!unsafe 3', 'isolated@3 | host@3'],
    ['finding 3 native-beside-user', 'finding:native-beside-user@3'],
    ['driver 01:00.0 e1000e', 'driver:e1000e@01:00.0'],
    ['node 3', 'node@3'],
    ['bound 01:00.0', 'iommufd-bound@01:00.0'],
    ['attached 01:00.0', 'attached@01:00.0'],
    ['owner 3 vfio-group', 'owner:vfio-group@3'],
    ['context 01:00.0 blocked', 'context:blocked@01:00.0'],
    ['reaches 01:00.0 host-memory', 'reaches:all-memory@01:00.0'],
    ['reaches 01:00.0 qemu', 'reaches:qemu@01:00.0'],
    ['same-context 01:00.0 01:00.1', 'same-context@01:00.0,01:00.1'],
    ['same-group 01:00.0 01:00.1', 'same-group@01:00.0,01:00.1'],
    ['waiting 01:00.0', 'waiting@01:00.0'],
    // Contexts as the debate calls them.
    ['context:dd@3 | context:id@3 | context:block@3', 'context:dma@3 | context:identity@3 | context:blocked@3'],
  ])('%s', (old, now) => {
    expect(printCondition(parsed(old))).toBe(now)
    expect(printCondition(parsed(now))).toBe(now)
  })

  test('in a lesson, "waiting" alone is about whatever call', () => {
    const reading = parseCondition('!waiting & answer ok', { named: true })
    expect(reading.ok && printCondition(reading.formula)).toBe('!any-waiting & ok')
  })
})

// ---- Properties -------------------------------------------------------------------------------------------------

const SAMPLES: Readonly<Record<Argument, readonly string[]>> = {
  errno: ['EBUSY', 'EPERM'],
  'op?': ['open_group', 'bind'],
  driver: ['vfio-pci', 'none', '?'],
  finding: ['two-users'],
  owner: ['nobody', 'iommufd'],
  context: ['dma', 'blocked'],
  place: ['nothing', 'qemu'],
  name: ['c1', '?'],
  count: ['0', '12'],
  'step?': ['3'],
  value: ['1', 'viable=true'],
}
const SUBJECTS: Readonly<Record<Subject, readonly string[]>> = {
  device: ['01:00.0', '0000:01:00.1'],
  group: ['1', '3'],
  process: ['qemu', 'other'],
}

function arbitraryTerm(term: Term): fc.Arbitrary<string> {
  const { args, subjects, pair } = formOf(term)
  const pick = (from: readonly string[]): fc.Arbitrary<string> => fc.constantFrom(...from)
  const place = subjects.filter((kind) => kind !== 'process').flatMap((kind) => SUBJECTS[kind])
  const about = pair
    ? [pick(SUBJECTS.device), pick(SUBJECTS.device)]
    : [
        ...(place.length > 0 ? [fc.option(pick(place), { nil: '' })] : []),
        ...(subjects.includes('process') ? [fc.option(pick(SUBJECTS.process), { nil: '' })] : []),
      ]
  return fc
    .tuple(fc.tuple(...args.map((argument) => pick(SAMPLES[argument]))), fc.tuple(...about))
    .map(([given, named]) => {
      const subject = named.filter((each) => each !== '').join(',')
      return [term, ...given].join(':') + (subject === '' ? '' : `@${subject}`)
    })
}

const arbitraryText: fc.Arbitrary<string> = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(...TERM_NAMES).chain(arbitraryTerm),
    fc
      .tuple(tie('condition'), fc.constantFrom('&', '|'), tie('condition'))
      .map(([a, joint, b]) => `(${a}) ${joint} ${b}`),
    tie('condition').map((inner) => `!(${inner})`),
  ),
})).condition

/** A formula without the places in the text. */
function bare(formula: Formula): unknown {
  if (formula.kind !== 'term') return { kind: formula.kind, parts: formula.parts.map(bare) }
  const { term, args, subjects } = formula.atom
  return { term, args, subjects: subjects.map(({ text }) => text), negated: formula.negated }
}

test('what is printed reads as the same condition', () => {
  fc.assert(
    fc.property(arbitraryText, (text) => {
      const formula = parsed(text)
      expect(bare(parsed(printCondition(formula)))).toEqual(bare(formula))
      expect(conditionWords(formula)).not.toMatch(/undefined| {2}/)
    }),
  )
})

test('no text throws', () => {
  const pieces = fc.constantFrom(
    ...TERM_NAMES,
    ...'&|!()@:,'.split(''),
    'and',
    'not',
    '3',
    '01:00.0',
    'qemu',
    'answer',
    ' ',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (text) => {
        expect(parseCondition(text)).toHaveProperty('ok')
      },
    ),
    { numRuns: 500 },
  )
})

test('a condition and its contrary never hold both, after any step', () => {
  const script = `${OPEN}; unbind 01:00.1; close d1; bind 01:00.1 e1000e`
  const run = runOf(script)
  fc.assert(
    fc.property(fc.constantFrom(...TERM_NAMES).chain(arbitraryTerm), fc.nat(run.steps.length), (text, count) => {
      const moment = momentOf(run, count)
      // About one group, so that it is not said of two.
      const about = atomsOf(parsed(text))[0]?.subjects ?? []
      fc.pre(
        formOf(atomsOf(parsed(text))[0]?.term ?? 'bug').about !== 'group' ||
          about.some(({ text: name }) => /\d/.test(name)),
      )
      const [one, other] = [text, `!${text}`].map((each) => {
        const reading = readCondition(each, run.world)
        return reading.ok && reading.condition.holds(moment)
      })
      expect([one, other]).not.toEqual([true, true])
      // Only what does not apply to a group of the host is neither.
      if (!text.startsWith('isolated')) expect([one, other]).not.toEqual([false, false])
    }),
  )
})

/** The rows of all tables of a text, without the spaces that align them. */
function rowsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.replace(/\s*\|\s*/g, '|').replace(/-{3,}/g, '---'))
}

test('docs/conditions.md holds every term as the program has it; npm run explore-table writes them', () => {
  const document = rowsOf(readFileSync(new URL('../../../docs/conditions.md', import.meta.url), 'utf8'))
  const rows = rowsOf(conditionsMarkdown())
  expect(rows.length).toBe(TERM_NAMES.length + 2)
  const from = document.indexOf(rows[0] ?? '')
  expect(document.slice(from, from + rows.length)).toEqual(rows)
})

test('every term says what it means', () => {
  for (const term of TERM_NAMES) expect(formOf(term).means, term).not.toBe('')
})
