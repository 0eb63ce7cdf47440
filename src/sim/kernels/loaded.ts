/**
 * The kernels that are here: the page begins with Linux 5.10 and fetches the others when one of them is wanted, since
 * they weigh as much as all else that it begins with.
 */
import type { Kernel } from '../kernel.ts'
import { linux510 } from './linux-5.10/index.ts'
import type { KernelId } from './list.ts'

const loaded = new Map<KernelId, Kernel>([['linux-5.10', linux510]])

/** The kernel of an id; undefined as long as it is not loaded. */
export function loadedKernel(id: KernelId): Kernel | undefined {
  return loaded.get(id)
}

/**
 * Fetches all kernels.
 * @throws Error if they cannot be fetched; the next call tries again
 */
export async function loadKernels(): Promise<void> {
  const { KERNELS } = await import('./registry.ts')
  for (const kernel of KERNELS) loaded.set(kernel.id, kernel)
}
