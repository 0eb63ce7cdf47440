/**
 * The words of every kernel of `src/sim/kernels/registry.ts`, and how they are loaded: the page opens on 5.10 and fetches
 * those of the other kernels when they are wanted, since they weigh as much as all else that is explained.
 */
import { KERNEL_IDS, recordOf, type KernelId } from '../sim/kernels/list.ts'
import { loadedKernel, loadKernels } from '../sim/kernels/loaded.ts'
import type { KernelWords } from './kernel-words.ts'
import { LINUX_5_10 } from './linux-5.10.ts'
import { Shelf } from './shelf.ts'

const LOADERS: Readonly<Record<KernelId, () => Promise<KernelWords>>> = {
  'linux-5.10': async () => LINUX_5_10,
  'linux-6.1': async () => (await import('./linux-6.1.ts')).LINUX_6_1,
  'linux-6.12': async () => (await import('./linux-6.12.ts')).LINUX_6_12,
  'linux-6.12-iommufd': async () => (await import('./linux-6.12-iommufd.ts')).LINUX_6_12_IOMMUFD,
  'linux-7.3': async () => (await import('./linux-7.3.ts')).LINUX_7_3,
  'linux-7.3-iommufd': async () => (await import('./linux-7.3-iommufd.ts')).LINUX_7_3_IOMMUFD,
  'ioasid-t': async () => (await import('./ioasid-t.ts')).IOASID_T,
  'ioasid-g': async () => (await import('./ioasid-g.ts')).IOASID_G,
  'ioasid-w': async () => (await import('./ioasid-w.ts')).IOASID_W,
}

const WORDS = new Shelf<KernelId, KernelWords>(LOADERS, [['linux-5.10', LINUX_5_10]])

/**
 * Fetches the words of kernels, by default of all, and the kernels: who needs the one needs the other.
 * @throws Error if some cannot be fetched; the next call tries them again
 */
export async function loadWords(kernels: readonly KernelId[] = KERNEL_IDS): Promise<void> {
  await Promise.all([WORDS.load(kernels), loadKernels()])
}

/** A kernel's words; as long as they are not loaded empty ones, with which codes stand for themselves. */
export function wordsOf(kernel: KernelId): KernelWords {
  return WORDS.get(kernel) ?? { ...NOTHING, name: recordOf(kernel).title }
}

/** Whether a kernel and its words are loaded. */
export function hasWords(kernel: KernelId): boolean {
  return WORDS.get(kernel) !== undefined && loadedKernel(kernel) !== undefined
}

const NOTHING: Omit<KernelWords, 'name'> = {
  version: '',
  functions: {},
  entries: {},
  checks: {},
  effects: {},
  viability: {},
  viabilityTest: '',
  bug: () => null,
}

/** What a kernel function does, by the words of any kernel that are loaded; undefined if none of them knows it. */
export function describeFunction(name: string): string | undefined {
  for (const { functions } of WORDS.all()) if (Object.hasOwn(functions, name)) return functions[name]?.does
  return undefined
}

/** What each kernel function does, by name: of every kernel whose words are loaded. */
export function knownFunctions(): ReadonlyMap<string, string> {
  const known = new Map<string, string>()
  for (const { functions } of WORDS.all()) {
    for (const [name, { does }] of Object.entries(functions)) if (!known.has(name)) known.set(name, does)
  }
  return known
}

/** Where a function of a kernel is, in words: `drivers/vfio/vfio.c, 5.10`; undefined for one that its words lack. */
export function functionRef(kernel: KernelId, name: string): string | undefined {
  const { functions, version } = wordsOf(kernel)
  const file = fileOf(functions, name)
  return file === undefined ? undefined : `${file}, ${version}`
}

/** The file of a function by its name; undefined for one that the table lacks. */
export function fileOf(functions: KernelWords['functions'], name: string): string | undefined {
  return Object.hasOwn(functions, name) ? functions[name]?.file : undefined
}
