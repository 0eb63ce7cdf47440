import type { Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'
import { BLOCKED, type Context } from './context.ts'

/** What the hardware needs to be asked for. */
export type HardwareView = Pick<Snapshot, 'contexts' | 'devices' | 'domains'>

/** Where a DMA to an address ends. */
export type Landing =
  /** Faulted by the IOMMU, or nothing is there. */
  | { readonly kind: 'nowhere' }
  /** Host memory at this very physical address: any of it can be reached. */
  | { readonly kind: 'host-memory' }
  /** Only what the drivers of these devices have mapped through the DMA API: the host's buffers. */
  | { readonly kind: 'host-buffers'; readonly devices: readonly number[] }
  /** A page that a process mapped. */
  | { readonly kind: 'page'; readonly domain: number; readonly process: number; readonly offset: number }

const NOWHERE: Landing = { kind: 'nowhere' }

/** The translation applied to a function's DMA: that of the requester ID which it has on the wire. */
export function wireContext(world: World, view: Pick<Snapshot, 'contexts'>, device: number): Context {
  return view.contexts[world.devices[device]?.rids.at(-1) ?? -1] ?? BLOCKED
}

/** Members of a group whose driver uses the DMA API: they have buffers in the group's default domain. */
export function nativelyDriven(world: World, view: Pick<Snapshot, 'devices'>, group: number): number[] {
  const members = world.groups[group]?.devices ?? []
  return members.filter((device) => isNativelyDriven(world, view, device))
}

/** Whether a function is driven by an ordinary driver of the host. */
export function isNativelyDriven(world: World, view: Pick<Snapshot, 'devices'>, device: number): boolean {
  const family = world.drivers[view.devices[device]?.driver ?? 0]?.family
  return family === 'native' || family === 'unknown'
}

/**
 * Where a DMA of a function to an address lands, in bytes. A function that is not plugged in, or that nobody knows,
 * reaches nothing. The fact that a driver of the host also owns a device says nothing here: the requester ID decides.
 */
export function land(world: World, view: HardwareView, device: number, address: number): Landing {
  if (view.devices[device]?.present !== true) return NOWHERE
  const context = wireContext(world, view, device)
  switch (context.kind) {
    case 'blocked':
      return NOWHERE
    case 'identity':
      return { kind: 'host-memory' }
    case 'dma': {
      const devices = nativelyDriven(world, view, context.group)
      return devices.length === 0 ? NOWHERE : { kind: 'host-buffers', devices }
    }
    case 'domain': {
      const domain = view.domains.find((candidate) => candidate.domain === context.domain)
      const mapping = domain?.mappings.find(({ iova, size }) => iova <= address && address < iova + size)
      if (mapping === undefined) return NOWHERE
      return { kind: 'page', domain: context.domain, process: mapping.process, offset: address - mapping.iova }
    }
  }
}
