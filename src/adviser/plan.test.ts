import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { UNKNOWN_DRIVER } from '../sim/drivers.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { replay } from '../sim/replay.ts'
import { succeeded } from '../sim/result.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'
import { adviceFor } from './advice.ts'
import { candidatesOf } from './kinds.ts'
import { bindingOps, canRun, guestOps, planOf, undoOps } from './plan.ts'

const folder = new URL('../import/fixtures/', import.meta.url)
const fixtures = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const)
/** Of a big machine every nth device is tried. */
const MOST = 8
const processes = [{ name: 'qemu', user: 'root' }]
/** The situations' test has the others. */
const LINUX = KERNELS.filter((kernel) => kernel.id.startsWith('linux-') && canRun(kernel))

describe('the plan of every device that can go', () => {
  test.each(fixtures)('%s', (_, text) => {
    const machine = machineFromImport(importListing(text), 'x')
    const { usual, rest } = candidatesOf(machine)
    const all = [...usual, ...rest]
    const every = Math.ceil(all.length / MOST)
    for (const wanted of all.filter((__, index) => index % every === 0)) {
      const advice = adviceFor(machine, wanted.bdf)
      const plan = advice === null ? null : planOf(advice)
      if (advice === null || plan === null) continue
      for (const kernel of LINUX) {
        const binding = bindingOps(plan)
        const ops = [...binding, ...guestOps(plan, kernel)]
        const run = replay(kernel, { machine, boot: { iommu: 'nopt' }, processes }, ops)
        const refused = run.steps
          .filter(({ result }) => !succeeded(result))
          .map(({ op }) => [wanted.bdf, kernel.id, op])
        expect(refused).toEqual([])
        const { fds } = run.snapshotAt(ops.length)
        const held = fds.filter(({ kind }) => kind === 'device' || kind === 'cdev')
        expect(held.map(({ object }) => machine.devices[object]?.bdf)).toEqual(plan.guest.map(({ bdf }) => bdf))
        expect(held.filter(({ access }) => access === false)).toEqual([])

        // And back, where the listing tells what was before.
        const undo = replay(kernel, { machine, boot: { iommu: 'nopt' }, processes }, [...binding, ...undoOps(plan)])
        expect(undo.steps.filter(({ result }) => !succeeded(result)).map(({ op }) => op)).toEqual([])
        const drivers = undo.snapshotAt(undo.steps.length).devices.map(({ driver }) => undo.world.drivers[driver]?.name)
        const differ = machine.devices.filter(
          (f, index) => f.driver !== UNKNOWN_DRIVER && (f.driver ?? '') !== drivers[index],
        )
        expect(differ.map(({ bdf }) => [wanted.bdf, kernel.id, bdf])).toEqual([])
      }
    }
  })
})
