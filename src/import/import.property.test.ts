import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { readScenario } from '../scenario/document/read.ts'
import { machineFromImport } from './from-import.ts'
import { importListing, importPastes } from './index.ts'
import { mutated, SNIPPETS } from './mutate.test-helper.ts'
import { silentLines } from './silent.test-helper.ts'
import type { ImportResult } from './result.ts'

// Many texts, on a machine that may be busy: not a matter of time.
vi.setConfig({ testTimeout: 120_000 })

const everything = ['./fixtures/', './fixtures/reports/'].flatMap((path) => {
  const folder = new URL(path, import.meta.url)
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
})
const texts = everything.filter((text) => text.length < 8000)

const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7]$/

/** What must hold of every result, whatever was pasted. */
function expectSound(result: ImportResult): void {
  const addresses = Object.keys(result.devices)
  for (const bdf of addresses) expect(bdf).toMatch(ADDRESS)
  const members = Object.values(result.groups).flat()
  expect(new Set(members).size, 'nobody is in two groups').toBe(members.length)
  for (const bdf of members) expect(result.devices).toHaveProperty([bdf])
  for (const group of Object.keys(result.groups)) expect(group).toMatch(/^\d{1,6}$/)
  for (const [bdf, parent] of Object.entries(result.parents ?? {})) {
    expect(result.devices).toHaveProperty([bdf])
    if (parent !== null) expect(result.devices[parent]?.bridge).toBe(true)
    expect(parent).not.toBe(bdf)
  }
  for (const device of Object.values(result.devices)) {
    if (device.driver !== null) expect(device.driverKnown).toBe(true)
    for (const digits of [device.class, device.vendor, device.device]) {
      if (digits !== null) expect(digits).toMatch(/^[0-9a-f]{4}$/)
    }
  }
  expect(result.warnings.length).toBeLessThanOrEqual(200)
  if (addresses.length > 0) expect(result.format).not.toBe('')
}

test('every line with an address is read, or listed as passed over', () => {
  for (const text of everything) expect(silentLines(text, importListing(text))).toEqual([])
})

test.each([
  'IOMMU group 12: (see [8086:1901] 00:01.0/01:00.0)',
  '### Group 5 ### <b>01:00.0</b>Subsystem',
  'cell<br>10000:e1:00.0<br>Subsystem: x',
  'Device-1: NVIDIA GM204 driver: nvidia bus-ID: 01:00.0\n   physical id: 0\n   bus info: pci@0000:17:00.0',
  'Device-1: NVIDIA GM204 driver: nvidia bus-ID: 01:00.0\n   vendor: not 02:00.0',
  'Device-1: NVIDIA [Gevfio 0000:01:00.0: x]\n   bus-ID: 01:00.0 chip-ID: 10de:2206',
  'Device-1: NVIDIA GM204 bus-ID: 01:00.0\n   03:00.0 Ethernet controller [0200]: Intel I211 [8086:1539]',
  '<device>\n  <name>pci_0000_80:61:00.1 -> ../../0000:61:00.1/\n',
])('nor of %j', (text) => {
  expect(silentLines(text, importListing(text))).toEqual([])
})

test('of a damaged text as well', () => {
  const lost = Array.from({ length: 200 }, (_, seed) => {
    const text = mutated(texts[seed % texts.length] ?? '', texts, seed)
    return silentLines(text, importListing(text))
  })
  expect(lost.flat()).toEqual([])
})

test('no text breaks the importer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
      expect(() => expectSound(importListing(text))).not.toThrow()
    }),
    {
      numRuns: 300,
    },
  )
})

test('no heap of pieces of listings breaks it', () => {
  const heap = fc.array(fc.constantFrom(...SNIPPETS), { maxLength: 60 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(heap, (text) => {
      expect(() => expectSound(importListing(text))).not.toThrow()
    }),
    { numRuns: 600 },
  )
})

test('no damaged listing breaks it, and every result makes a machine', () => {
  const damaged = fc.record({ text: fc.constantFrom(...texts), seed: fc.nat() })
  fc.assert(
    fc.property(damaged, ({ text, seed }) => {
      const result = importListing(mutated(text, texts, seed))
      expectSound(result)
      if (Object.keys(result.devices).length === 0) return
      const machine = machineFromImport(result, 'x')
      const reading = readScenario({ title: '', machine, kernel: 'linux-5.10', ops: [], cursor: 0 })
      expect(reading).toMatchObject({ ok: true })
    }),
    { numRuns: 300 },
  )
})

test('the same text twice says the same as once', () => {
  const wanted = ({ groups, devices }: ImportResult): unknown => ({ groups, devices: Object.keys(devices) })
  for (const text of texts) {
    expect(wanted(importPastes([text, text]))).toEqual(wanted(importListing(text)))
  }
})
