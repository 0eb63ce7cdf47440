/** The schema of a document. What it reads is a `Scenario` in one form: what means the same is written the same. */
import * as v from 'valibot'
import { isKernelId, KERNEL_IDS } from '../../sim/kernels/list.ts'

import { SWITCH_GAPS, type Boot, type PolicyOptions } from '../../sim/machine.ts'
import { tidyPolicy } from './boot.ts'
import { bdf, flag, GROUP, line, LINES, list, name, ROLE_FORMS, string, whole } from './forms.ts'
import { MACHINE_ID, machineSchema } from './machine-schema.ts'
import { opSchema } from './op-schema.ts'
import { DEFAULTS, LIMITS, type Scenario } from './scenario.ts'

const ACS_OVERRIDE = /^[A-Za-z0-9_,:-]{0,200}$/
const STEP = /^[1-9][0-9]{0,4}$/
const NOTED = /^(?:0|[1-9][0-9]{0,4})$/
const KERNEL_FORM = `a kernel that this release simulates (${KERNEL_IDS.join(', ')})`

/** A switch that is off is not written. */
const policySchema = v.pipe(
  v.object(
    {
      strictBlock: v.optional(flag, false),
      notifyOnBlockChange: v.optional(flag, false),
      singletonOnly: v.optional(flag, false),
      denyProbe: v.optional(flag, false),
      lockstep: v.optional(flag, false),
      switchGap: v.optional(v.picklist(SWITCH_GAPS, 'none, blocked or viaDefault'), 'blocked'),
    },
    'policy options',
  ),
  v.transform((policy): PolicyOptions => tidyPolicy(policy)),
)

const bootSchema = v.pipe(
  v.object(
    {
      iommu: v.optional(v.picklist(['nopt', 'pt'], 'nopt or pt'), DEFAULTS.boot.iommu),
      allowUnsafeInterrupts: v.optional(flag, false),
      acsOverride: v.optional(
        v.pipe(v.string(), v.regex(ACS_OVERRIDE, 'the value of pcie_acs_override, such as downstream,multifunction')),
        '',
      ),
      policy: v.optional(policySchema, {}),
    },
    'boot options',
  ),
  // One form for what means the same, so that equal scenarios are equal documents.
  v.transform((boot): Boot => ({
    iommu: boot.iommu,
    ...(boot.allowUnsafeInterrupts ? { allowUnsafeInterrupts: true } : {}),
    ...(boot.acsOverride === '' ? {} : { acsOverride: boot.acsOverride }),
    ...(Object.keys(boot.policy).length === 0 ? {} : { policy: boot.policy }),
  })),
)

const kernelId = v.pipe(v.string(KERNEL_FORM), v.guard(isKernelId, KERNEL_FORM))

const compareSchema = v.pipe(
  list(kernelId, KERNEL_IDS.length, 'kernels'),
  v.minLength(2, 'at least two kernels'),
  v.check((kernels) => new Set(kernels).size === kernels.length, 'different kernels'),
)

const question = v.exactOptional(v.pipe(line(LIMITS.question), v.minLength(1, 'words of a question')))
const predictionForm = 'a prediction: an object whose "about" is answer, viable, isolated or dma'
const predictionSchema = v.variant(
  'about',
  [
    v.object({ about: v.literal('answer'), question }),
    v.object({ about: v.picklist(['viable', 'isolated']), group: string(ROLE_FORMS.group, GROUP), question }),
    v.object({ about: v.literal('dma'), device: bdf, question }),
  ],
  predictionForm,
)

const processSchema = v.object(
  {
    name: name('the name of a process'),
    user: v.optional(name(ROLE_FORMS.user), 'root'),
    memlock: v.exactOptional(
      v.union(
        [v.literal('unlimited'), v.pipe(v.number(), v.safeInteger(), v.minValue(0))],
        'a limit of memory: a number of bytes or "unlimited"',
      ),
    ),
  },
  'a process: an object with "name" and "user"',
)

/** Steps of which nothing is expected are not written. */
function withoutEmpty(expects: Readonly<Record<string, readonly string[]>>): Pick<Scenario, 'expects'> {
  const filled = Object.entries(expects).filter(([, conditions]) => conditions.length > 0)
  return filled.length === 0 ? {} : { expects: Object.fromEntries(filled) }
}

export const scenarioSchema = v.pipe(
  v.object(
    {
      title: v.optional(line(LIMITS.title), DEFAULTS.title),
      machine: v.lazy((input) =>
        typeof input === 'string' ? string('the id of a machine', MACHINE_ID) : machineSchema,
      ),
      kernel: kernelId,
      boot: v.optional(bootSchema, DEFAULTS.boot),
      processes: v.optional(
        v.pipe(
          list(processSchema, LIMITS.processes, 'processes'),
          v.minLength(1, 'at least one process'),
          v.check(
            (processes) => new Set(processes.map((process) => process.name)).size === processes.length,
            'processes of different names',
          ),
        ),
        [...DEFAULTS.processes],
      ),
      ops: list(opSchema, LIMITS.ops, 'operations'),
      cursor: v.exactOptional(whole('the number of steps done', LIMITS.ops)),
      notes: v.optional(
        v.record(
          string('the number of a step', NOTED),
          v.pipe(
            v.string('words'),
            v.maxLength(LIMITS.note, `at most ${LIMITS.note} characters`),
            v.regex(LINES, 'plain words'),
          ),
          'notes: an object of step number → words',
        ),
        {},
      ),
      predictions: v.optional(
        v.record(
          string('the number of a step', STEP),
          predictionSchema,
          'predictions: an object of step number → prediction',
        ),
        {},
      ),
      expects: v.optional(
        v.record(
          string('the number of a step', NOTED),
          list(
            v.pipe(line(LIMITS.expectation), v.minLength(1, 'a condition')),
            LIMITS.expectations,
            'expectations of a step',
          ),
          'expects: an object of step number → list of conditions',
        ),
        {},
      ),
      compare: v.exactOptional(compareSchema),
      present: v.optional(flag, false),
    },
    'a scenario: an object with "machine", "kernel" and "ops"',
  ),
  v.forward(
    v.check(
      ({ cursor, ops }) => cursor === undefined || cursor <= ops.length,
      'no more steps than there are operations',
    ),
    ['cursor'],
  ),
  v.forward(
    v.check(({ notes, ops }) => Object.keys(notes).every((step) => Number(step) <= ops.length), 'numbers of steps'),
    ['notes'],
  ),
  v.forward(
    v.check(
      ({ predictions, ops }) => Object.keys(predictions).every((step) => Number(step) <= ops.length),
      'numbers of steps',
    ),
    ['predictions'],
  ),
  v.forward(
    v.check(({ expects, ops }) => Object.keys(expects).every((step) => Number(step) <= ops.length), 'numbers of steps'),
    ['expects'],
  ),
  v.transform(({ cursor, notes, predictions, expects, present, ...rest }): Scenario => ({
    ...rest,
    cursor: cursor ?? rest.ops.length,
    ...(Object.keys(notes).length === 0 ? {} : { notes }),
    ...(Object.keys(predictions).length === 0 ? {} : { predictions }),
    ...withoutEmpty(expects),
    ...(present ? { present } : {}),
  })),
)
