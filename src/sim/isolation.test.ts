import { describe, expect, test } from 'vitest'
import { judge, type Finding, type Judgement } from './isolation.ts'
import { machine, pair, pairWith, play, type PlayOptions } from './kernels/play.test-helper.ts'
import { linux510 } from './kernels/linux-5.10/index.ts'
import type { Run } from './replay.ts'

function judged(run: Run, group: number): Judgement {
  const judgement = judge(run.world, run.snapshotAt(run.steps.length))[group]
  if (judgement === undefined) throw new Error('no such group')
  return judgement
}

/** The verdict and the findings of a group: `V1 reaches-host-memory 01:00.0 host`; `!` where somebody drives the device now. */
function verdict(run: Run, group: number): string {
  const bdf = (device: number | undefined): string => run.world.devices[device ?? -1]?.spec.bdf.slice(5) ?? ''
  const whom = ({ harmed }: Finding): string => {
    if (harmed === null) return '-'
    return harmed.kind === 'host' ? 'host' : harmed.kind === 'process' ? `p${harmed.process}` : `group ${harmed.group}`
  }
  const { verdict: word, findings } = judged(run, group)
  const lines = findings.map(
    (finding) => `${finding.rule} ${finding.how} ${bdf(finding.device)}${finding.live ? '!' : ''} ${whom(finding)}`,
  )
  return [word, ...lines].join('; ')
}

const pt: PlayOptions = { boot: { iommu: 'pt' } }
const G = 2
const stubbed = 'unbind f0; bind f0 S; unbind f1; bind f1 V'
const pulled = 'unbind f1; bind f1 V; use'
const plugged = pairWith('01:00.1', { unplugged: true })

describe('viable and isolated come apart', () => {
  test.each([
    ['at boot', '', {}, false, 'host'],
    ['without drivers', 'unbind f0; unbind f1', pt, true, 'host'],
    ['idle, default domain translates', 'both', {}, true, 'isolated'],
    [
      'idle, beside a native driver',
      'unbind f1; bind f1 V',
      {},
      false,
      'not-isolated; V1 reaches-host-buffers 01:00.1 host',
    ],
    [
      'idle, iommu=pt',
      stubbed,
      pt,
      true,
      'not-isolated; V1 reaches-host-memory 01:00.0 host; V1 reaches-host-memory 01:00.1 host',
    ],
    [
      'no driver beside vfio-pci, iommu=pt',
      'half',
      pt,
      true,
      'not-isolated; V1 reaches-host-memory 01:00.0 host; V1 reaches-host-memory 01:00.1 host',
    ],
    [
      'in a container without a backend, iommu=pt',
      'both; join',
      pt,
      true,
      'not-isolated; V1 reaches-host-memory 01:00.0 host; V1 reaches-host-memory 01:00.1 host',
    ],
    ['in use, iommu=pt', `${stubbed}; use; map_dma c 0 4096; d = group_get_device_fd g f1`, pt, true, 'isolated'],
    [
      'on pci-stub alone, iommu=pt',
      'unbind f0; bind f0 S; unbind f1',
      pt,
      true,
      'not-isolated; V1 reaches-host-memory 01:00.0 host; V1 reaches-host-memory 01:00.1 host',
    ],
    ['pulled from its driver by SET_IOMMU', pulled, {}, false, 'not-isolated; V3 native-in-user-domain 01:00.0 host'],
    [
      '... and with mappings',
      `${pulled}; map_dma c 0 4096`,
      {},
      false,
      'not-isolated; V3 native-in-user-domain 01:00.0 host; V3 native-writes-user-memory 01:00.0 p0',
    ],
    [
      'the same with a uio driver',
      'unbind f0; bind f0 U; unbind f1; bind f1 V; use',
      {},
      false,
      'not-isolated; V3 native-in-user-domain 01:00.0 host',
    ],
    [
      'what the BUG leaves behind',
      'both; use; d = group_get_device_fd g f1; unbind f0; bind f0 E',
      {},
      false,
      'not-isolated; V3 native-in-user-domain 01:00.0 host; V2 native-beside-user 01:00.0 host; V2 native-beside-user 01:00.0 p0',
    ],
    ['closed again', `${pulled}; close g`, {}, false, 'not-isolated; V1 reaches-host-buffers 01:00.1 host'],
  ] as const)('%s', (_, script, options: PlayOptions, viable, expected) => {
    const run = play(linux510, script, options)
    expect(run.snapshotAt(run.steps.length).groups[G]?.viable).toBe(viable)
    expect(verdict(run, G)).toBe(expected)
  })
})

