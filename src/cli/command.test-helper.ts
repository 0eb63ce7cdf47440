import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, vi } from 'vitest'

export interface Surroundings {
  /** What was printed since the test began, a line each. */
  readonly out: string[]
  readonly err: string[]
  /** Writes a file of this test's own, always the same one; returns its path. */
  file(content: string | Uint8Array): string
}

/** Gives each test of a file a folder for what a command reads, and catches what it prints. */
export function surroundings(): Surroundings {
  let folder = ''
  const out: string[] = []
  const err: string[] = []
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'command-'))
    vi.spyOn(console, 'log').mockImplementation((text: string) => void out.push(text))
    vi.spyOn(console, 'error').mockImplementation((text: string) => void err.push(text))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
    out.length = 0
    err.length = 0
    vi.restoreAllMocks()
  })
  return {
    out,
    err,
    file(content) {
      const name = path.join(folder, 'given')
      writeFileSync(name, content)
      return name
    },
  }
}
