import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeMachine, encodeMachine, readMachineDocument, type MachineDocument } from './machine-document.ts'

const DOCUMENT: MachineDocument = {
  pastes: [{ name: 'Paste 1', text: 'IOMMU Group 1:\n\t01:00.0 VGA “ü” …' }],
  wanted: '0000:01:00.0',
  drivers: { '0000:01:00.0': 'vfio-pci', '0000:01:00.1': null },
  groups: { '0000:01:00.1': '9' },
  classes: { '0000:01:00.0': '0300' },
  system: 'proxmox',
  kernel: 'linux-6.1',
}

test('what is sent is read again', () => {
  expect(decodeMachine(`#${encodeMachine(DOCUMENT) ?? ''}`)).toEqual(DOCUMENT)
})

test('a text that is too long has no link', () => {
  const text = Array.from({ length: 40_000 }, (_, index) => (index * 2_654_435_761) % 1_000_003).join(' ')
  expect(encodeMachine({ ...DOCUMENT, pastes: [{ name: 'x', text }] })).toBeUndefined()
})

test('damaged links and documents are no machine, and nothing throws', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(200), (junk, at) => {
      const good = `#${encodeMachine(DOCUMENT) ?? ''}`
      expect(() => decodeMachine(`#m1.${junk}`)).not.toThrow()
      expect(() => decodeMachine(good.slice(0, at) + junk + good.slice(at + 1))).not.toThrow()
    }),
    { numRuns: 200 },
  )
})

test('values that are none of ours are left out', () => {
  const odd = {
    ...DOCUMENT,
    drivers: { x: 'a', '0000:01:00.0': '$(id)' },
    groups: { '0000:01:00.0': 'x' },
    system: 'dos',
  }
  expect(readMachineDocument(odd)).toMatchObject({ drivers: {}, groups: {}, system: null })
})
