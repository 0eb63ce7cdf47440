/** What carries out each row of the list of kernels (`list.ts`): all of them, for whatever needs more than one. */
import type { Kernel } from '../kernel.ts'
import { ioasidG } from './ioasid-g/index.ts'
import { ioasidT } from './ioasid-t/index.ts'
import { ioasidW } from './ioasid-w/index.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612 } from './linux-6.12/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { linux73 } from './linux-7.3/index.ts'
import { linux73iommufd } from './linux-7.3-iommufd/index.ts'
import { KERNEL_IDS, type KernelId } from './list.ts'

const KERNEL_OF: Readonly<Record<KernelId, Kernel>> = {
  'linux-5.10': linux510,
  'linux-6.1': linux61,
  'linux-6.12': linux612,
  'linux-6.12-iommufd': linux612iommufd,
  'linux-7.3': linux73,
  'linux-7.3-iommufd': linux73iommufd,
  'ioasid-t': ioasidT,
  'ioasid-g': ioasidG,
  'ioasid-w': ioasidW,
}

/** Every simulated kernel, in the order of the list. */
export const KERNELS: readonly Kernel[] = KERNEL_IDS.map((id) => KERNEL_OF[id])

/** The kernel of an id. */
export function kernelById(id: KernelId): Kernel {
  return KERNEL_OF[id]
}
