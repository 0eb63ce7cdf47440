import { readFileSync } from 'node:fs'
import { algorithmName, groupingChangeWords, memoryWords, sameWords, unknownWords } from '../explain/grouping.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importPastes } from '../import/index.ts'
import { machineById } from '../machines/index.ts'
import { readTopologies } from '../machines/topology-file.ts'
import { ALGORITHMS, parseAlgorithm, type GroupAlgorithm } from '../sim/grouping/algorithm.ts'
import type { FormedKnown } from '../sim/grouping/form.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { otherKernels } from '../what-if/other-kernels.ts'
import { print, printError } from './terminal.ts'

const USAGE = `usage: groups FILE [--as ALGORITHM] [--why]
FILE: a file of topologies, a pasted listing such as lspci -vvv, the id of a machine that ships, or - for standard input
ALGORITHM: ${ALGORITHMS.join(', ')}; pcie_acs_override=OPTION; or a release such as 6.12.75`

/**
 * `groups FILE [--as ALGORITHM] [--why]`: forms the IOMMU groups of every topology in a file of the form of
 * conformance/topologies-random.json, of a pasted listing, or of a machine that ships, without a look at the groups
 * recorded there, and prints `{topology: {group number: [address, ...]}}`. Functions whose group hangs on something that the
 * listing does not tell stand under `unknown`; stderr says what that is.
 * `--as`: as another kernel forms them. `--why` prints sentences in place of JSON: which groups grow, which split, and why.
 * Exit code 1 with a line on stderr if the file cannot be read, 2 for arguments that nobody knows.
 */
export async function run(args: readonly string[]): Promise<number> {
  const asked = argumentsOf(args)
  if (typeof asked === 'string') {
    printError(asked)
    return 2
  }
  const { file, algorithm, why } = asked
  try {
    const machines = machinesOf(file)
    const answer: Record<string, Record<string, string[]>> = {}
    for (const [name, machine] of machines) {
      const { functions, form } = otherKernels(machine)
      const { formed, changes } = form(algorithm)
      answer[name] = numbered(formed, functions)
      const notes = [unknownWords(formed.unknown, formed.wanted, functions), memoryWords(functions, algorithm)]
      for (const note of notes) if (note !== '') printError(`groups: ${name}: ${note}`)
      if (why) {
        const words = changes.map((change) => groupingChangeWords(change, functions, algorithm))
        printWhy(`${name}: ${algorithmName(algorithm)}`, words, sameWords(formed.unknown))
      }
    }
    if (!why) print(JSON.stringify(answer, null, 1))
    return 0
  } catch (error) {
    printError(`groups: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

interface Asked {
  readonly file: string
  readonly algorithm: GroupAlgorithm
  readonly why: boolean
}

/** The arguments taken apart; a string: what is wrong with them. */
function argumentsOf(args: readonly string[]): Asked | string {
  const files: string[] = []
  let algorithm: GroupAlgorithm = { id: 'linux', option: '' }
  let why = false
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? ''
    if (word === '--why') why = true
    else if (word === '--as' || word.startsWith('--as=')) {
      const name = word === '--as' ? args[++at] : word.slice('--as='.length)
      if (name === undefined) return USAGE
      const parsed = parseAlgorithm(name)
      if (typeof parsed === 'string') return `groups: --as ${name}: ${FAULTS[parsed]}\n${USAGE}`
      algorithm = parsed
    } else if (word.startsWith('--')) return `groups: no such option: ${word}\n${USAGE}`
    else files.push(word)
  }
  const [file, more] = files
  return file === undefined || more !== undefined ? USAGE : { file, algorithm, why }
}

const FAULTS = {
  'unknown-name': 'no such algorithm',
  'unknown-option': 'pcie_acs_override takes downstream, multifunction and id:vvvv:dddd, separated by commas',
  'unknown-release': 'whether that stable release still formed groups with ACS off is not known here',
} as const

/** The machines of a file by their names. */
function machinesOf(file: string): (readonly [name: string, machine: Machine])[] {
  const shipped = machineById(file)
  if (shipped !== undefined) return [[file, shipped]]
  const text = readFileSync(file === '-' ? 0 : file, 'utf8')
  const topologies = topologiesIn(text)
  if (!(topologies instanceof Error)) return topologies
  // Some tools list a machine as JSON, too.
  const listing = importPastes([text])
  if (Object.keys(listing.devices).length > 0) return [['machine', machineFromImport(listing, 'machine')]]
  throw topologies
}

/** The machines of a file of topologies, or why the text is none. */
function topologiesIn(text: string): (readonly [name: string, machine: Machine])[] | Error {
  if (!/^\s*[{[]/.test(text)) return new Error('neither a file of topologies nor a listing with PCI functions')
  try {
    const parsed: unknown = JSON.parse(text)
    return readTopologies(parsed).map(({ name, machine }) => [name, machine] as const)
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/** Group number → addresses; functions whose group is not known under `unknown`. */
function numbered({ groups, unknown }: FormedKnown, functions: readonly PciFunction[]): Record<string, string[]> {
  const answer: Record<string, string[]> = {}
  groups.forEach((group, index) => {
    const members = (answer[unknown.has(index) ? 'unknown' : group] ??= [])
    members.push(functions[index]?.bdf ?? '')
  })
  return answer
}

function printWhy(title: string, changes: readonly (readonly string[])[], same: string): void {
  print(`${title}, compared with Linux as it is`)
  if (changes.length === 0) print(`  ${same}`)
  for (const [head = '', ...reasons] of changes) {
    print(`  ${head}`)
    for (const reason of reasons) print(`    ${reason}`)
  }
}
