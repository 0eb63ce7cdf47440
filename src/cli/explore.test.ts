import { expect, test } from 'vitest'
import { surroundings } from './command.test-helper.ts'
import { run } from './explore.ts'

const SCRIPT = `machine dual-e1000e
kernel linux-5.10
process qemu user=root
unbind 01:00.0
`

const { out, err, file } = surroundings()

/** What others may rely on. */
const KEYS =
  'assumed depth file form from frontier goal holds kernel length limit machine memory path rate script seconds states transitions verdict'

test('--json: one object with the same keys whatever the verdict', async () => {
  for (const [args, verdict, code] of [
    [['--goal', 'bug'], 'reached', 0],
    [['--goal', 'never bug'], 'reached', 1],
    [['--goal', 'never bug', '--kernel', 'linux-6.1'], 'impossible', 0],
    [['--goal', 'never bug', '--states', '5'], 'limit', 3],
  ] as const) {
    out.length = 0
    expect(await run([file(SCRIPT), ...args, '--json']), args.join(' ')).toBe(code)
    const answer: unknown = JSON.parse(out.join('\n'))
    const keys = typeof answer === 'object' && answer !== null ? Object.keys(answer) : []
    expect(keys.toSorted().join(' ')).toBe(KEYS)
    expect(answer).toMatchObject({ verdict, limit: verdict === 'limit' ? 'states' : null })
  }
})

test('from here by default: the steps that were done count as done', async () => {
  expect(await run([file(SCRIPT), '--goal', 'bug'])).toBe(0)
  expect(await run([file(SCRIPT), '--goal', 'bug', '--from', 'boot'])).toBe(0)
  expect(out.map((text) => text.split('\n')[0])).toEqual(['reached in 6 operations', 'reached in 7 operations'])
})

test.each([
  [['--goal', 'bgu'], 'explore: goal, column 1: expected one of'],
  [['--goal', 'viable@99'], 'explore: goal, column 8: "99" is no group of the scenario'],
  [['--goal', 'bug', '--actors', 'me'], 'explore: --actors wants user or admin, not me'],
  [['--goal', 'bug', '--devices', '07:00.0'], 'explore: the machine has no device 0000:07:00.0'],
  [['--goal', 'bug', '--speed', '9'], 'explore: no option --speed'],
  [[], 'usage: explore FILE --goal GOAL'],
])('not understood: %j', async (args, words) => {
  expect(await run([file(SCRIPT), ...args])).toBe(2)
  expect(err.join('\n')).toContain(words)
})
