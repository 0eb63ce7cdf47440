import { describe, expect, test } from 'vitest'
import { places } from '../places.test-helper.ts'
import { answers, casesOf, machine, pair, pairWith, play, type PlayOptions } from '../play.test-helper.ts'
import { linux612iommufd as kernel } from './index.ts'

const DEVICES = ['01:00.0', '01:00.1', '02:00.0']

/** What scripts abbreviate: in front of `;`, these words stand for these operations. */
const SHORT: Readonly<Record<string, string>> = {
  // Files of both functions of the group and two iommufds, with two address spaces in the first.
  files: 'D0 = open_cdev f0; D1 = open_cdev f1; I = open_iommufd; J = open_iommufd',
  spaces: 'A = ioas_alloc I; B = ioas_alloc I',
  bind: 'bind_iommufd D0 I; bind_iommufd D1 I',
  // Vector 4, and 6 after it.
  four: 'both; files; spaces; bind; attach D0 ioas=A',
  six: 'both; files; spaces; bind; attach D0 ioas=A; attach D1 ioas=A',
}

function whole(script: string): string {
  return script
    .split(';')
    .map((line) => line.trim())
    .map((line) => (Object.hasOwn(SHORT, line) ? whole(SHORT[line] ?? '') : line))
    .join('; ')
}

const run = (script: string, options?: PlayOptions) => play(kernel, whole(script), options)
const last = (script: string, expected: string, options?: PlayOptions): string =>
  answers(run(script, options), expected.split(' ').length)
const cases = casesOf(last)
const where = (script: string, options?: PlayOptions): string => places(run(script, options), DEVICES)

// prettier-ignore
cases('check vectors of the specification: answers', [
  ['1', 'unbind f1; bind f1 V; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I', 'ok ok EPERM'],
  ['2', 'half; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I; bind f0 E', 'ok EBUSY'],
  ['3', 'both; files; bind_iommufd D0 I; bind_iommufd D1 J', 'ok EPERM'],
  ['4', 'four', 'ok ok ok'],
  ['5', 'four; attach D1 ioas=B', 'EINVAL'],
  ['6', 'four; attach D1 ioas=A', 'ok'],
  ['7', 'six; detach D1', 'ok'],
  ['8', 'six; detach D1; attach D1 ioas=B', 'ok EINVAL'],
  ['9', 'six; attach D1 ioas=B', 'ok'],
  ['10', 'six; close D1; unbind f1; bind f1 E', 'ok ok EBUSY'],
  ['11', 'six; close D1; unbind f1; bind f1 E; close D0; bind f1 E', 'ok ok EBUSY ok ok'],
  ['12', 'six; ioas_destroy I A', 'EBUSY'],
  ['13', 'six; ioas_map I A 0 4096; close I; dma_probe f1 0', 'ok ok =blocked/ok'],
  ['14', 'half; D1 = open_cdev f1; unbind f1; close D1', 'ok blocked ok(5:ok)'],
  ['15', 'half; g = open_group G; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I; close g; bind_iommufd D1 I; g = open_group G', 'EBUSY ok ok EBUSY'],
  ['16', 'half; D1 = open_cdev f1; E1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I; bind_iommufd E1 I', 'ok EINVAL'],
  ['17', 'both; files; spaces; bind; ioas_map I A 0xfee00000 4096; attach D0 ioas=A', 'ok EADDRINUSE'],
  ['18', 'unbind f1; bind f1 V; g = open_group G; I = open_iommufd; group_set_container g I; group_get_status g; d = group_get_device_fd g f1', 'ok vc EPERM'],
  ['19', 'both; files; bind; detach D0', 'ok'],
])

