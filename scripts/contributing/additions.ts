/**
 * What CONTRIBUTING says must be touched to add a thing, done with a toy of each. `begin` is the row that everything
 * else follows from; `asked` names the files that the compiler then asks for; `finish` does what it asked, and the rest.
 */
export interface Addition {
  readonly begin: readonly Edit[]
  readonly asked: readonly string[]
  readonly finish: readonly Edit[]
}

/** Puts `text` before `at`, a text that stands in the file; a file that is not there is made. */
export interface Edit {
  readonly file: string
  readonly at?: string
  readonly text: string
}

export const ADDITIONS: Readonly<
  Record<'kernel' | 'operation' | 'importer' | 'place' | 'command' | 'condition term', Addition>
> = {
  kernel: {
    begin: [
      {
        file: 'src/sim/kernels/list.ts',
        at: '} as const\n\nexport type KernelId',
        text: "'toy-kernel': { family: 'linux', release: '9.9', interface: 'groups', title: 'Toy 9.9', about: 'a toy' },\n",
      },
    ],
    asked: ['src/sim/kernels/registry.ts', 'src/explain/registry.ts', 'src/sim/kernels/events.test.ts'],
    finish: [
      {
        file: 'src/sim/kernels/toy-kernel/index.ts',
        text: `import type { Kernel } from '../../kernel.ts'
          import { linux61 } from '../linux-6.1/index.ts'
          import type { OwnedState } from '../shared/ownership/dma-owner.ts'
          export const toyKernel: Kernel<OwnedState> = { ...linux61, id: 'toy-kernel' }\n`,
      },
      {
        file: 'src/sim/kernels/registry.ts',
        at: 'import { KERNEL_IDS,',
        text: "import { toyKernel } from './toy-kernel/index.ts'\n",
      },
      { file: 'src/sim/kernels/registry.ts', at: "'ioasid-w': ioasidW,", text: "'toy-kernel': toyKernel,\n" },
      {
        file: 'src/explain/toy-kernel.ts',
        text: `import type { KernelWords } from './kernel-words.ts'
          import { LINUX_6_1 } from './linux-6.1.ts'
          export const TOY_KERNEL: KernelWords = { ...LINUX_6_1, name: 'Toy 9.9' }\n`,
      },
      {
        file: 'src/explain/registry.ts',
        at: "'ioasid-w': async",
        text: "'toy-kernel': async () => (await import('./toy-kernel.ts')).TOY_KERNEL,\n",
      },
      { file: 'src/sim/kernels/events.test.ts', at: "'ioasid-t': [", text: "'toy-kernel': OWNERSHIP,\n" },
    ],
  },
  operation: {
    begin: [
      {
        file: 'src/sim/op.ts',
        at: 'get_api_version: {',
        text: "toy_op: { who: 'user', call: { ioctl: 'VFIO_TOY' }, changes: 'nothing', keys: { container_fd: 'fd' } },\n",
      },
    ],
    asked: ['src/explain/ops.ts', 'src/export/run/c/steps.ts'],
    finish: [
      {
        file: 'src/explain/ops.ts',
        at: "case 'get_api_version':",
        text: "case 'toy_op': return { call: `ioctl ${op.container_fd} VFIO_TOY`, words: `Play with ${op.container_fd}` }\n",
      },
      {
        file: 'src/export/run/c/steps.ts',
        at: "case 'get_api_version':",
        text: "case 'toy_op': return `number(a, ioctl(${file(op.container_fd)}, 42));`\n",
      },
      { file: 'src/sim/kernels/shared/container.ts', at: "'get_api_version', 'check_extension'", text: "'toy_op', " },
      {
        file: 'src/sim/kernels/shared/container.ts',
        at: "case 'get_api_version':",
        text: "case 'toy_op': return { ok: true, value: 42 }\n",
      },
      { file: 'src/explain/ownership.ts', at: "get_api_version: 'vfio", text: "toy_op: 'vfio_fops_unl_ioctl',\n" },
    ],
  },
  importer: {
    begin: [
      {
        file: 'src/import/toy.ts',
        text: `import type { Reader } from './context.ts'
          export const readToy: Reader = (lines, at, context) => {
            const line = lines[at]
            const bdf = /^toy says (\\S+)$/.exec(line?.bare ?? '')?.[1]
            if (line === undefined || bdf === undefined) return 0
            context.boundary()
            context.machine.device(bdf, line)
            return 1
          }\n`,
      },
    ],
    asked: [],
    finish: [
      {
        file: 'src/import/index.ts',
        at: 'import { readVfioErrors }',
        text: "import { readToy } from './toy.ts'\n",
      },
      { file: 'src/import/index.ts', at: "[readNodedev, 'document'],", text: "[readToy, 'detail'],\n" },
    ],
  },
  place: {
    begin: [{ file: 'src/app/store/places.ts', at: "'play' | 'present'", text: "'toy-place' | " }],
    asked: ['src/app/store/places.ts', 'src/app/shell/places.tsx'],
    finish: [
      {
        file: 'src/app/store/places.ts',
        at: "play: { title: 'Play'",
        text: "'toy-place': { title: 'Toy', path: '/toy', runInAddress: false, rail: 'own', about: 'a toy' },\n",
      },
      {
        file: 'src/app/shell/places.tsx',
        at: 'play: { Icon',
        text: "'toy-place': { Icon: Boxes, View: () => <p>A toy</p> },\n",
      },
    ],
  },
  command: {
    begin: [],
    asked: [],
    finish: [
      {
        file: 'src/app/commands/commands.ts',
        at: 'undo: {',
        text: "toy: { id: 'toy', name: 'Toy', about: 'a toy', keys: ['Control+Shift+Y'], applies: () => true, run: () => {} },\n",
      },
    ],
  },
  'condition term': {
    begin: [
      {
        file: 'src/scenario/condition/terms.ts',
        at: "'any-waiting': machine(",
        text: "'toy-term': machine('a toy', [], []),\n",
      },
    ],
    asked: ['src/scenario/condition/evaluate.ts', 'src/scenario/condition/words.ts'],
    finish: [
      {
        file: 'src/scenario/condition/evaluate.ts',
        at: "case 'any-waiting':",
        text: "case 'toy-term': return snapshot.fds.length === 1\n",
      },
      {
        file: 'src/scenario/condition/words.ts',
        at: "case 'any-waiting':",
        text: "case 'toy-term': return pick('one file is open', 'not one file is open')\n",
      },
    ],
  },
}

