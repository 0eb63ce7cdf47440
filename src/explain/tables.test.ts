import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { LEGACY_CHECKS, LEGACY_EFFECTS } from '../sim/kernels/linux-5.10/codes.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { UNKNOWN_DRIVER } from '../sim/drivers.ts'
import { isOp, keysOf, type Op } from '../sim/op.ts'
import { replay } from '../sim/replay.ts'
import { GLOSSARY, glossaryEntry } from './glossary.ts'
import { holesOf } from './holes.test-helper.ts'
import { wordsOf } from './registry.ts'

const KERNEL = 'linux-5.10'

/** Enough for a machine that is busy with something else. */
const SLOW = 120_000

describe('the tables of Linux 5.10', () => {
  const tables = wordsOf(KERNEL)
  test('have words for every check', () => expect(Object.keys(tables.checks).sort()).toEqual([...LEGACY_CHECKS].sort()))
  test('have words for every effect', () =>
    expect(Object.keys(tables.effects).sort()).toEqual([...LEGACY_EFFECTS].sort()))
  test('name no function that is not told about', () => {
    const fixed = (text: unknown): string[] => (typeof text === 'string' && text !== '' ? text.split(' → ') : [])
    const named = [
      ...Object.values(tables.entries).flatMap(fixed),
      ...[...Object.values(tables.checks), ...Object.values(tables.effects)].flatMap(({ fn, path }) => [
        ...fixed(fn),
        ...fixed(path),
      ]),
    ]
    expect([...new Set(named)].filter((name) => tables.functions[name] === undefined)).toEqual([])
  })
})

test('glossary terms are found however they are capitalised', () => {
  expect(glossaryEntry('viable')?.term).toBe('Viable')
  expect(Object.values(GLOSSARY).filter((text) => !text.endsWith('.'))).toEqual([])
})

/** A field of parsed JSON; undefined if it has none. */
function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The observed devices of a recorded machine with its groups, `G0` as group 0: enough to meet every refusal. */
function machineOf(id: string, topology: unknown): Machine {
  const devices = items(field(topology, 'devices'))
    .filter((device) => field(device, 'observed') === true)
    .map((device): PciFunction => {
      const bridge = field(device, 'is_bridge') === true
      const driver = field(device, 'driver')
      const name = typeof driver === 'string' ? driver : null
      return {
        bdf: String(field(device, 'bdf')),
        kind: bridge ? 'rp' : 'ep',
        bridge,
        parent: null,
        multifunction: false,
        acsCap: null,
        driver: name,
        native: name,
      }
    })
  const groups: Record<string, string[]> = {}
  for (const [name, members] of Object.entries(field(topology, 'groups') ?? {}))
    groups[name.slice(1)] = items(members).map(String)
  return { id, title: id, devices, groups }
}

function operationsOf(recording: unknown): Op[] {
  return items(field(recording, 'steps')).flatMap((step): Op[] => {
    const op: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(field(step, 'op') ?? {}))
    if (!isOp(op)) return []
    return [op.op === 'open_group' ? { ...op, group: op.group.slice(1) } : op]
  })
}

