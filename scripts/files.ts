import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'

/** What .gitignore names, for a copy of the project that is no git checkout (an unpacked archive). */
const ignored = new Set(['.git', 'node_modules', 'dist', 'test-results', 'playwright-report', 'coverage', '.cache'])

/**
 * Paths, relative to `root` and with forward slashes, of the files that are or would be committed: tracked ones and new
 * ones that .gitignore does not name. Without git, all files but the ignored folders.
 */
export function projectFiles(root: string): string[] {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (git.status !== 0) return filesBelow(root, '')
  const names = new Set(git.stdout.split('\0').filter((name) => name !== ''))
  return [...names].filter((name) => existsSync(path.join(root, name)))
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = path.posix.join(folder, entry.name)
    if (entry.isDirectory()) return ignored.has(entry.name) ? [] : filesBelow(root, name)
    return entry.isFile() ? [name] : []
  })
}
