import type { World } from '../world.ts'

/**
 * What the IOMMU does with DMA that carries a requester ID: fault it all (`blocked`), pass it untranslated
 * (`identity`), translate it by the default domain that the DMA API fills (`dma`, one per group), or by an address
 * space that userspace made (`domain`).
 */
export type Context =
  | { readonly kind: 'blocked' }
  | { readonly kind: 'identity' }
  | { readonly kind: 'dma'; readonly group: number }
  | { readonly kind: 'domain'; readonly domain: number }

export const BLOCKED: Context = { kind: 'blocked' }

/** Contexts as they stand in a state's columns: small integers. */
export const BLOCKED_CONTEXT = 0
export const IDENTITY_CONTEXT = 1
const FIRST_DMA = 2

/** The default domain of a group: identity with iommu=pt, else a DMA domain of its own (iommu_get_default_domain_type). */
export function defaultContext(world: World, group: number): number {
  return world.setup.boot.iommu === 'pt' || group < 0 ? IDENTITY_CONTEXT : FIRST_DMA + group
}

/** The context of the n-th address space made by userspace. */
export function domainContext(world: World, domain: number): number {
  return FIRST_DMA + world.groups.length + domain
}

/** Reads a context from its column. */
export function contextOf(world: World, code: number): Context {
  if (code === BLOCKED_CONTEXT) return BLOCKED
  if (code === IDENTITY_CONTEXT) return { kind: 'identity' }
  const dma = code - FIRST_DMA
  const groups = world.groups.length
  return dma < groups ? { kind: 'dma', group: dma } : { kind: 'domain', domain: dma - groups }
}
