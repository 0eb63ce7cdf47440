/** A report in the form that continuous integration reads: JUnit XML, a test case for each expectation of a scenario. */
import { encode } from 'html-entities'
import type { Checked } from '../scenario/script/expect.ts'

/** An expectation with the line that it stands in, where the scenario is a script. */
export interface Reported extends Checked {
  readonly line?: number
}

/**
 * @param suite what was replayed: its title, or the name of the file
 * @param file its path as it was given
 * @param checked all expectations in their order; where there are none, the replay itself is the one test
 */
export function junitXml(suite: string, file: string, checked: readonly Reported[]): string {
  const failures = checked.filter(({ fault }) => fault !== null).length
  const cases = checked.length === 0 ? [`  <testcase ${attributes({ name: 'replays', classname: suite, file })}/>`] : []
  const all = [...cases, ...checked.map((each) => testCase(suite, file, each))]
  const counts = attributes({ name: suite, tests: String(all.length), failures: String(failures), errors: '0' })
  return ['<?xml version="1.0" encoding="UTF-8"?>', `<testsuite ${counts}>`, ...all, '</testsuite>', ''].join('\n')
}

function testCase(suite: string, file: string, { step, expected, fault, line }: Reported): string {
  const where = { file, ...(line === undefined ? {} : { line: String(line) }) }
  const name = `${step === 0 ? 'after boot' : `step ${step}`}: expect ${expected}`
  const opening = `  <testcase ${attributes({ name, classname: suite, ...where })}`
  return fault === null
    ? `${opening}/>`
    : `${opening}>\n    <failure ${attributes({ message: fault })}/>\n  </testcase>`
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}="${encode(value.replaceAll(/[^\P{C}\p{Cf}]/gu, '?'), { level: 'xml' })}"`)
    .join(' ')
}
