import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LIBRARY } from '../../scenario/library/index.ts'
import { compose } from './compose.ts'
import { faultsOf, textFaults } from './faults.test-helper.ts'
import { nodeId } from './ids.ts'
import { picture } from './picture.ts'
import { inputAt, inputOf, runOf, samples, type Sample } from './scenes.test-helper.ts'

const WIDTHS = [320, 390, 606, 986, 1440, 2560]

/** The view that the page has at a width: a phone gives the picture what it needs. */
function viewOf(width: number): { width: number; height: number } {
  return { width, height: width < 560 ? 440 : 460 }
}

describe('every step of every scenario, at every width', () => {
  test.each(LIBRARY.map(({ id, scenario }) => ({ id, scenario })))('$id', ({ scenario }) => {
    const run = runOf(scenario)
    for (const width of WIDTHS) {
      for (let cursor = 0; cursor <= run.steps.length; cursor++) {
        const scene = compose(inputAt(run, cursor, viewOf(width)))
        expect(faultsOf(scene), `step ${cursor} at ${width}`).toEqual([])
        expect(textFaults(picture(run.world, scene)), `step ${cursor} at ${width}`).toEqual([])
        // A sheet is no wider than its view, and what is shown at first is all of it.
        expect(scene.width * scene.zoom, `width of step ${cursor} at ${width}`).toBeLessThanOrEqual(width + 1)
        if (width > 560) expect(scene.height * scene.zoom, `step ${cursor} at ${width}`).toBeLessThanOrEqual(461)
      }
    }
  })
})

// The frames that the page has at 1024×768 while it explains a crash, and beside long notes.
test.each<[id: string, step: number, width: number, height: number]>([
  ['bug-device-open', 12, 306, 406],
  ['bug-set-container', 7, 306, 406],
  ['bug-elsewhere', 14, 306, 406],
  ['reopened-under-iommufd', 12, 606, 424],
  ['two-groups', 22, 606, 424],
])('all of %s after step %i is in sight at %i × %i', (id, step, width, height) => {
  const scenario = LIBRARY.find((entry) => entry.id === id)?.scenario
  if (scenario === undefined) throw new Error('no such scenario')
  const scene = compose(inputAt(runOf(scenario), step, { width, height }))
  expect(faultsOf(scene)).toEqual([])
  expect(scene.height * scene.zoom).toBeLessThanOrEqual(height + 0.5)
  expect(scene.groups.length).toBeGreaterThan(0)
})

test('cards stand still while the run goes on', () => {
  for (const { scenario } of LIBRARY) {
    const run = runOf(scenario)
    const places = new Map<string, string>()
    for (let cursor = 0; cursor <= run.steps.length; cursor++) {
      const { boxes } = compose(inputAt(run, cursor, viewOf(986)))
      for (const [id, box] of boxes) {
        if (!/^(?:process|group|device|context) /.test(id)) continue
        const before = places.get(id) ?? JSON.stringify(box)
        expect(JSON.stringify(box), `${scenario.title}: ${id} at step ${cursor}`).toBe(before)
        places.set(id, before)
      }
    }
  }
})

describe('random machines, runs, kernels, folds and sizes', () => {
  test('every rule holds', () => {
    fc.assert(
      fc.property(samples, (sample) => {
        const input = inputOf(sample)
        const scene = compose(input)
        expect(faultsOf(scene)).toEqual([])
        expect(textFaults(picture(input.world, scene))).toEqual([])
      }),
      { numRuns: 150 },
    )
  })

  // Each of these once had a fault.
  test.each<{ title: string; sample: Sample }>([
    {
      title: 'a wire that passes a gap at the x of another one below it',
      sample: {
        machine: 12,
        kernel: 'linux-6.12',
        boot: { iommu: 'nopt' },
        steps: { walk: 947657, length: 71 },
        extra: 11,
        files: 2,
        view: { width: 1751, height: 995 },
        open: [],
        at: 343,
        wanted: [33],
      },
    },
    {
      title: 'many processes, unfolded in a small view',
      sample: {
        machine: 12,
        kernel: 'linux-5.10',
        boot: { iommu: 'nopt' },
        steps: { scenario: 'start' },
        extra: 12,
        files: 3,
        view: { width: 320, height: 240 },
        open: [nodeId.moreProcesses],
        at: 0,
        wanted: [],
      },
    },
  ])('$title', ({ sample }) => {
    expect(faultsOf(compose(inputOf(sample)))).toEqual([])
  })
})
