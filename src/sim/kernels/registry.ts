import type { Kernel, KernelId } from '../kernel.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612 } from './linux-6.12/index.ts'

/** Every simulated kernel, in the order in which they are offered. */
export const KERNELS: readonly Kernel[] = [linux510, linux61, linux612]

/** The kernel of an id; undefined if it is not simulated. */
export function kernelById(id: KernelId): Kernel | undefined {
  return KERNELS.find((kernel) => kernel.id === id)
}
