/** The one "test file" of a mutation run: takes the tests of all files, so that they are imported once. */
import { inject } from 'vitest'
import './plan.ts'

for (const file of inject('mutationPlan').tests) await import(/* @vite-ignore */ file)
