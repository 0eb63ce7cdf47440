import { describe, expect, test } from 'vitest'
import { readScenario } from '../scenario/document/read.ts'
import type { AcsBit, Machine } from '../sim/machine.ts'
import { withAcs, withDriver, withDrivers } from './edit.ts'
import { withFormedGroups } from './formed-groups.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'

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

describe('ACS of a function', () => {
  const acs = (machine: Machine): unknown => {
    const [f] = machine.devices
    return { cap: f?.acsCap, ctrl: f?.acsCtrl, quirk: f?.acsQuirk, assumed: f?.assumed }
  }
  const others = ['kind', 'parent', 'driver']
  test.each<[string, readonly AcsBit[] | null, readonly AcsBit[], object]>([
    ['all on', ['SV', 'RR', 'CR', 'UF'], ['SV', 'RR', 'CR', 'UF'], { cap: ['SV', 'RR', 'CR', 'UF'] }],
    ['some off', ['SV', 'RR'], ['SV'], { cap: ['SV', 'RR'], ctrl: ['SV'] }],
    ['none', null, ['SV'], { cap: null }],
    ['on without the capability counts for nothing', ['SV'], ['SV', 'UF'], { cap: ['SV'] }],
  ])('%s', (_, cap, ctrl, expected) => {
    const changed = withAcs(listed(), BDF, cap, ctrl)
    expect(acs(changed)).toEqual({ ctrl: undefined, quirk: undefined, assumed: others, ...expected })
    expect(readScenario({ machine: changed, kernel: 'linux-5.10', ops: [], cursor: 0 }).ok).toBe(true)
  })
  test('takes the place of a quirk', () => {
    const machine = listed()
    const quirky = { ...machine, devices: machine.devices.map((f) => ({ ...f, acsQuirk: true })) }
    expect(acs(withAcs(quirky, BDF, null, []))).toMatchObject({ quirk: undefined })
  })
})

describe('groups that form', () => {
  test('take the place of listed ones, which are kept', () => {
    const machine = listed()
    const { groups, reported } = withFormedGroups(machine)
    expect({ groups, reported }).toEqual({ groups: undefined, reported: machine.groups })
  })
  test('a machine without listed groups is as it was', () => {
    const { groups: _, ...machine } = listed()
    expect(withFormedGroups(machine)).toBe(machine)
  })
})
