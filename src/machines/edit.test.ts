import { describe, expect, test } from 'vitest'
import { readScenario } from '../scenario/scenario.ts'
import type { Machine } from '../sim/machine.ts'
import { withDriver, withDrivers } from './edit.ts'
import { machineFromImport } from './from-import.ts'
import { importListing } from './import/index.ts'

const BDF = '0000:01:00.0'

function listed(): Machine {
  const text = 'IOMMU Group 1:\n01:00.0 Ethernet controller [0200]: Intel Corporation I210 [8086:1533]'
  return machineFromImport(importListing(text), 'x')
}

function device(machine: Machine): unknown {
  const [f] = machine.devices
  return f === undefined ? undefined : { driver: f.driver, native: f.native, assumed: f.assumed ?? [] }
}

describe('the driver of a function', () => {
  test('as listed', () => {
    expect(device(listed())).toEqual({ driver: '?', native: 'igb', assumed: ['kind', 'parent', 'acs', 'driver'] })
  })
  test.each([
    ['igb', { driver: 'igb', native: 'igb' }],
    ['my_driver', { driver: 'my_driver', native: 'my_driver' }],
    ['vfio-pci', { driver: 'vfio-pci', native: 'igb' }],
    [null, { driver: null, native: 'igb' }],
  ])('%s: no longer assumed', (driver, expected) => {
    const changed = withDriver(listed(), BDF, driver)
    expect(device(changed)).toEqual({ ...expected, assumed: ['kind', 'parent', 'acs'] })
    expect(readScenario({ machine: changed, kernel: 'linux-5.10', ops: [], cursor: 0 }).ok).toBe(true)
  })
  test('and unknown again', () => {
    const machine = listed()
    expect(device(withDriver(withDriver(machine, BDF, null), BDF, '?'))).toEqual(device(machine))
  })
  test('what changes nothing is the same machine', () => {
    const machine = listed()
    expect(withDriver(machine, '0000:09:00.0', null)).toBe(machine)
    expect(withDriver(machine, BDF, '?')).toBe(machine)
    expect(withDrivers(machine, new Map())).toBe(machine)
  })
})
