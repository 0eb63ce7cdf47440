import type { ReactNode } from 'react'
import { containerName } from '../../explain/contexts.ts'
import { shortBdf, size } from '../../explain/words.ts'
import { useApp, type Selection } from '../store/store.ts'
import { MemoryLimit } from '../boot/MemoryLimit.tsx'
import { Offers } from './Offers.tsx'
import { Overview } from './Overview.tsx'
import { Facts, Title } from './parts.tsx'

/** A VFIO container: its I/O address space and its groups. */
export function ContainerPanel({ container, selection }: { container: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const view = snapshot.containers.find((c) => c.container === container)
  if (view === undefined) return <Overview />
  const mappings = snapshot.domains.find((domain) => domain.domain === view.domain)?.mappings ?? []
  return (
    <>
      <Title
        kind="container"
        title={`Container ${containerName(snapshot, world, container)}`}
        sub={view.slots.length === 0 ? 'no fd left: only its groups keep it' : 'one I/O address space for its groups'}
      />
      <Facts
        items={[
          ['IOMMU', view.iommu ?? 'not set: no page table yet'],
          [
            'Groups',
            view.groups.map((group) => `group ${world.groups[group]?.id ?? '?'}`).join(', ') || 'none',
            'IOMMU group',
          ],
          [
            'Mapped',
            mappings.length === 0
              ? 'nothing'
              : mappings.map((m) => `0x${m.iova.toString(16)} + ${size(m.size)}`).join(', '),
          ],
        ]}
      />
      <Offers key={`container ${container}`} selection={selection} />
    </>
  )
}

/** An iommufd: its address spaces, page tables and devices. */
export function IommufdPanel({ iommufd, selection }: { iommufd: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const view = snapshot.iommufds.find((other) => other.iommufd === iommufd)
  if (view === undefined) return <Overview />
  const names = (slots: readonly number[]): string => slots.map((slot) => world.slots[slot] ?? '').join(', ')
  const bound = snapshot.devices.filter(({ binding }) => binding?.iommufd === iommufd)
  const tables = snapshot.ioases.filter((ioas) => ioas.iommufd === iommufd)
  const hwpts = snapshot.hwpts.filter((hwpt) => hwpt.iommufd === iommufd)
  return (
    <>
      <Title
        kind="iommufd"
        title={`iommufd ${names(view.slots)}`}
        sub={
          view.slots.length === 0
            ? 'no fd left: only its devices keep it'
            : 'address spaces, and the devices bound to it'
        }
      />
      <Facts
        items={[
          [
            'Bound',
            bound.length === 0
              ? 'no device'
              : bound
                  .map(({ device, binding }) => {
                    const at = hwpts.find((hwpt) => hwpt.hwpt === binding?.hwpt)
                    const where = at === undefined ? 'not attached' : `on HWPT ${at.number}`
                    return `${shortBdf(world.devices[device]?.spec.bdf ?? '')} (${where})`
                  })
                  .join(', '),
          ],
          ...tables.map((ioas): readonly [string, string, string] => [
            `IOAS ${ioas.number}`,
            `${names(ioas.slots) || (ioas.compat ? 'stands in for a container' : 'no name')}: ${
              ioas.mappings.map((m) => `0x${m.iova.toString(16)} + ${size(m.size)}`).join(', ') || 'nothing mapped'
            }`,
            'IOAS',
          ]),
          ...hwpts.map((hwpt): readonly [string, string, string] => [
            `HWPT ${hwpt.number}`,
            `${hwpt.auto ? 'made by an attach' : names(hwpt.slots)}; groups on it: ${
              hwpt.groups.map((group) => String(world.groups[group]?.id ?? '?')).join(', ') || 'none'
            }`,
            'HWPT',
          ]),
        ]}
      />
      <Offers key={`iommufd ${iommufd}`} selection={selection} />
    </>
  )
}

/** A process: what it holds. */
export function ProcessPanel({ process, selection }: { process: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const spec = world.setup.processes[process]
  if (spec === undefined) return <Overview />
  const fds = snapshot.fds.filter((fd) => fd.process === process)
  return (
    <>
      <Title kind="process" title={spec.name} sub={`process of user ${spec.user}`} />
      <Facts
        items={[
          [
            'Holds',
            fds.length === 0 ? 'nothing' : fds.map((fd) => `${world.slots[fd.slot] ?? ''} (${fd.kind})`).join(', '),
          ],
          ['Memory limit', <MemoryLimit key="limit" process={process} />],
        ]}
      />
      <Offers key={`process ${process}`} selection={selection} />
    </>
  )
}
