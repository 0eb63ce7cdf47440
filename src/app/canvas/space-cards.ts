/** What the cards of address spaces say, and in which of them DMA of a device lands. */
import { size } from '../../explain/words.ts'
import { nativelyDriven, wireContext } from '../../sim/iommu/landing.ts'
import type { DomainView, MappingView, Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { nodeId } from './ids.ts'
import type { Forms, SpaceCard } from './cards.ts'

/** The node of the address space where DMA of a device lands: the host's memory, one that userspace made, or nowhere. */
export function landsIn(world: World, snapshot: Snapshot, device: number): string {
  const context = wireContext(world, snapshot, device)
  switch (context.kind) {
    case 'blocked':
      return nodeId.nothing
    case 'identity':
      return nodeId.host
    case 'dma':
      return nativelyDriven(world, snapshot, context.group).length > 0 ? nodeId.host : nodeId.nothing
    case 'domain': {
      const domain = snapshot.domains.find((live) => live.domain === context.domain)
      return domain === undefined ? nodeId.nothing : spaceOf(snapshot, domain)
    }
  }
}

/** The node of the container or iommufd to which a page table belongs. */
function spaceOf(snapshot: Snapshot, { owner }: DomainView): string {
  if (owner.kind === 'container') return nodeId.container(owner.index)
  const ioas =
    owner.kind === 'ioas' ? owner.index : (snapshot.hwpts.find((hwpt) => hwpt.hwpt === owner.index)?.ioas ?? -1)
  return nodeId.iommufd(snapshot.ioases.find((view) => view.ioas === ioas)?.iommufd ?? -1)
}

/** The address spaces of a state, in the order in which they always stand: the host's, those of userspace, none. */
export function spaceCards(world: World, snapshot: Snapshot): SpaceCard[] {
  const names = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const host: SpaceCard = {
    id: nodeId.host,
    key: 'host',
    label: 'Host memory: the kernel and every process',
    tone: 'host',
    title: ['Host memory', 'Host'],
    lines: [['kernel and every process', 'all processes', 'kernel']],
  }
  const blocked: SpaceCard = {
    id: nodeId.nothing,
    key: 'blocked',
    label: 'Blocked: the IOMMU faults the access',
    tone: 'none',
    title: ['Blocked'],
    lines: [['the IOMMU faults it', 'faulted']],
  }
  const containers = snapshot.containers.map((view): SpaceCard => {
    const name = names(view.slots)
    const domain = snapshot.domains.find((one) => one.domain === view.domain)
    const type = view.iommu ?? 'no IOMMU type yet'
    return {
      id: nodeId.container(view.container),
      key: `container ${name || `#${view.container + 1}`}`,
      label: `Container ${name || 'without a descriptor'}, IOMMU ${view.iommu ?? 'not set'}, ${view.groups.length} groups`,
      tone: 'user',
      title: name === '' ? ['container, file closed', 'container'] : [`${name} · container`, name],
      lines: [[type, view.iommu ?? 'no type'], ...(domain === undefined ? [] : [mappingForms(world, domain.mappings)])],
    }
  })
  const iommufds = snapshot.iommufds.map((view): SpaceCard => {
    const name = names(view.slots)
    const lines = snapshot.ioases
      .filter((ioas) => ioas.iommufd === view.iommufd)
      .map((ioas): Forms => {
        const own = names(ioas.slots) || (ioas.compat ? 'compat' : `IOAS ${ioas.number}`)
        const tables = snapshot.hwpts
          .filter((hwpt) => hwpt.ioas === ioas.ioas)
          .map((hwpt) => names(hwpt.slots) || `HWPT ${hwpt.number}`)
        const mapped = mappingForms(world, ioas.mappings)
        return [
          ...mapped.map((form) => [own, ...tables, form].join(' · ')),
          ...mapped.map((form) => `${own}: ${form}`),
          own,
        ]
      })
    return {
      id: nodeId.iommufd(view.iommufd),
      key: `iommufd ${name || `#${view.iommufd + 1}`}`,
      label: `iommufd ${name || 'without a descriptor'}, ${lines.map((line) => line[0]).join(', ') || 'empty'}`,
      tone: 'user',
      title: name === '' ? ['iommufd, file closed', 'iommufd'] : [`${name} · iommufd`, name],
      lines: lines.length === 0 ? [['no address space yet', 'empty']] : lines,
    }
  })
  return [host, ...containers, ...iommufds, blocked]
}

/** What is mapped to whose memory. */
function mappingForms(world: World, mappings: readonly MappingView[]): Forms {
  const [first] = mappings
  if (first === undefined) return ['nothing mapped', 'empty']
  const whose = [...new Set(mappings.map(({ process }) => world.setup.processes[process]?.name ?? '?'))].join(', ')
  const what = mappings.length === 1 ? range(first) : `${mappings.length} ranges`
  return [`${what} → memory of ${whose}`, `${what} → ${whose}`, `→ ${whose}`, what]
}

function range({ iova, size: bytes }: MappingView): string {
  const end = iova + bytes
  // Past the exact integers the sum is no address any more.
  return Number.isSafeInteger(end) ? `${address(iova)}–${address(end)}` : `${address(iova)} +${size(bytes)}`
}

function address(value: number): string {
  const short = size(value)
  return value < 1024 || /\D$/.test(short) ? short : `0x${value.toString(16)}`
}