describe('check vectors of the specification: where DMA goes', () => {
  test.each([
    ['1', 'unbind f1; bind f1 V; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I', 'dma dma dma'],
    ['2', 'half; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I', 'blocked blocked dma'],
    ['4', 'four', 'A A dma'],
    ['5', 'four; attach D1 ioas=B', 'A A dma'],
    ['6', 'six', 'A A dma'],
    ['7', 'six; detach D1', 'A A dma'],
    ['7, and the other', 'six; detach D1; detach D0', 'blocked blocked dma'],
    ['9', 'six; attach D1 ioas=B', 'B B dma'],
    ['10', 'six; close D1', 'A A dma'],
    ['11', 'six; close D1; close D0', 'dma dma dma'],
    ['13', 'six; close I', 'A A dma'],
    ['17', 'both; files; spaces; bind; ioas_map I A 0xfee00000 4096; attach D0 ioas=A', 'blocked blocked dma'],
  ])('%s', (_, script, expected) => expect(where(script)).toBe(expected))

  test('owners are counted by devices', () => {
    const owner = (script: string): unknown => {
      const played = run(script)
      return played.snapshotAt(played.steps.length).groups[2]?.ownership
    }
    expect(owner('both; files; bind_iommufd D0 I')).toEqual({ count: 1, owner: 'iommufd', iommufd: 0 })
    expect(owner('six')).toEqual({ count: 2, owner: 'iommufd', iommufd: 0 })
    expect(owner('six; close D1')).toEqual({ count: 1, owner: 'iommufd', iommufd: 0 })
    expect(owner('six; close D1; close D0')).toEqual({ count: 0, owner: 'nobody', iommufd: -1 })
  })
})

test('object numbers: the lowest that is free, of all kinds together', () => {
  const ids = (script: string): (number | undefined)[] =>
    run(script).steps.flatMap(({ result }) => ('ok' in result && result.ok && 'id' in result ? [result.id] : []))
  expect(ids('both; files; spaces; bind; attach D0 ioas=A; H = hwpt_alloc I D0 A; attach D0 hwpt=H')).toEqual([
    1, 2, 3, 4, 5, 6, 6,
  ])
  expect(
    ids(
      'both; single; files; spaces; ioas_destroy I A; bind_iommufd D1 I; C = ioas_alloc I; D2 = open_cdev s; bind_iommufd D2 J',
    ),
  ).toEqual([1, 2, 1, 3, 1])
})

