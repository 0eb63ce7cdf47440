import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { kernelById } from '../../sim/kernels/registry.ts'
import { replay } from '../../sim/replay.ts'
import { machineOf, setupOf } from '../document/scenario.ts'
import { decodeLink } from './link.ts'

/** Many times what an idle machine needs (a second at most): what once froze the page took minutes. */
const PATIENCE = 300_000

const folder = new URL('hostile/', import.meta.url)

/** Links of an attack, and what becomes of them: how many steps they play, or the beginning of the words. */
const OUTCOMES: Readonly<Record<string, number | string>> = {
  'aliases-256x300': 0,
  'bad-huge-number': 'The link holds a document that this release cannot play. At cursor',
  'bad-invalid-ansi': 'The link holds a document that this release cannot play. At ops[0].op',
  'bad-not-json': 'The link was damaged on its way',
  'bad-nul-char': 'The link was damaged on its way',
  'dev-2000': 0,
  'dos-cuts-1-30': 31,
  'dos-cuts-1-100': 'The link holds a document that this release cannot play. At ops: at most 2000 different ranges',
  'html-names': 2,
  'ioas-1000': 1001,
  'iova-max': 4,
  'ops-16000': 16_000,
  'predict-each': 3000,
  'processes-64': 0,
  'proto-names': 7,
  'self-alias-weird': 0,
}

test('every hostile link has its outcome below', () => {
  const names = readdirSync(folder).map((name) => name.replace('.txt', ''))
  expect(names.toSorted()).toEqual(Object.keys(OUTCOMES).toSorted())
})

test.each(Object.entries(OUTCOMES))(
  'the link %s is played or refused at once',
  (name, outcome) => {
    const link = decodeLink(readFileSync(new URL(`${name}.txt`, folder), 'utf8').trim())
    if (!link.ok) {
      expect(link.words).toContain(String(outcome))
      return
    }
    const { scenario } = link
    const machine = machineOf(scenario)
    if (machine === undefined) throw new Error('no machine')
    const run = replay(kernelById(scenario.kernel), setupOf(scenario, machine), scenario.ops)
    run.snapshotAt(Math.floor(run.steps.length / 2))
    expect(run.steps).toHaveLength(Number(outcome))
  },
  PATIENCE,
)
