import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { PlayedRun } from '../export/run/exported.ts'
import { FORM_IDS, FORMS, isFormId, type FormId } from '../export/run/forms.ts'
import { machineOf, setupOf, type Scenario } from '../scenario/document/scenario.ts'
import { encodeLink } from '../scenario/link/link.ts'
import { readAny } from '../scenario/script/read.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { replay } from '../sim/replay.ts'
import { print, printError } from './terminal.ts'

const USAGE = `usage: export FILE --as FORM [--page ADDRESS] [--out FILE]
FILE: a script, a JSON file or a link; - for standard input
FORM: ${FORM_IDS.join(', ')}
ADDRESS: where a playground is, such as https://example.org/play/, for the link that some forms hold`

/**
 * `export FILE --as FORM [--page ADDRESS] [--out FILE]`: a run in another form (docs/exports.md), printed or written to a file.
 * Exit code 1 with a line on stderr if the run cannot be read or has no such form, 2 if the command line is off.
 */
export async function run(args: readonly string[]): Promise<number> {
  const given = argumentsOf(args)
  if (typeof given === 'string') {
    printError(given)
    return 2
  }
  try {
    const scenario = read(given.file)
    const exported = FORMS[given.form].make(playedRun(scenario, given))
    if (!exported.ok) throw new Fault(`export: ${exported.words}`)
    if (given.out === undefined) print(exported.text.replace(/\n$/, ''))
    else writeFileSync(given.out, exported.text)
    return 0
  } catch (error) {
    printError(
      error instanceof Fault ? error.message : `export: ${error instanceof Error ? error.message : String(error)}`,
    )
    return 1
  }
}

/** A fault with words that say where it is. */
class Fault extends Error {}

interface Arguments {
  readonly file: string
  readonly form: FormId
  /** Without what stands behind #. */
  readonly page: string | undefined
  readonly out: string | undefined
}

/** What is asked for, or what is wrong with the command line. */
function argumentsOf(args: readonly string[]): Arguments | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { as: { type: 'string' }, page: { type: 'string' }, out: { type: 'string' } },
    })
    const [file] = positionals
    const { as: form, page, out } = values
    if (file === undefined || positionals.length > 1 || form === undefined) return USAGE
    if (!isFormId(form)) return `export: there is no form ${JSON.stringify(form)}\n${USAGE}`
    if (page !== undefined && !URL.canParse(page)) return `export: ${JSON.stringify(page)} is no address\n${USAGE}`
    return { file, form, page: page?.replace(/#.*$/s, ''), out }
  } catch (error) {
    return `export: ${error instanceof Error ? error.message : String(error)}\n${USAGE}`
  }
}

function read(file: string): Scenario {
  const reading = readAny(readFileSync(file === '-' ? 0 : file, 'utf8'))
  if (reading.ok) return reading.scenario
  const lines = reading.problems.map(({ line, column, place, words }) => {
    const where = [file, line, column, place].filter((part) => part !== undefined)
    return `${where.join(':')}: ${words}`
  })
  throw new Fault(lines.join('\n'))
}

/** A scenario replayed. Where the page is unknown only the form `link` has one, from # on. */
function playedRun(scenario: Scenario, { form, page }: Arguments): PlayedRun {
  const kernel = kernelById(scenario.kernel)
  const machine = machineOf(scenario)
  if (kernel === undefined || machine === undefined) {
    throw new Fault(`export: ${kernel === undefined ? `kernel ${scenario.kernel}` : 'the machine'} is not simulated`)
  }
  const hash = page === undefined && form !== 'link' ? undefined : encodeLink(scenario)
  const link = hash === undefined ? {} : { link: `${page ?? ''}#${hash}` }
  return { scenario, run: replay(kernel, setupOf(scenario, machine), scenario.ops), ...link }
}