describe('the file of a device', () => {
  const open = 'both; files'
  // prettier-ignore
  test.each([
    ['needs a vfio driver', 'd = open_cdev f0; unbind f0; d = open_cdev f0; bind f0 S; d = open_cdev f0; d = open_cdev 1f:00.0', 'ENOENT ok ENOENT ok ENOENT ENOENT'],
    ['is deaf before BIND', `${open}; device_get_info D0; detach D0; attach D0; group_get_status D0; set_iommu D0 type1; device_hot_reset D0`, 'EINVAL EINVAL EINVAL EINVAL EINVAL EINVAL'],
    ['wants an iommufd', `${open}; bind_iommufd D0 x; bind_iommufd D0 D1; c = open_container; bind_iommufd D0 c`, 'EINVAL EBADFD ok EBADFD'],
    ['is bound once', `${open}; bind_iommufd D0 I; bind_iommufd D0 I; bind_iommufd D0 J`, 'ok EINVAL EINVAL'],
    ['of another kind', 'half; use; d = group_get_device_fd g f1; I = open_iommufd; bind_iommufd d I; attach d; detach d; bind_iommufd I I; bind_iommufd g I', 'EINVAL ENOTTY ENOTTY ENOTTY ENOTTY'],
    ['is not there while its driver leaves, which waits for it', `${open}; unbind f0; d = open_cdev f0; bind_iommufd D0 I; close D0; close D1`, 'blocked ENOENT EAGAIN ok(9:ok) ok'],
    ['of a device that cannot be reset is bound even then', 'unbind 01:00.0; bind 01:00.0 V; D = open_cdev 01:00.0; I = open_iommufd; unbind 01:00.0; bind_iommufd D I; device_get_info D', 'blocked ok =2/9/5', { machine: machine('00:01.0rp+[01:00.0pci]', (f) => (f.kind === 'pci' ? { resettable: false } : {})) }],
    ['may be open without a claim', `${open}; bind f1 E; unbind f1`, 'EBUSY blocked'],
    ['once open does not keep groups away', `${open}; g = open_group G; c = open_container; group_set_container g c; bind_iommufd D0 I`, 'ok ok ok EBUSY'],
    ['while a legacy device file is left of the group', `${open}; use; d = group_get_device_fd g f0; close g; bind_iommufd D1 I; close d; bind_iommufd D1 I`, 'ok ok EBUSY ok ok'],
    ['after BIND keeps groups away', `${open}; bind_iommufd D0 I; g = open_group G; close D0; g = open_group G`, 'ok EBUSY ok ok'],
    ['no interrupt remapping', `${open}; bind_iommufd D0 I; bind f0 E`, 'EPERM EBUSY', { machine: { ...pair, interruptRemapping: false } }],
    ['no interrupt remapping, allowed', `${open}; bind_iommufd D0 I`, 'ok', { machine: { ...pair, interruptRemapping: false }, boot: { iommu: 'nopt', allowUnsafeInterrupts: true } }],
    ['firmware wants memory', `${open}; bind_iommufd D0 I; bind_iommufd D1 I`, 'EINVAL EINVAL', { machine: pairWith('01:00.1', { rmrr: true }) }],
    ['a name used again', `${open}; bind_iommufd D0 I; D0 = open_cdev f0; bind_iommufd D0 J`, 'ok ok ok'],
  ] as const)('%s', (_, script, expected, options?: PlayOptions) =>
    expect(last(script, expected, options)).toBe(expected),
  )

  test('access comes with BIND', () => {
    const access = (script: string): unknown =>
      run(script)
        .snapshotAt(run(script).steps.length)
        .fds.map((fd) => fd.access)
    expect(access('half; D = open_cdev f1')).toEqual([false])
    expect(access('half; D = open_cdev f1; I = open_iommufd; bind_iommufd D I')).toEqual([undefined, undefined])
  })

  test.each([
    // Number 2 is the address space in both, so that the name from one iommufd stands for that of the other.
    ['ioas_map j a 0 4096', 'ok'],
    ['ioas_map j a 0 4096; ioas_map j b 0 4096', 'ok EEXIST'],
    ['attach e ioas=a', 'ok'],
    ['h = hwpt_alloc j d b', 'ok'],
    ['c = ioas_alloc i; ioas_map j c 0 4096', 'ok ENOENT'],
    // The number of a device is no address space, and not to be destroyed while it is bound.
    ['k = open_iommufd; x = ioas_alloc k; ioas_map j x 0 4096; ioas_destroy j x', 'ok ok ENOENT EBUSY'],
  ])('a name from another iommufd is a number only: %s', (script, expected) => {
    const two = `both; single; i = open_iommufd; j = open_iommufd; d = open_cdev f0; e = open_cdev s;
      bind_iommufd d i; bind_iommufd e j; a = ioas_alloc i; b = ioas_alloc j;`
    expect(last(two + script, expected)).toBe(expected)
  })

  test.each([
    ['i = open_iommufd', 'EACCES'],
    ['admin: i = open_iommufd', 'ok'],
    ['chown_iommu alice; i = open_iommufd', 'ok ok'],
    ['chown_iommu alice; other: i = open_iommufd', 'ok EACCES'],
    ['chown_iommu alice; admin: i = open_iommufd', 'ok ok'],
    ['chown_iommu alice; chown_iommu root; i = open_iommufd', 'ok ok EACCES'],
    ['chown_iommu alice; i = open_iommufd; chown_iommu root; a = ioas_alloc i', 'ok ok ok ok'],
  ])('who may open /dev/iommu: %s', (script, expected) => {
    const processes = [
      { name: 'qemu', user: 'alice' },
      { name: 'other', user: 'bob' },
      { name: 'admin', user: 'root' },
    ]
    expect(last(script, expected, { processes })).toBe(expected)
  })

  test('users: the node of a device goes with that of its group', () => {
    const users: PlayOptions = {
      processes: [
        { name: 'qemu', user: 'alice' },
        { name: 'other', user: 'bob' },
        { name: 'admin', user: 'root' },
      ],
    }
    expect(last('half; d = open_cdev f1; admin: d = open_cdev f1', 'EACCES ok', users)).toBe('EACCES ok')
    expect(last('half; chown_group G alice; d = open_cdev f1; other: e = open_cdev f1', 'ok EACCES', users)).toBe(
      'ok EACCES',
    )
    expect(last('half; chown_group G alice; unbind f1; bind f1 V; d = open_cdev f1', 'EACCES', users)).toBe('EACCES')
    expect(
      last('both; chown_group G alice; unbind f1; bind f1 V; d = open_cdev f0; e = open_cdev f1', 'ok EACCES', users),
    ).toBe('ok EACCES')
    expect(
      last(
        'half; chown_group G alice; d = open_cdev f1; chown_iommu bob; other: I = open_iommufd; bind_iommufd d I',
        'ok ok ok EINVAL',
        users,
      ),
    ).toBe('ok ok ok EINVAL')
  })
})

