/** The command line: `npm run -s cli -- COMMAND [ARGUMENT...]`. */
import { loadWords } from '../explain/registry.ts'
import { run as advise } from './advise.ts'
import { run as conformance } from './conformance.ts'
import { run as exportRun } from './export.ts'
import { run as explore } from './explore.ts'
import { run as groups } from './groups.ts'
import { run as importListing } from './import.ts'
import { run as replay } from './replay.ts'
import { printError } from './terminal.ts'

/** What a command does with its arguments; resolves to the exit code. */
type Command = (args: readonly string[]) => Promise<number>

const COMMANDS: Readonly<Record<string, Command>> = {
  advise,
  conformance,
  explore,
  export: exportRun,
  groups,
  import: importListing,
  replay,
}

const [, , word = '', ...args] = process.argv
const command = Object.hasOwn(COMMANDS, word) ? COMMANDS[word] : undefined
if (command === undefined) {
  printError(`usage: npm run -s cli -- COMMAND [ARGUMENT...]\ncommands: ${Object.keys(COMMANDS).join(', ')}`)
  process.exitCode = 2
} else {
  await loadWords()
  process.exitCode = await command(args)
}
