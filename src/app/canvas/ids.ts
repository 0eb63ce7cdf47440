import type { WireEnd } from '../../scenario/actions/intents.ts'
import type { Selection } from '../store/store.ts'

/** Names of what is drawn, used as node ids as well. */
export const nodeId = {
  process: (process: number): string => `process ${process}`,
  newContainer: 'new-container',
  newIommufd: 'new-iommufd',
  container: (container: number): string => `container ${container}`,
  iommufd: (iommufd: number): string => `iommufd ${iommufd}`,
  group: (group: number): string => `group ${group}`,
  device: (device: number): string => `device ${device}`,
  /** What stands for groups in which nothing happens. */
  plate: 'plate groups',
  /** What stands for processes and address spaces for which there is no room. */
  moreProcesses: 'plate processes',
  moreSpaces: 'plate spaces',
  host: 'context host',
  nothing: 'context nothing',
  /** A page table. It is drawn within the card of what it belongs to. */
  domain: (domain: number): string => `context domain ${domain}`,
} as const

/** The id of the cell that stands for devices of a group for which there is no room, and back. */
export function moreDevicesId(group: number): string {
  return `plate devices ${group}`
}

/** Reads a node's id back: what it stands for. */
export function endOf(id: string): WireEnd | null {
  if (id === nodeId.newContainer) return { kind: 'new-container' }
  if (id === nodeId.newIommufd) return { kind: 'new-iommufd' }
  const [kind, number] = id.split(' ')
  const index = Number(number)
  switch (kind) {
    case 'process':
      return { kind, process: index }
    case 'container':
      return { kind, container: index }
    case 'iommufd':
      return { kind, iommufd: index }
    case 'group':
      return { kind, group: index }
    case 'device':
      return { kind, device: index }
    default:
      return null
  }
}

/** What selecting a node selects. */
export function selectionOf(id: string | null): Selection | null {
  if (id === null) return null
  if (id === nodeId.host) return { kind: 'context', context: { kind: 'host' } }
  if (id === nodeId.nothing) return { kind: 'context', context: { kind: 'nothing' } }
  const domain = /^context domain (\d+)$/.exec(id)?.[1]
  if (domain !== undefined) return { kind: 'context', context: { kind: 'domain', domain: Number(domain) } }
  const end = endOf(id)
  return end === null || end.kind === 'new-container' || end.kind === 'new-iommufd' ? null : end
}

/** The node of a selection. */
export function idOf(selection: Selection | null): string | null {
  if (selection === null) return null
  switch (selection.kind) {
    case 'process':
      return nodeId.process(selection.process)
    case 'container':
      return nodeId.container(selection.container)
    case 'iommufd':
      return nodeId.iommufd(selection.iommufd)
    case 'group':
      return nodeId.group(selection.group)
    case 'device':
      return nodeId.device(selection.device)
    case 'context':
      return selection.context.kind === 'domain'
        ? nodeId.domain(selection.context.domain)
        : nodeId[selection.context.kind]
  }
}