describe('attaching', () => {
  test.each([
    ['to nothing', 'both; files; spaces; bind; attach D0; attach D0 ioas=x; attach D0 hwpt=A', 'ENOENT ENOENT ok'],
    ["to another iommufd's", 'both; files; spaces; bind_iommufd D0 J; attach D0 ioas=A', 'ENOENT'],
    [
      'to what is closed to others',
      'both; files; spaces; bind; close I; attach D0 ioas=A; ioas_map I A 0 4096',
      'ok ok EBADF',
    ],
    [
      'again',
      'six; attach D0 ioas=A; detach D0; detach D0; ioas_destroy I A; detach D1; ioas_destroy I A',
      'ok ok ok EBUSY ok ok',
    ],
    [
      'to a table of its own beside one made by attaching',
      'four; H = hwpt_alloc I D1 A; attach D1 hwpt=H; attach D0 hwpt=H; attach D1 hwpt=H; hwpt_destroy I H',
      'ok EINVAL ok ok EBUSY',
    ],
    [
      'to a table that is gone',
      'four; H = hwpt_alloc I D1 A; hwpt_destroy I H; attach D0 hwpt=H; hwpt_destroy I H',
      'ok ENOENT ENOENT',
    ],
    [
      'beyond what the hardware reaches',
      'both; files; spaces; bind; ioas_map I A 0x8000000000 4096; attach D0 ioas=A; H = hwpt_alloc I D0 A; detach D0',
      'ok EADDRINUSE EADDRINUSE ok',
    ],
    ['over crooked mappings', 'both; files; spaces; bind; ioas_map I A 0 2048; attach D0 ioas=A', 'ok EADDRINUSE'],
    [
      'anew, over the interrupt window: nothing changes',
      'six; ioas_map I B 0xfee00000 4096; attach D1 ioas=B',
      'ok EADDRINUSE',
    ],
    [
      'anew, beyond what the hardware reaches',
      'six; ioas_map I B 0x8000000000 4096; attach D1 ioas=B',
      'ok EADDRINUSE',
    ],
    [
      'a table for somebody else',
      'both; files; spaces; H = hwpt_alloc I D0 A; bind_iommufd D0 J; H = hwpt_alloc I D0 A; bind_iommufd D1 J; H = hwpt_alloc I D1 A',
      'ENOENT ok ENOENT ok ENOENT',
    ],
    [
      'a table of nothing, of a table',
      'four; H = hwpt_alloc I D0 x; H = hwpt_alloc I D0 A; K = hwpt_alloc I D0 H',
      'EINVAL ok EOPNOTSUPP',
    ],
  ])('%s', (_, script, expected) => expect(last(script, expected)).toBe(expected))

  test('two groups on one address space share the table that attaching made', () => {
    const script =
      'both; single; files; D2 = open_cdev s; spaces; bind; bind_iommufd D2 I; attach D0 ioas=A; attach D2 ioas=A'
    expect(where(script)).toBe('A A A')
    expect(where(`${script}; attach D0 ioas=B`)).toBe('B B A')
    expect(where(`${script}; detach D0; detach D0`)).toBe('blocked blocked A')
    const played = run(script)
    const [table, ...others] = played.snapshotAt(played.steps.length).hwpts
    expect(others).toEqual([])
    expect(table).toMatchObject({ auto: true, number: 6, devices: [2, 4], groups: [2, 3] })
  })

  test('a refused change leaves the group where it was', () => {
    expect(where('six; ioas_map I B 0xfee00000 4096; attach D1 ioas=B')).toBe('A A dma')
    expect(where('six; ioas_map I B 0x8000000000 4096; attach D1 ioas=B')).toBe('A A dma')
  })

  test('closing the last reference takes everything along', () => {
    const played = run('six; H = hwpt_alloc I D0 B; ioas_map I A 0 4096; close I; close D0; close D1')
    const { iommufds, ioases, hwpts, domains, fds } = played.snapshotAt(played.steps.length)
    expect({ iommufds, ioases, hwpts, domains }).toEqual({
      iommufds: [{ iommufd: 1, slots: [3] }],
      ioases: [],
      hwpts: [],
      domains: [],
    })
    expect(fds.map((fd) => fd.kind)).toEqual(['iommufd'])
  })

  test('a name may be used again for an object, even that of the iommufd itself', () => {
    expect(last('I = open_iommufd; I = ioas_alloc I; ioas_map I I 0 4096', 'ok EBADF')).toBe('ok EBADF')
    const played = run('I = open_iommufd; A = ioas_alloc I; A = ioas_alloc I; A = open_container')
    expect(played.snapshotAt(4).ioases).toHaveLength(2)
    expect(played.snapshotAt(4).fds.map((fd) => `${fd.kind} ${fd.number}`)).toEqual(['iommufd 3', 'container 4'])
  })
})

