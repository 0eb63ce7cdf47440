import { describe, expect, test } from 'vitest'
import { BLOCKED_CONTEXT, defaultContext, domainContext } from '../iommu/context.ts'
import { judge } from '../isolation.ts'
import type { Kernel } from '../kernel.ts'
import { OP_KINDS } from '../op.ts'
import type { State } from '../state.ts'
import { Recorder } from '../trace.ts'
import { compileOp, type Setup } from '../world.ts'
import { G_CHECKS, G_EFFECTS } from './ioasid-g/codes.ts'
import { ioasidG } from './ioasid-g/index.ts'
import { T_CHECKS, T_EFFECTS } from './ioasid-t/codes.ts'
import { ioasidT } from './ioasid-t/index.ts'
import { W_CHECKS, W_EFFECTS } from './ioasid-w/codes.ts'
import { ioasidW } from './ioasid-w/index.ts'
import { run, shared } from './ioasid.test-helper.ts'
import { machine } from './play.test-helper.ts'
import { ridClass } from './shared/ioasid-context.ts'
import { declaredBySafety, listedBySafety } from './shared/ioasid-safety.ts'
import { groupOf, hasBound, iommufdOf, isLocked, type IoasidState } from './shared/ioasid-state.ts'
import { alphabetFor, PLAIN as plain, replayBothWays, walk, walkOps } from './walk.test-helper.ts'

const MINUTES = 300_000

/** An alias, functions that are not plugged in yet and one that must not be blocked; default domains are identity. */
const odd: Setup = {
  machine: machine(
    '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0ep- 02:00.1ep-] 00:03.0rp+[03:00.0ep- 03:00.1ep-] 00:05.0rp[05:00.0ep]',
    (f) => {
      if (f.bdf.endsWith('01:00.0')) return { aliases: [1] }
      if (f.bdf.endsWith('02:00.1')) return { unplugged: true }
      if (f.bdf.endsWith('03:00.1')) return { rmrr: true }
      return f.bdf.endsWith('05:00.0') ? { resettable: false } : {}
    },
  ),
  boot: { iommu: 'pt' },
  processes: plain.processes,
}
/** A card with its bridge that nobody has plugged in. */
const away: Setup = {
  machine: machine('00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0ep]', (f) =>
    f.bdf >= '0000:00:02' && !f.bdf.startsWith('0000:01') ? { unplugged: true } : {},
  ),
  boot: { iommu: 'nopt' },
  processes: plain.processes,
}

/** Little else than two functions that share requester IDs, so that everything meets. */
const small: Setup = {
  machine: machine('00:01.0rp+[01:00.0pcie2pci[02:01.0pci 02:01.1pci]]'),
  boot: { iommu: 'nopt' },
  processes: plain.processes,
}

const NAMES = ['g1', 'g2', 'd1', 'd2', 'd3', 'i1', 'i2', 'a1', 'a2', 'never']

function isIoasid(state: object): state is IoasidState {
  return 'record' in state && 'attached' in state
}

/** The translation that a device should have where an iommu_fd holds whole groups. */
function groupRecord(state: IoasidState, device: number): number {
  const mate = ridClass(state.world, device).find((other) => (state.attached[other] ?? 0) > 0)
  if (mate !== undefined) return domainContext(state.world, (state.attached[mate] ?? 0) - 1)
  const owned = (state.groupIommufd[groupOf(state, device)] ?? 0) > 0
  return owned && !isLocked(state, device) ? BLOCKED_CONTEXT : defaultContext(state.world, groupOf(state, device))
}

/** The same where idle devices are blocked. */
function idleRecord(state: IoasidState, device: number): number {
  const attached = state.attached[device] ?? 0
  if (attached > 0) return domainContext(state.world, attached - 1)
  const family = state.world.drivers[state.driver[device] ?? 0]?.family
  const home = family === 'native' || family === 'unknown' || isLocked(state, device)
  return home ? defaultContext(state.world, groupOf(state, device)) : BLOCKED_CONTEXT
}

interface Policy {
  readonly name: string
  readonly kernel: Kernel
  /** Boot options that make it this reading of the policy. */
  readonly option: object
  readonly checks: readonly string[]
  readonly effects: readonly string[]
  readonly record: (state: IoasidState, device: number) => number
  /** What only this policy promises; the names of what does not hold. */
  readonly promises: (state: IoasidState, must: (holds: boolean, name: string) => void) => void
}

