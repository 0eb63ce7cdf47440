import type { Kernel, KernelId } from '../kernel.ts'
import { ioasidG } from './ioasid-g/index.ts'
import { ioasidT } from './ioasid-t/index.ts'
import { ioasidW } from './ioasid-w/index.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612 } from './linux-6.12/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'

/** Every simulated kernel, in the order in which they are offered. */
export const KERNELS: readonly Kernel[] = [linux510, linux61, linux612, linux612iommufd, ioasidT, ioasidG, ioasidW]

/** The kernel of an id; undefined if it is not simulated. */
export function kernelById(id: KernelId): Kernel | undefined {
  return KERNELS.find((kernel) => kernel.id === id)
}
