import { describe, expect, test } from 'vitest'
// prettier-ignore
import { alias, broken, CDEV_STEPS, contexts, options, run, shared, toldBy, triple, TWO_USERS } from '../ioasid.test-helper.ts'
import { answers, machine, pairWith, type PlayOptions } from '../play.test-helper.ts'
import { ioasidT } from './index.ts'

const told = toldBy(ioasidT)

const { V, OPEN, BIND, SPACES, ATTACH, USED } = CDEV_STEPS

describe('the walk-through', () => {
  // prettier-ignore
  test.each([
    ['1a', '', 0, '| dd dd | --'],
    ['1b', 'unbind f1; bind f1 V', 2, 'ok ok | dd block | --'],
    ['1b, at the unbind already', 'unbind f1', 1, 'ok | dd block | --'],
    ['1c', 'unbind f1; bind f1 V; d1 = open_cdev f1', 1, 'EPERM | dd block | --'],
    ['1d', V, 1, 'ok | block block | --'],
    ['1e', `${V}; i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i; device_access d1`, 3, 'ok ok ok | block block | -+'],
    ['2a', `${V}; ${OPEN}; ${BIND}; device_access d0; device_access d1`, 4, 'ok ok ok ok | block block | ++'],
    ['2b, the first', `${V}; ${OPEN}; ${BIND}; ${SPACES}; attach d0 ioas=a`, 1, 'ok | a block | ++'],
    ['2b, the second', USED, 1, 'ok | a a | ++'],
    ['2c', `${USED}; detach d1`, 1, 'ok | a block | ++'],
    ['2d', `${USED}; detach d1; unbind_iommufd d1; device_access d1`, 2, 'ok ok | a block | ++'],
    ['2d while attached', `${USED}; unbind_iommufd d1`, 1, 'EBUSY | a a | ++'],
    ['2e', `${USED}; detach d1; unbind_iommufd d1; close d1; unbind f1`, 2, 'ok ok | a block | +-'],
    ['2e while it is open', `${USED}; unbind f1; close d1`, 2, 'blocked ok(14:ok) | a block | +-'],
    ['2f', `${USED}; close d1; unbind f1; bind f1 E`, 1, 'bug | a dd | +-'],
  ])('%s', (_, script, count, expected) => expect(told(script, count).trim()).toBe(expected))

  const SHARED = 'unbind p0; unbind p1; bind p0 V; bind p1 V; i = open_iommufd; d0 = open_cdev p0; d1 = open_cdev p1'
  const USED_3 = `${SHARED}; ${BIND}; ${SPACES}; ${ATTACH}`
  // prettier-ignore
  test.each([
    ['1b: the block of one is that of both, and takes f0 its DMA', 'unbind p1; bind p1 V', 1, 'ok | block(!dd) block | --'],
    ['3a', USED_3, 1, 'ok | a a | ++'],
    ['3a, after the first', `${SHARED}; ${BIND}; ${SPACES}; attach d0 ioas=a`, 1, 'ok | a a(!block) | ++'],
    ['3b: DMA of f0 is silently dead', `${USED_3}; detach d1`, 1, 'ok | block(!a) block | ++'],
    ['3b: f0 must be detached too', `${USED_3}; detach d1; detach d0`, 1, 'ok | block block | ++'],
    ['3c: hurts the own foot', `${USED_3}; detach d1; attach d1 ioas=b`, 1, 'ok | b(!a) b | ++'],
  ])('setup 3, %s', (_, script, count, expected) => expect(told(script, count, { machine: shared })).toBe(expected))

  test('setup 3, a wrong belief is no violation by itself', () => {
    expect(broken(run(ioasidT, USED_3, { machine: shared }))).toBe('')
    expect(broken(run(ioasidT, `${USED_3}; detach d1`, { machine: shared }))).toBe('B')
    expect(broken(run(ioasidT, `${USED_3}; detach d1; attach d1 ioas=b`, { machine: shared }))).toBe('B')
  })
})