const devicesOf = (state: IoasidState): number[] => state.world.devices.map((_, device) => device)

/** T and its lockstep reading. */
function promisesT(state: IoasidState, must: (holds: boolean, name: string) => void): void {
  for (const device of devicesOf(state)) {
    const bound = iommufdOf(state, device)
    const ioas = (state.attached[device] ?? 0) - 1
    must(ioas < 0 || (bound >= 0 && state.ioasIommufd[ioas] === bound + 1), 'what is attached is bound to the iommu_fd')
    if (state.present[device] === 0) continue
    const alone = ridClass(state.world, device).length === 1
    const agrees = (state.world.devices[device]?.rids ?? []).every((rid) => state.context[rid] === state.record[device])
    must(agrees || !alone, 'record and hardware differ only where requester IDs are shared')
  }
}

function promisesG(state: IoasidState, must: (holds: boolean, name: string) => void): void {
  state.world.groups.forEach(({ devices }, group) => {
    const owner = (state.groupIommufd[group] ?? 0) - 1
    must(owner >= 0 === hasBound(state, group), 'owned if and only if a member is bound')
    for (const device of devices) {
      const bound = iommufdOf(state, device)
      must(bound < 0 || bound === owner, 'a group never has two owners')
      must((state.attached[device] ?? 0) === 0 || bound >= 0, 'what is attached is bound')
      const unsafe = state.present[device] === 1 && declaredBySafety(state, device) === 'P.S.unsafe'
      must(owner < 0 || !unsafe, 'no unsafe driver in an owned group')
    }
  })
}

function promisesW(state: IoasidState, must: (holds: boolean, name: string) => void): void {
  state.world.groups.forEach(({ devices }, group) => {
    const owner = (state.groupIommufd[group] ?? 0) - 1
    const open = devices.some((device) => (state.opens[device] ?? 0) > 0)
    must(!open || owner >= 0, 'open devices have a bound group')
    must(owner < 0 || open || state.opened[group] === 1, 'somebody holds a bound group')
    for (const device of devices) {
      must((state.attached[device] ?? 0) === 0 || (state.opens[device] ?? 0) > 0, 'what is attached is open')
      const unsafe = state.present[device] === 1 && listedBySafety(state, device) === 'P.S.unsafe'
      must(owner < 0 || !unsafe, 'no unsafe driver in a bound group')
    }
  })
}

const POLICIES: readonly Policy[] = [
  {
    name: 'T',
    kernel: ioasidT,
    option: {},
    checks: T_CHECKS,
    effects: T_EFFECTS,
    record: idleRecord,
    promises: promisesT,
  },
  {
    name: 'G',
    kernel: ioasidG,
    option: {},
    checks: G_CHECKS,
    effects: G_EFFECTS,
    record: groupRecord,
    promises: promisesG,
  },
  {
    name: 'W',
    kernel: ioasidW,
    option: {},
    checks: W_CHECKS,
    effects: W_EFFECTS,
    record: groupRecord,
    promises: promisesW,
  },
  {
    name: 'W in lockstep',
    kernel: ioasidW,
    option: { lockstep: true },
    checks: W_CHECKS,
    effects: W_EFFECTS,
    record: idleRecord,
    promises: promisesT,
  },
]

