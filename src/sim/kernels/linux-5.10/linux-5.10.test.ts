import { describe, expect, test } from 'vitest'
import { answers, casesOf, machine, pair, pairWith, play, type PlayOptions } from '../play.test-helper.ts'
import type { Run } from '../../replay.ts'
import { linux510 } from './index.ts'

const run = (script: string, options?: PlayOptions): Run => play(linux510, script, options)

/** The last answers to a script, as many as an expectation has. */
function last(script: string, expected: string, options?: PlayOptions): string {
  return answers(run(script, options), expected.split(' ').length)
}
const cases = casesOf(last)

/** Where each device's DMA goes after a script, e.g. `f0:dma f1:container`. */
function contexts(script: string, options?: PlayOptions): string {
  const played = run(script, options)
  const { contexts: hardware } = played.snapshotAt(played.steps.length)
  const place = (bdf: string): string => {
    const device = played.world.devices[played.world.deviceIndex.get(`0000:${bdf}`) ?? -1]
    const context = hardware[device?.rids.at(-1) ?? -1]
    return context?.kind === 'domain' ? `c${context.domain}` : (context?.kind ?? '?')
  }
  return `${place('01:00.0')} ${place('01:00.1')} ${place('02:00.0')}`
}

const pt: PlayOptions = { boot: { iommu: 'pt' } }

describe('check vectors of the specification', () => {
  // prettier-ignore
  test.each([
    ['1', 'unbind f1; bind f1 V; g = open_group G; group_get_status g', 'ok -'],
    ['2', 'unbind f1; bind f1 V; join; set_iommu c type1; group_get_status g', 'ok ok c'],
    ['3', 'unbind f1; bind f1 V; use; d = group_get_device_fd g f1', 'EINVAL'],
    ['4', 'unbind f1; bind f1 V; use; unbind f0; group_get_status g; d = group_get_device_fd g f1', 'ok vc ok'],
    ['5a', 'half; open; d = group_get_device_fd g f1', 'EINVAL'],
    ['5b', 'half; join; d = group_get_device_fd g f1', 'EINVAL'],
    ['6', 'c = open_container; set_iommu c type1', 'EINVAL'],
    ['7', 'half; use; set_iommu c type1', 'EINVAL'],
    ['8', 'half; g = open_group G; h = open_group G', 'ok EBUSY'],
    ['9', 'half; join; group_set_container g c', 'ok EINVAL'],
    ['10a', 'half; use; d = group_get_device_fd g f1; group_unset_container g', 'ok EBUSY'],
    ['10b', 'half; open; group_unset_container g', 'EINVAL'],
    ['11', 'half; join; bind f0 E', 'bug'],
    ['12', 'half; g = open_group G; bind f0 E; group_get_status g', 'ok -'],
    ['13 native', 'both; use; d = group_get_device_fd g f0; unbind f1; bind f1 E', 'ok bug'],
    ['13 stub', 'both; use; d = group_get_device_fd g f0; unbind f1; bind f1 S', 'ok ok'],
    ['13 vfio', 'both; use; d = group_get_device_fd g f0; unbind f1; bind f1 V', 'ok ok'],
    ['14', 'both; use; d = group_get_device_fd g f1; unbind f1; close d', 'blocked ok(10:ok)'],
    ['15 unset', 'half; join; unbind f1; group_unset_container g', 'blocked ok(7:ok)'],
    ['15 close', 'half; join; unbind f1; close g', 'blocked ok(7:ok)'],
    ['16', 'half; g = open_group G; unbind f1; close g; g = open_group G', 'ok ok ENOENT'],
    ['17', 'half; use; d = group_get_device_fd g f1; close g; g = open_group G; close d; g = open_group G', 'ok EBUSY ok ok'],
    ['19', 'unbind f0; bind f0 S; unbind f1; bind f1 V; use; d = group_get_device_fd g f0', 'ENODEV'],
  ])('%s', (_, script, expected) => expect(last(script, expected)).toBe(expected))

  test('18: viable, and both reach all memory', () => {
    const script =
      'unbind f0; bind f0 S; unbind f1; bind f1 V; g = open_group G; group_get_status g; dma_probe f0 0; dma_probe f1 0'
    expect(last(script, 'v =ok/blocked =ok/blocked', pt)).toBe('v =ok/blocked =ok/blocked')
  })

  test('20: the first group leaves, the second keeps backend and mappings', () => {
    const script =
      'half; single; use; h = open_group H; group_set_container h c; map_dma c 0 4096; group_unset_container g; map_dma c 0 4096'
    expect(last(script, 'ok EEXIST')).toBe('ok EEXIST')
    expect(contexts(script)).toBe('dma dma c0')
  })
})

