import { describe, expect, test } from 'vitest'
import { alias, broken, contexts, options, run, shared, toldBy, triple, TWO_USERS } from '../ioasid.test-helper.ts'
import { answers, machine, pairWith, type PlayOptions } from '../play.test-helper.ts'
import { ioasidW } from './index.ts'

const told = toldBy(ioasidW)

const V = 'unbind f0; unbind f1; bind f0 V; bind f1 V'
const OPEN = 'i = open_iommufd; g = open_group G'
const BIND = 'group_bind_iommufd g i'
const GET = 'd0 = group_get_device_fd g f0; d1 = group_get_device_fd g f1'
const SPACES = 'a = ioas_alloc i; b = ioas_alloc i'
const ATTACH = 'attach d0 ioas=a; attach d1 ioas=a'
const USED = `${V}; ${OPEN}; ${BIND}; ${GET}; ${SPACES}; ${ATTACH}`

describe('the walk-through', () => {
  // prettier-ignore
  test.each([
    ['1a', '', 0, '| dd dd | --'],
    ['1b', 'unbind f1; bind f1 V', 2, 'ok ok | dd dd | --'],
    ['1c', `unbind f1; bind f1 V; ${OPEN}; ${BIND}`, 2, 'ok EPERM | dd dd | --'],
    ['1d', V, 1, 'ok | dd dd | --'],
    ['1e', `${V}; ${OPEN}; ${BIND}; d1 = group_get_device_fd g f1`, 2, 'ok ok | block block | -+'],
    ['2a', `${V}; ${OPEN}; ${BIND}; ${GET}; device_access d0; device_access d1`, 2, 'ok ok | block block | ++'],
    ['2b, the first', `${V}; ${OPEN}; ${BIND}; ${GET}; ${SPACES}; attach d0 ioas=a`, 1, 'ok | a block | ++'],
    ['2b, the second', USED, 1, 'ok | a a | ++'],
    ['2c', `${USED}; detach d1`, 1, 'ok | a block | ++'],
    ['2d: there is no unbind of a device', `${USED}; detach d1; unbind_iommufd d1`, 1, 'ENOTTY | a block | ++'],
    ['2d: closing its file', `${USED}; close d1`, 1, 'ok | a block | +-'],
    ['2e', `${USED}; close d1; unbind f1`, 1, 'ok | a block | +-'],
    ['2e, the last one waits for the group', `${USED}; close d1; unbind f1; close d0; unbind f0; group_unbind_iommufd g`, 2, 'blocked ok(17:ok) | dd dd | --'],
    ['2f', `${USED}; close d1; unbind f1; bind f1 E`, 1, 'bug | a block | +-'],
  ])('%s', (_, script, count, expected) => expect(told(script, count).trim()).toBe(expected))

  const SHARED = `unbind p0; unbind p1; bind p0 V; bind p1 V; i = open_iommufd; g = open_group 1; ${BIND}; d0 = group_get_device_fd g p0; d1 = group_get_device_fd g p1`
  const USED_3 = `${SHARED}; ${SPACES}; ${ATTACH}`
  test.each([
    ['3a', USED_3, 1, 'ok | a a | ++'],
    ['3b', `${USED_3}; detach d1`, 1, 'ok | a a | ++'],
    ['3b, OP-8: the last one', `${USED_3}; detach d1; detach d0`, 1, 'ok | block block | ++'],
    ['3b, by closing', `${USED_3}; close d1; close d0`, 1, 'ok | block block | --'],
    ['3c', `${USED_3}; detach d1; attach d1 ioas=b`, 1, 'EINVAL | a a | ++'],
  ])('setup 3, %s', (_, script, count, expected) => {
    expect(told(script, count, { machine: shared })).toBe(expected)
    expect(broken(run(ioasidW, script, { machine: shared }))).toBe('')
  })
})

