import { describe, expect, test } from 'vitest'
import { kernelById } from '../sim/kernels/registry.ts'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { replay } from '../sim/replay.ts'
import { viabilityWords } from './viability.ts'
import { plain } from './words.ts'

/** Functions of one group with these drivers. */
function machine(drivers: readonly (string | null)[]): Machine {
  const devices = drivers.map((driver, fn): PciFunction => ({
    bdf: `0000:01:00.${fn}`,
    kind: 'ep',
    bridge: false,
    parent: null,
    multifunction: true,
    acsCap: null,
    driver,
    native: driver,
  }))
  return { id: 'm', title: 'm', devices, groups: { 5: devices.map(({ bdf }) => bdf) } }
}

function verdict(drivers: readonly (string | null)[]): string {
  const kernel = kernelById('linux-5.10')
  if (kernel === undefined) throw new Error('no kernel')
  const processes = [{ name: 'qemu', user: 'root' }]
  const run = replay(kernel, { machine: machine(drivers), boot: { iommu: 'nopt' }, processes }, [])
  const snapshot = run.snapshotAt(0)
  const [group] = snapshot.groups
  if (group === undefined) throw new Error('no group')
  const { state, title, words } = viabilityWords(kernel.id, run.world, group, snapshot)
  return `${state}: ${title}. ${plain(words)}`
}

describe('the state of a group and the words for it', () => {
  test.each([
    [[null, 'vfio-pci'], 'viable: Viable. No driver of the host is in the way.'],
    [['vfio-pci', '?'], 'unknown: Viability unknown. 01:00.1 may be held by a driver: the listing does not say.'],
    [
      ['?', 'vfio-pci', '?', '?'],
      'unknown: Viability unknown. 3 of 4 devices may be held by a driver, the listing does not say: 01:00.0, 01:00.2 and 01:00.3.',
    ],
    // One that is known to be held is enough.
    [
      ['vfio-pci', '?', 'nvidia'],
      'not-viable: Not viable. 01:00.2 is bound to nvidia, which keeps the device for the host. 01:00.1 may be held too: the listing does not say.',
    ],
    [
      ['vfio-pci', 'nvidia', 'snd_hda_intel', 'xhci_hcd'],
      'not-viable: Not viable. 3 of 4 devices are held by drivers of the host: 01:00.1 (nvidia), 01:00.2 (snd_hda_intel) and 01:00.3 (xhci_hcd).',
    ],
    [
      ['vfio-pci', 'nvidia', '?', 'xhci_hcd', null],
      'not-viable: Not viable. 01:00.1 is bound to nvidia, which keeps the device for the host. 01:00.3 is bound to xhci_hcd, which keeps the device for the host. 01:00.2 may be held too: the listing does not say.',
    ],
  ])('%j', (drivers, expected) => expect(verdict(drivers)).toBe(expected))
})