describe('a process may close its files in any order', () => {
  // After each close: users of the group, then `D` while its DMA goes through the container, `B` while it has a backend.
  test.each([
    ['d g c', '1DB 0 0'],
    ['d c g', '1DB 1DB 0'],
    ['g d c', '1DB 0 0'],
    ['g c d', '1DB 1DB 0'],
    ['c d g', '2DB 1DB 0'],
    ['c g d', '2DB 1DB 0'],
  ])('%s', (order, expected) => {
    const start = 'half; use; map_dma c 0 4096; d = group_get_device_fd g f1'
    const closed = order.split(' ')
    const seen = closed.map((_, index) => {
      const script = [start, ...closed.slice(0, index + 1).map((name) => `close ${name}`)].join('; ')
      const played = run(script)
      const { groups, containers, domains } = played.snapshotAt(played.steps.length)
      const mapped = domains.some((domain) => domain.mappings.length === 1)
      return `${groups[2]?.users}${contexts(script).startsWith('c0 c0') && mapped ? 'D' : ''}${containers.some((one) => one.iommu !== null) ? 'B' : ''}`
    })
    expect(seen.join(' ')).toBe(expected)
    expect(
      last(`${start}; ${closed.map((name) => `close ${name}`).join('; ')}; g = open_group G; bind f0 E`, 'ok ok'),
    ).toBe('ok ok')
  })

  test.each([
    ['g d', 'EBUSY'],
    ['g c', 'EBUSY'],
    ['c g', 'EBUSY'],
  ])('%s closed: opening the group again', (order, expected) => {
    const [first = '', second = ''] = order.split(' ')
    const script = `half; use; d = group_get_device_fd g f1; close ${first}; h = open_group G`
    expect(last(script, first === 'g' ? expected : 'EBUSY')).toBe(first === 'g' ? expected : 'EBUSY')
    if (second !== 'd') expect(last(`${script}; close ${second}; h = open_group G`, 'EBUSY')).toBe('EBUSY')
  })
})

describe('who may', () => {
  const users: PlayOptions = {
    processes: [
      { name: 'qemu', user: 'alice' },
      { name: 'other', user: 'bob' },
      { name: 'admin', user: 'root' },
    ],
  }
  // prettier-ignore
  test.each([
    ['a stranger', 'half; g = open_group G', 'EACCES'],
    ['root', 'half; admin: g = open_group G', 'ok'],
    ['the owner', 'half; chown_group G alice; g = open_group G', 'ok'],
    ['another user than the owner', 'half; chown_group G alice; other: g = open_group G', 'EACCES'],
    ['nobody, of a group without a node', 'chown_group G alice', 'ENOENT'],
    ['the old owner of a node made anew', 'half; chown_group G alice; unbind f1; bind f1 V; g = open_group G', 'EACCES'],
    ['anybody, containers', 'other: c = open_container', 'ok'],
    ['nobody, registers of what is no device', 'half; admin: g = open_group G; device_access g', 'EINVAL'],
    ["nobody, another process's container", 'half; other: c = open_container; admin: g = open_group G; group_set_container g c', 'EINVAL'],
  ])('%s', (_, script, expected) => expect(last(script, expected, users)).toBe(expected))
})

// prettier-ignore
cases('virtual machines, resets and other calls', [
  ['no container', 'half; g = open_group G; kvm_group_add g', 'EINVAL'],
  ['no backend', 'half; join; kvm_group_add g', 'EINVAL'],
  ['not viable', 'unbind f1; bind f1 V; use; kvm_group_add g', 'EINVAL'],
  ['usable, once', 'half; use; kvm_group_add g; kvm_group_add g', 'ok EEXIST'],
  ['not held', 'half; use; kvm_group_del g', 'ENOENT'],
  ['no group', 'c = open_container; kvm_group_add c; kvm_group_del c; kvm_group_add x', 'EINVAL ENOENT EBADF'],
  ['holds the container', 'half; use; kvm_group_add g; group_unset_container g; kvm_group_del g; group_unset_container g', 'EBUSY ok ok'],
  ['holds it without any file', 'half; use; kvm_group_add g; close g; close c; g = open_group G; bind f0 E', 'EBUSY bug'],
  ['ends with its process', 'half; use; kvm_group_add g; close g; exit; g = open_group G', 'ok ok'],
  ['version', 'c = open_container; get_api_version c', '=0'],
  ['hot reset of an own slot', 'both; use; d = group_get_device_fd g f0; device_hot_reset d group_fd=g', 'ok'],
  ['hot reset with a sibling elsewhere', 'half; use; d = group_get_device_fd g f1; device_hot_reset d group_fd=g', 'EINVAL'],
  ['hot reset without a group', 'both; use; d = group_get_device_fd g f0; device_hot_reset d', 'EINVAL'],
  ['hot reset with a file that is none', 'both; use; d = group_get_device_fd g f0; device_hot_reset d group_fd=c; device_hot_reset d group_fd=x', 'EINVAL EBADF'],
  ['hot reset, sibling leaving', 'both; use; d = group_get_device_fd g f0; e = group_get_device_fd g f1; unbind f1; device_hot_reset d group_fd=g', 'EAGAIN'],
  ['info without backend', 'c = open_container; iommu_get_info c', 'EINVAL'],
  ['info', 'half; use; map_dma c 0 4096; iommu_get_info c', '=3/0xfffffffffffff000/0x0-0xfedfffff,0xfef00000-0x7fffffffff/65534'],
  ['a name opened twice', 'half; c = open_container; c = open_container; g = open_group G; g = open_group G; group_get_status g', 'ok EBUSY v'],
])

