import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeStorage } from '../store/fake-store.test-helper.ts'
import { keptIn } from '../store/kept.ts'
import {
  decodeMachine,
  encodeMachine,
  keepMachine,
  keptMachine,
  readMachineDocument,
  type MachineDocument,
} from './machine-document.ts'

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

const shelves = (session = new FakeStorage(), local = new FakeStorage()) => ({
  session: keptIn(session),
  kept: keptIn(local),
})

test('two tabs with a machine each keep their own over a reload; a new tab finds the last one', () => {
  const local = new FakeStorage()
  const [a, b] = [shelves(new FakeStorage(), local), shelves(new FakeStorage(), local)]
  const other = { ...DOCUMENT, wanted: '0000:02:00.0' }
  expect(keepMachine(DOCUMENT, a)).toBe(true)
  expect(keepMachine(other, b)).toBe(true)
  expect(keptMachine(a)).toEqual(DOCUMENT)
  expect(keptMachine(b)).toEqual(other)
  expect(keptMachine(shelves(new FakeStorage(), local))).toEqual(other)
  keepMachine(null, b)
  expect(keptMachine(a)).toEqual(DOCUMENT)
  expect(keptMachine(b)).toBeNull()
})

test.each(['full', 'forbidden'] as const)('a storage that is %s does not keep a machine, and says so', (how) => {
  const local = new FakeStorage()
  if (how === 'full') local.room = 0
  else local.forbidden = true
  const places = shelves(new FakeStorage(), local)
  expect(keepMachine(DOCUMENT, places)).toBe(false)
  expect(keptMachine(places)).toEqual(DOCUMENT)
})

test('a text that is too long is not kept', () => {
  const long = { ...DOCUMENT, pastes: [{ name: 'x', text: 'x'.repeat(1_000_001) }] }
  expect(keepMachine(long, shelves())).toBe(false)
})

test.each(['', '{', '7', '[]', '{"pastes":7}', '{"pastes":[{"name":1}]}'])(
  'what is damaged is no machine: %s',
  (text) => {
    const local = new FakeStorage()
    local.setItem('iommu-playground.machine.v1', text)
    expect(keptMachine(shelves(new FakeStorage(), local))).toBeNull()
  },
)