describe('the tables of section 3', () => {
  // prettier-ignore
  test.each([
    ['T.O: no node', 'd = open_cdev f1', 'ENOENT'],
    ['T.O.1: a native sibling', 'unbind f1; bind f1 V; d = open_cdev f1', 'EPERM'],
    ['T.O.1: uio is not on the list', 'unbind f0; bind f0 U; unbind f1; bind f1 V; d = open_cdev f1', 'EPERM'],
    ['T.O.1: a sibling without a driver', 'half; d = open_cdev f1', 'ok'],
    ['T.O.1: a sibling on pci-stub', 'unbind f0; bind f0 S; unbind f1; bind f1 V; d = open_cdev f1', 'ok'],
    ['T.B.1: again', `${V}; ${OPEN}; bind_iommufd d1 i; bind_iommufd d1 i`, 'EINVAL'],
    ['T.B.1: through another file', `${V}; ${OPEN}; bind_iommufd d1 i; e = open_cdev f1; bind_iommufd e i`, 'EINVAL'],
    ['T.B.2: viable when opened, not when bound', `half; i = open_iommufd; d = open_cdev f1; bind f0 E; bind_iommufd d i`, 'EPERM'],
    ['BIND: siblings to different iommu_fds', `${V}; ${OPEN}; j = open_iommufd; bind_iommufd d0 i; bind_iommufd d1 j`, 'ok'],
    ['BIND: no such file', `${V}; ${OPEN}; bind_iommufd d1 x`, 'EBADF'],
    ['BIND: not /dev/iommu', `${V}; ${OPEN}; bind_iommufd d1 d0`, 'EINVAL'],
    ['UNBIND: not bound', `${V}; ${OPEN}; unbind_iommufd d1`, 'EINVAL'],
    ['UNBIND: attached', `${USED}; unbind_iommufd d1`, 'EBUSY'],
    ['ATTACH: not bound', `${V}; ${OPEN}; a = ioas_alloc i; attach d1 ioas=a`, 'EINVAL'],
    ['ATTACH: no such IOASID', `${V}; ${OPEN}; ${BIND}; attach d1 ioas=a`, 'ENOENT'],
    ['ATTACH: IOASID of another iommu_fd', `${V}; ${OPEN}; ${BIND}; j = open_iommufd; a = ioas_alloc j; attach d1 ioas=a`, 'ENOENT'],
    ['ATTACH: attached', `${USED}; attach d1 ioas=b`, 'EINVAL'],
    ['DETACH: not attached', `${V}; ${OPEN}; ${BIND}; detach d1`, 'EINVAL'],
    ['FREE: attached', `${USED}; ioas_destroy i a`, 'EBUSY'],
    ['FREE: idle', `${USED}; ioas_destroy i b; ioas_destroy i b`, 'ok ENOENT'],
    ['MAP as type1', `${USED}; ioas_map i a 0 4096; ioas_map i a 0 8192; ioas_map i a 0xfee00000 4096`, 'ok EEXIST EINVAL'],
    ['UNMAP as type1v2', `${USED}; ioas_map i a 0 8192; ioas_unmap i a 0 4096; ioas_unmap i a 0 8192`, 'ok EINVAL =8192'],
    ['MAP: IOASID of another iommu_fd', `${USED}; j = open_iommufd; ioas_map j a 0 4096`, 'ENOENT'],
    ['OP-1: closing the iommu_fd', `${USED}; close i; detach d0; attach d0 ioas=b`, 'ok ok ok'],
    ['OP-1: gone with the last device', `${USED}; close i; close d0; close d1; ${OPEN}; ${BIND}; attach d0 ioas=a`, 'ENOENT'],
    ['CLOSE detaches and unbinds', `${USED}; close d0; close d1; bind f0 E; unbind f0; unbind f1; bind f1 E`, 'ok ok ENODEV ok ok ok'],
  ])('%s', (_, script, expected) => {
    expect(answers(run(ioasidT, script), expected.split(' ').length)).toBe(expected)
  })

  test.each([
    ['native driver gone', 'unbind f0', 'block dd'],
    ['native driver back', 'unbind f0; bind f0 E', 'dd dd'],
    ['pci-stub', 'unbind f0; bind f0 S', 'block dd'],
    ['uio: no DMA through passthrough any more', 'unbind f0; bind f0 U', 'block dd'],
    ['a probe that fails', 'unbind f0; bind f0 pcieport', 'block dd'],
    ['drivers_probe', 'unbind f0; drivers_probe f0; unbind f1; driver_override f1 -; drivers_probe f1', 'dd dd'],
  ])('what the IOMMU does: %s', (_, script, expected) => expect(contexts(run(ioasidT, script))).toBe(expected))

  test('iommu=pt selects the kind of default domain and does not weaken block', () => {
    expect(contexts(run(ioasidT, '', { boot: { iommu: 'pt' } }))).toBe('id id')
    expect(contexts(run(ioasidT, 'half', { boot: { iommu: 'pt' } }))).toBe('block block')
  })

  test('a device that is plugged in is blocked, and its driver opens the door', () => {
    const plugged: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true }) }
    expect(contexts(run(ioasidT, 'driver_override f0 S; hot_add f1', plugged))).toBe('dd dd')
    expect(
      answers(
        run(ioasidT, 'unbind f0; bind f0 V; i = open_iommufd; d = open_cdev f0; bind_iommufd d i; hot_add f1', plugged),
        1,
      ),
    ).toBe('bug')
  })

  test('OP-4: a device with memory that firmware wants is never blocked, so its group is never viable', () => {
    const locked: PlayOptions = { machine: pairWith('01:00.1', { rmrr: true }) }
    expect(told(`${V}; d = open_cdev f0`, 1, locked)).toBe('EPERM | block dd | --')
  })
})

