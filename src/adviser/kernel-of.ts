/** The simulated kernel that stands for the one that a text names. */
import type { KernelId } from '../sim/kernel.ts'
import type { Surroundings, Told } from './surroundings.ts'

/** Newest of those that are simulated: taken where the text names none. */
export const NEWEST: KernelId = 'linux-7.3'

export interface ChosenKernel {
  readonly id: KernelId
  /** The release that the text names; null: none. */
  readonly told: Told<string> | null
}

/** The last release that a text names counts: it is the later state. */
export function kernelOf({ kernels }: Surroundings): ChosenKernel {
  const told = kernels.at(-1) ?? null
  if (told === null) return { id: NEWEST, told }
  const [, major = '', minor = ''] = /^(\d+)\.(\d+)/.exec(told.value) ?? []
  const version = Number(major) * 1000 + Number(minor)
  // DMA ownership came with 5.19, iommufd with 6.2; most of what 7.3 does in another way than 6.12 came with 6.18.
  const id = version < 5019 ? 'linux-5.10' : version < 6002 ? 'linux-6.1' : version < 6018 ? 'linux-6.12' : NEWEST
  return { id, told }
}