describe('mappings', () => {
  const idle = 'both; files; spaces; bind'
  // prettier-ignore
  test.each([
    ['anything goes while nobody is attached', `${idle}; ioas_map I A 0xfee00000 4096; ioas_map I A 0x8000000000 4096; ioas_map I A 1 1`, 'ok ok ok'],
    ['whole pages within the aperture from then on', 'four; ioas_map I A 0xfee00000 4096; ioas_map I A 0x8000000000 4096; ioas_map I A 1 4096; ioas_map I A 0 1', 'EINVAL EINVAL EINVAL EINVAL'],
    ['overlapping', `${idle}; ioas_map I A 0 8192; ioas_map I A 4096 8192; ioas_map I A 0 0`, 'ok EEXIST EINVAL'],
    ['odd numbers', `${idle}; ioas_map I A -1 4096; ioas_map I A NaN 4096; ioas_map I A 1e30 4096; ioas_map I A 0xfffffffffffff000 8192; ioas_map I x 0 4096`, 'EINVAL EINVAL EOVERFLOW EOVERFLOW ENOENT'],
    ['taken back', `${idle}; ioas_map I A 0 4096; ioas_map I A 8192 4096; ioas_unmap I A 0 65536; ioas_unmap I A 0 65536`, 'ok ok =8192 ENOENT'],
    ['up to one that sticks out', `${idle}; ioas_map I A 0 4096; ioas_map I A 4096 8192; ioas_unmap I A 0 8192; ioas_map I A 0 4096`, 'ok ok ENOENT ok'],
    ['all of them', `${idle}; ioas_map I A 4096 4096; ioas_unmap I A 0 18446744073709551615; ioas_unmap I A 0 18446744073709551615`, 'ok =4096 =0'],
    ['nonsense', `${idle}; ioas_unmap I A 0 0; ioas_unmap I A -1 4096; ioas_unmap I A 4096 1e30; ioas_unmap I x 0 4096; ioas_unmap I A 0xfffffffffffff000 8192`, 'EINVAL EINVAL EOVERFLOW ENOENT EOVERFLOW'],
  ])('%s', (_, script, expected) => expect(last(script, expected)).toBe(expected))
})

