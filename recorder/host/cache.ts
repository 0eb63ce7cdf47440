/** Where the recorder keeps kernels, the agent and snapshots: a folder of the user's own, no part of the project. */
import { existsSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { spawnSync } from 'node:child_process'

/** `IOMMU_RECORDER_CACHE` names another folder. */
export const CACHE =
  process.env['IOMMU_RECORDER_CACHE'] ??
  path.join(process.env['XDG_CACHE_HOME'] ?? path.join(os.homedir(), '.cache'), 'iommu-playground-recorder')

/** A folder of the cache, made when it is first asked for. */
export function cacheFolder(...parts: readonly string[]): string {
  const folder = path.join(CACHE, ...parts)
  mkdirSync(folder, { recursive: true })
  return folder
}

/** Something that the recorder needs and this machine lacks; the message is one sentence for a person. */
export class Missing extends Error {}

const PACKAGES: Readonly<Record<string, string>> = {
  'qemu-system-x86_64': 'qemu-system-x86 (Debian) or qemu-system-x86-core (Fedora)',
  gcc: 'gcc (Debian) or gcc and glibc-static (Fedora)',
  make: 'make',
  xz: 'xz-utils (Debian) or xz (Fedora)',
}

/**
 * Makes sure that a program can be started.
 * @throws Missing with the package that has it
 */
export function requireProgram(name: string): void {
  const found = (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => existsSync(path.join(folder, name)))
  if (!found) throw new Missing(`${name} is not installed: install the package ${PACKAGES[name] ?? name}`)
}

/**
 * Runs a program to its end.
 * @throws Error with what the program wrote
 */
export function run(program: string, args: readonly string[], cwd?: string): Buffer {
  requireProgram(program)
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, maxBuffer: 2 ** 30 })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr.toString().trim()}`)
  return stdout
}
