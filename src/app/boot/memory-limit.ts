/** RLIMIT_MEMLOCK of a process: how it is written, and what applies where nobody has written any. */
import { size } from '../../explain/words.ts'
import { isBefore, recordOf, type KernelId } from '../../sim/kernels/list.ts'
import { MEMLOCK_BEFORE_5_16, MEMLOCK_SINCE_5_16 } from '../../sim/kernels/shared/memory.ts'
import type { ProcessSpec } from '../../sim/machine.ts'
import { parseBytes } from '../../sim/op-line.ts'

/**
 * Reads a limit as somebody types it.
 * @returns bytes, or `unlimited`; undefined for an empty text (the kernel's default); null if it is none of these
 */
export function readLimit(text: string): ProcessSpec['memlock'] | null {
  const word = text.trim().toLowerCase()
  if (word === '') return undefined
  if (word === 'unlimited') return word
  const bytes = parseBytes(word)
  return bytes !== undefined && Number.isSafeInteger(bytes) ? bytes : null
}

/** A limit as it is typed; empty for the kernel's default. */
export function printLimit(memlock: ProcessSpec['memlock']): string {
  return typeof memlock === 'number' ? size(memlock) : (memlock ?? '')
}

/** The limit that a kernel gives to processes, in bytes (MLOCK_LIMIT). */
export function defaultLimit(kernel: KernelId): number {
  return isBefore(kernel, '5.16') ? MEMLOCK_BEFORE_5_16 : MEMLOCK_SINCE_5_16
}

/** What limits the memory that a process pins under a kernel, in a few words. */
export function limitWords({ user, memlock }: ProcessSpec, kernel: KernelId): string {
  if (recordOf(kernel).family === 'proposal') return 'not part of the proposal: nothing is counted'
  if (user === 'root') return 'none: root has CAP_IPC_LOCK'
  if (memlock === 'unlimited') return 'none: the limit is unlimited'
  return memlock === undefined ? `${size(defaultLimit(kernel))}, the kernel’s default` : size(memlock)
}

/** Processes with another limit for one of them; undefined: the kernel's default. */
export function withLimit(
  processes: readonly ProcessSpec[],
  index: number,
  memlock: ProcessSpec['memlock'],
): ProcessSpec[] {
  return processes.map((process, at) => {
    if (at !== index) return process
    const { memlock: _, ...rest } = process
    return memlock === undefined ? rest : { ...rest, memlock }
  })
}
