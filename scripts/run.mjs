/**
 * Runs a TypeScript file of this project on plain Node, with no build beforehand:
 *
 *   node scripts/run.mjs src/cli/main.ts conformance traces.jsonl
 *
 * Node 20 does not read TypeScript. Bundling the entry and all that it imports with Rolldown (which Vite brings along)
 * takes a few tens of milliseconds, less than starting a TypeScript loader, so it is done anew each time and nothing
 * can be stale. Packages stay outside the bundle. The runner itself prints nothing; stack traces name the .ts files.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const cache = path.join(root, 'node_modules', '.cache', 'run')
/**
 * In a bundle `import.meta.url` would be the bundle's address; programs look for data beside their own file.
 * @type {import('rolldown').Plugin}
 */
const ownAddress = {
  name: 'own-address',
  transform(code, id) {
    if (!code.includes('import.meta.')) return null
    return code
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
      .replaceAll('import.meta.filename', JSON.stringify(id))
      .replaceAll('import.meta.dirname', JSON.stringify(path.dirname(id)))
  },
}

const [, , script, ...args] = process.argv
if (script === undefined) {
  console.error('usage: node scripts/run.mjs FILE.ts [ARGUMENT...]')
  process.exit(2)
}
const entry = path.resolve(script)
const bundled = await saved(await bundle(entry))

// The program sees the same argv and module addresses as if Node had run the .ts file itself.
process.argv = [process.execPath, entry, ...args]
process.setSourceMapsEnabled(true)
await import(pathToFileURL(bundled).href)

/**
 * @param {string} file absolute path of the entry
 * @returns {Promise<string>} one ES module with an inline source map
 */
async function bundle(file) {
  const build = await rolldown({
    input: file,
    platform: 'node',
    external: (id) => !id.startsWith('.') && !path.isAbsolute(id),
    logLevel: 'silent',
    plugins: [ownAddress],
  })
  const { output } = await build.generate({ dir: cache, format: 'esm', codeSplitting: false, sourcemap: 'inline' })
  await build.close()
  return output[0].code
}

/**
 * Saves the bundle under a name made from its content, so that runs at the same time never see each other's half file.
 * @param {string} code
 * @returns {Promise<string>} absolute path
 */
async function saved(code) {
  const name = `${path.basename(entry)}-${createHash('sha256').update(entry).update(code).digest('hex').slice(0, 16)}.mjs`
  const file = path.join(cache, name)
  if (existsSync(file)) return file
  mkdirSync(cache, { recursive: true })
  for (const old of readdirSync(cache)) {
    const hourOld = Date.now() - (statSync(path.join(cache, old), { throwIfNoEntry: false })?.mtimeMs ?? 0) > 3_600_000
    if (hourOld) rmSync(path.join(cache, old), { force: true })
  }
  writeFileSync(`${file}.${process.pid}`, code)
  renameSync(`${file}.${process.pid}`, file)
  return file
}
