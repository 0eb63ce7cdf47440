import { describe, expect, test } from 'vitest'
// prettier-ignore
import { alias, broken, CDEV_STEPS, contexts, options, run, shared, toldBy, triple, TWO_USERS } from '../ioasid.test-helper.ts'
import { answers, pairWith, type PlayOptions } from '../play.test-helper.ts'
import { ioasidG } from './index.ts'

const told = toldBy(ioasidG)

const { V, OPEN, BIND, SPACES, ATTACH, USED } = CDEV_STEPS

describe('the walk-through', () => {
  // prettier-ignore
  test.each([
    ['1a', '', 0, '| dd dd | --'],
    ['1b', 'unbind f1; bind f1 V', 2, 'ok ok | dd dd | --'],
    ['1c', 'unbind f1; bind f1 V; i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i', 2, 'ok EPERM | dd dd | --'],
    ['1d', V, 1, 'ok | dd dd | --'],
    ['1e', `${V}; i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i`, 1, 'ok | block block | -+'],
    ['2a', `${V}; ${OPEN}; ${BIND}; device_access d0; device_access d1`, 2, 'ok ok | block block | ++'],
    ['2b, the first', `${V}; ${OPEN}; ${BIND}; ${SPACES}; attach d0 ioas=a`, 1, 'ok | a block | ++'],
    ['2b, the second', USED, 1, 'ok | a a | ++'],
    ['2c', `${USED}; detach d1`, 1, 'ok | a block | ++'],
    ['2d', `${USED}; detach d1; unbind_iommufd d1; device_access d1`, 2, 'ok EINVAL | a block | +-'],
    ['2d, with another iommu_fd', `${USED}; detach d1; unbind_iommufd d1; j = open_iommufd; bind_iommufd d1 j`, 1, 'EPERM | a block | +-'],
    ['2d, attached: detached on the way', `${USED}; unbind_iommufd d1`, 1, 'ok | a block | +-'],
    ['2e', `${USED}; detach d1; unbind_iommufd d1; close d1; unbind f1`, 1, 'ok | a block | +-'],
    ['2e, until the group is let go', `${USED}; close d1; unbind f1; close d0`, 1, 'ok | dd dd | --'],
    ['2f', `${USED}; close d1; unbind f1; bind f1 E`, 1, 'bug | a block | +-'],
  ])('%s', (_, script, count, expected) => expect(told(script, count).trim()).toBe(expected))

  const SHARED = 'unbind p0; unbind p1; bind p0 V; bind p1 V; i = open_iommufd; d0 = open_cdev p0; d1 = open_cdev p1'
  const USED_3 = `${SHARED}; ${BIND}; ${SPACES}; ${ATTACH}`
  test.each([
    ['3a', USED_3, 1, 'ok | a a | ++'],
    ['3a, after the first: the whole class', `${SHARED}; ${BIND}; ${SPACES}; attach d0 ioas=a`, 1, 'ok | a a | ++'],
    ['3b: stays with the class', `${USED_3}; detach d1`, 1, 'ok | a a | ++'],
    ['3b, OP-8: the last one', `${USED_3}; detach d1; detach d0`, 1, 'ok | block block | ++'],
    ['3c: one IOASID for what shares requester IDs', `${USED_3}; detach d1; attach d1 ioas=b`, 1, 'EINVAL | a a | ++'],
    ['3c, after both were detached', `${USED_3}; detach d1; detach d0; attach d1 ioas=b`, 1, 'ok | b b | ++'],
  ])('setup 3, %s', (_, script, count, expected) => {
    expect(told(script, count, { machine: shared })).toBe(expected)
    expect(broken(run(ioasidG, script, { machine: shared }))).toBe('')
  })
})