/** Everything that holds at any moment; the names of what does not. */
function faultsOf(state: IoasidState, policy: Policy): string[] {
  const faults: string[] = []
  const must = (holds: boolean, name: string): void => void (holds || faults.push(name))
  const { fds, devices, pending, processes: running, iommufds, ioases } = policy.kernel.snapshot(state)
  const { ranges } = state.world.capacity

  for (const device of devices) {
    const files = fds.filter(({ kind, object }) => (kind === 'cdev' || kind === 'device') && object === device.device)
    must(device.opens === files.length, 'open device files can be counted')
    must(device.opens === 0 || state.world.drivers[device.driver]?.family === 'vfio', 'only vfio devices can be open')
    must(device.link === (device.leaving ? 0 : device.driver), 'the link goes first')
    const unbinds = pending.filter((call) => call.call === 'unbind' && call.device === device.device)
    must(unbinds.length === Number(device.leaving), 'a device leaves in one waiting unbind')
    if (device.present) must(state.record[device.device] === policy.record(state, device.device), 'the record is right')
  }
  for (let file = 0; file < state.fileDevice.length; file++) {
    must((state.fileDevice[file] ?? 0) > 0 || state.fileIommufd[file] === 0, 'a file that is not open is not bound')
  }
  for (const { iommufd, slots } of iommufds) must(slots.length <= 1, `iommu_fd ${iommufd} is open once`)
  for (const { ioas, iommufd, number } of ioases) {
    must(
      iommufds.some((one) => one.iommufd === iommufd),
      'an address space has a live iommu_fd',
    )
    must(number > 0 && number <= (state.iommufdNumber[iommufd] ?? 0), 'IOASIDs are given out in order')
    must(
      ioases.every((other) => other.ioas === ioas || other.iommufd !== iommufd || other.number !== number),
      'IOASIDs are unique',
    )
  }
  for (let place = 0; place < state.mapped.length; place++) {
    must(
      state.mapped[place] === 0 || (state.ioasIommufd[Math.floor(place / ranges)] ?? 0) > 0,
      'mappings need an address space',
    )
  }
  for (let rid = 0; rid < state.context.length; rid++) {
    const ioas = (state.context[rid] ?? 0) - domainContext(state.world, 0)
    must(ioas < 0 || (state.ioasIommufd[ioas] ?? 0) > 0, 'the hardware uses live address spaces')
  }
  const numbers = fds.filter(({ kind }) => kind !== 'ioas').map(({ process, number }) => `${process}:${number}`)
  must(new Set(numbers).size === numbers.length, 'file descriptors are unique')
  for (const { process, alive } of running) {
    must(alive || fds.every((fd) => fd.process !== process || fd.kind === 'ioas'), 'the dead hold nothing')
  }
  policy.promises(state, must)
  return faults
}

/** Groups that hold an isolation finding by which somebody who can drive a device harms somebody. */
function harmed(kernel: Kernel, state: IoasidState): boolean {
  return judge(state.world, kernel.snapshot(state)).some(({ findings }) =>
    findings.some(
      ({ live, harmed: who, rule }) => (live && who !== null && rule !== 'P2P' && rule !== 'RID') || rule === 'B',
    ),
  )
}

/**
 * Under T a group can be harmed, but not without a cause: another user in it, a driver of the host that came to it, or
 * requester IDs that its members share. The groups in which there is none of these, and harm all the same.
 */
function harmedWithoutCause(kernel: Kernel, state: IoasidState): number[] {
  const snapshot = kernel.snapshot(state)
  const { world } = state
  return judge(world, snapshot).flatMap(({ findings }, group) => {
    const members = world.groups[group]?.devices ?? []
    const files = snapshot.fds.filter(
      ({ kind, object }) => (kind === 'cdev' || kind === 'device') && members.includes(object),
    )
    const users = new Set(files.map(({ process }) => process))
    const iommufds = new Set(members.map((device) => iommufdOf(state, device)).filter((iommufd) => iommufd >= 0))
    const driven = members.some((device) => {
      const family = world.drivers[state.driver[device] ?? 0]?.family
      return family === 'native' || family === 'unknown' || isLocked(state, device)
    })
    const shared = members.some((device) => ridClass(world, device).length > 1)
    if (users.size > 1 || iommufds.size > 1 || driven || shared) return []
    const harm = findings.some(
      ({ live, harmed: who, rule }) => (live && who !== null && rule !== 'P2P') || rule === 'B',
    )
    return harm ? [group] : []
  })
}

function setupFor(setup: Setup, option: object): Setup {
  return { ...setup, boot: { ...setup.boot, policy: option } }
}

