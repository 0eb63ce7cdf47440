import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { plain } from '../../explain/words.ts'
import { DEFAULTS } from '../../scenario/scenario.ts'
import { UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { replay } from '../../sim/replay.ts'
import { succeeded } from '../../sim/result.ts'
import { machineFromImport } from '../from-import.ts'
import { importListing } from '../import/index.ts'
import { adviceFor } from './advice.ts'
import { candidatesOf } from './kinds.ts'
import { bindingWrites, canRun, guestOps, opsOf, planOf, undoWrites } from './plan.ts'
import { questionsFor } from './questions.ts'
import { passthroughRun } from './run.ts'
import { adviceWords } from './words.ts'

const folder = new URL('../fixtures/', import.meta.url)
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.txt'))
  .map((name) => [name.slice(0, -4), readFileSync(new URL(name, folder), 'utf8')] as const)

/** Whatever a person pastes and whichever device is chosen: the commands work, and the way back leads back. */
describe('plans for every device of every listing', () => {
  test.each(fixtures)('%s', (_, text) => {
    const imported = importListing(text)
    if (Object.keys(imported.devices).length === 0) return
    const machine = machineFromImport(imported, 'x')
    // Of a large machine half a dozen devices, spread over it.
    const { usual, rest } = candidatesOf(machine)
    const all = [...usual, ...rest]
    const every = Math.max(1, Math.ceil(all.length / 6))
    for (const wanted of all.filter((__, index) => index % every === 0)) {
      const advice = adviceFor(machine, wanted.bdf)
      if (advice === null) throw new Error(`no advice on ${wanted.bdf}`)
      const plan = planOf(advice)
      const words = adviceWords(advice, 'linux-6.1')
      const { here, others } = questionsFor({ machine, advice })
      for (const said of [words.answer, ...words.causes, ...here.map((each) => each.question)]) {
        expect(plain(said)).not.toMatch(/undefined|\[object|\?\?/)
      }
      expect(new Set([...here, ...others].map(({ id }) => id)).size).toBe(15)
      if (plan === null) {
        expect(advice.verdict).toBe('no')
        continue
      }
      for (const kernel of KERNELS.filter(canRun)) {
        for (const when of ['now', 'booted'] as const) {
          const { run, inHand } = passthroughRun(machine, plan, kernel.id, when)
          expect([wanted.bdf, kernel.id, when, inHand]).toEqual([
            wanted.bdf,
            kernel.id,
            when,
            plan.guest.map(({ bdf }) => bdf),
          ])
          expect(run.steps.filter(({ result }) => !succeeded(result))).toEqual([])
        }
        const ops = [
          ...opsOf(bindingWrites(plan)),
          ...guestOps(plan, kernel),
          { op: 'exit' } as const,
          ...opsOf(undoWrites(plan)),
        ]
        const run = replay(kernel, { machine, boot: DEFAULTS.boot, processes: DEFAULTS.processes }, ops)
        expect(run.steps.filter(({ result }) => !succeeded(result))).toEqual([])
        const after = run.snapshotAt(ops.length)
        const driverOf = (bdf: string): string | null => {
          const { driver = 0 } = after.devices[run.world.deviceIndex.get(bdf) ?? -1] ?? {}
          return driver === 0 ? null : (run.world.drivers[driver]?.name ?? null)
        }
        for (const f of machine.devices) {
          const before = f.driver === UNKNOWN_DRIVER && plan.restore.some((each) => each.f === f) ? f.native : f.driver
          expect([f.bdf, driverOf(f.bdf)]).toEqual([f.bdf, before])
        }
      }
    }
  })
})
