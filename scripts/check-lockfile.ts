/**
 * Checks package-lock.json: `node scripts/run.mjs scripts/check-lockfile.ts`
 *
 * 1. It names no host: installing must work from whatever registry the machine is configured for.
 * 2. It lacks no platform: a registry that is late with, say, the macOS binaries of a new release makes
 *    `npm install` write a lockfile without them, silently, and then nobody on a Mac can install.
 */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { isMain, report } from './is-main.ts'

const names = v.optional(v.record(v.string(), v.string()), {})
const Lockfile = v.object({
  packages: v.record(v.string(), v.looseObject({ resolved: v.optional(v.string()), optionalDependencies: names })),
})

/**
 * @param text content of package-lock.json
 * @returns one line per fault
 * @throws when the text is not a lockfile
 */
export function lockfileFaults(text: string): string[] {
  const faults: string[] = []
  const { packages } = v.parse(Lockfile, JSON.parse(text))
  const present = new Set(Object.keys(packages).map((key) => key.slice(key.lastIndexOf('node_modules/') + 13)))
  for (const [key, entry] of Object.entries(packages)) {
    if (entry.resolved !== undefined) faults.push(`package-lock.json: ${key} names where it was fetched from`)
    for (const name of Object.keys(entry.optionalDependencies))
      if (!present.has(name)) faults.push(`package-lock.json: ${key} lacks its optional package ${name}`)
  }
  text.split('\n').forEach((line, index) => {
    if (/\b[a-z+]+:\/\//i.test(line)) faults.push(`package-lock.json:${index + 1}: names a host: ${line.trim()}`)
  })
  return faults
}

if (isMain(import.meta.url)) {
  const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
  report(lockfileFaults(text), 'the lockfile names no host and lacks no platform')
}