describe('the table of section 5', () => {
  const users: PlayOptions = {
    processes: [
      { name: 'u1', user: 'alice' },
      { name: 'root', user: 'root' },
    ],
  }
  // prettier-ignore
  test.each([
    ['OPEN_GROUP: no node', 'g = open_group G', 'ENOENT'],
    ['OPEN_GROUP: open', `${V}; g = open_group G; h = open_group G; close g; h = open_group G`, 'ok EBUSY ok ok'],
    ['OPEN_GROUP: still bound for a device', `${USED}; close g; g = open_group G; close d0; close d1; g = open_group G`, 'ok EBUSY ok ok ok'],
    ['W.B.1', `${V}; ${OPEN}; ${BIND}; ${BIND}`, 'ok EINVAL'],
    ['W.B.2: native sibling', `unbind f1; bind f1 V; ${OPEN}; ${BIND}`, 'EPERM'],
    ['GROUP_BIND: not open', `${V}; ${OPEN}; group_bind_iommufd g x`, 'EBADF'],
    ['GROUP_BIND: not /dev/iommu', `${V}; ${OPEN}; group_bind_iommufd g g`, 'EINVAL'],
    ['GET_DEV: not bound', `${V}; ${OPEN}; ${GET}`, 'EINVAL EINVAL'],
    ['GET_DEV: not on vfio', `half; ${OPEN}; ${BIND}; ${GET}`, 'ENODEV ok'],
    ['GET_DEV: of another group', `half; single; ${OPEN}; ${BIND}; d = group_get_device_fd g s`, 'ENODEV'],
    ['ATTACH: no such IOASID', `${USED}; detach d1; attach d1 ioas=x`, 'ENOENT'],
    ['ATTACH: attached', `${USED}; attach d1 ioas=b`, 'EINVAL'],
    ['ATTACH: distinct IOASIDs', `${USED}; detach d1; attach d1 ioas=b`, 'ok ok'],
    ['DETACH: not attached', `${USED}; detach d1; detach d1`, 'ok EINVAL'],
    ['GROUP_UNBIND: not bound', `${V}; ${OPEN}; group_unbind_iommufd g`, 'EINVAL'],
    ['GROUP_UNBIND: devices open', `${USED}; group_unbind_iommufd g; close d0; close d1; group_unbind_iommufd g`, 'EBUSY ok ok ok'],
    ['DRV_UNBIND waits for the device file', `${USED}; unbind f1; close d1`, 'blocked ok(14:ok)'],
    ['DRV_BIND, group not bound', `half; ${OPEN}; bind f0 E`, 'ok'],
    ['DRV_BIND of pci-stub', `half; ${OPEN}; ${BIND}; bind f0 S`, 'ok'],
    ['DRV_BIND without any device open', `half; ${OPEN}; ${BIND}; bind f0 E`, 'bug'],
    ['two files of one device', `${USED}; e = group_get_device_fd g f1; close d1; detach e`, 'ok ok ok'],
    ['OP-1: closing the iommu_fd', `${USED}; close i; detach d0; attach d0 ioas=b`, 'ok ok ok'],
    ['calls of the other reading', `${V}; d = open_cdev f0; i = open_iommufd; bind_iommufd d i`, 'ENOTTY ok ENOTTY'],
  ])('%s', (_, script, expected) => {
    expect(answers(run(ioasidW, script), expected.split(' ').length)).toBe(expected)
  })

  test('the node belongs to root unless changed, as in legacy VFIO', () => {
    expect(answers(run(ioasidW, `${V}; g = open_group G; chown_group G alice; g = open_group G`, users), 3)).toBe(
      'EACCES ok ok',
    )
  })

  test('closing the group unbinds it when the last device is closed', () => {
    expect(told(`${USED}; close g; close d0`, 2)).toBe('ok ok | block a | -+')
    expect(told(`${USED}; close g; close d0; close d1`, 1)).toBe('ok | dd dd | --')
    expect(told(`${V}; ${OPEN}; ${BIND}; close g`, 1)).toBe('ok | dd dd | --')
    expect(told(`${USED}; exit`, 1)).toBe('ok | dd dd | --')
  })

  test('a device that must not be blocked keeps its group from being bound', () => {
    const locked: PlayOptions = { machine: pairWith('01:00.1', { rmrr: true }) }
    expect(told(`${V}; ${OPEN}; ${BIND}`, 1, locked)).toBe('EPERM | dd dd | --')
  })

  test('a device that joins a bound group is blocked, one that shares requester IDs goes where its class is', () => {
    const plugged: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true }) }
    expect(told(`unbind f0; bind f0 V; ${OPEN}; ${BIND}; hot_add f1`, 1, plugged)).toBe('bug | block block | --')
    const late = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]', (f) =>
      f.bdf.endsWith('02:01.1') ? { unplugged: true, native: null, driver: null } : {},
    )
    const script = `unbind p0; bind p0 V; i = open_iommufd; g = open_group 1; ${BIND}; d0 = group_get_device_fd g p0; a = ioas_alloc i; attach d0 ioas=a; hot_add p1`
    expect(told(script, 1, { machine: late })).toBe('ok | a a | +-')
  })
})

