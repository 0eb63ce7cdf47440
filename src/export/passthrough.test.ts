import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { adviceFor } from '../adviser/advice.ts'
import { bindingOps, planOf, undoOps, type Plan } from '../adviser/plan.ts'
import { SITUATIONS } from '../adviser/situations.test-helper.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'
import type { KernelId } from '../sim/kernel.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Machine } from '../sim/machine.ts'
import type { Op } from '../sim/op.ts'
import { sheetsFor } from './passthrough.ts'
import { comment, quoted } from './shell.ts'

function planned(text: string, bdf: string): { machine: Machine; plan: Plan } {
  const machine = machineFromImport(importListing(text), 'x')
  const advice = adviceFor(machine, bdf)
  const plan = advice === null ? null : planOf(advice)
  if (plan === null) throw new Error('no plan')
  return { machine, plan }
}

/** What each sheet says, as `title: text` of its blocks. */
function texts(text: string, bdf: string, id: KernelId = 'linux-6.1'): Map<string, string> {
  const { machine, plan } = planned(text, bdf)
  const kernel = kernelById(id)
  if (kernel === undefined) throw new Error('no kernel')
  return new Map(
    sheetsFor(plan, machine, kernel).map((sheet) => [
      sheet.id,
      [sheet.about, ...sheet.blocks.map((each) => `== ${each.title}\n${each.text}`)].join('\n'),
    ]),
  )
}

const GPU = `IOMMU Group 0:
	00:00.0 Host bridge [0600]: Intel Corporation Xeon E3-1200 v5 [8086:1918] (rev 07)
IOMMU Group 1:
	00:01.0 PCI bridge [0604]: Intel Corporation Xeon E3-1200 v5 PCIe Controller (x16) [8086:1901] (rev 07)
	Kernel driver in use: pcieport
	01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] [10de:1c03] (rev a1)
	Kernel driver in use: nvidia
	01:00.1 Audio device [0403]: NVIDIA Corporation GP106 High Definition Audio Controller [10de:10f1] (rev a1)
	Kernel driver in use: snd_hda_intel
`
const TWINS = readFileSync(new URL('../import/fixtures/find-skylake-two-r7-240-01.txt', import.meta.url), 'utf8')

test('a graphics card with its audio', () => {
  const sheets = texts(GPU, '0000:01:00.0')
  expect([...sheets.keys()]).toEqual(['driverctl', 'sysfs', 'boot', 'virsh', 'qemu', 'libvirt'])
  expect(sheets.get('driverctl')).toContain('driverctl set-override 0000:01:00.1 vfio-pci')
  expect(sheets.get('driverctl')).toContain('driverctl unset-override 0000:01:00.0')
  expect(sheets.get('sysfs')).toContain('echo vfio-pci > /sys/bus/pci/devices/0000:01:00.0/driver_override')
  expect(sheets.get('sysfs')).toContain('systemctl stop display-manager')
  expect(sheets.get('boot')).toContain('options vfio-pci ids=10de:1c03,10de:10f1')
  expect(sheets.get('boot')).toContain('softdep nvidia pre: vfio-pci')
  expect(sheets.get('boot')).toContain('softdep nouveau pre: vfio-pci')
  expect(sheets.get('boot')).toContain('intel_iommu=on')
  expect(sheets.get('virsh')).toContain('virsh nodedev-detach pci_0000_01_00_0')
  expect(sheets.get('qemu')).toContain('-device vfio-pci,host=0000:01:00.0,bus=rp1,addr=0x0.0,multifunction=on')
  expect(sheets.get('libvirt')).toContain(`<address domain='0x0000' bus='0x01' slot='0x00' function='0x1'/>`)
  for (const text of sheets.values()) expect(text).not.toMatch(/00:01\.0|undefined|null/)
})

test('through an iommufd', () => {
  const text = texts(GPU, '0000:01:00.0', 'linux-6.12-iommufd').get('qemu')
  expect(text).toContain('-object iommufd,id=iommufd0')
  expect(text).toContain('host=0000:01:00.1,iommufd=iommufd0')
})