/** What the copy is asked once everything is in: prints it as JSON. */
export const PROBE = `
import { KEYED } from './app/commands/commands.ts'
import { PLACE_IDS } from './app/store/places.ts'
import { describeOp } from './explain/index.ts'
import { loadWords } from './explain/registry.ts'
import { importListing } from './import/index.ts'
import { conditionWords } from './scenario/condition/words.ts'
import { momentOf, readCondition } from './scenario/condition/moment.ts'
import { machineOf, setupOf } from './scenario/document/scenario.ts'
import { parseScript } from './scenario/script/script.ts'
import { kernelById } from './sim/kernels/registry.ts'
import { replay } from './sim/replay.ts'

await loadWords()
const reading = parseScript('machine dual-e1000e\\nkernel toy-kernel\\nc = open_container\\ntoy_op c\\n')
if (!reading.ok) throw new Error(JSON.stringify(reading.problems))
const { scenario } = reading
const machine = machineOf(scenario)
const kernel = kernelById(scenario.kernel)
if (machine === undefined || kernel === undefined) throw new Error('no machine or kernel')
const run = replay(kernel, setupOf(scenario, machine), scenario.ops)
const condition = readCondition('toy-term', run.world)
if (!condition.ok) throw new Error(condition.words)
const op = scenario.ops[1]
console.log(
  JSON.stringify({
    kernel: kernel.id,
    answer: run.steps[1]?.result,
    words: op && describeOp(run.world, op).words,
    term: [condition.condition.holds(momentOf(run, 2)), conditionWords(condition.condition.formula)],
    imported: Object.keys(importListing('toy says 0000:01:00.0').devices),
    place: PLACE_IDS.includes('toy-place'),
    command: KEYED.some(({ id }) => id === 'toy'),
  }),
)
`
