/** Which part of the kernel a function belongs to, for the question who refuses a call. */
import type { KernelId } from '../sim/kernel.ts'
import { fileOf, wordsOf } from './registry.ts'

/** The notifier that common code would bring along in the proposal that checks at BIND. */
export const IOMMU_FD_NOTIFIER = 'iommu_fd group notifier'

export const LAYERS = ['VFIO', '/dev/iommu', 'IOMMU core', 'driver core', 'the kernel'] as const

export type Layer = (typeof LAYERS)[number]

/** By the beginning of a file's path; the first that fits. */
const PLACES: readonly (readonly [path: string, layer: Layer])[] = [
  ['drivers/vfio/', 'VFIO'],
  ['drivers/iommu/iommufd/', '/dev/iommu'],
  ['drivers/iommu/', 'IOMMU core'],
  ['drivers/base/', 'driver core'],
  ['drivers/pci/', 'driver core'],
]

/** The part of a kernel that a function belongs to. A request of a proposal belongs to what answers it: /dev/iommu. */
export function layerOf(kernel: KernelId, fn: string): Layer {
  if (fn === IOMMU_FD_NOTIFIER) return '/dev/iommu'
  const file = fileOf(wordsOf(kernel).functions, fn)
  if (file === undefined && /^(?:VFIO|IOMMU)_/.test(fn)) return '/dev/iommu'
  // What a proposal does not say is as in the kernels of its time.
  const path =
    file?.startsWith('drivers/') === true ? file : (fileOf(wordsOf('linux-5.10').functions, fn) ?? file ?? '')
  if (/^(?:RFC|mail)/.test(path)) return '/dev/iommu'
  return PLACES.find(([start]) => path.startsWith(start))?.[1] ?? 'the kernel'
}