test('under Xen its own sheet alone, which a shell reads', () => {
  const { machine, plan } = planned(GPU, '0000:01:00.0')
  const kernel = kernelById('linux-6.12')
  const [sheet, ...others] = kernel === undefined ? [] : sheetsFor(plan, machine, kernel, 'xen')
  expect(others).toEqual([])
  const text = sheet?.blocks.map((each) => each.text).join('') ?? ''
  expect(text).toContain('xl pci-assignable-add 0000:01:00.1')
  expect(text).toContain('xen-pciback.hide=(0000:01:00.0)(0000:01:00.1)')
  expect(text).toContain('pci = [ "0000:01:00.0", "0000:01:00.1" ]')
  expect(text).toContain('xl pci-assignable-remove -r 0000:01:00.0')
  expect(text).not.toMatch(/vfio/)
  const scripts = sheet?.blocks.filter(({ title }) => !title.includes('configuration')).map((each) => each.text) ?? []
  expect(spawnSync('sh', ['-n'], { input: scripts.join('\n') }).status).toBe(0)
})

test('identical cards go by address', () => {
  const boot = texts(TWINS, '0000:01:00.0').get('boot') ?? ''
  expect(boot).not.toContain('ids=1')
  expect(boot).toMatch(/KERNEL=="0000:01:00\.0", ATTR\{driver_override\}="vfio-pci"/)
  expect(boot).toContain('have the same ids')
})

/** The script's writes as operations again. */
function opsOf(script: string): Op[] {
  return script.split('\n').flatMap((line): Op[] => {
    const [, value = '', file = ''] = /echo ?(\S*) > (\S+)$/.exec(line) ?? []
    const bdf = /devices\/([^/]+)\//.exec(file)?.[1] ?? ''
    if (file.endsWith('/driver_override')) return [{ op: 'driver_override', device: bdf, driver: value }]
    if (file.endsWith('/driver/unbind') && value === bdf) return [{ op: 'unbind', device: bdf }]
    if (file === '/sys/bus/pci/drivers_probe') return [{ op: 'drivers_probe', device: value }]
    return []
  })
}

describe.each(SITUATIONS.map((each) => [each.number, each] as const))('situation %i', (_, { text, device }) => {
  const { machine, plan } = planned(text, `0000:${device}`)
  const kernel = kernelById('linux-6.1')
  const sheets = kernel === undefined ? [] : sheetsFor(plan, machine, kernel)

  test('the script makes the writes that are simulated, and no others', () => {
    const blocks = sheets.find(({ id }) => id === 'sysfs')?.blocks ?? []
    const of = (title: string): string => blocks.find((each) => each.title === title)?.text ?? ''
    expect(opsOf(of('Bind'))).toEqual(bindingOps(plan))
    expect(opsOf(of('Back again'))).toEqual(undoOps(plan))
  })

  test('a shell reads all of it', () => {
    const scripts = sheets
      .filter(({ id }) => id === 'driverctl' || id === 'sysfs' || id === 'virsh' || id === 'qemu')
      .flatMap(({ blocks }) => blocks.map((each) => each.text))
    const { status, stderr } = spawnSync('sh', ['-n'], { input: scripts.join('\n'), encoding: 'utf8' })
    expect([status, stderr]).toEqual([0, ''])
  })
})

test.each([
  ['vfio-pci', 'vfio-pci'],
  ['0000:01:00.0', '0000:01:00.0'],
  ['a b', "'a b'"],
  ["a'; rm -rf /", String.raw`'a'\''; rm -rf /'`],
  ['', "''"],
])('quoted %s', (word, expected) => expect(quoted(word)).toBe(expected))

test('a comment stays one line', () => {
  expect(comment('a\nrm -rf /\u2028b\r\u0000c')).toBe('# a rm -rf / b c')
})