describe.each(POLICIES)('policy $name', (policy) => {
  const { kernel, option } = policy
  const alphabet = alphabetFor(plain, kernel.abi, NAMES)

  test.each([
    ['plain', plain, 30_000],
    ['odd', odd, 10_000],
  ] as const)(
    'invariants hold over many random operations on a machine that is %s',
    (_, setup, steps) => {
      const seen = new Map<string, number>()
      const count = (what: string): void => void seen.set(what, (seen.get(what) ?? 0) + 1)
      const whole = setupFor(setup, option)
      let step = 0
      walk(kernel, whole, alphabetFor(whole, kernel.abi, NAMES), steps, 20210617, (state, op, outcome) => {
        const { result } = outcome
        count('bug' in result ? 'bug' : 'blocked' in result ? 'blocked' : `${op.op} ${result.ok ? 'ok' : result.errno}`)
        if (outcome.completes !== undefined) count('completed')
        if (!isIoasid(state)) throw new Error('a state of another kernel')
        if (state.dead[0] === 1) return
        const faults = faultsOf(state, policy)
        if (faults.length > 0) throw new Error(`after ${JSON.stringify(op)}: ${faults.join('; ')}`)
        if (step++ % 5 > 0) return
        const groups =
          policy.record === groupRecord ? harmed(kernel, state) : harmedWithoutCause(kernel, state).length > 0
        if (groups) throw new Error(`not isolated after ${JSON.stringify(op)}`)
      })
      const needed = ['bug', 'blocked', 'completed', 'attach ok', 'attach EINVAL', 'detach ok', 'ioas_map ok']
      const own =
        kernel === ioasidW && policy.record === groupRecord
          ? ['group_bind_iommufd ok', 'group_bind_iommufd EPERM']
          : ['bind_iommufd ok']
      expect([...needed, ...own].filter((what) => !seen.has(what))).toEqual([])
    },
    MINUTES,
  )

  test('any call whatever gets an answer', () => {
    const ops = walkOps(alphabetFor(odd), 500, 7)
    const { fresh } = replayBothWays(kernel, setupFor(odd, option), ops, [])
    expect(fresh.steps).toHaveLength(500)
    const state = kernel.create(fresh.world)
    kernel.boot(state)
    for (const op of OP_KINDS) {
      for (const index of [-1, 0, 1, 7, 10_000]) {
        const all = { device: index, driver: index, group: index, fd: index, other: index, third: index, as: index }
        const call = { op, by: index, ...all, range: index, iova: index, size: index, user: index, arg: '' }
        expect(kernel.apply(state, call)).toHaveProperty('result')
      }
    }
  })

  test('operations of other kernels are answered ENOTTY', () => {
    const foreign = OP_KINDS.filter((kind) => !kernel.abi.includes(kind))
    const { fresh } = replayBothWays(kernel, setupFor(plain, option), walkOps(alphabetFor(plain, foreign), 200, 3), [])
    expect(fresh.steps.every(({ result }) => 'errno' in result && result.errno === 'ENOTTY')).toBe(true)
  })

  test.each([1, 2, 3])('a replay that continues another is like a fresh one (%i)', (seed) => {
    const ops = walkOps(alphabet, 400, seed)
    const { grown, fresh } = replayBothWays(kernel, setupFor(plain, option), ops, [50, 130, 90, 200, 64, 128, 399])
    expect(grown.steps).toEqual(fresh.steps)
    for (const count of [0, 1, 63, 64, 65, 128, 200, 333, 400]) {
      expect(grown.snapshotAt(count)).toEqual(fresh.snapshotAt(count))
    }
  })
})

/** Readings and options under which every code has its moment. */
const EVERYWHERE: Readonly<Record<string, readonly object[]>> = {
  'ioasid-t': [{}, { singletonOnly: true }, { notifyOnBlockChange: true }, { switchGap: 'viaDefault' }],
  'ioasid-g': [{}, { singletonOnly: true }, { denyProbe: true }, { switchGap: 'viaDefault' }],
  'ioasid-w': [
    {},
    { switchGap: 'viaDefault' },
    { lockstep: true },
    { lockstep: true, singletonOnly: true },
    { lockstep: true, notifyOnBlockChange: true },
  ],
}

/**
 * Operations that no policy has, or only W, and the limit of memory, which the proposals leave open: their shared codes
 * have no moment here.
 */
const LEGACY_ONLY =
  /^(?:L\.(?:SI|IO|AT|HR)\.|L\.MAP\.8 |container\.|backend\.|domain\.|kvm\.|users$|wait\.container$|log\.)/
