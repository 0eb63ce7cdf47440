import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { adviceFor } from '../../machines/adviser/advice.ts'
import { bindingWrites, planOf, undoWrites, type Plan } from '../../machines/adviser/plan.ts'
import { machineFromImport } from '../../machines/from-import.ts'
import { importListing } from '../../machines/import/index.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine } from '../../sim/machine.ts'
import { commandsOf, type Way } from './commands.ts'

function given(text: string, bdf: string): { machine: Machine; plan: Plan } {
  const machine = machineFromImport(importListing(text), 'x')
  const advice = adviceFor(machine, bdf)
  const plan = advice === null ? null : planOf(advice)
  if (plan === null) throw new Error('no plan')
  return { machine, plan }
}

const CARD = given(
  `IOMMU Group 0:
	00:00.0 Host bridge [0600]: Intel Corporation 8th Gen Core Processor Host Bridge [8086:3ec2] (rev 07)
IOMMU Group 1:
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	Kernel driver in use: nouveau
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
	Kernel driver in use: snd_hda_intel
`,
  '0000:01:00.0',
)

function text(way: Way, of = CARD, kernel: KernelId = 'linux-6.12'): string {
  return commandsOf(way, { ...of, kernel })
    .map((block) => `${block.file ?? block.title}\n${block.text}`)
    .join('\n\n')
}

describe('the commands for a card with two functions', () => {
  test.each<[Way, string]>([
    [
      'sysfs',
      'modprobe vfio-pci\necho vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override\necho 0000:01:00.0 > /sys/bus/pci/devices/0000:01:00.0/driver/unbind\necho 0000:01:00.0 > /sys/bus/pci/drivers_probe',
    ],
    ['sysfs', "Undo\necho '' > /sys/bus/pci/devices/0000:01:00.0/driver_override"],
    ['sysfs', 'lspci -nnk -s 0000:01:00.0\nlspci -nnk -s 0000:01:00.1\nls -l /dev/vfio/1'],
    ['driverctl', 'driverctl set-override 0000:01:00.0 vfio-pci\ndriverctl set-override 0000:01:00.1 vfio-pci'],
    ['driverctl', 'driverctl unset-override 0000:01:00.1'],
    [
      'boot',
      '/etc/modprobe.d/vfio.conf\noptions vfio-pci ids=10de:1c03,10de:10f1\nsoftdep nouveau pre: vfio-pci\nsoftdep snd_hda_intel pre: vfio-pci',
    ],
    ['boot', 'intel_iommu=on iommu=pt'],
    ['boot', 'update-initramfs -u'],
    [
      'qemu',
      '-device pcie-root-port,id=card1,slot=1 \\\n-device vfio-pci,host=0000:01:00.0,bus=card1,addr=00.0,multifunction=on \\\n-device vfio-pci,host=0000:01:00.1,bus=card1,addr=00.1',
    ],
    [
      'libvirt',
      "<hostdev mode='subsystem' type='pci' managed='yes'>\n  <source>\n    <address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>",
    ],
  ])('%s: %j', (way, expected) => expect(text(way)).toContain(expected))

  test('with an iommufd', () => {
    expect(text('qemu', CARD, 'linux-6.12-iommufd')).toContain('-object iommufd,id=iommufd0')
    expect(text('qemu', CARD, 'linux-6.12-iommufd')).toContain('host=0000:01:00.0,iommufd=iommufd0')
    expect(text('qemu')).not.toContain('iommufd')
  })

  test('the script is the plan, write by write', () => {
    const lines = text('sysfs').split('\n')
    for (const { value, path } of [...bindingWrites(CARD.plan), ...undoWrites(CARD.plan)]) {
      expect(lines).toContain(`echo ${value === '' ? "''" : value} > ${path}`)
    }
  })
})

test('of two identical cards one is chosen by address', () => {
  const twins = given(
    readFileSync(new URL('../../machines/fixtures/find-skylake-two-r7-240-01.txt', import.meta.url), 'utf8'),
    '0000:01:00.0',
  )
  const advised = { ...twins, plan: { ...twins.plan, byAddress: true } }
  expect(text('boot', advised)).not.toContain('ids=')
  expect(text('boot', advised)).toContain('driverctl set-override 0000:01:00.0 vfio-pci')
})

test('a function whose driver is not told is unbound only if it has one', () => {
  const of = given(
    'IOMMU Group 1:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [10de:1c03]\n',
    '0000:01:00.0',
  )
  const path = '/sys/bus/pci/devices/0000:01:00.0/driver/unbind'
  expect(text('sysfs', of)).toContain(`[ ! -e ${path} ] || echo 0000:01:00.0 > ${path}`)
})

test('a driver’s name out of a listing stays one word of the script', () => {
  const [first] = CARD.plan.restore
  if (first === undefined) throw new Error('nothing to restore')
  // A stub, so that undoing writes its name.
  const plan: Plan = { ...CARD.plan, restore: [{ f: first.f, driver: 'pci-stub' }], rivals: ["x'; rm -rf /"] }
  expect(text('sysfs', { ...CARD, plan })).toContain('echo pci-stub > ')
  expect(text('boot', { ...CARD, plan })).not.toContain('rm -rf')
})
