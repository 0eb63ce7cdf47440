import { expect, test } from 'vitest'
import { isParameter, PARAMETERS, printParameters, readParameters, type Parameter } from './parameters.ts'

/** One value for each, none of them the default. */
const VALUES = {
  from: 'boot',
  actors: 'user',
  processes: 'qemu,other',
  devices: '0000:01:00.0,0000:01:00.1',
  drivers: 'native,vfio-pci',
  names: 'device=2,group=1',
  ranges: '0+2097152,4096+4096',
  types: 'type1',
  with: 'exit',
  without: 'map_dma,unmap_dma',
  waiting: '2',
  states: '1000',
  memory: '64',
  depth: '9',
  symmetry: 'off',
} as const satisfies Record<Parameter, string>

test('what is written is read again', () => {
  const given = new Map(Object.entries(VALUES).flatMap(([key, value]) => (isParameter(key) ? [[key, value]] : [])))
  expect(given.size).toBe(Object.keys(PARAMETERS).length)
  expect(Object.fromEntries(printParameters(readParameters(given)))).toEqual(VALUES)
})

test('every setting says what it wants and what it is for', () => {
  const texts: readonly string[] = Object.values(PARAMETERS).flat()
  expect(texts.filter((text) => text === '')).toEqual([])
})

test('nothing given: the defaults, of which nothing is written', () => {
  expect(printParameters(readParameters(new Map()))).toEqual([])
})

test.each<[Parameter, string, string]>([
  ['from', 'there', 'wants here or boot, not there'],
  ['actors', 'root', 'wants user or admin, not root'],
  ['names', 'group', 'wants KIND=N with N at most 16, not group'],
  ['names', 'container=999', 'wants KIND=N with N at most 16, not container=999'],
  ['names', 'file=2', 'wants container or group or device or iommufd or ioas or hwpt, not file'],
  ['ranges', '4096', 'wants IOVA+SIZE, not 4096'],
  ['drivers', 'native,$(id)', 'wants names of letters, digits and . _ -, not $(id)'],
  ['types', 'type1;id', 'wants names of letters, digits and . _ -, not type1;id'],
  ['devices', '01:00.0 && id', 'wants addresses, not 01:00.0 && id'],
  ['without', 'mmap', 'wants operations, not mmap'],
  ['states', '-1', 'wants a whole number, not -1'],
  ['symmetry', 'yes', 'wants on or off, not yes'],
])('--%s %s', (key, value, words) => {
  expect(() => readParameters(new Map([[key, value]]))).toThrow(words)
})