describe('section 6: A, B and C opened by different users', () => {
  const abc: PlayOptions = { processes: TWO_USERS, machine: triple }
  const THREE = `${V}; unbind f2; bind f2 V; chown_group 1 alice; u1: i1 = open_iommufd; u2: i2 = open_iommufd; u1: s1 = ioas_alloc i1`
  // prettier-ignore
  test.each([
    ['U1 opens the group, binds it, gets A', 'u1: g = open_group 1; group_bind_iommufd g i1; a = group_get_device_fd g f0', 'ok | block block block | +--'],
    ['U2 opens the group', 'u1: g = open_group 1; chown_group 1 bob; u2: h = open_group 1', 'EBUSY | dd dd dd | ---'],
    ['C from the group file', 'u1: g = open_group 1; group_bind_iommufd g i1; a = group_get_device_fd g f0; attach a ioas=s1; c = group_get_device_fd g f2', 'ok | s1 block block | +-+'],
  ])('%s', (_, script, expected) => {
    expect(told(`${THREE}; ${script}`, 1, abc)).toBe(expected)
    expect(broken(run(ioasidW, `${THREE}; ${script}`, abc))).toBe('')
  })
})

test('section 7: X and Y are one class, and move together', () => {
  const X = `${V}; i = open_iommufd; g = open_group 1; ${BIND}; x = group_get_device_fd g f0; a = ioas_alloc i; attach x ioas=a`
  const played = run(ioasidW, X, { machine: alias })
  expect(`${answers(played, 1)} ${contexts(played)} ${broken(played)}`).toBe('ok a a ')
})

describe('section 8: the stub driver under iommu=pt', () => {
  const STUB = `unbind f0; bind f0 S; unbind f1; bind f1 V; ${OPEN}`
  test.each([
    ['nothing bound', STUB, 'id id', 'V1'],
    ['access', `${STUB}; ${BIND}; d1 = group_get_device_fd g f1`, 'block block', ''],
    ['in use', `${STUB}; ${BIND}; d1 = group_get_device_fd g f1; a = ioas_alloc i; attach d1 ioas=a`, 'block a', ''],
  ])('%s', (_, script, expected, rules) => {
    const played = run(ioasidW, script, { boot: { iommu: 'pt' } })
    expect(`${contexts(played)}|${broken(played)}`).toBe(`${expected}|${rules}`)
  })
})

describe('the lockstep reading', () => {
  const lockstep = options({ lockstep: true })
  const DEVICES = `${V}; i = open_iommufd; d0 = open_cdev f0; d1 = open_cdev f1; bind_iommufd d0 i; bind_iommufd d1 i; ${SPACES}`
  // prettier-ignore
  test.each([
    ['open, not attached', DEVICES, 'EINVAL | block block | --'],
    ['one of two', `${DEVICES}; attach d0 ioas=a`, 'EINVAL | a block | --'],
    ['both, to the same', `${DEVICES}; ${ATTACH}`, 'ok | a a | ++'],
    ['both, to different ones', `${DEVICES}; attach d0 ioas=a; attach d1 ioas=b`, 'EINVAL | a b | --'],
    ['one detached: both lose it', `${DEVICES}; ${ATTACH}; detach d1`, 'EINVAL | a block | --'],
    ['... and back', `${DEVICES}; ${ATTACH}; detach d1; attach d1 ioas=a`, 'ok | a a | ++'],
    ['the sibling closed, still on vfio', `${DEVICES}; ${ATTACH}; close d1`, 'EINVAL | a block | --'],
    ['OP-12: the sibling on no vfio driver', `half; i = open_iommufd; d0 = open_cdev f1; bind_iommufd d0 i; a = ioas_alloc i; attach d0 ioas=a`, 'ok | block a | -+'],
  ])('%s', (_, script, expected) => expect(told(`${script}; device_access d0`, 1, lockstep)).toBe(expected))

  test('it has no groups, and VFIO’s BUG_ON', () => {
    expect(answers(run(ioasidW, `${V}; g = open_group G`, lockstep), 1)).toBe('ENOTTY')
    const played = run(ioasidW, `${DEVICES}; ${ATTACH}; close d1; unbind f1; bind f1 E; close d0`, lockstep)
    expect(answers(played, 2)).toBe('bug bug')
    expect(played.steps.at(-1)?.result).toMatchObject({ bug: { file: 'drivers/vfio/vfio.c' } })
  })

  test('access goes before the translation does', () => {
    const played = run(ioasidW, `${DEVICES}; ${ATTACH}; detach d1`, lockstep)
    const codes = played.traceOf(played.steps.length - 1).map(({ code }) => code)
    expect(codes.filter((code) => /^access|^hw/.test(code))).toEqual(['access.taken', 'access.taken', 'hw.context'])
  })
})
