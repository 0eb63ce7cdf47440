import { expect, test } from 'vitest'
import { ACS_LATE_RELEASES, ALGORITHMS, parseAlgorithm, USUAL_OVERRIDE } from './algorithm.ts'

const said = (text: string): string => {
  const read = parseAlgorithm(text)
  return typeof read === 'string' ? read : [read.id, ...(read.option === '' ? [] : [read.option])].join(' ')
}

test.each<[text: string, expected: string]>([
  ...ALGORITHMS.filter((id) => id !== 'override').map((id): [string, string] => [id, id]),
  ['override', `override ${USUAL_OVERRIDE}`],
  ['pcie_acs_override', `override ${USUAL_OVERRIDE}`],
  ['pcie-acs-override=downstream', 'override downstream'],
  ['acs_override=multifunction, id:8086:1901', 'override multifunction, id:8086:1901'],
  ['override=', 'unknown-option'],
  ['override=downstream,up', 'unknown-option'],
  ['override=id:8086', 'unknown-option'],
  ['override=downstream=x', 'unknown-option'],
  [' Today ', 'linux'],
  ['current', 'linux'],
  ['mainline', 'linux'],
  ['regression', 'acs-late'],
  ['v2', 'series-v2'],
  ['V3', 'series-v3'],
  ['v2=x', 'unknown-name'],
  ['toString', 'unknown-name'],
  ['', 'unknown-name'],
  // Releases.
  ['linux-7.3', 'linux'],
  ['v6.12', 'linux'],
  ['6.12', 'linux'],
  ['6.12.74', 'linux'],
  ['6.12.75', 'acs-late'],
  ['6.12.82-generic', 'acs-late'],
  ['6.12.83', 'linux'],
  ['5.10.252+', 'acs-late'],
  ['5.10.253', 'linux'],
  ['5.15.201', 'linux'],
  ['5.15.202', 'acs-late'],
  ['5.15.203', 'unknown-release'],
  ['6.1.165', 'acs-late'],
  ['6.1.169', 'linux'],
  ['6.6.128', 'acs-late'],
  ['6.6.135', 'linux'],
  ['6.7.128', 'linux'],
  ['6.12.75.1', 'unknown-name'],
])('%j: %s', (text, expected) => expect(said(text)).toBe(expected))

test('the releases with the fault are named', () => {
  expect(ACS_LATE_RELEASES).toEqual(['5.10.252', '5.15.202', '6.1.165', '6.6.128', '6.12.75'])
})
