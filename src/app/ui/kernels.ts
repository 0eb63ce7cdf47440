import { recordOf, type KernelId } from '../../sim/kernels/list.ts'

/** A kernel as the page calls it: `Linux 6.1 · DMA ownership`. */
export function kernelName(kernel: KernelId): string {
  const { title, about } = recordOf(kernel)
  return `${title} · ${about}`
}
