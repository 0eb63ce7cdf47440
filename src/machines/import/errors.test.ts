import { expect, test } from 'vitest'
import { errorsIn } from './errors.ts'

test.each([
  ['vfio 0000:01:00.0: group 1 is not viable', 'not-viable 0000:01:00.0 1'],
  ['vfio error: 0000:01:00.0: group 1 is not viable', 'not-viable 0000:01:00.0 1'],
  ['vfio: error, group 12 is not viable, please ensure all devices', 'not-viable - 12'],
  ['-device vfio-pci,host=01:00.0,id=x: vfio: error, group 1 is not viable', 'not-viable 0000:01:00.0 1'],
  [
    'kvm: -device vfio-pci,host=07:10.0,id=a: vfio: error, group\n12 is not viable, please',
    'not-viable 0000:07:10.0 12',
  ],
  ['kvm: -device vfio-pci,host=07:10.0,id=a:\nvfio: error, group 12 is not viable', 'not-viable 0000:07:10.0 12'],
  [
    '-device {\\"driver\\":\\"vfio-pci\\",\\"host\\":\\"0000:65:00.0\\"}: vfio: error, group 3 is not viable',
    'not-viable 0000:65:00.0 3',
  ],
  ['EAL: 0000:44:00.3 VFIO group is not viable! Not all devices', 'not-viable 0000:44:00.3 -'],
  ['vfio 0000:01:00.0: failed to open /dev/vfio/1: No such file or directory', 'no-group-file 0000:01:00.0 1'],
  ['-device vfio-pci,host=01:00.0: vfio: error opening /dev/vfio/1: No such file', 'no-group-file 0000:01:00.0 1'],
  ['VFIO group device /dev/vfio/15 does not exist', 'no-group-file - 15'],
  ['vfio 0000:01:00.0: failed to open /dev/vfio/12: Device or resource busy', 'group-busy 0000:01:00.0 12'],
  ["Could not open '/dev/vfio/12': Permission denied", 'no-permission - 12'],
  ['vfio 0000:08:00.0: no iommu_group found: No such file or directory', 'no-iommu 0000:08:00.0 -'],
  ["error: unsupported configuration: host doesn't support passthrough of host PCI devices", 'no-iommu - -'],
  ['No IOMMU detected, please activate it.', 'no-iommu - -'],
  ['vfio 0000:01:00.1: group 1 used in multiple address spaces', 'address-spaces 0000:01:00.1 1'],
  [
    '[ 9.1] vfio-pci 0000:04:00.0: Device is ineligible for IOMMU domain attach due to platform RMRR requirement. Contact your platform vendor.',
    'rmrr 0000:04:00.0 -',
  ],
  ['All devices in an IOMMU group must be bound to vfio-pci: 0000:00:01.0 is on pcieport', 'strict-tool - -'],
  ['The group is viable. /dev/vfio/vfio is there, iommu_group too, and IOMMU group 1 is in use.', ''],
])('%s', (text, expected) => {
  const found = errorsIn(`first line\n${text}\nlast line`)
  expect(found.map(({ kind, bdf, group }) => `${kind} ${bdf ?? '-'} ${group ?? '-'}`).join(', ')).toBe(expected)
})

test('each once, with its line', () => {
  const text = 'x\nvfio 0000:01:00.0: group 1 is not viable\nPlease ensure\nvfio 0000:01:00.0: group 1 is not viable'
  expect(errorsIn(text)).toEqual([{ kind: 'not-viable', bdf: '0000:01:00.0', group: '1', line: 2 }])
})