const GROUPS_ONLY = /^(?:L\.(?:CG|GO)\.|node\.|group\.(?:opened|closed))/

test.each([
  ['ioasid-t', ioasidT, T_CHECKS, T_EFFECTS],
  ['ioasid-g', ioasidG, G_CHECKS, G_EFFECTS],
  ['ioasid-w', ioasidW, W_CHECKS, W_EFFECTS],
] as const)(
  'looking changes nothing in %s, every code has its moment, and there are no others',
  (id, kernel: Kernel, checks: readonly string[], effects: readonly string[]) => {
    const seen = new Set<string>()
    let copy: State | undefined
    for (const option of EVERYWHERE[id] ?? []) {
      for (const setup of [plain, small, odd, away]) {
        const whole = setupFor(setup, option)
        walk(kernel, whole, alphabetFor(whole, kernel.abi, NAMES), 20_000, 99, (state, op, outcome, before) => {
          const other = copy?.world === state.world ? copy : kernel.create(state.world)
          copy = other
          other.bytes.set(before)
          const call = compileOp(state.world, op)
          const recorder = new Recorder()
          const again = call && kernel.apply(other, call, recorder)
          if (Buffer.compare(other.bytes, state.bytes) !== 0)
            throw new Error(`another state after ${JSON.stringify(op)}`)
          if (JSON.stringify(again) !== JSON.stringify(outcome))
            throw new Error(`another answer to ${JSON.stringify(op)}`)
          for (const event of recorder.events) seen.add(`${event.code}${event.event === 'check' ? ` ${event.ok}` : ''}`)
        })
      }
    }
    const elsewhere = (code: string): boolean =>
      LEGACY_ONLY.test(code) || (kernel !== ioasidW && GROUPS_ONLY.test(code))
    for (const script of RARE[id] ?? []) {
      const played = run(kernel, script, { machine: shared })
      for (const [step] of played.steps.entries()) {
        for (const event of played.traceOf(step)) {
          seen.add(`${event.code}${event.event === 'check' ? ` ${event.ok}` : ''}`)
        }
      }
    }
    const known = new Set<string>([...checks.flatMap((code) => [`${code} true`, `${code} false`]), ...effects])
    expect([...seen].filter((code) => !known.has(code))).toEqual([])
    expect([...known].filter((code) => !seen.has(code) && !elsewhere(code))).toEqual(ONE_SIDED[id])
  },
  MINUTES,
)

/** What a walk may not come to: a mapped page that a device reaches, and two address spaces for one requester ID. */
const BEHIND = 'unbind p0; unbind p1; bind p0 V; bind p1 V; i = open_iommufd'
const MOVE =
  'a = ioas_alloc i; b = ioas_alloc i; ioas_map i a 0 4096; attach d0 ioas=a; attach d1 ioas=b; dma_probe p0 0'
const DEVICES = `${BEHIND}; d0 = open_cdev p0; d1 = open_cdev p1; bind_iommufd d0 i; bind_iommufd d1 i; ${MOVE}`
const RARE: Readonly<Record<string, readonly string[]>> = {
  'ioasid-t': [`${DEVICES}; detach d1; attach d1 ioas=a; dma_probe p0 0`],
  'ioasid-g': [DEVICES],
  'ioasid-w': [
    `${BEHIND}; g = open_group 1; group_bind_iommufd g i; d0 = group_get_device_fd g p0; d1 = group_get_device_fd g p1; ${MOVE}`,
  ],
}

/** A rule about a member says yes or no by itself; the rest cannot fail. */
const RULES = ['P.S.none false', 'P.S.leaving false', 'P.S.stub false', 'P.S.vfio false', 'P.S.unsafe true']
const ONE_SIDED: Readonly<Record<string, readonly string[]>> = {
  // Whoever has opened a device may use it.
  'ioasid-t': ['L.B.1.match false', 'P.X.1 false', ...RULES, 'P.S.bridge false'],
  'ioasid-g': ['L.B.1.match false', ...RULES, 'P.S.port false'],
  // A device file does not outlive the binding of its group.
  'ioasid-w': ['L.B.1.match false', ...RULES, 'P.S.bridge false', 'W.A.1 false'],
}
