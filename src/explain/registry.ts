/** The tables of every kernel that has some. */
import type { KernelId } from '../sim/kernel.ts'
import { IOASID_G } from './ioasid-g.ts'
import { IOASID_T } from './ioasid-t.ts'
import { IOASID_W } from './ioasid-w.ts'
import type { KernelWords } from './kernel-words.ts'
import { LINUX_5_10 } from './linux-5.10.ts'
import { LINUX_6_1 } from './linux-6.1.ts'
import { LINUX_6_12_IOMMUFD } from './linux-6.12-iommufd.ts'
import { LINUX_6_12 } from './linux-6.12.ts'

const TABLES: Readonly<Partial<Record<KernelId, KernelWords>>> = {
  'linux-5.10': LINUX_5_10,
  'linux-6.1': LINUX_6_1,
  'linux-6.12': LINUX_6_12,
  'linux-6.12-iommufd': LINUX_6_12_IOMMUFD,
  'ioasid-t': IOASID_T,
  'ioasid-g': IOASID_G,
  'ioasid-w': IOASID_W,
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
  return TABLES[kernel] ?? NOTHING
}