describe('the table of section 4', () => {
  // prettier-ignore
  test.each([
    ['OPEN_DEV: no node', 'd = open_cdev f1', 'ENOENT'],
    ['OPEN_DEV: a native sibling', 'unbind f1; bind f1 V; d = open_cdev f1; device_access d; device_get_info d', 'ok EINVAL EINVAL'],
    ['G.B.1: again', `${V}; ${OPEN}; bind_iommufd d1 i; bind_iommufd d1 i`, 'ok EINVAL'],
    ['G.B.1: through another file', `${V}; ${OPEN}; bind_iommufd d1 i; e = open_cdev f1; bind_iommufd e i; device_access e`, 'ok EINVAL EINVAL'],
    ['G.B.2: uio has not declared itself', 'unbind f0; bind f0 U; unbind f1; bind f1 V; i = open_iommufd; d = open_cdev f1; bind_iommufd d i', 'EPERM'],
    ['G.B.2: pci-stub has', 'unbind f0; bind f0 S; unbind f1; bind f1 V; i = open_iommufd; d = open_cdev f1; bind_iommufd d i', 'ok'],
    ['G.B.3: another iommu_fd', `${V}; ${OPEN}; j = open_iommufd; bind_iommufd d0 i; bind_iommufd d1 j`, 'ok EPERM'],
    ['G.B.3: another iommu_fd, after the first has let go', `${V}; ${OPEN}; j = open_iommufd; bind_iommufd d0 i; unbind_iommufd d0; bind_iommufd d1 j`, 'ok ok ok'],
    ['UNBIND: not bound', `${V}; ${OPEN}; unbind_iommufd d1`, 'EINVAL'],
    ['ATTACH: not bound', `${V}; ${OPEN}; a = ioas_alloc i; attach d1 ioas=a`, 'EINVAL'],
    ['ATTACH: no such IOASID', `${V}; ${OPEN}; ${BIND}; attach d1 ioas=a`, 'ENOENT'],
    ['ATTACH: attached', `${USED}; attach d1 ioas=b`, 'EINVAL'],
    ['ATTACH: distinct requester IDs, distinct IOASIDs', `${V}; ${OPEN}; ${BIND}; ${SPACES}; attach d0 ioas=a; attach d1 ioas=b`, 'ok ok'],
    ['DETACH: not attached', `${V}; ${OPEN}; ${BIND}; detach d1`, 'EINVAL'],
    ['FREE: attached', `${USED}; ioas_destroy i a; detach d0; detach d1; ioas_destroy i a`, 'EBUSY ok ok ok'],
    ['OP-1: closing the iommu_fd', `${USED}; close i; detach d0; attach d0 ioas=b; close d0; close d1; bind f0 E`, 'ok ok ok ok ok ENODEV'],
    ['DRV_UNBIND waits for the device file', `${USED}; unbind f1; close d1`, 'blocked ok(14:ok)'],
    ['DRV_BIND of what declared itself safe', `${USED}; close d1; unbind f1; bind f1 S`, 'ok'],
    ['DRV_BIND, nobody bound', `${V}; ${OPEN}; close d1; unbind f1; bind f1 E`, 'ok'],
    ['DRV_BIND of uio', `${USED}; close d1; unbind f1; bind f1 U`, 'bug'],
  ])('%s', (_, script, expected) => {
    expect(answers(run(ioasidG, script), expected.split(' ').length)).toBe(expected)
  })

  test('OP-15: groups of several devices are left to legacy VFIO', () => {
    const script = `${V}; unbind s; bind s V; ${OPEN}; e = open_cdev s; bind_iommufd d0 i; bind_iommufd e i`
    expect(answers(run(ioasidG, script, options({ singletonOnly: true })), 2)).toBe('EPERM ok')
  })

  test('25 June: deny the probe instead of the BUG_ON', () => {
    const script = `${USED}; close d1; unbind f1; bind f1 E; bind f1 S; unbind f1; driver_override f1 -; drivers_probe f1; close d0; bind f1 E`
    expect(answers(run(ioasidG, script, options({ denyProbe: true })), 7)).toBe('EBUSY ok ok ok ok ok ok')
    expect(contexts(run(ioasidG, `${USED}; close d1; unbind f1; bind f1 E`, options({ denyProbe: true })))).toBe(
      'a block',
    )
  })

  test('a device that must not be blocked keeps its group from being bound', () => {
    const locked: PlayOptions = { machine: pairWith('01:00.1', { rmrr: true }) }
    expect(told(`${V}; i = open_iommufd; d = open_cdev f0; bind_iommufd d i`, 1, locked)).toBe('EPERM | dd dd | --')
  })

  test('a device that joins an owned group is blocked', () => {
    const plugged: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true }) }
    const used = 'unbind f0; bind f0 V; i = open_iommufd; d = open_cdev f0; bind_iommufd d i'
    const joined = run(ioasidG, `${used}; driver_override f1 S; hot_add f1`, plugged)
    expect(`${answers(joined, 1)} ${contexts(joined)}`).toBe('bug block block')
    const welcome = run(ioasidG, `${used}; hot_add f1`, options({ denyProbe: true }, plugged))
    expect(`${answers(welcome, 1)} ${contexts(welcome)}`).toBe('ok block block')
  })
})