describe('consequences', () => {
  const two: PlayOptions = { processes: TWO_USERS }
  test('opened and not bound: the notifier is silent, and host and user share a group', () => {
    const played = run(ioasidT, 'half; d = open_cdev f1; bind f0 E; device_access d', two)
    expect(answers(played, 2)).toBe('ok ok')
    expect(contexts(played)).toBe('dd block')
    expect(broken(played)).toBe('V2')
  })

  const THREE = `${V}; unbind f2; bind f2 V; u1: i1 = open_iommufd; u2: i2 = open_iommufd; u1: s1 = ioas_alloc i1; u2: s2 = ioas_alloc i2`
  const abc: PlayOptions = { ...two, machine: triple }
  // prettier-ignore
  test.each([
    ['U1 opens A', 'u1: a = open_cdev f0', 'ok | block block block | +--', ''],
    ['U2 opens B', 'u1: a = open_cdev f0; u2: b = open_cdev f1', 'ok | block block block | ++-', 'V2'],
    ['U1 binds A', 'u1: a = open_cdev f0; u2: b = open_cdev f1; bind_iommufd a i1', 'ok | block block block | ++-', 'V2'],
    ['U2 binds B: here lies madness', 'u1: a = open_cdev f0; u2: b = open_cdev f1; bind_iommufd a i1; bind_iommufd b i2', 'ok | block block block | ++-', 'V2'],
    ['U1 attaches A', 'u1: a = open_cdev f0; bind_iommufd a i1; attach a ioas=s1', 'ok | s1 block block | +--', ''],
    ['C is opened now', 'u1: a = open_cdev f0; bind_iommufd a i1; attach a ioas=s1; u2: c = open_cdev f2', 'ok | s1 block block | +-+', 'V2'],
    ['both attached', 'u1: a = open_cdev f0; u2: b = open_cdev f1; bind_iommufd a i1; bind_iommufd b i2; attach a ioas=s1; attach b ioas=s2', 'ok | s1 s2 block | ++-', 'V2'],
  ])('section 6: %s', (_, script, expected, rules) => {
    expect(told(`${THREE}; ${script}`, 1, abc)).toBe(expected)
    expect(broken(run(ioasidT, `${THREE}; ${script}`, abc))).toBe(rules)
  })

  test('OP-5: read literally, an attached sibling makes the group not viable', () => {
    const script = `${THREE}; u1: a = open_cdev f0; bind_iommufd a i1; attach a ioas=s1; u1: c = open_cdev f2`
    expect(answers(run(ioasidT, script, abc), 1)).toBe('ok')
    expect(answers(run(ioasidT, script, options({ strictBlock: true }, abc)), 1)).toBe('EPERM')
  })

  test('OP-15: groups of several devices are left to legacy VFIO', () => {
    const script = `${V}; unbind s; bind s V; ${OPEN}; e = open_cdev s; bind_iommufd d0 i; bind_iommufd e i`
    expect(answers(run(ioasidT, script, options({ singletonOnly: true })), 2)).toBe('EPERM ok')
  })
})

