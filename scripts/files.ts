import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'

/**
 * Paths, relative to `root` and with forward slashes, of the files that are or would be committed: tracked ones and new
 * ones that .gitignore does not name.
 *
 * @throws when `root` is not in a git checkout
 */
export function projectFiles(root: string): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const names = new Set(listed.split('\0').filter((name) => name !== ''))
  return [...names].filter((name) => existsSync(path.join(root, name)))
}
