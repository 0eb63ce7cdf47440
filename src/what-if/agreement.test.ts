import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { agreementOf, type Agreement, type Cause } from './agreement.ts'
import { withFormedGroups } from './formed-groups.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'

const folder = new URL('../import/fixtures/', import.meta.url)
const machines = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file): [string, Machine] => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    return [file.slice(0, -4), machineFromImport(importListing(text), file)]
  })
const compared = machines.flatMap(([name, machine]): [string, Agreement][] => {
  const agreement = agreementOf(machine, { iommu: 'nopt' })
  return agreement === null || agreement.groups === 0 ? [] : [[name, agreement]]
})

/** Every difference between what real kernels reported and what forms, over all listings that have groups. */
const DIFFERENCES: Readonly<Record<string, readonly Cause[]>> = {
  // Two texts about one board, from the discussion of a patch series for Linux in 2025. Port 00:1c.0 has no ACS, its
  // neighbours 00:1c.1 to 00:1c.3 have it switched on. The releases here ask pair by pair, so only functions that lack ACS
  // share a group; the kernel of the listing takes a slot as a whole, so all four ports, and all behind them, are in one.
  'acs-path-alderlake-raptorpch-01': ['whole-slot'],
  'lspci-vvv-alderlake-root-ports-acs-01': ['whole-slot'],
  // Three lines of a kernel log that somebody filtered by the group's number: the root port that joins them is not there.
  'dmesg-agilio-group-grep-error-01': ['not-listed'],
  // Groups were made here when drivers probed, not in scan order: the two physical functions came before their root
  // port and got groups of their own; the port, which does not isolate, got the next; the virtual functions, made long
  // after boot, joined the port's.
  'dmesg-arm-d05-multidomain-01': ['probe-order'],
  // Sunrise Point's ports isolate by a quirk (pci_quirk_intel_spt_pch_acs: their ACS registers stand where the standard
  // does not have them), which lspci does not know: it prints the control bits as off. Two slots of ports.
  'lspci-vvv-surface-kabylake-u-01': ['port-quirk', 'port-quirk'],
}

test('every difference has a cause that is known', () => {
  const found = Object.fromEntries(
    compared.flatMap(([name, { differences }]) =>
      differences.length === 0 ? [] : [[name, differences.map(({ cause }) => cause)]],
    ),
  )
  expect(found).toEqual(DIFFERENCES)
})

test('listings that tell tree and ACS: the agreement, printed', () => {
  const told = compared.filter(([, { acsTold }]) => acsTold > 0)
  const rows = told.map(([name, { groups, same, acsTold, acsGuessed, differences }]) =>
    [
      name.padEnd(40),
      `${same} of ${groups} groups form`.padEnd(24),
      `ACS told of ${acsTold}, guessed of ${acsGuessed}`.padEnd(32),
      [...new Set(differences.map(({ cause }) => cause))].join(', '),
    ].join('  '),
  )
  const all = compared.reduce((sum, [, { groups }]) => sum + groups, 0)
  const same = compared.reduce((sum, [, agreement]) => sum + agreement.same, 0)
  console.log([...rows, `all ${compared.length} listings with groups: ${same} of ${all} groups form`].join('\n'))
  expect(rows.length).toBeGreaterThan(5)
  expect(same / all).toBeGreaterThan(0.98)
})

test('what explains a difference is kept when groups form: then the same groups come of it', () => {
  const left = machines.flatMap(([name, machine]) => {
    const { reported, ...formed } = withFormedGroups(machine)
    const after = agreementOf({ ...formed, ...(reported === undefined ? {} : { groups: reported }) }, { iommu: 'nopt' })
    return after === null || after.differences.length === 0 ? [] : [name]
  })
  // No property of a function explains the order of a boot, or a bridge that is not listed.
  expect(left).toEqual(['dmesg-agilio-group-grep-error-01', 'dmesg-arm-d05-multidomain-01'])
})

describe('causes', () => {
  const port = (bdf: string, more: Partial<PciFunction> = {}): PciFunction => ({
    bdf,
    kind: 'rp',
    bridge: true,
    parent: null,
    multifunction: false,
    acsCap: null,
    driver: 'pcieport',
    native: 'pcieport',
    ...more,
  })
  const card = (bdf: string, parent: string | null, more: Partial<PciFunction> = {}): PciFunction => ({
    ...port(bdf, { kind: 'ep', bridge: false, parent, driver: null, native: null }),
    ...more,
  })
  const A = '0000:00:01.0'
  const B = '0000:01:00.0'
  const C = '0000:01:00.1'
  const twins = (more: Partial<PciFunction>): PciFunction[] => [
    port(A, { acsCap: ['SV', 'RR', 'CR', 'UF'] }),
    card(B, A, { multifunction: true, ...more }),
    card(C, A, { multifunction: true, ...more }),
  ]
  const causes = (devices: readonly PciFunction[], ...groups: readonly (readonly string[])[]): readonly Cause[] => {
    const machine = { id: 'x', title: 'x', devices, groups: Object.fromEntries(groups.map((own, id) => [id, own])) }
    return agreementOf(machine, { iommu: 'nopt' })?.differences.map(({ cause }) => cause) ?? []
  }
  test.each<[string, readonly PciFunction[], readonly (readonly string[])[], readonly Cause[]]>([
    ['none', twins({}), [[A], [B, C]], []],
    ['the option by port', [port(A), card(B, A)], [[A], [B]], ['override']],
    ['a port of the chipset', [port(A, { vendor: '8086', device: 'a110' }), card(B, A)], [[A], [B]], ['port-quirk']],
    ['the option by function', twins({}), [[A], [B], [C]], ['override']],
    ['a quirk of functions', twins({ acsCap: ['SV'], acsCtrl: [] }), [[A], [B], [C]], ['quirk']],
    ['ACS that nobody switched on', [port(A, { acsCap: ['RR'], assumed: ['acs'] }), card(B, A)], [[A, B]], ['acs-off']],
    ['one requester ID', twins({ acsCap: [] }), [[A], [B, C]], ['alias']],
    [
      'nothing that anybody knows',
      [port(A), card(B, A), port('0000:00:02.0')],
      [[A, '0000:00:02.0'], [B]],
      ['unknown'],
    ],
  ])('%s', (_, devices, groups, expected) => {
    expect(causes(devices, ...groups)).toEqual(expected)
  })

  test('no groups reported, nothing to compare', () => {
    expect(agreementOf({ id: 'x', title: 'x', devices: [port(A)] }, { iommu: 'nopt' })).toBeNull()
  })
})
