/** What kernels record while they work, over short random walks; `*walks.test.ts` go further with the long tests. */
import { expect, test } from 'vitest'
import type { KernelId } from '../kernel.ts'
import type { Subject, TraceEvent } from '../trace.ts'
import type { Setup, World } from '../world.ts'
import { G_CHECKS, G_EFFECTS } from './ioasid-g/codes.ts'
import { T_CHECKS, T_EFFECTS } from './ioasid-t/codes.ts'
import { W_CHECKS, W_EFFECTS } from './ioasid-w/codes.ts'
import { LEGACY_CHECKS, LEGACY_EFFECTS } from './linux-5.10/codes.ts'
import { machine } from './play.test-helper.ts'
import { KERNELS } from './registry.ts'
import { IOMMUFD_CHECKS, IOMMUFD_EFFECTS } from './shared/iommufd/codes.ts'
import { OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS } from './shared/ownership/codes.ts'
import { alphabetFor, eventsAgain, PLAIN, walk } from './walk.test-helper.ts'

type Codes = readonly [checks: readonly string[], effects: readonly string[]]

const OWNERSHIP: Codes = [OWNERSHIP_CHECKS, OWNERSHIP_EFFECTS]
const IOMMUFD: Codes = [IOMMUFD_CHECKS, IOMMUFD_EFFECTS]
const CODES: Readonly<Record<KernelId, Codes>> = {
  'linux-5.10': [LEGACY_CHECKS, LEGACY_EFFECTS],
  'linux-6.1': OWNERSHIP,
  'linux-6.12': OWNERSHIP,
  'linux-6.12-iommufd': IOMMUFD,
  'linux-7.3': OWNERSHIP,
  'linux-7.3-iommufd': IOMMUFD,
  'ioasid-t': [T_CHECKS, T_EFFECTS],
  'ioasid-g': [G_CHECKS, G_EFFECTS],
  'ioasid-w': [W_CHECKS, W_EFFECTS],
}

/** One group of two functions on vfio-pci, so that files open soon. */
const SMALL: Setup = {
  ...PLAIN,
  machine: machine('00:01.0rp+[01:00.0ep- 01:00.1ep-]', (f) => (f.bridge ? {} : { driver: 'vfio-pci' })),
}

/** Whether a number is an index into a list; -1 stands for what a call names and the machine does not have. */
function isIndex(index: number | undefined, list: readonly unknown[]): boolean {
  return index === undefined || (Number.isInteger(index) && index >= -1 && index < list.length)
}

function isAboutSomething(world: World, subject: Subject): boolean {
  switch (subject.kind) {
    case 'device':
      return isIndex(subject.device, world.devices)
    case 'group':
      return isIndex(subject.group, world.groups)
    case 'container':
      return Number.isInteger(subject.container) && subject.container >= -1
    case 'slot':
      return isIndex(subject.slot, world.slots)
    case 'driver':
      return isIndex(subject.driver, world.drivers) && isIndex(subject.device, world.devices)
    case 'context':
      return subject.context >= 0 && isIndex(subject.group, world.groups) && isIndex(subject.device, world.devices)
    case 'count':
      return Number.isInteger(subject.count) && subject.count >= 0 && isIndex(subject.group, world.groups)
    case 'range':
      return typeof subject.iova === 'number' && typeof subject.size === 'number'
    case 'object':
      return ['iommufd', 'ioas', 'hwpt'].includes(subject.of) && subject.index >= -1
    case 'word':
      return subject.word !== ''
    default:
      return false
  }
}

/** What is wrong with an event; null: nothing. */
function faultOf(world: World, [checks, effects]: Codes, event: TraceEvent): string | null {
  if (!(event.event === 'check' ? checks : effects).includes(event.code)) return `no such ${event.event}`
  return event.subject === undefined || isAboutSomething(world, event.subject) ? null : 'about nothing'
}

test.each(KERNELS.map((kernel) => [kernel.id, kernel] as const))(
  '%s: looking changes nothing; each event has a code of the kernel, and is about something that there is',
  (id, kernel) => {
    const faults = new Set<string>()
    const seen = new Set<string>()
    const again = eventsAgain(kernel)
    for (const [seed, setup] of [PLAIN, SMALL, { ...SMALL, boot: { iommu: 'pt' } } as const].entries()) {
      walk(kernel, setup, alphabetFor(setup, kernel.abi), 700, seed, (state, op, outcome, before) => {
        for (const event of again(state, before, op, outcome)) {
          seen.add(event.code)
          const fault = faultOf(state.world, CODES[id], event)
          if (fault !== null) faults.add(`${op.op}: ${fault}: ${JSON.stringify(event)}`)
        }
      })
    }
    expect([...faults]).toEqual([])
    const [checks, effects] = CODES[id]
    // What takes a rare turn is for the long walks.
    expect(seen.size).toBeGreaterThan((checks.length + effects.length) / 2)
  },
)

test.each(Object.entries(CODES))(
  '%s: no code stands twice in its list, and each has its form',
  (_, [checks, effects]) => {
    for (const codes of [checks, effects]) {
      expect(new Set(codes).size).toBe(codes.length)
      expect(codes.length).toBeGreaterThan(20)
    }
    expect(checks.filter((code) => !/^[A-Z](?:\.[A-Za-z0-9-]+)+$/.test(code))).toEqual([])
    expect(effects.filter((code) => !/^[a-z]+(?:[.-][a-z-]+)*$/.test(code))).toEqual([])
  },
)
