import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { importListing } from './index.ts'
import type { ImportResult } from './result.ts'

/** Machines, and reports of people who asked for help; the reports' expected files judge less. */
const FOLDERS = {
  machines: new URL('./fixtures/', import.meta.url),
  reports: new URL('./fixtures/reports/', import.meta.url),
}
const KEYS = ['groups', 'parents', 'nonPciMembers', 'unnumberedGroups', 'alternatives', 'errors']

function namesIn(folder: URL, ending: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(ending))
    .map((file) => file.slice(0, -ending.length))
}

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
  expect(namesIn(FOLDERS.machines, '.txt')).toHaveLength(85)
  expect(namesIn(FOLDERS.reports, '.txt')).toHaveLength(15)
})

function read(folder: URL, name: string): { result: ImportResult; expected: Record<string, unknown> } {
  const parsed: unknown = JSON.parse(readFileSync(new URL(`${name}.expected.json`, folder), 'utf8'))
  return { result: importListing(readFileSync(new URL(`${name}.txt`, folder), 'utf8')), expected: record(parsed) }
}

/** The devices as read, as far as the expected file judges them, and as they should be. */
function devicesOf(result: ImportResult, expected: Record<string, unknown>): { actual: unknown; wanted: unknown } {
  const devices = record(expected['devices'])
  const addresses = Object.keys(result.devices).sort()
  const actual = Object.entries(devices).map(([bdf, device]): [string, unknown] => [
    bdf,
    comparable(device, result.devices[bdf]),
  ])
  const wanted = Object.entries(devices).map(([bdf, device]): [string, unknown] => [
    bdf,
    fill(device, result.devices[bdf]),
  ])
  return {
    actual: { addresses, devices: Object.fromEntries(actual) },
    wanted: { addresses: Object.keys(devices).sort(), devices: Object.fromEntries(wanted) },
  }
}

describe.each(namesIn(FOLDERS.machines, '.txt'))('%s', (name) => {
  const { result, expected } = read(FOLDERS.machines, name)

  test.each(KEYS)('%s', (key) => {
    expect(record(result)[key]).toEqual(expected[key])
  })

  test('devices', () => {
    const { actual, wanted } = devicesOf(result, expected)
    expect(actual).toEqual(wanted)
  })

  test('format', () => {
    const found = result.format.split('+').map((format) => format.replace(/^error$/, 'qemu-error'))
    const wanted = String(expected['format'])
      .split('+')
      .map((format) => format.replace(/^error$/, 'qemu-error'))
    expect(found).toEqual(expect.arrayContaining(wanted))
  })
})

describe.each(namesIn(FOLDERS.reports, '.expected.json'))('report %s', (name) => {
  const { result, expected } = read(FOLDERS.reports, name)

  test.each(KEYS.filter((key) => key in expected))('%s', (key) => {
    expect(record(result)[key]).toEqual(expected[key])
  })

  test('devices', () => {
    const { actual, wanted } = devicesOf(result, expected)
    expect(actual).toEqual(wanted)
  })
})