test('a name opened again keeps its number, and the old file is closed after', () => {
  const played = run(
    'half; use; d = group_get_device_fd g f1; d = group_get_device_fd g f1; c = open_container; x = open_container',
  )
  const { fds, groups, devices } = played.snapshotAt(played.steps.length)
  const numbers = fds.map(({ slot, number }) => `${played.world.slots[slot]}=${number}`).sort()
  expect(numbers).toEqual(['c=4', 'd=5', 'g=3', 'x=6'])
  expect(groups[2]?.users).toBe(2)
  expect(devices.map((device) => device.opens)).toContain(1)
})

// prettier-ignore
cases('drivers', [
  ['a driver that there is not', 'unbind f0; bind f0 none-such; drivers_probe f0; bind f0 E', 'ENOENT ok ok'],
  ['a driver of another device', 'unbind f0; bind f0 pcieport', 'ENODEV'],
  ['a device in use', 'bind f0 V', 'ENODEV'],
  ['a bridge on vfio-pci', 'unbind 00:01.0; bind 00:01.0 V', 'ok ENODEV'],
  ['nobody', 'bind 1f:00.0 V; unbind 1f:00.0; drivers_probe 1f:00.0; driver_override 1f:00.0 V', 'ENODEV ENODEV ENODEV ENODEV'],
  ['drivers_probe takes the native one', 'unbind f0; drivers_probe f0; unbind f0', 'ok ok ok'],
  ['... that of the override', 'unbind f0; driver_override f0 V; drivers_probe f0; g = open_group G', 'ok ok ok'],
  ['... and stops the machine in use', 'half; join; driver_override f0 -; drivers_probe f0; close g', 'ok bug bug'],
  ['a leaving device holds its lock', 'half; use; d = group_get_device_fd g f1; unbind f1; driver_override f1 E; bind f1 S; drivers_probe f1; unbind f1; close d; close g', 'blocked blocked blocked ok ENODEV ok ok(9:ok,10:ok,11:ok)'],
  ['a native driver that waited for it', 'both; use; d = group_get_device_fd g f1; unbind f1; bind f1 E; close d; close g', 'blocked blocked ok(10:ok,11:bug) bug'],
  ['odd drivers on a bridge do no harm', 'half; join; unbind 00:01.0; bind 00:01.0 U; group_get_status g', 'ok ok vc'],
])

describe('hot plugging', () => {
  const plugged: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true }) }
  test.each([
    ['an idle group', 'hot_add f1; hot_add f1', 'ok EEXIST'],
    ['nothing there before', 'unbind f1; dma_probe f1 0; bind f1 V', 'ENODEV ENODEV ENODEV'],
    ['a group in use: the native driver takes it, and that is the end', 'unbind f0; bind f0 V; use; hot_add f1', 'bug'],
    ['a group in use, with an override', 'unbind f0; bind f0 V; use; driver_override f1 S; hot_add f1', 'ENODEV bug'],
  ])('%s', (_, script, expected) => expect(last(script, expected, plugged)).toBe(expected))

  test('the new device is outside the domain of its group', () => {
    expect(contexts('unbind f0; bind f0 V; use', plugged)).toBe('c0 blocked dma')
    expect(contexts('unbind f0; bind f0 V; use; hot_add f1', plugged)).toBe('c0 dma dma')
  })
})

