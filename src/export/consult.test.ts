import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'
import { mutated } from '../import/mutate.test-helper.ts'
import { consult } from './consult.test-helper.ts'

const folder = new URL('../import/fixtures/', import.meta.url)
const texts = readdirSync(folder)
  .filter((file) => file.endsWith('.txt'))
  .map((file) => readFileSync(new URL(file, folder), 'utf8'))

test('no damaged listing makes the adviser stumble, or advise what the kernel refuses', () => {
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.nat(), (text, seed) => {
      const listing = mutated(text, texts, seed)
      const result = importListing(listing)
      if (Object.keys(result.devices).length === 0) return
      expect(() => consult(machineFromImport(result, 'x'), listing, true)).not.toThrow()
    }),
    { numRuns: 200 },
  )
})
