/** The kernels that a guest can boot: Debian's own, built ones, or anybody's. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { CACHE, Missing } from './cache.ts'

/** A kernel for the guest. */
export interface GuestKernel {
  /** What the command line calls it. */
  readonly name: string
  readonly image: string
  /** Folder with `*.ko` files, plain or packed with xz; null: everything is built in. */
  readonly modules: string | null
}

/** Kernels that `recorder/get-kernels.sh` brings, by name. Names with `-iommufd` are built, without modules. */
export const GUEST_KERNELS = ['5.10', '6.1', '6.12', '7.3', '6.12-iommufd', '7.3-iommufd'] as const

/**
 * A kernel by its name.
 * @throws Missing if it has not been fetched or built
 */
export function fetchedKernel(name: string): GuestKernel {
  const folder = path.join(CACHE, 'kernels', name)
  if (!existsSync(folder)) {
    throw new Missing(
      `kernel ${name} is not there: recorder/get-kernels.sh ${name} gets it (${GUEST_KERNELS.join(', ')})`,
    )
  }
  const image = path.join(folder, 'vmlinuz')
  const modules = path.join(folder, 'modules')
  return { name, image, modules: existsSync(modules) ? modules : null }
}

/**
 * Anybody's own kernel.
 * @throws Missing if a file is not there
 */
export function ownKernel(image: string, modules: string | undefined): GuestKernel {
  for (const file of [image, ...(modules === undefined ? [] : [modules])]) {
    if (!existsSync(file)) throw new Missing(`there is no ${file}`)
  }
  return { name: path.resolve(image), image, modules: modules ?? null }
}

/** All module files below a folder, by module name (dashes as underscores, without ending). */
export function moduleFiles(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return new Map(
    files.flatMap((file) => {
      const name = /([^/\\]+)\.ko(?:\.xz)?$/.exec(file)?.[1]
      return name === undefined ? [] : [[name.replaceAll('-', '_'), path.join(folder, file)] as const]
    }),
  )
}
