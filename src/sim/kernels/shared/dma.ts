import { contextsOf } from '../../iommu/hardware.ts'
import { land } from '../../iommu/landing.ts'
import { refuse, type Result } from '../../result.ts'
import type { DomainView } from '../../snapshot.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { isPresent } from './driver-core.ts'
import type { MachineState } from './machine-state.ts'
import { devicesOf, domainsOf } from './views.ts'
import type { VfioState } from './vfio-state.ts'

/**
 * The recordings' DMA test: a page of the process lies somewhere in host memory, and the process maps that page in
 * everything it maps. The device tries it by physical address, which works only untranslated, and by an IOVA, which
 * works only where a mapping covers it.
 *
 * @returns which of both arrived: `{physical, iova}`, each `ok` or `blocked`
 */
export function dmaProbe(state: VfioState, call: Call, trace?: Trace<SharedCheck, SharedEffect>): Result {
  return probeDma(state, domainsOf, call, trace)
}

/** The same where address spaces are not those of containers. */
export function probeDma<S extends MachineState>(
  state: S,
  domainsIn: (state: S) => readonly DomainView[],
  call: Call,
  trace?: Trace<SharedCheck, SharedEffect>,
): Result {
  const { device } = call
  if (!check(trace, 'L.DMA.1', isPresent(state, device), { kind: 'device', device })) return refuse('ENODEV')
  const view = { contexts: contextsOf(state), devices: devicesOf(state), domains: domainsIn(state) }
  const landing = land(state.world, view, device, call.iova)
  if (landing.kind === 'host-memory') trace?.effect('dma.host', { kind: 'device', device })
  else if (landing.kind === 'page') trace?.effect('dma.page', { kind: 'device', device })
  else trace?.effect('dma.fault', { kind: 'device', device })
  return {
    ok: true,
    value: {
      physical: landing.kind === 'host-memory' ? 'ok' : 'blocked',
      iova: landing.kind === 'page' ? 'ok' : 'blocked',
    },
  }
}
