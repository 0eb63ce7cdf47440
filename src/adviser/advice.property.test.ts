/** What holds of every answer, whatever the text: over all listings of the project and damaged ones. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated } from '../import/mutate.test-helper.ts'
import { adviceFor } from './advice.ts'
import { candidatesOf } from './kinds.ts'
import { likelyWanted } from './likely.ts'
import { planOf } from './plan.ts'
import { readPastes, type Reading } from './reading.ts'

const FOLDERS = [new URL('../import/fixtures/', import.meta.url), new URL('reports/', import.meta.url)]
const LISTINGS = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const),
)
const TEXTS = LISTINGS.map(([, text]) => text)

/** What is wrong with an answer; empty if nothing is. */
function faultsOf(reading: Reading, bdf: string): string[] {
  const { machine } = reading
  const advice = machine === null ? null : adviceFor(machine, bdf, { reading })
  if (advice === null) return []
  const { verdict, evidence, members, group, estimated, hostDisk, doubts, troubles } = advice
  const plan = planOf(advice)
  const inGroup = new Set(members.map(({ f }) => f))
  const touched = plan === null ? [] : [...plan.bind, ...plan.release, ...plan.guest]
  const yes = verdict === 'yes' || verdict === 'ready'
  const facts: readonly (readonly [wrong: boolean, what: string])[] = [
    [yes && evidence.some(({ state }) => state === 'unknown'), 'a yes that rests on something unknown'],
    [yes && !evidence.some(({ claim }) => claim === 'group'), 'a yes without a group'],
    [yes && (doubts.length > 0 || troubles.some(({ stops }) => stops)), 'a yes beside a doubt'],
    [estimated && group !== null, 'an estimated group with a number'],
    [plan?.bind.some((f) => f.bridge) === true, 'a bridge is bound'],
    [touched.some((f) => f.bdf === hostDisk), 'the disk of the host is taken'],
    [touched.some((f) => !inGroup.has(f)), 'something outside the group is touched'],
    [verdict === 'no' && plan !== null, 'commands beside a no'],
  ]
  return facts.filter(([wrong]) => wrong).map(([, what]) => `${bdf}: ${what}`)
}

/** The device that is assumed, and a few others. */
function askedOf(reading: Reading): string[] {
  const { machine } = reading
  if (machine === null) return []
  const { usual, rest } = candidatesOf(machine)
  const likely = likelyWanted(machine, reading)
  const others = [...usual.slice(0, 6), ...rest.slice(0, 3)].map(({ bdf }) => bdf)
  return likely === null ? others : [likely, ...others]
}

test.each(LISTINGS)('%s', (_, text) => {
  const reading = readPastes([text], 'x')
  expect(askedOf(reading).flatMap((bdf) => faultsOf(reading, bdf))).toEqual([])
})

test('damaged listings', () => {
  fc.assert(
    fc.property(fc.constantFrom(...TEXTS), fc.nat(), (text, seed) => {
      const reading = readPastes([mutated(text, TEXTS, seed)], 'x')
      expect(askedOf(reading).flatMap((bdf) => faultsOf(reading, bdf))).toEqual([])
    }),
    { numRuns: 300 },
  )
})

/** Never a host bridge, a port or a part of the host, where anything else is told. */
test.each(LISTINGS)('the device that is assumed: %s', (_, text) => {
  const { machine, ...reading } = readPastes([text], 'x')
  const likely = machine === null ? null : likelyWanted(machine, { ...reading, machine })
  const f = machine?.devices.find(({ bdf }) => bdf === likely)
  const usual = machine === null ? 0 : candidatesOf(machine).usual.length
  expect(usual > 0 && f?.bridge === true).toBe(false)
})

/** A yes without the groups would be a guess: taking them out of a listing takes the yes away. */
test.each(LISTINGS)('without its groups no yes: %s', (_, text) => {
  const bare = text
    .replaceAll(/IOMMU group:? ?\d+|iommu group \d+|\/sys\/kernel\/iommu_groups\/\d+|\bto group \d+/gi, 'x')
    .replaceAll(/^.*(?:group|Group).*$/gm, '')
  const reading = readPastes([bare], 'x')
  if (
    reading.machine === null ||
    Object.keys(reading.result.groups).length > 0 ||
    reading.result.unnumberedGroups !== undefined
  )
    return
  for (const bdf of askedOf(reading)) {
    expect(adviceFor(reading.machine, bdf, { reading })?.verdict).not.toMatch(/^(?:yes|ready|with-others)$/)
  }
})
