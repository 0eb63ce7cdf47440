/**
 * Removes the `funding` links from package-lock.json, in place: `npm run lockfile`, after every change of a dependency.
 *
 * They are the only host names npm writes into a lockfile when `omit-lockfile-registry-resolved` is set, nothing reads
 * them during an install, and without them `check-lockfile` can insist on "no host at all".
 */
import { readFileSync, writeFileSync } from 'node:fs'

const file = new URL('../package-lock.json', import.meta.url)
const text = readFileSync(file, 'utf8')
const dropFunding = (key: string, value: unknown): unknown =>
  key === 'funding' && typeof value !== 'boolean' ? undefined : value
writeFileSync(file, `${JSON.stringify(JSON.parse(text, dropFunding), null, 2)}\n`)
