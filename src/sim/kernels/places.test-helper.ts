/** Where the DMA of the devices of a played script goes. Nothing that ships imports this. */
import type { Run } from '../replay.ts'

/**
 * For each of some devices (`01:00.0`) what is applied to its DMA on the wire: `dma`, `identity`, `blocked`, the name
 * under which a container was opened or an IOAS made; at the end of a run.
 */
export function places(run: Run, bdfs: readonly string[]): string {
  const { world } = run
  const { contexts, containers, domains, hwpts, ioases } = run.snapshotAt(run.steps.length)
  const nameOf = (slots: readonly number[] | undefined): string => world.slots[slots?.[0] ?? -1] ?? '?'
  return bdfs
    .map((bdf) => {
      const device = world.devices[world.deviceIndex.get(`0000:${bdf}`) ?? -1]
      const context = contexts[device?.rids.at(-1) ?? -1]
      if (context?.kind !== 'domain') return context?.kind ?? '?'
      const owner = domains.find(({ domain }) => domain === context.domain)?.owner
      if (owner?.kind === 'container') return nameOf(containers.find((one) => one.container === owner.index)?.slots)
      const table = hwpts.find((one) => one.hwpt === owner?.index)
      return nameOf(ioases.find((one) => one.ioas === table?.ioas)?.slots)
    })
    .join(' ')
}
