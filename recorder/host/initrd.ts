/** The guest's memory disk: the agent as /init, the modules it loads, and their order. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createHash } from 'node:crypto'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { agentFile } from './agent.ts'
import { cacheFolder, run } from './cache.ts'
import { moduleFiles, type GuestKernel } from './kernels.ts'

/** What the guest loads, each after what it depends on. Those that a kernel has built in or lacks are left out. */
const MODULES = [
  'vfio_pci',
  'vfio_iommu_type1',
  'vfio',
  'pci_stub',
  'uio_pci_generic',
  'e1000',
  'e1000e',
  'kvm_amd',
  'kvm_intel',
]

/** One file of the disk. */
interface Entry {
  readonly name: string
  readonly mode: number
  readonly data: Buffer
  /** Character devices: major and minor number. */
  readonly device?: readonly [major: number, minor: number]
}

const FOLDER = 0o040755
const PROGRAM = 0o100755
const FILE = 0o100644
const CHARACTER_DEVICE = 0o020600

/** Packs entries as the kernel reads them (Documentation/driver-api/early-userspace/buffer-format.rst, "newc"). */
export function cpio(entries: readonly Entry[]): Buffer {
  const pad = (length: number): Buffer => Buffer.alloc((4 - (length % 4)) % 4)
  const pack = ({ name, mode, data, device: [major, minor] = [0, 0] }: Entry, inode: number): Buffer => {
    const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length + 1, 0]
    const head = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}${name}\0`)
    return Buffer.concat([head, pad(head.length), data, pad(data.length)])
  }
  const end: Entry = { name: 'TRAILER!!!', mode: 0, data: Buffer.alloc(0) }
  return Buffer.concat([...entries, end].map((entry, index) => pack(entry, index + 1)))
}

function contentOf(file: string): Buffer {
  return file.endsWith('.xz') ? run('xz', ['-dc', file]) : readFileSync(file)
}

/** Names of the modules that one needs, from its own `.modinfo` section. */
function dependenciesOf(module: Buffer): string[] {
  const at = module.indexOf('\0depends=')
  if (at < 0) return []
  const start = at + '\0depends='.length
  const words = module.subarray(start, module.indexOf(0, start)).toString('latin1')
  return words === '' ? [] : words.split(',').map((name) => name.replaceAll('-', '_'))
}

/** The modules in the order in which they can be loaded. */
function modulesInOrder(folder: string): Map<string, Buffer> {
  const files = moduleFiles(folder)
  const loaded = new Map<string, Buffer>()
  const visit = (name: string): void => {
    const file = files.get(name)
    if (file === undefined || loaded.has(name)) return
    const content = contentOf(file)
    for (const dependency of dependenciesOf(content)) visit(dependency)
    loaded.set(name, content)
  }
  for (const name of MODULES) visit(name)
  return loaded
}

/**
 * The memory disk for a kernel, made once for each kernel and agent.
 * @returns its file
 */
export function initrdFor(kernel: GuestKernel): string {
  const agent = agentFile()
  const key = [
    kernel.image,
    statSync(kernel.image).mtimeMs,
    statSync(agent).mtimeMs,
    kernel.modules ?? '',
    MODULES.join(),
  ]
  const name = `${createHash('sha256').update(key.join()).digest('hex').slice(0, 16)}.gz`
  const file = path.join(cacheFolder('initrd'), name)
  if (existsSync(file)) return file
  const modules = kernel.modules === null ? new Map<string, Buffer>() : modulesInOrder(kernel.modules)
  const none = Buffer.alloc(0)
  const folders = ['dev', 'proc', 'sys', 'lib', 'lib/modules', 'tmp'].map((each) => ({
    name: each,
    mode: FOLDER,
    data: none,
  }))
  const list = Buffer.from([...modules.keys()].map((each) => `${each}.ko\n`).join(''))
  const disk = cpio([
    ...folders,
    { name: 'dev/console', mode: CHARACTER_DEVICE, data: none, device: [5, 1] },
    { name: 'dev/null', mode: CHARACTER_DEVICE, data: none, device: [1, 3] },
    { name: 'init', mode: PROGRAM, data: readFileSync(agent) },
    { name: 'modules', mode: FILE, data: list },
    ...[...modules].map(([each, data]) => ({ name: `lib/modules/${each}.ko`, mode: FILE, data })),
  ])
  writeFileSync(file, gzipSync(disk, { level: 6 }))
  return file
}