describe('an iommufd in place of a container', () => {
  const compat = 'half; g = open_group G; I = open_iommufd; group_set_container g I'
  // prettier-ignore
  test.each([
    ['remembered, and no more', `${compat}; bind f0 E; group_get_status g; group_set_container g I`, 'ok vc EINVAL'],
    ['the device claims', `${compat}; d = group_get_device_fd g f1; bind f0 E; close d; bind f0 E`, 'ok EBUSY ok ok'],
    ['forgotten while a device is open', `${compat}; d = group_get_device_fd g f1; group_unset_container g; group_get_status g; group_unset_container g`, 'ok ok - EINVAL'],
    ['a device twice', `${compat}; d = group_get_device_fd g f1; e = group_get_device_fd g f1; close d; bind f0 E; close e; bind f0 E`, 'ok ok ok EBUSY ok ok'],
    ['device files do not hold the group', `${compat}; d = group_get_device_fd g f1; close g; g = open_group G; group_get_status g`, 'ok ok ok -'],
    ['a container after it', `${compat}; group_unset_container g; c = open_container; group_set_container g c; group_set_container g I`, 'ok ok ok EINVAL'],
    ['... not while a device is open', `${compat}; d = group_get_device_fd g f1; group_unset_container g; c = open_container; group_set_container g c`, 'ok ok ok EPERM'],
    ['without an address space', 'I = open_iommufd; map_dma I 0 4096; unmap_dma I 0 4096; set_iommu I type1; set_iommu I type1_nesting; iommu_get_info I; get_api_version I', 'ENODEV ENODEV ENODEV EINVAL ENODEV =0'],
    ['extensions', 'I = open_iommufd; check_extension I type1v2; check_extension I unmap_all; check_extension I type1_nesting; check_extension I update_vaddr', '=1 =1 =0 =0'],
    ['what only others know', 'I = open_iommufd; group_get_status I; device_get_info I; device_hot_reset I; kvm_group_add I', 'ENOTTY ENOTTY EINVAL EINVAL'],
    ['mapping', `${compat}; map_dma I 0 8192; unmap_dma I 0 4096; unmap_dma I 8192 4096; unmap_dma I 0 8192`, 'ok ENOENT =0 =8192'],
    ['type1 cuts mappings', `${compat}; set_iommu I type1; map_dma I 0 16384; unmap_dma I 4096 4096; unmap_dma I 0 8192; map_dma I 4096 4096; unmap_dma I 0 65536`, 'ok ok =4096 =4096 ok =12288'],
    ['... between pages', `${compat}; set_iommu I type1; map_dma I 0 16384; unmap_dma I 0 100; unmap_dma I 100 16284; unmap_dma I 100000 100`, 'ok ok EINVAL EINVAL =0'],
    ['... if chosen before the hardware has mappings', `${compat}; map_dma I 0 4096; d = group_get_device_fd g f1; set_iommu I type1; unmap_dma I 0 4096; set_iommu I type1; set_iommu I type1`, 'ok ok EINVAL =4096 ok ok'],
    ['... and before any that is no whole page', `${compat}; map_dma I 0 100; set_iommu I type1`, 'ok EADDRINUSE'],
    ['a device file that outlives the group keeps the device, and its sibling, to its iommufd', 'both; g = open_group G; I = open_iommufd; J = open_iommufd; group_set_container g I; d = group_get_device_fd g f0; close g; D0 = open_cdev f0; D1 = open_cdev f1; bind_iommufd D0 I; bind_iommufd D1 J; bind_iommufd D1 I', 'EINVAL EPERM ok'],
    ['what is mapped crookedly, and then a device', `${compat}; map_dma I 0 100; d = group_get_device_fd g f1; bind f0 E`, 'ok EADDRINUSE ok'],
    ['information', `${compat}; d = group_get_device_fd g f1; iommu_get_info I`, 'ok =3/0x40201000/0x0-0xfedfffff,0xfef00000-0x7fffffffff/4294967295'],
    ['of a group that is gone', `${compat}; unbind f1; group_get_status g; group_set_container g I; group_unset_container g; group_unset_container g; group_set_container g I`, 'ok ENODEV EINVAL ok EINVAL ENODEV'],
    ['its address space has no name', `${compat}; A = ioas_alloc I; ioas_destroy I A`, 'ok ok'],
    ['two iommufds, one after the other', `both; g = open_group G; I = open_iommufd; J = open_iommufd; group_set_container g I; d = group_get_device_fd g f0; group_unset_container g; group_set_container g J; e = group_get_device_fd g f1; f = group_get_device_fd g f0; close f; close d; e = group_get_device_fd g f1`, 'ok ok ok EPERM ok ok ok ok'],
  ])('%s', (_, script, expected) => expect(last(script, expected)).toBe(expected))

  test('the hardware follows', () => {
    const played = run(`${compat}; map_dma I 4096 4096; d = group_get_device_fd g f1`)
    const { ioases, domains, hwpts } = played.snapshotAt(played.steps.length)
    expect(ioases).toMatchObject([{ number: 1, compat: true, mappings: [{ iova: 4096, size: 4096, process: 0 }] }])
    expect(hwpts).toMatchObject([{ number: 3, auto: true, devices: [3], groups: [2] }])
    expect(domains).toMatchObject([{ owner: { kind: 'hwpt', index: 0 }, mappings: [{ iova: 4096 }] }])
    expect(where(`${compat}; d = group_get_device_fd g f1; close I; close g`)).toBe('? ? dma')
    expect(where(`${compat}; d = group_get_device_fd g f1; close I; close g; close d`)).toBe('dma dma dma')
  })

  test('what unmapping leaves is still mapped', () => {
    const played = run(`${compat}; set_iommu I type1; map_dma I 0 16384; unmap_dma I 4096 4096`)
    expect(played.snapshotAt(played.steps.length).ioases[0]?.mappings).toEqual([
      { iova: 0, size: 4096, process: 0 },
      { iova: 8192, size: 8192, process: 0 },
    ])
    // Also where the world was not made for it.
    const unmap = { op: 'unmap_dma', container_fd: 'I', iova: 12288, size: 4096 } as const
    expect(played.dryRun(played.steps.length, [unmap]).snapshot.ioases[0]?.mappings).toEqual([
      { iova: 0, size: 4096, process: 0 },
      { iova: 8192, size: 4096, process: 0 },
    ])
  })
})

