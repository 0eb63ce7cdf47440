/** Reports of people who asked for help: what `advise` must say of them, and must not, under every kernel. */
import { expect, test } from 'vitest'
import { MORE_REPORTS } from '../adviser/more-reports.test-helper.ts'
import { fileOf, REPORTS } from '../adviser/reports.test-helper.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { run } from './advise.ts'
import { surroundings } from './command.test-helper.ts'

const printed = surroundings()

/** What `advise` prints of a file. */
async function advise(...args: readonly string[]): Promise<string> {
  printed.out.length = 0
  expect(await run(args)).toBe(0)
  return printed.out.join('\n')
}

const readable = REPORTS.map((report) => [report.name, report] as const)
test.each(readable)('%s', async (name, { devices, must, mustNot }) => {
  const file = fileOf(name)
  for (const { id } of KERNELS) {
    const words = await advise(file, '--kernel', id)
    for (const pattern of must) expect(words).toMatch(pattern)
    for (const pattern of mustNot) expect(words).not.toMatch(pattern)
    const answer: unknown = JSON.parse(await advise(file, '--kernel', id, '--json'))
    const fields = new Map(Object.entries(answer ?? {}))
    expect(['yes', 'with-others', 'against', 'no', 'unknown']).toContain(fields.get('verdict'))
    if (devices === null) continue
    expect(devices.map((short) => `0000:${short}`)).toContain(fields.get('device'))
  }
})

test.each(MORE_REPORTS.map((report) => [report.name, report] as const))('%s', async (name, report) => {
  const file = fileOf(name)
  const words = await advise(file)
  for (const pattern of report.must) expect(words).toMatch(pattern)
  for (const pattern of report.mustNot) expect(words).not.toMatch(pattern)
  const answer: unknown = JSON.parse(await advise(file, '--json'))
  const fields = new Map(Object.entries(answer ?? {}))
  expect(fields.get('verdict')).toBe(report.verdict)
  const [device] = report.devices ?? []
  if (device !== undefined) expect(fields.get('device')).toBe(/^\w+:\w+:/.test(device) ? device : `0000:${device}`)
})