describe('groups that the backend does not take', () => {
  const locked: PlayOptions = { machine: pairWith('01:00.1', { rmrr: true }) }
  const unsafe: PlayOptions = { machine: { ...pair, interruptRemapping: false } }

  test('firmware wants memory: refused, and members moved before are left with nothing', () => {
    expect(last('half; join; set_iommu c type1', 'ok EPERM', locked)).toBe('ok EPERM')
    expect(contexts('half; join; set_iommu c type1', locked)).toBe('blocked dma dma')
  })

  test('no interrupt remapping: refused and put back, unless allowed', () => {
    expect(last('half; use; set_iommu c type1', 'EPERM EPERM', unsafe)).toBe('EPERM EPERM')
    expect(contexts('half; use', unsafe)).toBe('dma dma dma')
    expect(last('half; use', 'ok', { ...unsafe, boot: { iommu: 'nopt', allowUnsafeInterrupts: true } })).toBe('ok')
  })

  test('the second group of two: the first goes back as well', () => {
    const script =
      'half; single; join; h = open_group H; group_set_container h c; set_iommu c type1; group_get_status h'
    expect(last(script, 'EPERM vc', { machine: pairWith('01:00.1', { rmrr: true }) })).toBe('EPERM vc')
    expect(contexts(script, locked)).toBe('blocked dma dma')
  })

  test('joining a container with a backend: refused, and stays out', () => {
    const script =
      'half; single; h = open_group H; c = open_container; group_set_container h c; set_iommu c type1; g = open_group G; group_set_container g c; group_get_status g'
    expect(last(script, 'EPERM v', locked)).toBe('EPERM v')
    expect(contexts(script, locked)).toBe('blocked dma c0')
  })
})

test('devices behind one bridge share what it says in their place', () => {
  const bridged = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]')
  const played = play(
    linux510,
    'unbind 02:01.0; unbind 02:01.1; bind 02:01.0 V; g = open_group 1; c = open_container; group_set_container g c; set_iommu c type1',
    { machine: bridged },
  )
  const { contexts: hardware, groups } = played.snapshotAt(played.steps.length)
  const group = played.world.groups[1]?.devices ?? []
  const kinds = group.flatMap((device) => (played.world.devices[device]?.rids ?? []).map((rid) => hardware[rid]?.kind))
  expect(kinds).toEqual(['domain', 'domain', 'domain', 'domain', 'domain'])
  expect(groups[1]?.viable).toBe(true)
})

describe('mappings', () => {
  const used = (type: string): string => `half; join; set_iommu c ${type}`
  // prettier-ignore
  test.each([
    ['the interrupt window', 'type1', 'map_dma c 0xfee00000 4096; map_dma c 0xfed00000 0x400000; map_dma c 0xfef00000 4096', 'EINVAL EINVAL ok'],
    ['the end of the aperture', 'type1', 'map_dma c 0x7fffffe000 8192; map_dma c 0x8000000000 4096', 'ok EINVAL'],
    ['odd numbers', 'type1', 'map_dma c 1 4096; map_dma c 0 0; map_dma c 0 -4096; map_dma c 0.5 4096; map_dma c NaN 4096', 'EINVAL EINVAL EINVAL EINVAL EINVAL'],
    ['around the end of 64 bits', 'type1', 'map_dma c 0xfffffffffffff000 8192; unmap_dma c 0xfffffffffffff000 8192', 'EINVAL EINVAL'],
    ['overlap before aperture', 'type1', 'map_dma c 0x7fffffe000 8192; map_dma c 0x7ffffff000 8192', 'ok EEXIST'],
    ['v1: the first byte decides', 'type1', 'map_dma c 0 8192; unmap_dma c 4096 4096; unmap_dma c 0 4096', 'ok =0 =8192'],
    ['v2: no cutting', 'type1v2', 'map_dma c 0 8192; unmap_dma c 4096 4096; unmap_dma c 0 4096; unmap_dma c 0 12288', 'ok EINVAL EINVAL =8192'],
    ['nothing there', 'type1v2', 'unmap_dma c 0 4096', '=0'],
    ['nesting needs what the hardware lacks', 'type1_nesting', 'map_dma c 0 4096', 'ENODEV EINVAL'],
  ])('%s', (_, type, script, expected) => expect(last(`${used(type)}; ${script}`, expected)).toBe(expected))
})

test('after a BUG every call gets the same answer, and nothing changes', () => {
  const played = run('half; join; bind f0 E; close g; i = open_iommufd; exit; dma_probe f0 0')
  const [first, ...later] = played.steps.slice(6).map((step) => step.result)
  expect(first).toEqual({
    bug: { file: 'drivers/vfio/vfio.c', line: 698, text: 'kernel BUG at drivers/vfio/vfio.c:698!' },
  })
  for (const result of later) expect(result).toEqual(first)
  expect(played.stateAt(played.steps.length).bytes).toEqual(played.stateAt(7).bytes)
  expect(played.snapshotAt(7)).toMatchObject({ dead: true })
})