describe('resets of a bus', () => {
  // prettier-ignore
  test.each([
    ['all of it bound to one iommufd', 'both; files; bind; device_hot_reset D0; device_hot_reset D0 group_fd=x', 'ok EINVAL'],
    ['a sibling that nobody bound', 'both; files; bind_iommufd D0 I; device_hot_reset D0', 'ok'],
    ['a sibling without a vfio driver', 'half; D1 = open_cdev f1; I = open_iommufd; bind_iommufd D1 I; device_hot_reset D1', 'EINVAL'],
    ['through a group', 'both; g = open_group G; I = open_iommufd; group_set_container g I; d = group_get_device_fd g f0; device_hot_reset d group_fd=g; device_hot_reset d', 'ok ok EINVAL'],
    ['two groups on a bus, the other bound elsewhere', 'both; d = open_cdev f0; e = open_cdev f1; I = open_iommufd; J = open_iommufd; bind_iommufd d I; device_hot_reset d; bind_iommufd e J; device_hot_reset d; close e; e = open_cdev f1; bind_iommufd e I; device_hot_reset d', 'ok EINVAL ok EINVAL ok ok ok ok'],
  ])('%s', (_, script, expected) => {
    // Two functions of a slot that ACS keeps apart, on one bus.
    const options = script.includes('bind_iommufd e') ? { machine: machine('00:01.0rp+[01:00.0ep+ 01:00.1ep+]') } : {}
    expect(last(script, expected, options)).toBe(expected)
  })
})

test('BIND of a device that is leaving fails, and the next object gets the number that it had', () => {
  const script = 'both; D = open_cdev f0; unbind f0; I = open_iommufd; bind_iommufd D I; A = ioas_alloc I; close D'
  const played = run(script)
  expect(answers(played, 5)).toBe('blocked ok EAGAIN ok ok(6:ok)')
  expect(played.steps.at(-2)?.result).toEqual({ ok: true, id: 1 })
})