describe('what the kernel does not know', () => {
  test('a hot-plugged device is where the kernel does not think it is', () => {
    const script = 'unbind f0; bind f0 V; use; d = group_get_device_fd g f0; hot_add f1'
    expect(
      verdict(
        play(linux510, script, {
          machine: { ...plugged, devices: plugged.devices.map((f) => ({ ...f, native: null })) },
        }),
        G,
      ),
    ).toBe('isolated; B belief-differs 01:00.1 -')
  })

  test('... and with iommu=pt it reaches everything', () => {
    const machineWithout = { ...plugged, devices: plugged.devices.map((f) => ({ ...f, native: null })) }
    const script = 'unbind f0; bind f0 V; use; d = group_get_device_fd g f0; hot_add f1'
    expect(verdict(play(linux510, script, { ...pt, machine: machineWithout }), G)).toBe(
      'not-isolated; V1 reaches-host-memory 01:00.1 host; B belief-differs 01:00.1 -',
    )
  })

  test('members that were moved before another refused are cut off', () => {
    const script = 'both; join; set_iommu c type1'
    expect(verdict(play(linux510, script, { machine: pairWith('01:00.1', { rmrr: true }) }), G)).toBe(
      'isolated; B belief-differs 01:00.0 -',
    )
  })

  test('functions behind a bridge share its requester ID', () => {
    const bridged = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]')
    expect(verdict(play(linux510, 'unbind 02:01.0; bind 02:01.0 V; unbind 02:01.1', { machine: bridged }), 1)).toBe(
      'isolated; RID same-rid 02:01.0 -; RID same-rid 02:01.1 -',
    )
  })

  test('a listing may put functions with one requester ID into two groups', () => {
    const bridged = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]')
    const groups = { '0': ['0000:00:01.0', '0000:01:00.0'], '1': ['0000:02:01.0'], '2': ['0000:02:01.1'] }
    expect(verdict(play(linux510, 'unbind 02:01.0; bind 02:01.0 V', { machine: { ...bridged, groups } }), 1)).toMatch(
      /^not-isolated; .*RID same-rid-other-group 02:01.0 group 2/,
    )
  })

  test('a hot-plugged function drags along the one whose requester ID it shares', () => {
    const bridged = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]', (f) =>
      f.bdf.endsWith('02:01.1') ? { unplugged: true, native: null } : {},
    )
    const script =
      'unbind 02:01.0; bind 02:01.0 V; g = open_group 1; c = open_container; group_set_container g c; set_iommu c type1; d = group_get_device_fd g 02:01.0; hot_add 02:01.1'
    expect(verdict(play(linux510, script, { ...pt, machine: bridged }), 1)).toContain(
      'V1 reaches-host-memory 02:01.0! host',
    )
  })
})

describe('past the IOMMU', () => {
  const twoPorts = (acs: string): string =>
    `00:01.0rp+[01:00.0usp+[02:00.0dsp${acs}[03:00.0ep] 02:01.0dsp${acs}[04:00.0ep]]]`
  const oneSlot = '00:01.0rp+[01:00.0ep- 01:00.1ep-]'
  const kinds = (topology: string, script: string, options: PlayOptions = {}) => {
    const run = play(linux510, script, { machine: machine(topology), ...options })
    return run.world.groups.flatMap((_, group) => {
      const line = verdict(run, group)
      return line.startsWith('host') ? [] : [line]
    })
  }

  test('downstream ports without ACS pass DMA between their groups', () => {
    expect(kinds(twoPorts('-'), 'unbind 03:00.0; bind 03:00.0 V')).toEqual([
      'not-isolated; P2P peer-to-peer 03:00.0 group 3',
    ])
  })

  test('with ACS they do not', () => {
    expect(kinds(twoPorts('+'), 'unbind 03:00.0; bind 03:00.0 V')).toEqual(['isolated'])
  })

  test('ports of which the listing does not tell are not accused', () => {
    const assumed = machine(twoPorts('-'), () => ({ assumed: ['acs'] }))
    expect(kinds('', 'unbind 03:00.0; bind 03:00.0 V', { machine: assumed })).toEqual(['isolated'])
  })

  test('an override splits the group, and not the hardware', () => {
    const options: PlayOptions = { boot: { iommu: 'nopt', acsOverride: 'multifunction' } }
    expect(kinds(oneSlot, 'unbind f0; bind f0 V', options)).toEqual(['not-isolated; P2P peer-to-peer 01:00.0 group 2'])
    expect(kinds('00:01.0rp+[01:00.0ep+ 01:00.1ep+]', 'unbind f0; bind f0 V', options)).toEqual(['isolated'])
  })

  test('functions that are not plugged in stand for no group', () => {
    const options: PlayOptions = { boot: { iommu: 'nopt', acsOverride: 'multifunction' } }
    const plugged = machine('00:01.0rp+[01:00.0ep- 01:00.1ep- 01:00.2ep-]', ({ bdf }) =>
      bdf.endsWith('00.1') ? { unplugged: true } : {},
    )
    // The function that comes later makes group 2, the third one group 3.
    const past = (script: string) => kinds('', script, { ...options, machine: plugged })
    expect(past('unbind f0; bind f0 V')).toEqual(['not-isolated; P2P peer-to-peer 01:00.0 group 3'])
    expect(past('unbind f0; bind f0 V; hot_add f1')).toEqual([
      'not-isolated; P2P peer-to-peer 01:00.0 group 2; P2P peer-to-peer 01:00.0 group 3',
    ])
  })

  test('a switch port stands for its group while the card behind it is not plugged in', () => {
    const slots = machine('00:01.0rp+[01:00.0usp+[02:00.0dsp-[03:00.0ep] 02:01.0dsp-[04:00.0ep-]]]', ({ bdf }) =>
      bdf.endsWith('04:00.0') ? { unplugged: true } : {},
    )
    const groups = { '0': ['0000:03:00.0'], '1': ['0000:02:01.0', '0000:04:00.0'] }
    expect(kinds('', 'unbind 03:00.0; bind 03:00.0 V', { machine: { ...slots, groups } })).toEqual([
      'not-isolated; P2P peer-to-peer 03:00.0 group 1',
    ])
  })

  test('an override of ports', () => {
    const options: PlayOptions = { boot: { iommu: 'nopt', acsOverride: 'downstream' } }
    expect(kinds(twoPorts('-'), 'unbind 03:00.0; bind 03:00.0 V', options)).toEqual([
      'not-isolated; P2P peer-to-peer 03:00.0 group 2; P2P peer-to-peer 03:00.0 group 5; P2P peer-to-peer 03:00.0 group 3',
    ])
  })
})

test('the same machine, judged twice, is judged alike', () => {
  const run = play(linux510, pulled, { machine: pair })
  expect(judged(run, G)).toEqual(judged(run, G))
})