const conformance = new URL('../../conformance/', import.meta.url)
const topologies = field(JSON.parse(readFileSync(new URL('topologies.json', conformance), 'utf8')), 'topologies')
const recordings: unknown[] = gunzipSync(readFileSync(new URL('linux-5.10.jsonl.gz', conformance)))
  .toString('utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line): unknown => JSON.parse(line))

/** Numbers that look random and are the same each time (mulberry32). */
function dice(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** Operations of all kinds of this kernel by three processes on few names, so that much of it is refused. */
function walk(seed: number, length: number, addresses: readonly string[], groups: readonly string[]): Op[] {
  const roll = dice(seed)
  const pick = <T>(choices: readonly T[], otherwise: T): T => choices[roll(choices.length)] ?? otherwise
  const kinds = kernelById(KERNEL)?.abi ?? []
  return Array.from({ length }, () => {
    const kind = pick(kinds, 'close')
    const fields: Record<string, string | number> = { op: kind, by: pick(['qemu', 'eve', 'root'], 'qemu') }
    for (const [key, role] of keysOf(kind)) {
      if (role === 'device') fields[key] = pick(addresses, '')
      else if (role === 'driver')
        fields[key] = pick(
          ['vfio-pci', 'vfio-pci', 'vfio-pci', 'pci-stub', 'pci-stub', 'uio_pci_generic', 'e1000e', 'pcieport', 'nope'],
          '',
        )
      else if (role === 'group') fields[key] = pick(groups, '0')
      else if (role === 'arg') fields[key] = pick(['type1', 'type1v2', 'type1_nesting', 'spapr_tce'], 'type1')
      else if (role === 'user') fields[key] = pick(['eve', 'nobody'], 'eve')
      else if (role === 'iova') fields[key] = pick([0, 4096, 4097, 0xfee00000, 2 ** 40], 0)
      else if (role === 'size') fields[key] = pick([4096, 8192, 100, 0], 4096)
      else if (role === 'other?' && roll(2) === 0) continue
      else
        fields[key] = pick(
          key === 'fd'
            ? ['g', 'c', 'd', 'x']
            : [
                key.startsWith('group')
                  ? 'g'
                  : key.startsWith('container')
                    ? 'c'
                    : kind === 'open_group'
                      ? 'g'
                      : kind === 'open_container'
                        ? 'c'
                        : 'd',
                'x',
              ],
          'g',
        )
    }
    return isOp(fields) ? fields : { op: 'close', fd: 'x' }
  })
}

test(
  'walks through every kind of operation leave no hole in any text',
  () => {
    const kernel = kernelById(KERNEL)
    if (kernel === undefined) throw new Error('Linux 5.10 is not simulated')
    const card = (bdf: string, more: Partial<PciFunction>): PciFunction => ({
      bdf,
      kind: 'ep',
      bridge: false,
      parent: '0000:00:01.0',
      multifunction: true,
      acsCap: null,
      driver: 'e1000e',
      native: 'e1000e',
      vendor: '8086',
      device: '10d3',
      ...more,
    })
    const devices = [
      card('0000:00:01.0', {
        kind: 'rp',
        bridge: true,
        parent: null,
        driver: 'pcieport',
        native: 'pcieport',
        secondary: 1,
      }),
      card('0000:01:00.0', {}),
      card('0000:01:00.1', { driver: null, resettable: false }),
      card('0000:01:00.3', { unplugged: true }),
      card('0000:01:00.2', { unplugged: true }),
      card('0000:00:02.0', { parent: null, rmrr: true }),
      card('0000:00:03.0', { parent: null, driver: UNKNOWN_DRIVER, native: null }),
    ]
    const machine: Machine = {
      id: 'walked',
      title: 'Walked',
      devices,
      groups: { '1': devices.slice(0, 4).map(({ bdf }) => bdf), '2': ['0000:00:02.0'], '3': ['0000:01:00.2'] },
    }
    const processes = ['qemu', 'eve', 'root'].map((name) => ({ name, user: name === 'qemu' ? 'root' : name }))
    const joined = (group: string, type: string): Op[] => [
      { op: 'open_group', group, as: 'g' },
      { op: 'open_container', as: 'c' },
      { op: 'group_set_container', group_fd: 'g', container_fd: 'c' },
      { op: 'set_iommu', container_fd: 'c', type },
    ]
    const ready: Op[] = [
      { op: 'unbind', device: '0000:01:00.0' },
      { op: 'bind', device: '0000:01:00.1', driver: 'vfio-pci' },
      ...joined('1', 'type1v2'),
      { op: 'group_get_device_fd', group_fd: 'g', device: '0000:01:00.1', as: 'd' },
    ]
    const hotReset: Op = { op: 'device_hot_reset', device_fd: 'd', group_fd: 'g' }
    const scripts: readonly (readonly Op[])[] = [
      [
        ...ready,
        { op: 'map_dma', container_fd: 'c', iova: 0, size: 4096 },
        { op: 'dma_probe', device: '0000:01:00.1', iova: 0 },
        { op: 'unmap_dma', container_fd: 'c', iova: 0, size: 4096 },
        hotReset,
        { op: 'bind', device: '0000:01:00.0', driver: 'vfio-pci' },
        hotReset,
        { op: 'group_get_device_fd', group_fd: 'g', device: '0000:01:00.0', as: 'e' },
        { op: 'device_reset', device_fd: 'e' },
        { op: 'unbind', device: '0000:01:00.0' },
        { op: 'device_reset', device_fd: 'e' },
        hotReset,
        { op: 'bind', device: '0000:01:00.0', driver: 'vfio-pci' },
        { op: 'hot_add', device: '0000:01:00.2' },
        hotReset,
        { op: 'unbind', device: '0000:01:00.2' },
        { op: 'bind', device: '0000:01:00.2', driver: 'vfio-pci' },
        { op: 'open_group', group: '3', as: 'h' },
        { ...hotReset, group_fd: 'h' },
        { op: 'group_set_container', group_fd: 'h', container_fd: 'c' },
        { op: 'close', fd: 'e' },
      ],
      [...ready, { op: 'hot_add', device: '0000:01:00.3' }],
      [...ready.slice(0, 5), { op: 'set_iommu', container_fd: 'c', type: 'type1_nesting' }],
      [
        { op: 'unbind', device: '0000:00:02.0' },
        { op: 'bind', device: '0000:00:02.0', driver: 'vfio-pci' },
        ...joined('2', 'type1'),
      ],
      // A user other than root may have no more memory mapped than the limit allows.
      [
        ...ready.slice(0, 2),
        { op: 'chown_group', group: '1', user: 'eve' },
        ...joined('1', 'type1').map((op): Op => ({ ...op, by: 'eve' })),
        { op: 'map_dma', container_fd: 'c', iova: 0, size: 65536, by: 'eve' },
        { op: 'map_dma', container_fd: 'c', iova: 65536, size: 4096, by: 'eve' },
      ],
    ]
    const codes = new Set<string>()
    const tell = (name: string, ops: readonly Op[], iommu: 'pt' | 'nopt', interruptRemapping: boolean): void => {
      const run = replay(kernel, { machine: { ...machine, interruptRemapping }, boot: { iommu }, processes }, ops)
      const found = holesOf(KERNEL, run).map((hole) => `${name}: ${hole}`)
      expect(found.slice(0, 10)).toEqual([])
      run.steps.forEach((_, index) => run.traceOf(index).forEach(({ code }) => codes.add(code)))
    }
    scripts.forEach((ops, place) => tell(`script ${place}`, ops, 'nopt', true))
    const addresses = [...devices.map(({ bdf }) => bdf), '0000:09:00.0']
    for (let seed = 1; seed <= 60; seed++) {
      const ops = [...ready.slice(0, seed % 9), ...walk(seed, 40, addresses, ['1', '2', '3', '9'])]
      tell(`seed ${seed}`, ops, seed % 2 === 0 ? 'pt' : 'nopt', seed % 5 > 0)
    }
    expect([...LEGACY_CHECKS, ...LEGACY_EFFECTS].filter((code) => !codes.has(code))).toEqual([])
  },
  SLOW,
)

describe('the recordings', () => {
  test(
    'leave no hole in any text',
    () => {
      const kernel = kernelById(KERNEL)
      if (kernel === undefined) throw new Error('Linux 5.10 is not simulated')
      const processes = [{ name: 'qemu', user: 'root' }]
      let steps = 0
      // One of three, so that the test stays short.
      const found = recordings
        .filter((_, place) => place % 3 === 0)
        .flatMap((recording, place) => {
          const name = String(field(recording, 'topology'))
          const iommu = field(recording, 'cmdline') === 'iommu=pt' ? 'pt' : 'nopt'
          const machine = machineOf(name, field(topologies, name))
          const run = replay(kernel, { machine, boot: { iommu }, processes }, operationsOf(recording))
          steps += run.steps.length
          return holesOf(KERNEL, run).map((hole) => `${place}: ${hole}`)
        })
      expect(found.slice(0, 20)).toEqual([])
      expect(steps).toBeGreaterThan(3000)
    },
    SLOW,
  )
})