describe('section 7: X, whose DMA may appear with Y’s requester ID', () => {
  const X = `${V}; i = open_iommufd; x = open_cdev f0; bind_iommufd x i; a = ioas_alloc i`
  const aliased: PlayOptions = { machine: alias }
  test('the hardware moves Y along, and the kernel does not know', () => {
    const played = run(ioasidT, `${X}; attach x ioas=a`, aliased)
    expect(`${answers(played, 1)} ${contexts(played)} ${broken(played)}`).toBe('ok a a(!block) B')
    // The viability test passes wrongly: Y counts as blocked.
    expect(answers(run(ioasidT, `${X}; attach x ioas=a; y = open_cdev f1`, aliased), 1)).toBe('ok')
  })

  test.each([
    ['off', false, 'ok'],
    ['on: an unprivileged user stops the kernel', true, 'bug'],
  ])('OP-13, the notifier watches the block state: %s', (_, notifyOnBlockChange, expected) => {
    const played = run(ioasidT, `${X}; attach x ioas=a; detach x`, options({ notifyOnBlockChange }, aliased))
    expect(answers(played, 2)).toBe(expected === 'ok' ? 'ok ok' : 'bug bug')
    expect(played.snapshotAt(played.steps.length).dead).toBe(expected === 'bug')
  })

  test('... and says nothing where requester IDs are distinct', () => {
    expect(answers(run(ioasidT, `${USED}; detach d1`, options({ notifyOnBlockChange: true })), 3)).toBe('ok ok ok')
  })

  test('with Y on its native driver, the block of X alone breaks Y’s DMA', () => {
    expect(contexts(run(ioasidT, 'unbind f0; bind f0 V', aliased))).toBe('block block(!dd)')
  })
})

describe('section 8: the stub driver under iommu=pt', () => {
  const STUB = 'unbind f0; bind f0 S; unbind f1; bind f1 V'
  const pt: PlayOptions = { boot: { iommu: 'pt' } }
  // prettier-ignore
  test.each([
    ['nothing opened', STUB, 'block block', ''],
    ['access', `${STUB}; i = open_iommufd; d1 = open_cdev f1`, 'block block', ''],
    ['in use', `${STUB}; i = open_iommufd; d1 = open_cdev f1; bind_iommufd d1 i; a = ioas_alloc i; attach d1 ioas=a`, 'block a', ''],
  ])('%s', (_, script, expected, rules) => {
    const played = run(ioasidT, script, pt)
    expect(`${contexts(played)}|${broken(played)}`).toBe(`${expected}|${rules}`)
  })

  test.each([
    ['none', 'a'],
    ['blocked', 'a'],
    ['viaDefault', 'id a'],
  ] as const)('ATTACH from block, switched %s', (switchGap, expected) => {
    const played = run(ioasidT, `${V}; ${OPEN}; ${BIND}; ${SPACES}; attach d0 ioas=a`, options({ switchGap }, pt))
    expect(written(played, played.steps.length - 1)).toBe(expected)
  })

  function written(played: ReturnType<typeof run>, step: number): string {
    return played
      .traceOf(step)
      .flatMap(({ code, subject }) => (code === 'hw.context' && subject?.kind === 'context' ? [subject.context] : []))
      .map((context) => (context === 1 ? 'id' : context === 0 ? 'block' : 'a'))
      .join(' ')
  }
})

test('a machine that has stopped says so to everybody', () => {
  const played = run(ioasidT, `${USED}; close d1; unbind f1; bind f1 E; close d0; i = open_iommufd`)
  expect(answers(played, 3)).toBe('bug bug bug')
  expect(broken(played)).toContain('V2')
})

test('a device file is open on a bridge’s neighbour only', () => {
  const bridged = machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci]]')
  expect(
    answers(run(ioasidT, 'unbind p0; bind p0 V; d = open_cdev p0; d2 = open_cdev 01:00.0', { machine: bridged }), 2),
  ).toBe('ok ENOENT')
})
