import { expect, test } from 'vitest'
import { linux510 } from '../kernels/linux-5.10/index.ts'
import { play } from '../kernels/play.test-helper.ts'
import type { Context } from './context.ts'
import { land, nativelyDriven, wireContext, type Landing } from './landing.ts'

const F0 = '0000:01:00.0'
const [G, H] = [2, 3]
const domains = [
  { domain: 4, owner: { kind: 'container', index: 0 }, mappings: [{ iova: 0x3000, size: 0x1000, process: 0 }] },
  {
    domain: 7,
    owner: { kind: 'container', index: 1 },
    mappings: [
      { iova: 0x3000, size: 0x2000, process: 1 },
      { iova: 0x5000, size: 0x1000, process: 2 },
    ],
  },
] as const

/** Where DMA of 01:00.0 lands while the IOMMU treats it so, after a script that leaves drivers somewhere. */
function landing(
  context: Context,
  address: number,
  script = '',
  change: { present?: boolean; bdf?: string } = {},
): string {
  const run = play(linux510, script)
  const { world } = run
  const snapshot = run.snapshotAt(run.steps.length)
  const device = world.deviceIndex.get(change.bdf ?? F0) ?? -1
  const rid = world.devices[device]?.rids.at(-1)
  const view = {
    domains,
    contexts: snapshot.contexts.map((known, at) => (at === rid ? context : known)),
    devices: snapshot.devices.map((one) => (one.device === device ? { ...one, present: change.present ?? true } : one)),
  }
  return said(land(world, view, device, address), (one) => world.devices[one]?.spec.bdf.slice(5) ?? '?')
}

function said(end: Landing, name: (device: number) => string): string {
  if (end.kind === 'page') return `domain ${end.domain}, process ${end.process}, +${end.offset}`
  return end.kind === 'host-buffers' ? `buffers of ${end.devices.map(name).join(' ')}` : end.kind
}

const D7: Context = { kind: 'domain', domain: 7 }
const DMA: Context = { kind: 'dma', group: G }

test.each<[title: string, context: Context, address: number, expected: string, script?: string]>([
  ['a blocked function reaches nothing', { kind: 'blocked' }, 0x3000, 'nowhere'],
  ['untranslated, it reaches the host’s memory', { kind: 'identity' }, 0x3000, 'host-memory'],
  ['the default domain has buffers of all native drivers of the group', DMA, 0, 'buffers of 01:00.0 01:00.1'],
  ['... not of a member without a driver', DMA, 0, 'buffers of 01:00.1', 'unbind f0'],
  ['... nor of one on vfio-pci', DMA, 0, 'buffers of 01:00.0', 'unbind f1; bind f1 V'],
  ['... nor of one on uio', DMA, 0, 'buffers of 01:00.0', 'unbind f1; bind f1 U'],
  ['... and is empty where none has one', DMA, 0, 'nowhere', 'unbind f0; unbind f1'],
  ['the default domain of another group has the buffers there', { kind: 'dma', group: H }, 0, 'buffers of 02:00.0'],
  ['one byte before a mapping', D7, 0x2fff, 'nowhere'],
  ['the first byte of a mapping', D7, 0x3000, 'domain 7, process 1, +0'],
  ['within a mapping', D7, 0x3010, 'domain 7, process 1, +16'],
  ['the last byte of a mapping', D7, 0x4fff, 'domain 7, process 1, +8191'],
  ['the mapping behind it', D7, 0x5000, 'domain 7, process 2, +0'],
  ['one byte behind the last', D7, 0x6000, 'nowhere'],
  ['another domain at the same address', { kind: 'domain', domain: 4 }, 0x3010, 'domain 4, process 0, +16'],
  ['a domain that is not live', { kind: 'domain', domain: 5 }, 0x3000, 'nowhere'],
])('%s', (_, context, address, expected, script = '') => {
  expect(landing(context, address, script)).toBe(expected)
})

test('a function that is not plugged in, or that nobody knows, reaches nothing', () => {
  expect(landing({ kind: 'identity' }, 0, '', { present: false })).toBe('nowhere')
  expect(landing({ kind: 'identity' }, 0, '', { bdf: '0000:09:00.0' })).toBe('nowhere')
  const run = play(linux510, '')
  expect(wireContext(run.world, run.snapshotAt(0), -1)).toEqual({ kind: 'blocked' })
  expect(nativelyDriven(run.world, run.snapshotAt(0), -1)).toEqual([])
})
