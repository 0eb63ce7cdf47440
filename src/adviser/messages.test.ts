import { expect, test } from 'vitest'
import { plain } from '../explain/words.ts'
import { messageWords } from './message-words.ts'
import { messagesIn } from './messages.ts'
import { readPastes } from './reading.ts'

const QEMU = 'qemu-system-x86_64: -device vfio-pci,host=01:00.0,multifunction=on: '

test.each([
  [`${QEMU}vfio 0000:01:00.0: group 1 is not viable`, 'not-viable 0000:01:00.0 1'],
  [`${QEMU}vfio error: 0000:01:00.0: group 1 is not viable`, 'not-viable 0000:01:00.0 1'],
  [`${QEMU}vfio: error, group 1 is not viable, please ensure all devices`, 'not-viable 0000:01:00.0 1'],
  ['vfio: error, group 14 is not viable, please ensure', 'not-viable - 14'],
  [
    `-device {"driver":"vfio-pci","host":"0000:09:00.0","id":"x"}: vfio 0000:09:00.0: group 21 is not viable`,
    'not-viable 0000:09:00.0 21',
  ],
  [
    'internal error: qemu unexpectedly closed the monitor: \\n2021 qemu-kvm: -device vfio-pci,host=0000:41:00.0,id=a: vfio 0000:41:00.0: group 36 is not viable\\nPlease ensure all devices within the iommu_group are bound to their vfio bus driver.',
    'not-viable 0000:41:00.0 36',
  ],
  [
    'EAL: 0000:44:00.3 VFIO group is not viable! Not all devices in IOMMU group bound to VFIO or unbound',
    'not-viable 0000:44:00.3 -',
  ],
  [`${QEMU}vfio 0000:01:00.0: failed to open /dev/vfio/1: No such file or directory`, 'no-file 0000:01:00.0 1'],
  ['VFIO group device /dev/vfio/12 does not exist', 'no-file - 12'],
  ["Could not open '/dev/vfio/7': No such file or directory", 'no-file - 7'],
  [`${QEMU}vfio 0000:01:00.0: failed to open /dev/vfio/1: Permission denied`, 'permission 0000:01:00.0 1'],
  [`${QEMU}vfio 0000:01:00.0: failed to open /dev/vfio/1: Device or resource busy`, 'busy 0000:01:00.0 1'],
  [`${QEMU}vfio 0000:01:00.0: no iommu_group found: No such file or directory`, 'no-group 0000:01:00.0 -'],
  ['No IOMMU detected, please activate it.', 'no-group - -'],
  ["error: unsupported configuration: host doesn't support passthrough of host PCI devices", 'no-group - -'],
  [`${QEMU}vfio 0000:01:00.1: group 1 used in multiple address spaces`, 'spaces 0000:01:00.1 1'],
  [
    'vfio-pci 0000:03:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement.  Contact your platform vendor.',
    'rmrr 0000:03:00.0 -',
  ],
  ['Error: All devices in an IOMMU group must be bound to vfio-pci: 0000:00:01.0 (pcieport)', 'bridges 0000:00:01.0 -'],
  ['vfio_iommu_type1_attach_group: No interrupt remapping support.  Use the module param', 'interrupts - -'],
  ['IOMMU Group 1:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA [10de:1c03]', ''],
])('%s', (text, expected) => {
  const words = messagesIn(text).map(({ code, bdf, group }) => `${code} ${bdf ?? '-'} ${group ?? '-'}`)
  expect(words.join(', ')).toBe(expected)
})

test('each once, and the one that says more', () => {
  const text = `vfio: error, group 1 is not viable, please ensure\nvfio: failed to get group 1\n${QEMU}vfio 0000:01:00.0: group 1 is not viable\n`
  expect(messagesIn(text.repeat(3))).toEqual([{ code: 'not-viable', bdf: '0000:01:00.0', group: '1', line: 3 }])
})

test('beside a listing, the words say who is in the way', () => {
  const text = `${QEMU}vfio 0000:01:00.0: group 1 is not viable
IOMMU Group 1:
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [10de:1c03] (rev a1)
	Kernel driver in use: vfio-pci
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 [10de:10f1] (rev a1)
	Kernel driver in use: snd_hda_intel
`
  const { messages, machine } = readPastes([text], 'x')
  const [message] = messages
  if (message === undefined) throw new Error('no message')
  expect(messageWords(message, machine).title).toBe(
    'The error names 01:00.0, group 1: not viable, held by snd_hda_intel',
  )
  expect(plain(messageWords(message, machine).meaning)).toContain('01:00.1 is held by snd_hda_intel')
  expect(messageWords(message, null)).toMatchObject({ title: 'The error names 01:00.0, group 1: not viable' })
})
