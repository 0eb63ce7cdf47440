import { describe, expect, test } from 'vitest'
import { linux61 } from '../../linux-6.1/index.ts'
import { linux612 } from '../../linux-6.12/index.ts'
import { linux612iommufd } from '../../linux-6.12-iommufd/index.ts'
import { places } from '../../places.test-helper.ts'
import { answers, casesOf, machine, pair, pairWith, play, type PlayOptions } from '../../play.test-helper.ts'

const pt: PlayOptions = { boot: { iommu: 'pt' } }
const DEVICES = ['01:00.0', '01:00.1', '02:00.0']

describe.each([linux61, linux612, linux612iommufd] as const)('$id', (kernel) => {
  /** The last answers to a script, as many as an expectation has. */
  const last = (script: string, expected: string, options?: PlayOptions): string =>
    answers(play(kernel, script, options), expected.split(' ').length)
  const cases = casesOf(last)

  const where = (script: string, options?: PlayOptions): string => places(play(kernel, script, options), DEVICES)

  // prettier-ignore
  cases('check vectors of the specification: answers', [
    ['1', 'unbind f1; bind f1 V; g = open_group G; group_get_status g', 'ok -'],
    ['2', 'unbind f1; bind f1 V; join', 'EPERM'],
    ['3', 'half; join; group_get_status g', 'ok vc'],
    ['4', 'half; join; bind f0 E; drivers_probe f0; unbind f0', 'ok EBUSY EINVAL ENODEV'],
    ['5 stub', 'half; join; bind f0 S', 'ok'],
    ['5 vfio', 'half; join; bind f0 V', 'ok'],
    ['6', 'half; join; d = group_get_device_fd g f1', 'EINVAL'],
    ['7', 'half; use; d = group_get_device_fd g f1; group_unset_container g', 'ok EBUSY'],
    ['8', 'half; use; d = group_get_device_fd g f1; close d; group_unset_container g; bind f0 E', 'ok ok ok ok'],
    ['9', 'half; join; unbind f1; group_get_status g', 'ok ENODEV'],
    ['10', 'both; use; d = group_get_device_fd g f0; unbind f1; bind f1 E', 'ok ok EBUSY'],
    ['13', 'unbind f1; bind f1 V; g = open_group G; unbind f0; group_get_status g', 'ok ok v'],
  ])

  describe('check vectors of the specification: where DMA goes', () => {
    // prettier-ignore
    test.each([
      ['2', 'unbind f1; bind f1 V; join', undefined, 'dma dma dma'],
      ['3', 'half; join', undefined, 'blocked blocked dma'],
      ['3, then an IOMMU type', 'half; use', undefined, 'c c dma'],
      ['8', 'half; use; group_unset_container g', undefined, 'dma dma dma'],
      ['10', 'both; use; d = group_get_device_fd g f0; unbind f1', undefined, 'c c dma'],
      ['11 before', 'unbind f0; bind f0 S; unbind f1; bind f1 V', pt, 'identity identity identity'],
      ['11 after', 'unbind f0; bind f0 S; unbind f1; bind f1 V; join', pt, 'blocked blocked identity'],
      ['12', 'half; single; use; h = open_group H; group_set_container h c; group_unset_container g', undefined, 'dma dma c'],
    ])('%s', (_, script, options, expected) => expect(where(script, options)).toBe(expected))
  })

  test('13: the count of drivers goes with them', () => {
    const counts = (script: string): unknown => {
      const run = play(kernel, script)
      return run.snapshotAt(run.steps.length).groups[2]?.ownership
    }
    expect(counts('')).toEqual({ count: 2, owner: 'drivers', iommufd: -1 })
    expect(counts('unbind f0')).toEqual({ count: 1, owner: 'drivers', iommufd: -1 })
    expect(counts('unbind f0; bind f0 U')).toEqual({ count: 2, owner: 'drivers', iommufd: -1 })
    expect(counts('half')).toEqual({ count: 0, owner: 'nobody', iommufd: -1 })
    expect(counts('half; join')).toEqual({ count: 1, owner: 'vfio-group', iommufd: -1 })
  })

  describe('a process may close its files in any order', () => {
    // After each close: users of the group, then `D` while its DMA goes through the container, `B` while it has a backend.
    test.each([
      ['d g c', '1DB 0 0'],
      ['d c g', '1DB 1DB 0'],
      ['g d c', '2DB 0 0'],
      ['g c d', '2DB 2DB 0'],
      ['c d g', '2DB 1DB 0'],
      ['c g d', '2DB 2DB 0'],
    ])('%s', (order, expected) => {
      const start = 'half; use; map_dma c 0 4096; d = group_get_device_fd g f1'
      const closed = order.split(' ')
      const seen = closed.map((_, index) => {
        const run = play(kernel, [start, ...closed.slice(0, index + 1).map((name) => `close ${name}`)].join('; '))
        const { groups, containers, domains, contexts } = run.snapshotAt(run.steps.length)
        const wire = contexts[run.world.devices[3]?.rids.at(-1) ?? -1]
        const mapped = domains.some((domain) => domain.mappings.length === 1)
        return `${groups[2]?.users}${wire?.kind === 'domain' && mapped ? 'D' : ''}${containers.some((one) => one.iommu !== null) ? 'B' : ''}`
      })
      expect(seen.join(' ')).toBe(expected)
      const all = closed.map((name) => `close ${name}`).join('; ')
      expect(last(`${start}; ${all}; g = open_group G; bind f0 E`, 'ok ok')).toBe('ok ok')
    })

    test.each([
      ['the group, its device still open', 'close g', 'EBUSY'],
      ['the group and then the device', 'close g; close d', 'ok'],
      ['the container', 'close c', 'EBUSY'],
    ])('%s: opening the group again', (_, closing, expected) => {
      expect(last(`half; use; d = group_get_device_fd g f1; ${closing}; h = open_group G`, expected)).toBe(expected)
    })
  })

  describe('dead group files', () => {
    const dead = 'half; g = open_group G; unbind f1'
    // prettier-ignore
    test.each([
      ['status', `${dead}; group_get_status g`, 'ENODEV'],
      ['a container', `${dead}; c = open_container; group_set_container g c; group_set_container g x`, 'ENODEV EBADF'],
      ['leaving one', `${dead}; group_unset_container g`, 'EINVAL'],
      ['a device, even one that is back', `${dead}; bind f1 V; d = group_get_device_fd g f1`, 'ok ENODEV'],
      ['beside a new one', `${dead}; bind f1 V; h = open_group G; group_get_status h; group_get_status g`, 'ok v ENODEV'],
      ['closed, it takes nothing along', `${dead}; bind f1 V; h = open_group G; close g; group_get_status h`, 'ok v'],
      ['a virtual machine', `${dead}; kvm_group_add g; kvm_group_add g; kvm_group_del g; kvm_group_del g`, 'ok EEXIST ok ENOENT'],
      ['one that a virtual machine held', 'half; g = open_group G; kvm_group_add g; unbind f1; kvm_group_add g; bind f1 V; h = open_group G; kvm_group_add h; kvm_group_del g; close h; h = open_group G; kvm_group_del h; close h; h = open_group G', 'EEXIST ok ok ok ok ok EBUSY EBADF EBADF EBUSY'],
      ['no node', `${dead}; h = open_group G`, 'ENOENT'],
      ['its container is left by force', 'half; use; unbind f1; set_iommu c type1; bind f0 E', 'ok EINVAL ok'],
    ])('%s', (_, script, expected) => expect(last(script, expected)).toBe(expected))

    test('are told apart', () => {
      const run = play(kernel, `${dead}; bind f1 V; h = open_group G`)
      const files = run
        .snapshotAt(run.steps.length)
        .fds.map(({ slot, object, dead: gone }) => [run.world.slots[slot], object, gone])
      expect(files).toEqual([
        ['g', 2, true],
        ['h', 2, undefined],
      ])
    })
  })

  // prettier-ignore
  cases('drivers', [
    ['a device in use', 'bind f0 V; bind f0 E; bind f0 S', 'EBUSY EBUSY EBUSY'],
    ['a driver that there is not', 'unbind f0; bind f0 none-such; bind f0 E', 'ENOENT ok'],
    ['a driver of another device', 'unbind f0; bind f0 pcieport', 'ENODEV'],
    ['a bridge on vfio-pci', 'unbind 00:01.0; bind 00:01.0 V', 'ok EINVAL'],
    ['nobody', 'bind 1f:00.0 V; unbind 1f:00.0; drivers_probe 1f:00.0; driver_override 1f:00.0 V', 'ENODEV ENODEV ENODEV ENODEV'],
    ['uio beside a user', 'half; join; bind f0 U', 'EBUSY'],
    ['a failed probe counts for nothing', 'unbind f0; driver_override f0 pcieport; drivers_probe f0; unbind f1; bind f1 V; join', 'ok ok ok ok ok ok ok'],
    ['drivers_probe finds nobody', 'unbind f0; driver_override f0 none-such; drivers_probe f0', 'ok'],
    ['an open device keeps its driver, a container does not', 'half; use; unbind f1', 'ok'],
    ['whoever waited is answered as if it came now', 'both; use; d = group_get_device_fd g f1; unbind f1; bind f1 E; drivers_probe f1; close d', 'blocked blocked ok ok(10:ok,11:EBUSY)'],
    ['the last device of a group lets the next driver in', 'half; use; d = group_get_device_fd g f1; unbind f1; bind f1 E; close d', 'blocked blocked ok(9:ok,10:ok)'],
  ])

  describe('hot plugging', () => {
    const plugged: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true }) }
    test.each([
      ['an idle group: its driver takes the device', 'hot_add f1; bind f1 V', 'ok EBUSY', 'dma dma dma'],
      ['a group in use: it is refused', 'unbind f0; bind f0 V; use; hot_add f1; bind f1 E', 'ok EBUSY', 'c c dma'],
      ['a claimed group', 'unbind f0; bind f0 V; join; hot_add f1', 'ok', 'blocked blocked dma'],
      ['a stub', 'unbind f0; bind f0 V; use; driver_override f1 S; hot_add f1', 'ENODEV ok', 'c c dma'],
    ])('%s', (_, script, expected, after) => {
      expect(last(script, expected, plugged)).toBe(expected)
      expect(where(script, plugged)).toBe(after)
    })
  })

  describe('groups that the backend does not take', () => {
    const unsafe: PlayOptions = { machine: { ...pair, interruptRemapping: false } }

    test('no interrupt remapping: refused, and back to where nothing gets through', () => {
      expect(last('half; use; set_iommu c type1; group_get_status g', 'EPERM EPERM vc', unsafe)).toBe('EPERM EPERM vc')
      expect(where('half; use', unsafe)).toBe('blocked blocked dma')
      expect(where('half; use; group_unset_container g', unsafe)).toBe('dma dma dma')
      expect(last('half; use', 'ok', { ...unsafe, boot: { iommu: 'nopt', allowUnsafeInterrupts: true } })).toBe('ok')
    })

    test('firmware wants memory: refused at the claim, and nobody has moved', () => {
      const locked: PlayOptions = { machine: pairWith('01:00.1', { rmrr: true }) }
      const errno = kernel.id === 'linux-6.1' ? 'EPERM' : 'EINVAL'
      expect(last('half; join; group_get_status g', `${errno} v`, locked)).toBe(`${errno} v`)
      expect(where('half; join', locked)).toBe('dma dma dma')
    })
  })

  // prettier-ignore
  cases('other calls', [
    ['a hot reset of an own slot', 'both; use; d = group_get_device_fd g f0; device_hot_reset d group_fd=g', 'ok'],
    ['... with the group idle meanwhile', 'both; use; d = group_get_device_fd g f0; e = group_get_device_fd g f1; device_hot_reset d group_fd=g', 'ok'],
    ['... a sibling elsewhere', 'half; use; d = group_get_device_fd g f1; device_hot_reset d group_fd=g', 'EINVAL'],
    ['... the file of another group', 'both; single; use; h = open_group H; d = group_get_device_fd g f0; device_hot_reset d group_fd=h', 'EINVAL'],
    ['... no file, no such file, another file', 'both; use; d = group_get_device_fd g f0; device_hot_reset d; device_hot_reset d group_fd=x; device_hot_reset d group_fd=c', 'EINVAL EBADF EINVAL'],
    ['extensions', 'half; join; check_extension c unmap_all; check_extension c update_vaddr; set_iommu c type1; check_extension c update_vaddr; check_extension c dma_cc', '=1 =0 ok =1 =0'],
    ['nesting', 'half; join; set_iommu c type1_nesting; set_iommu c type1', 'EINVAL ok'],
    ['virtual machines are no users', 'half; use; kvm_group_add g; group_unset_container g; kvm_group_del g', 'ok ok ok'],
    ['but they keep the group open', 'half; use; kvm_group_add g; close g; h = open_group G; bind f0 E; exit; h = open_group G; bind f0 E', 'ok ok EBUSY EBUSY ok ok ok'],
    ['a device twice', 'half; use; d = group_get_device_fd g f1; e = group_get_device_fd g f1; close d; group_unset_container g; close e; group_unset_container g', 'ok EBUSY ok ok'],
    ['a device that is not there', 'both; use; d = group_get_device_fd g s; e = group_get_device_fd g 1f:00.0', 'ENODEV ENODEV'],
    ['without a container', 'half; g = open_group G; d = group_get_device_fd g f1; d = group_get_device_fd g f0', 'EINVAL ENODEV'],
  ])

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
      ['the owner', 'half; chown_group G alice; g = open_group G', 'ok'],
      ['the old owner of a node made anew', 'half; chown_group G alice; unbind f1; bind f1 V; g = open_group G', 'EACCES'],
      ["nobody, another process's container", 'half; other: c = open_container; admin: g = open_group G; group_set_container g c', 'EBADF'],
    ])('%s', (_, script, expected) => expect(last(script, expected, users)).toBe(expected))
  })

  test('bridges count by their driver', () => {
    const bridged: PlayOptions = { machine: machine('00:01.0rp-[01:00.0ep-]') }
    const script = (driver: string): string =>
      `unbind 01:00.0; bind 01:00.0 V; unbind 00:01.0; bind 00:01.0 ${driver}; g = open_group 0; c = open_container; group_set_container g c`
    expect(last(script('U'), 'EPERM', bridged)).toBe('EPERM')
    expect(last(script('S'), 'ok', bridged)).toBe('ok')
    expect(last(script('pcieport'), 'ok', bridged)).toBe('ok')
  })
})

describe('what became different from 6.1 to 6.12', () => {
  // prettier-ignore
  test.each([
    ['a device that is leaving', 'half; use; d = group_get_device_fd g f1; unbind f1; e = group_get_device_fd g f1', 'ok', 'ENODEV'],
    ['a file that is no container', 'half; g = open_group G; group_set_container g g', 'EINVAL', 'EBADFD'],
    ['an override while a driver leaves', 'half; use; d = group_get_device_fd g f1; unbind f1; driver_override f1 S', 'blocked', 'ok'],
    ['a hot reset on a root bus, no group file given', 'unbind 00:05.0; bind 00:05.0 V; g = open_group 0; c = open_container; group_set_container g c; set_iommu c type1; d = group_get_device_fd g 00:05.0; device_hot_reset d', 'ENODEV', 'EINVAL'],
  ])('%s', (_, script, before, after) => {
    const options: PlayOptions = script.includes('00:05.0') ? { machine: machine('00:05.0rciep') } : {}
    expect(answers(play(linux61, script, options), 1)).toBe(before)
    expect(answers(play(linux612, script, options), 1)).toBe(after)
  })
})
