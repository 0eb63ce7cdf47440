import { describe, expect, test } from 'vitest'
import { machineById } from '../../machines/index.ts'
import { readAny } from '../../scenario/script/read.ts'
import { LIBRARY } from '../../scenario/library/index.ts'
import { FORM_IDS, FORMS } from './forms.ts'
import { made, played, shipped } from './played.test-helper.ts'

describe('every shipped scenario', () => {
  test.each(FORM_IDS)('has the form %s, or a sentence that says why not', (form) => {
    for (const { scenario } of LIBRARY) {
      const exported = FORMS[form].make(played(scenario))
      if (exported.ok) expect(exported.text).toMatch(/\n$/)
      else expect(exported.words).toMatch(/^[A-Z].*\.$/)
    }
  })

  test('comes back from script, JSON and link', () => {
    for (const { scenario } of LIBRARY) {
      for (const form of ['script', 'json'] as const) {
        const reading = readAny(made(form, scenario))
        expect(reading.ok && reading.scenario).toEqual(scenario)
      }
    }
  })
})

describe('guests', () => {
  // prettier-ignore
  const cases = [
    ['normal-order', 'qemu', /-device vfio-pci,host=0000:01:00\.0/],
    ['siblings-follow', 'qemu', /-object iommufd,id=iommufd0/],
    ['normal-order', 'libvirt', /<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'\/>/],
    ['normal-order', 'proxmox', /qm set "\$VMID" --hostpci0 0000:01:00\.0,pcie=1/],
    ['sibling-not-viable', 'qemu', /^refused: No process of this run gets a device/],
    ['two-groups', 'qemu', /^# Arguments$/m],
  ] as const
  test.each(cases)('%s as %s', (id, form, expected) => expect(made(form, shipped(id))).toMatch(expected))

  test('two processes are two guests', () => {
    expect(made('qemu', shipped('reopened-under-iommufd')).match(/^# the guest that /gm)).toHaveLength(2)
  })

  test('a proposal has none', () => {
    expect(made('qemu', { ...shipped('normal-order'), kernel: 'ioasid-g', ops: [] })).toMatch(
      /^refused: Proposal G is a proposal/,
    )
  })
})

test('a call on an open file is made by the process that has it open', () => {
  // Step 10 names no process: d1 is open in vm-b.
  const call = / vm-b: ioctl d1 VFIO_DEVICE_BIND_IOMMUFD i2 /
  expect(made('mail', shipped('two-iommufds'))).toMatch(call)
  expect(made('shell', shipped('two-iommufds'))).toMatch(call)
  expect(made('c', shipped('two-iommufds'))).toMatch(/"bind_iommufd d1 i2", \.expected = "EPERM", \.process = 2,/)
})

test('a machine of one’s own has no script, and says so', () => {
  const machine = machineById('dual-e1000e')
  if (machine === undefined) throw new Error('there is no such machine')
  expect(made('script', { ...shipped('normal-order'), machine })).toMatch(
    /^refused: A script names a machine that ships/,
  )
})

test('a title of signs that a mail cannot hold is none', () => {
  expect(made('mail', { ...shipped('two-iommufds'), title: '\u0000' })).toMatch(/^Subject: Untitled run\n/)
})
