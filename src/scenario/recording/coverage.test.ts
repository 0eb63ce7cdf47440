import { expect, test } from 'vitest'
import { coverageTable, recordedOutcomes, uncovered } from './coverage.ts'
import { readRecording } from './recording.ts'

const recording = (kernel: string, ...steps: unknown[]) =>
  readRecording(
    JSON.stringify({ id: 'x', kernel, api: 'vfio-group', topology: 't', cmdline: 'iommu=nopt', kind: 'hand', steps }),
  )
const unbind = { op: 'unbind', device: '0000:01:00.0' }
const close = { op: 'close', fd: 'd1' }

test('answers are counted, and those that a waiting call gets later', () => {
  const counts = recordedOutcomes([
    recording(
      '5.10.223',
      { op: unbind, result: { blocked: true } },
      { op: close, result: { ok: true }, completes: [{ step: 0, result: { ok: false, errno: 'ENODEV' } }] },
      { op: close, result: { ok: false, errno: 'EBADF' } },
    ),
    recording('5.10.223', { op: close, result: { ok: true } }),
    recording('4.19.1', { op: close, result: { ok: true } }),
  ])
  expect([...counts.keys()]).toEqual(['linux-5.10'])
  expect(Object.fromEntries(counts.get('linux-5.10')?.get('unbind') ?? [])).toEqual({ blocked: 1, ENODEV: 1 })
  expect(Object.fromEntries(counts.get('linux-5.10')?.get('close') ?? [])).toEqual({ ok: 2, EBADF: 1 })
  expect(coverageTable(counts)).toContain('| `close` | ok | 2 |')
  expect(coverageTable(counts)).toContain('| `ioas_alloc` | none recorded | · | · | · |  | · |  |')
})

test('what is missing: operations of a kernel that are in no recording, and outcomes that were simulated only', () => {
  const recorded = recordedOutcomes([recording('5.10.223', { op: close, result: { ok: true } })])
  const simulated = recordedOutcomes([
    recording('5.10.223', { op: close, result: { ok: true } }, { op: close, result: { ok: false, errno: 'EBADF' } }),
  ])
  const { empty, unseen } = uncovered(recorded, simulated)
  expect(empty.find(({ op }) => op === 'close')?.kernels).not.toContain('linux-5.10')
  expect(empty.find(({ op }) => op === 'unbind')?.kernels).toContain('linux-5.10')
  expect(unseen).toEqual([{ op: 'close', outcome: 'EBADF', kernels: ['linux-5.10'] }])
})
