/** A C program compiled for the guest and run there as root. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { cacheFolder, requireProgram, run } from './cache.ts'
import { guestOf, type Task } from './guest.ts'
import { operate } from './qemu.ts'

const bugSchema = v.object({ file: v.string(), line: v.number(), text: v.string() })

/** What came of a program: what it printed, how it ended, and what the guest's log says of a BUG. */
export interface ProgramRun {
  readonly lines: readonly string[]
  /** Exit code; null: it did not end, or the guest did. */
  readonly exit: number | null
  readonly bug: v.InferOutput<typeof bugSchema> | null
  /** A line if something went wrong on the way. */
  readonly trouble: string | null
}

/** Warnings are errors: an exported program has none. */
const OPTIONS = ['-std=c17', '-Wall', '-Wextra', '-Werror', '-O2', '-static', '-s']

/**
 * Compiles a program and runs it on the freshly booted machine.
 * @throws Missing if the machine lacks something that it needs, Error if it does not compile or the guest does not boot
 */
export async function runProgram(
  task: Pick<Task, 'kernel' | 'topology' | 'boot'>,
  source: string,
): Promise<ProgramRun> {
  requireProgram('gcc')
  const folder = mkdtempSync(path.join(cacheFolder('runs'), 'program-'))
  try {
    const file = path.join(folder, 'run.c')
    const program = path.join(folder, 'run')
    writeFileSync(file, source)
    run('gcc', [...OPTIONS, '-o', program, file])
    return await played(operate({ ...guestOf(task), program }, 'program\n'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function played(said: AsyncIterable<string>): Promise<ProgramRun> {
  const lines: string[] = []
  let exit: number | null = null
  let bug: ProgramRun['bug'] = null
  let trouble: string | null = null
  for await (const line of said) {
    const rest = line.slice(2)
    if (line.startsWith('P ')) lines.push(rest)
    if (line.startsWith('B ')) bug = v.parse(bugSchema, JSON.parse(rest))
    if (line.startsWith('X')) trouble = rest
    if (line.startsWith('E ')) exit = /^\d+$/.test(rest) ? Number(rest) : null
    // Calls that wait may keep the guest from switching off.
    if (line.startsWith('E ')) break
  }
  return { lines, exit, bug, trouble }
}
