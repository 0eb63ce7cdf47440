import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupChangeWords } from '../../explain/group-changes.ts'
import { withAcs } from '../../what-if/edit.ts'
import { machineFromImport } from '../../import/from-import.ts'
import { importListing } from '../../import/index.ts'
import { machineById } from '../../machines/index.ts'
import { moveCard, slotsOf } from '../../what-if/move-card.ts'
import { arbitraryScenario } from '../../scenario/document/arbitrary.test-helper.ts'
import { decodeLink, encodeLink } from '../../scenario/link/link.ts'
import { START } from '../../scenario/library/first-visit.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { REQUIRED_ACS } from '../../sim/pci/topology.ts'
import { derive, type Doc } from '../store/document.ts'
import { revised, type WhatIf } from './what-if.ts'

function docOf(scenario: Scenario): Doc {
  return { scenario, branches: [] }
}

/** Does a what-if and says what became of the groups. */
function change(doc: Doc, whatIf: WhatIf): { doc: Doc; words: string } {
  const outcome = revised(doc, derive(doc).run.world, whatIf)
  return { doc: outcome.doc, words: groupChangeWords(outcome.changes).join(' ') }
}

function errnos(doc: Doc): (string | null)[] {
  return derive(doc).run.steps.map(({ result }) => ('errno' in result ? String(result.errno) : null))
}

const start = docOf(START)
const machine = derive(start).machine

describe('ACS on a port', () => {
  test('off merges what is behind it, and on again splits it', () => {
    const off = change(start, { machine: withAcs(machine, '0000:00:02.0', REQUIRED_ACS, []) })
    expect(off.words).toBe('Groups 1 and 3 merged: 00:02.0, 01:00.0 and 01:00.1 are together in group 1 now.')
    const on = change(off.doc, {
      machine: withAcs(derive(off.doc).machine, '0000:00:02.0', REQUIRED_ACS, REQUIRED_ACS),
    })
    expect(on.words).toBe('Group 1 split: 00:02.0 now alone in group 1; 01:00.0 and 01:00.1 in group 3.')
  })

  test('steps follow their group to its new number', () => {
    const off = change(start, { machine: withAcs(machine, '0000:00:02.0', null, []) })
    const opens = off.doc.scenario.ops.flatMap((op) => (op.op === 'open_group' ? op.group : []))
    expect(opens).toEqual(['1'])
    expect(errnos(off.doc)).toEqual(errnos(start))
  })

  test('a machine that ships becomes a copy of its own; the original stays', () => {
    const { scenario } = change(start, { machine: withAcs(machine, '0000:00:02.0', null, []) }).doc
    expect(scenario.machine).toMatchObject({ id: `${machine.id}-changed`, title: `${machine.title}, changed` })
    expect(machineById(machine.id)).toBe(machine)
  })
})

describe('the override', () => {
  test('splits; a group that the run has open is followed to the device that it gets', () => {
    const { doc, words } = change(start, { boot: { iommu: 'nopt', acsOverride: 'multifunction' } })
    expect(words).toBe('Group 3 split: 01:00.0 now alone in group 3; 01:00.1 now alone in group 4.')
    expect(doc.scenario.machine).toBe(START.machine)
    expect(doc.scenario.ops).toContainEqual({ op: 'open_group', by: 'qemu', group: '4', as: 'g1' })
    expect(errnos(doc).filter((errno) => errno !== null)).toEqual([])
  })

  test('questions before steps follow, too', () => {
    const asking = docOf({ ...START, predictions: { '4': { about: 'viable', group: '3' } } })
    const { doc } = change(asking, { boot: { iommu: 'nopt', acsOverride: 'multifunction' } })
    expect(doc.scenario.predictions).toEqual({ '4': { about: 'viable', group: '4' } })
  })

  test('endings that were left follow, too', () => {
    const branches = [{ at: 0, ops: START.ops }]
    const { doc } = change({ scenario: START, branches }, { boot: { iommu: 'nopt', acsOverride: 'multifunction' } })
    expect(doc.branches).toEqual([{ at: 0, ops: doc.scenario.ops }])
  })
})

describe('a card that moves', () => {
  const moving = docOf({ ...START, machine: 'two-singletons', ops: [], cursor: 0, notes: {} })
  const from = derive(moving).machine

  test('takes its steps along', () => {
    const [a, b] = slotsOf(from).filter(({ card }) => card.length > 0)
    const bdf = a?.card[0]?.bdf ?? ''
    const other = b?.card[0]?.bdf ?? ''
    const move = moveCard(from, a?.port.bdf ?? '', b?.port.bdf ?? '')
    if (!move.ok) throw new Error(move.reason)
    const doc = {
      ...moving,
      scenario: { ...moving.scenario, ops: [{ op: 'unbind', device: bdf } as const], cursor: 1 },
    }
    const after = change(doc, { machine: move.machine, moved: move.moved })
    expect(after.doc.scenario.ops).toEqual([{ op: 'unbind', device: other }])
    expect(after.words).toMatch(/^\S+ is \S+ now, alone in group \d+\. \S+ is \S+ now, alone in group \d+\.$/)
    expect(errnos(after.doc)).toEqual([null])
  })
})

describe('a listing with groups', () => {
  const text = readFileSync(
    new URL('../../import/fixtures/lspci-vvnn-imac-titanridge-root-01.txt', import.meta.url),
    'utf8',
  )
  const listed = docOf({
    ...START,
    machine: machineFromImport(importListing(text), 'iMac'),
    ops: [],
    cursor: 0,
    notes: {},
  })

  test('has its groups computed from the first change on, and keeps what was reported', () => {
    const before = derive(listed).machine
    const { doc, words } = change(listed, { boot: { iommu: 'nopt', acsOverride: 'downstream' } })
    const after = derive(doc).machine
    expect(after.groups).toBeUndefined()
    expect(after.reported).toEqual(before.groups)
    expect(words).toContain('Group 1 split')
  })
})

test('every what-if of any scenario can be sent as a link, and names nothing that is not there', () => {
  const scenarios = arbitraryScenario(6).filter(
    ({ machine: own }) => typeof own !== 'string' || machineById(own) !== undefined,
  )
  fc.assert(
    fc.property(
      scenarios,
      fc.nat(),
      fc.subarray([...REQUIRED_ACS]),
      fc.constantFrom('', 'downstream,multifunction'),
      (scenario, nth, bits, option) => {
        const doc = docOf(scenario)
        const own = derive(doc).machine
        const bdf = own.devices[nth % own.devices.length]?.bdf ?? ''
        const boot = option === '' ? scenario.boot : { ...scenario.boot, acsOverride: option }
        const { scenario: after } = change(doc, { machine: withAcs(own, bdf, REQUIRED_ACS, bits), boot }).doc
        const link = decodeLink(encodeLink(after) ?? '')
        const before = decodeLink(encodeLink(doc.scenario) ?? '')
        // A run may have named groups that were never there; the change adds no such name.
        expect(link.ok || !before.ok).toBe(true)
        if (link.ok) expect(link.scenario).toEqual(JSON.parse(JSON.stringify(after)))
      },
    ),
    { numRuns: process.env['LONG_TESTS'] === '1' ? 100 : 15 },
  )
})
