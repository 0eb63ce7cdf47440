/** The kernel's verdict on a group, in words. */
import type { KernelId } from '../sim/kernel.ts'
import type { GroupView, Snapshot } from '../sim/snapshot.ts'
import type { World } from '../sim/world.ts'
import type { ViabilityRule } from './kernel-words.ts'
import { wordsOf } from './registry.ts'
import { code, deviceSpan, driverSpan, groupSpan, list, rich, sentences, type Words } from './words.ts'

/**
 * The test's answer as far as it is known: `taken` where an iommufd owns the group, so that nobody else can have it;
 * `unknown` where every member that fails does so only because a listing does not tell its driver, and such a driver
 * counts as an ordinary one.
 */
export type ViabilityState = 'viable' | 'taken' | 'not-viable' | 'unknown'

export interface ViabilityWords {
  readonly state: ViabilityState
  /** `Viable`, `In use`, `Not viable` or `Viability unknown`. */
  readonly title: string
  /** The kernel's function whose answer this is: `vfio_group_viable`. */
  readonly test: string
  readonly words: Words
  /** The test's answer for each member that it asked about, in the kernel's order. */
  readonly members: readonly {
    readonly device: number
    readonly good: boolean
    readonly words: Words
    readonly code: string
  }[]
}

/** Whether a kernel's viability test passes a group now, or nobody can tell. */
export function viabilityState(world: World, group: GroupView, snapshot: Snapshot): ViabilityState {
  if (group.viable) return 'viable'
  if (group.ownership?.owner === 'iommufd') return 'taken'
  const bad = group.members.filter((member) => !member.good)
  const unknown = bad.filter(({ device }) => familyOf(world, snapshot, device) === 'unknown')
  return bad.length > 0 && unknown.length === bad.length ? 'unknown' : 'not-viable'
}

/** Members that fail the test are named one by one up to this number, above it in one sentence. */
const ONE_BY_ONE = 2

/** What a kernel's viability test says of a group now, and why. */
export function viabilityWords(kernel: KernelId, world: World, group: GroupView, snapshot: Snapshot): ViabilityWords {
  const { viability, viabilityTest: test } = wordsOf(kernel)
  const ruleOf = (name: string): ViabilityRule | undefined =>
    Object.hasOwn(viability, name) ? viability[name] : undefined
  const driverOf = (device: number): number => snapshot.devices[device]?.driver ?? 0
  const members = group.members.map((member) => {
    const words = ruleOf(member.code)?.member(world, member.device, driverOf(member.device)) ?? [code(member.code)]
    return { ...member, words }
  })
  const state = viabilityState(world, group, snapshot)
  const bad = group.members.filter((member) => !member.good)
  const noFile = group.node
    ? null
    : rich`No device of ${groupSpan(world, group.group)} has a vfio driver, so /dev/vfio/${String(world.groups[group.group]?.id ?? '')} does not exist.`
  const answer = (title: string, ...reasons: readonly (Words | false)[]): ViabilityWords => ({
    state,
    title,
    test,
    words: sentences(...reasons, state !== 'taken' && noFile),
    members,
  })
  if (state === 'viable') return answer('Viable', ['No driver of the host is in the way.'])
  if (state === 'taken') return answer('In use', ...ownedByIommufd(group.ownership?.count ?? 0))
  if (state === 'unknown') return answer('Viability unknown', mayBeHeld(world, group, bad))
  const isUnknown = ({ device }: Members[number]): boolean => familyOf(world, snapshot, device) === 'unknown'
  const held = bad.filter((member) => !isUnknown(member))
  const unknown = bad.filter(isUnknown)
  const drivers = held.map(({ device }) => driverOf(device))
  const reasons =
    held.length > ONE_BY_ONE && !drivers.includes(0)
      ? [allHeld(world, group, held, drivers)]
      : held.map(
          ({ device, code: name }) =>
            ruleOf(name)?.sentence?.(world, device, driverOf(device)) ??
            rich`${deviceSpan(world, device)} fails the test (${code(name)}).`,
        )
  const rest =
    unknown.length > 0 &&
    rich`${list(unknown.map(({ device }) => deviceSpan(world, device)))} may be held too: the listing does not say.`
  return answer('Not viable', ...reasons, rest, bad.length === 0 && notFree(world, group))
}

function ownedByIommufd(bound: number): Words[] {
  return [
    [`An iommufd owns the DMA of this group, for ${bound} bound ${bound === 1 ? 'device' : 'devices'}.`],
    ['Nobody else can have it, neither another iommufd nor a driver of the host.'],
  ]
}

/** Why a group cannot be given to a user although no driver is in the way. */
function notFree(world: World, group: GroupView): Words {
  const name = groupSpan(world, group.group)
  if (group.ownership?.owner === 'vfio-group') return rich`${name} is owned by VFIO already.`
  return ['The group cannot be given to a user.']
}

type Members = GroupView['members']

function familyOf(world: World, snapshot: Snapshot, device: number): string {
  return world.drivers[snapshot.devices[device]?.driver ?? 0]?.family ?? 'none'
}

function mayBeHeld(world: World, group: GroupView, bad: Members): Words {
  const names = list(bad.map(({ device }) => deviceSpan(world, device)))
  return bad.length <= ONE_BY_ONE
    ? rich`${names} may be held by a driver: the listing does not say.`
    : rich`${String(bad.length)} of ${String(group.members.length)} devices may be held by a driver, the listing does not say: ${names}.`
}

function allHeld(world: World, group: GroupView, held: Members, drivers: readonly number[]): Words {
  const named = held.map(
    ({ device }, at) => rich`${deviceSpan(world, device)} (${driverSpan(world, drivers[at] ?? 0)})`,
  )
  return rich`${String(held.length)} of ${String(group.members.length)} devices are held by drivers of the host: ${list(named)}.`
}
