/** The one "test file" of a mutation run: takes the tests of all files, so that they are imported once. */
import { inject } from 'vitest'
import { writeNote } from './plan.ts'

const { tests, active, notes } = inject('mutationPlan')
for (const file of tests) {
  try {
    await import(/* @vite-ignore */ file)
  } catch (error) {
    // A mutant that is on while modules load is found by this; without one, the file is of no use.
    if (active >= 0) throw error
    writeNote(notes, { id: -1, state: 'broken', by: `${file}: ${String(error)}` })
  }
}
