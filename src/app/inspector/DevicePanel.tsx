import type { ReactNode } from 'react'
import { contextWords } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { shortName } from '../../machines/short-name.ts'
import { formatRid } from '../../sim/pci/aliases.ts'
import { store, useApp, type Selection } from '../store/store.ts'
import { late } from '../ui/late.tsx'
import { Rich } from '../ui/Rich.tsx'
import { Offers } from './Offers.tsx'
import { Overview } from './Overview.tsx'
import { Facts, Title, Verdict } from './parts.tsx'

const DeviceTopology = late(
  async () => (await import('../topology/sections.ts')).DeviceTopology,
  'why the device is in its group',
  'part',
)

/** A function of a device: where its DMA goes, its group and its driver. */
export function DevicePanel({ device, selection }: { device: number; selection: Selection }): ReactNode {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const lens = useApp((s) => s.lens)
  const target = world.devices[device]
  const view = snapshot.devices[device]
  if (target === undefined || view === undefined) return <Overview />
  const { spec } = target
  const reach = contextWords(world, snapshot, device)
  const group = world.groups[target.group]
  const driver = world.drivers[view.link]?.name ?? ''
  const override = world.drivers[view.override]?.name ?? ''
  const rids = target.rids.map((rid) => shortBdf(formatRid(world.rids[rid] ?? 0)))
  return (
    <>
      <Title
        kind="PCI function"
        title={`${shortBdf(spec.bdf)} ${shortName(spec)}`}
        sub={`${spec.name === undefined ? '' : `${spec.name} · `}${idsOf(spec.vendor, spec.device, spec.class)}`}
      />
      {lens === 'topology' && <DeviceTopology device={device} />}
      <Verdict
        good={reach.tone === 'danger' ? false : reach.tone === 'host' ? null : true}
        title={`DMA: ${reach.short}`}
      >
        <Rich words={reach.words} links />
      </Verdict>
      <Facts
        items={[
          [
            'Group',
            group === undefined ? (
              'in none: VFIO cannot use it'
            ) : (
              <span key="group" className="flex gap-3">
                <button
                  type="button"
                  className="underline decoration-dotted underline-offset-3"
                  onClick={() => store.getState().showOnCanvas({ kind: 'group', group: target.group })}
                >
                  group {group.id}
                </button>
                {lens === 'ownership' && (
                  <button
                    type="button"
                    className="text-dim underline decoration-dotted underline-offset-3"
                    onClick={() => store.getState().setLens('topology')}
                  >
                    why?
                  </button>
                )}
              </span>
            ),
            'IOMMU group',
          ],
          [
            'Driver',
            view.leaving
              ? 'leaving: its remove waits'
              : driver === ''
                ? 'none'
                : driver === '?'
                  ? 'the listing does not say'
                  : driver,
          ],
          ...(override === '' ? [] : [['driver_override', override] as const]),
          [
            'Requester IDs',
            <span key="rids" className="font-mono text-[11.5px]">
              {rids.join(', ')}
            </span>,
            'RID',
          ],
          ...(spec.assumed === undefined || spec.assumed.length === 0
            ? []
            : [['Assumed', `${spec.assumed.join(', ')}: the listing does not say`] as const]),
        ]}
      />
      <Offers key={`device ${device}`} selection={selection} />
    </>
  )
}

function idsOf(vendor: string | undefined, device: string | undefined, cls: string | undefined): string {
  const ids = vendor === undefined || device === undefined ? 'ids unknown' : `${vendor}:${device}`
  return cls === undefined ? ids : `${ids} · class ${cls}`
}
