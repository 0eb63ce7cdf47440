import { readFileSync } from 'node:fs'
import { importPastes } from '../import/index.ts'
import { COMPLETE_COMMAND, missingFrom } from '../import/missing.ts'
import { print, printError } from './terminal.ts'

/**
 * `import FILE...`: reads pasted listings of one machine (`-`: standard input) and prints what they tell as JSON, in the
 * form of src/import/fixtures. Stderr says what is missing and which command would print it. Exit code 1 with a line on
 * stderr if nothing in them can be read.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.length === 0) {
    printError('usage: import FILE...')
    return 2
  }
  try {
    const texts = args.map(read)
    const result = importPastes(texts)
    const { devices, nonPciMembers, errors } = result
    if (Object.keys(devices).length === 0 && nonPciMembers === undefined && errors === undefined) {
      const empty = texts.every((text) => text.trim() === '')
      printError(`import: ${empty ? 'nothing' : 'no listing found'} in ${args.join(', ')}`)
      return 1
    }
    print(JSON.stringify(result, null, 1))
    const missing = missingFrom(result)
    for (const { what, command } of missing) printError(`import: the text does not tell ${what}: ${command}`)
    if (missing.length > 1) printError(`import: all at once: ${COMPLETE_COMMAND}`)
    return 0
  } catch (error) {
    printError(`import: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

/** Text of a file or of standard input. Throws an error that names the file. */
function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new Error(`${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}
