import type { ReactNode } from 'react'
import { shortBdf, size } from '../../explain/words.ts'
import { wireContext } from '../../sim/iommu/landing.ts'
import { useApp, type DmaTarget } from '../store/store.ts'
import { Facts, Title } from './parts.tsx'

/** Where DMA lands: who is translated there, and what is mapped. */
export function ContextPanel({ target }: { target: DmaTarget }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const domain = target.kind === 'domain' ? target.domain : -1
  const users = snapshot.devices.filter(({ device }) => {
    const context = wireContext(world, snapshot, device)
    if (domain >= 0) return context.kind === 'domain' && context.domain === domain
    if (target.kind === 'host') return context.kind === 'identity'
    return context.kind === 'blocked'
  })
  const mappings = snapshot.domains.find((d) => d.domain === domain)?.mappings ?? []
  return (
    <>
      <Title
        kind={target.kind === 'domain' ? 'IOMMU domain' : target.kind === 'host' ? 'memory' : 'Blocked domain'}
        title={
          target.kind === 'domain' ? 'A page table of userspace' : target.kind === 'host' ? 'Host memory' : 'Nowhere'
        }
        sub={
          domain >= 0
            ? 'DMA reaches what is mapped here, nothing else'
            : target.kind === 'host'
              ? 'all physical memory: the kernel’s and every process’s'
              : 'the IOMMU faults the access'
        }
      />
      <Facts
        items={[
          [
            'Devices',
            users.length === 0
              ? 'none wholly'
              : users.map((d) => shortBdf(world.devices[d.device]?.spec.bdf ?? '')).join(', '),
          ],
          ...(domain >= 0
            ? [
                [
                  'Mappings',
                  mappings.length === 0
                    ? 'none'
                    : mappings
                        .map(
                          (m) =>
                            `0x${m.iova.toString(16)} + ${size(m.size)} → ${world.setup.processes[m.process]?.name ?? '?'}`,
                        )
                        .join('; '),
                ] as const,
              ]
            : []),
        ]}
      />
    </>
  )
}
