/** What holds of every answer, whatever the text: over all listings of the project and damaged ones. */
import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mutated } from '../import/mutate.test-helper.ts'
import { adviceFor } from './advice.ts'
import { candidatesOf } from './kinds.ts'
import { likelyWanted } from './likely.ts'
import { readPastes } from './reading.ts'
import { askedOf, faultsOf } from './sound.test-helper.ts'

const FOLDERS = [new URL('../import/fixtures/', import.meta.url), new URL('reports/', import.meta.url)]
const LISTINGS = FOLDERS.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.txt'))
    .map((file) => [file, readFileSync(new URL(file, folder), 'utf8')] as const),
)
const TEXTS = LISTINGS.map(([, text]) => text)

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