describe('section 6: A, B and C opened by different users', () => {
  const abc: PlayOptions = { processes: TWO_USERS, machine: triple }
  const THREE = `${V}; unbind f2; bind f2 V; u1: i1 = open_iommufd; u2: i2 = open_iommufd; u1: s1 = ioas_alloc i1; u2: s2 = ioas_alloc i2`
  // prettier-ignore
  test.each([
    ['U1 opens A', 'u1: a = open_cdev f0', 'ok | dd dd dd | ---'],
    ['U2 opens B', 'u1: a = open_cdev f0; u2: b = open_cdev f1', 'ok | dd dd dd | ---'],
    ['U1 binds A', 'u1: a = open_cdev f0; u2: b = open_cdev f1; bind_iommufd a i1', 'ok | block block block | +--'],
    ['U2 binds B', 'u1: a = open_cdev f0; u2: b = open_cdev f1; bind_iommufd a i1; bind_iommufd b i2', 'EPERM | block block block | +--'],
    ['U1 attaches A', 'u1: a = open_cdev f0; bind_iommufd a i1; attach a ioas=s1', 'ok | s1 block block | +--'],
    ['C is opened now', 'u1: a = open_cdev f0; bind_iommufd a i1; attach a ioas=s1; u1: c = open_cdev f2', 'ok | s1 block block | +--'],
  ])('%s', (_, script, expected) => {
    expect(told(`${THREE}; ${script}`, 1, abc)).toBe(expected)
    expect(broken(run(ioasidG, `${THREE}; ${script}`, abc))).toBe('')
  })
})

test('section 7: X and Y are one class, and move together', () => {
  const X = `${V}; i = open_iommufd; x = open_cdev f0; bind_iommufd x i; a = ioas_alloc i; attach x ioas=a`
  const played = run(ioasidG, X, { machine: alias })
  expect(`${answers(played, 1)} ${contexts(played)} ${broken(played)}`).toBe('ok a a ')
})

describe('section 8: the stub driver under iommu=pt', () => {
  const STUB = 'unbind f0; bind f0 S; unbind f1; bind f1 V; i = open_iommufd; d1 = open_cdev f1'
  test.each([
    ['nothing bound', STUB, 'id id', 'V1'],
    ['access', `${STUB}; bind_iommufd d1 i`, 'block block', ''],
    ['in use', `${STUB}; bind_iommufd d1 i; a = ioas_alloc i; attach d1 ioas=a`, 'block a', ''],
    ['unbound', `${STUB}; bind_iommufd d1 i; unbind_iommufd d1`, 'id id', 'V1'],
  ])('%s', (_, script, expected, rules) => {
    const played = run(ioasidG, script, { boot: { iommu: 'pt' } })
    expect(`${contexts(played)}|${broken(played)}`).toBe(`${expected}|${rules}`)
  })

  test.each([
    ['none', ['a', 'block']],
    ['blocked', ['a', 'block']],
    ['viaDefault', ['id a', 'id block']],
  ] as const)('ATTACH and DETACH, switched %s', (switchGap, expected) => {
    const script = `${STUB}; bind_iommufd d1 i; a = ioas_alloc i; attach d1 ioas=a; detach d1`
    const played = run(ioasidG, script, { boot: { iommu: 'pt', policy: { switchGap } } })
    const written = [1, 2].map((back) =>
      played
        .traceOf(played.steps.length - back)
        .flatMap(({ code, subject }) => (code === 'hw.context' && subject?.kind === 'context' ? [subject.context] : []))
        .map((context) => (context === 1 ? 'id' : context === 0 ? 'block' : 'a'))
        .join(' '),
    )
    expect(written.reverse()).toEqual(expected)
  })
})
