import { expect, test } from 'vitest'
import { linux510 } from '../../sim/kernels/linux-5.10/index.ts'
import { VFIO_BUG } from '../../sim/kernels/linux-5.10/notifier.ts'
import { pair } from '../../sim/kernels/play.test-helper.ts'
import { compareRecording, readRecording } from './recording.ts'

const F0 = '0000:01:00.0'
const F1 = '0000:01:00.1'
const OK = { ok: true }
const WAITS = { blocked: true }

/** Two unbinds wait, a bind waits behind one of them, a close lets both go on, and the bind hits the BUG_ON. */
function recordingWith(last: object): string {
  const steps = [
    [{ op: 'unbind', device: F0 }, OK],
    [{ op: 'unbind', device: F1 }, OK],
    [{ op: 'bind', device: F0, driver: 'vfio-pci' }, OK],
    [{ op: 'bind', device: F1, driver: 'vfio-pci' }, OK],
    [{ op: 'open_group', group: 'G0', as: 'g' }, OK],
    [{ op: 'open_container', as: 'c' }, OK],
    [{ op: 'group_set_container', group_fd: 'g', container_fd: 'c' }, OK],
    [{ op: 'set_iommu', container_fd: 'c', type: 'type1v2' }, OK],
    [{ op: 'group_get_device_fd', group_fd: 'g', device: F0, as: 'd0' }, OK],
    [{ op: 'group_get_device_fd', group_fd: 'g', device: F1, as: 'd1' }, OK],
    [{ op: 'unbind', device: F0 }, WAITS],
    [{ op: 'unbind', device: F1 }, WAITS],
    [{ op: 'bind', device: F0, driver: 'nic' }, WAITS],
  ].map(([op, result]) => ({ op, result }))
  return JSON.stringify({
    id: 'bug-elsewhere',
    kernel: '5.10.223',
    api: 'vfio-group',
    topology: 'pair',
    cmdline: 'iommu=nopt',
    kind: 'hand',
    steps: [...steps, last],
  })
}

const recorded = { machine: pair, groupNumbers: new Map([['G0', '2']]) }
const close = { op: { op: 'close', fd: 'd0' }, completes: [{ step: 10, result: OK }] }

test('a BUG in a call that waited is noted at the call that let it go on', () => {
  const line = recordingWith({ ...close, result: { ...OK, bug_elsewhere: VFIO_BUG } })
  expect(compareRecording(readRecording(line), linux510, recorded)).toEqual([])
})

test.each([
  ['no BUG', OK],
  ['a BUG in the call itself', { bug: VFIO_BUG }],
  ['another BUG', { ...OK, bug_elsewhere: { ...VFIO_BUG, line: 1 } }],
])('a recording with %s there differs', (_, result) => {
  const differences = compareRecording(readRecording(recordingWith({ ...close, result })), linux510, recorded)
  expect(differences.map(({ what, step }) => `${what} ${step}`)).toEqual(['result 13'])
})
