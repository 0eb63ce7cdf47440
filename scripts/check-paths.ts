/**
 * Checks that no file of the project names a place that exists on one machine only: an absolute path of a checkout, a
 * scratch folder, a home folder, or a package registry. `node scripts/run.mjs scripts/check-paths.ts`
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { projectFiles } from './files.ts'
import { isMain, report } from './is-main.ts'

const places = [
  // Absolute only: what stands before the slash must not be the end of a longer path or of a URL.
  /(?<![\w.$)}~-])\/(?:work|tmp|root|home\/\w+|Users\/\w+)\/[\w.]/,
  /\b[A-Z]:\\+Users\\/,
  /\bregistry\.[\w-]+\.[\w.-]+/,
]

/**
 * @param file its name, for the message
 * @param content text of the file; one that holds a NUL is taken as binary and not looked at
 * @param hosts further host names that must not occur
 * @returns one line per fault, `file:line: ...`
 */
export function pathFaults(file: string, content: string, hosts: readonly string[] = []): string[] {
  if (content.includes('\0')) return []
  const faults: string[] = []
  content.split('\n').forEach((line, index) => {
    const named = places.map((place) => place.exec(line)?.[0]).find((hit) => hit !== undefined)
    const hit = named ?? hosts.find((host) => line.includes(host))
    if (hit !== undefined) faults.push(`${file}:${index + 1}: names a place of one machine: ${hit}`)
  })
  return faults
}

/** The registry this machine installs from, as npm tells its scripts; a loopback name says nothing and is left out. */
function configuredRegistry(): string[] {
  const address = process.env['npm_config_registry']
  if (address === undefined || !URL.canParse(address)) return []
  const { hostname } = new URL(address)
  return hostname.includes('.') && !hostname.startsWith('127.') ? [hostname] : []
}

if (isMain(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = projectFiles(root)
  const hosts = configuredRegistry()
  const faults = files.flatMap((file) => pathFaults(file, readFileSync(path.join(root, file), 'utf8'), hosts))
  report(faults, `${files.length} files, none names a place of one machine`)
}
