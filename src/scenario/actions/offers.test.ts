import { expect, test } from 'vitest'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import { replay } from '../../sim/replay.ts'
import { groupOffers, namesIn, type Offer } from './offers.ts'

function f(bdf: string, driver: string | null, bridge = false): PciFunction {
  const kind = bridge ? 'rp' : 'ep'
  return { bdf, kind, bridge, parent: null, multifunction: false, acsCap: null, driver, native: driver }
}

/** What is offered for a group of a root port on pcieport and functions with these drivers, and what the offer leads to. */
function goal(...drivers: readonly (string | null)[]): { offer: Offer | undefined; viable: boolean | undefined } {
  const devices = [
    f('0000:00:01.0', 'pcieport', true),
    ...drivers.map((driver, slot) => f(`0000:01:0${slot}.0`, driver)),
  ]
  const machine: Machine = { id: 'm', title: 'm', devices, groups: { 1: devices.map(({ bdf }) => bdf) } }
  const kernel = kernelById('linux-6.1')
  if (kernel === undefined) throw new Error('no kernel')
  const processes = [{ name: 'qemu', user: 'root' }]
  const run = replay(kernel, { machine, boot: { iommu: 'nopt' }, processes }, [])
  const situation = { kernel, world: run.world, snapshot: run.snapshotAt(0), names: namesIn([]) }
  const offer = groupOffers(situation, 0).find(({ id }) => id === 'make-viable')
  return { offer, viable: run.dryRun(0, offer?.ops ?? []).snapshot.groups[0]?.viable }
}

test('one action frees a group of everything that is in the way, and leaves ports alone', () => {
  const { offer, viable } = goal('nvidia', 'snd_hda_intel', null, '?', 'vfio-pci')
  expect(offer?.goal).toEqual({ viable: 0, devices: 3 })
  expect(offer?.ops.map((op) => [op.op, 'device' in op ? op.device : ''])).toEqual(
    ['00', '01', '03'].flatMap((slot) => [
      ['unbind', `0000:01:${slot}.0`],
      ['bind', `0000:01:${slot}.0`],
    ]),
  )
  expect(viable).toBe(true)
})

test.each([[['nvidia']], [['nvidia', null]], [['vfio-pci', null]]])(
  'not offered where one action by itself does it: %j',
  (drivers) => expect(goal(...drivers).offer).toBeUndefined(),
)
