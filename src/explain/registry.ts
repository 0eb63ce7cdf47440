/** The tables of every kernel that has some. */
import type { KernelId } from '../sim/kernel.ts'
import type { KernelWords } from './kernel-words.ts'
import { LINUX_5_10 } from './linux-5.10.ts'

/**
 * The page opens on 5.10 and fetches the words of the other kernels when they are wanted (`every-kernel.ts`): they
 * weigh as much as all else that is explained.
 */
const TABLES = new Map<KernelId, KernelWords>([['linux-5.10', LINUX_5_10]])

/** Adds the tables of further kernels. */
export function addWords(tables: readonly (readonly [KernelId, KernelWords])[]): void {
  for (const [kernel, words] of tables) TABLES.set(kernel, words)
}

const NOTHING: KernelWords = {
  name: 'this kernel',
  version: '',
  entries: {},
  checks: {},
  effects: {},
  viability: {},
  viabilityTest: '',
  bug: () => null,
}

/** A kernel's tables; empty ones, so that codes stand for themselves, for a kernel without any. */
export function wordsOf(kernel: KernelId): KernelWords {
  return TABLES.get(kernel) ?? NOTHING
}

/** Whether a kernel's tables are there. */
export function hasWords(kernel: KernelId): boolean {
  return TABLES.has(kernel)
}
