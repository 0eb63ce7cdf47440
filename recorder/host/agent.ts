import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { CACHE, cacheFolder, Missing, requireProgram, run } from './cache.ts'

const SOURCE = path.join(import.meta.dirname, '..', 'agent')

/** The folder whose linux/iommufd.h is new enough: the one that get-kernels.sh brings, or the system's. */
function headers(): string {
  const folders = [path.join(CACHE, 'include'), '/usr/include']
  const found = folders.find((folder) => existsSync(path.join(folder, 'linux', 'iommufd.h')))
  if (found !== undefined) return found
  throw new Missing(
    'linux/iommufd.h is not installed: recorder/get-kernels.sh brings it on Debian; Fedora has it in kernel-headers',
  )
}

/**
 * The agent, compiled once for each state of its source.
 * @returns its file
 * @throws Missing if a compiler or a header is not there
 */
export function agentFile(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(SOURCE).toSorted()) hash.update(readFileSync(path.join(SOURCE, name)))
  const file = path.join(cacheFolder('agent'), hash.digest('hex').slice(0, 16))
  if (existsSync(file)) return file
  requireProgram('gcc')
  run('make', ['-s', '-C', SOURCE, 'CC=gcc', `HEADERS=${headers()}`, `OUT=${file}`])
  return file
}
