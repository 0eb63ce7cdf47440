import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importListing } from './index.ts'

const folder = new URL('./fixtures/', import.meta.url)
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => file.slice(0, -'.txt'.length))

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** Where the expected file has null, the text does not say and the importer may know better; all else must be equal. */
function fill(expected: unknown, actual: unknown): unknown {
  if (!isRecord(expected)) return expected
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => [key, value === null ? record(actual)[key] : value]),
  )
}

/** Of the importer's devices the keys that the expected file has, and whether the driver is known. */
function comparable(expected: unknown, actual: unknown): unknown {
  const keys = [...Object.keys(record(expected)), 'driverKnown']
  return Object.fromEntries(keys.flatMap((key) => (key in record(actual) ? [[key, record(actual)[key]]] : [])))
}

test('all fixtures are there', () => {
  expect(names).toHaveLength(85)
})

describe.each(names)('%s', (name) => {
  const text = readFileSync(new URL(`${name}.txt`, folder), 'utf8')
  const parsed: unknown = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8'))
  const expected = record(parsed)
  const result = importListing(text)

  test.each(['groups', 'parents', 'nonPciMembers', 'unnumberedGroups', 'alternatives', 'errors'])('%s', (key) => {
    expect(record(result)[key]).toEqual(expected[key])
  })

  test('devices', () => {
    const devices = record(expected['devices'])
    expect(Object.keys(result.devices).sort()).toEqual(Object.keys(devices).sort())
    const actual = Object.entries(devices).map(([bdf, device]) => [bdf, comparable(device, result.devices[bdf])])
    const wanted = Object.entries(devices).map(([bdf, device]) => [bdf, fill(device, result.devices[bdf])])
    expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(wanted))
  })

  test('format', () => {
    const found = result.format.split('+').map((format) => format.replace(/^error$/, 'qemu-error'))
    const wanted = String(expected['format'])
      .split('+')
      .map((format) => format.replace(/^error$/, 'qemu-error'))
    expect(found).toEqual(expect.arrayContaining(wanted))
  })
})
