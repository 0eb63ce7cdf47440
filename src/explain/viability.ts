/** The kernel's verdict on a group, in words. */
import type { KernelId } from '../sim/kernel.ts'
import type { GroupView, Snapshot } from '../sim/snapshot.ts'
import type { World } from '../sim/world.ts'
import type { ViabilityRule } from './kernel-words.ts'
import { wordsOf } from './registry.ts'
import { code, deviceSpan, groupSpan, rich, sentences, type Words } from './words.ts'

export interface ViabilityWords {
  /** `Viable` or `Not viable`. */
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
  const reasons = group.members
    .filter((member) => !member.good)
    .map(
      ({ device, code: name }) =>
        ruleOf(name)?.sentence?.(world, device, driverOf(device)) ??
        rich`${deviceSpan(world, device)} fails the test (${code(name)}).`,
    )
  const noFile = group.node
    ? null
    : rich`No device of ${groupSpan(world, group.group)} has a vfio driver, so /dev/vfio/${String(world.groups[group.group]?.id ?? '')} does not exist.`
  return group.viable
    ? { title: 'Viable', test, words: sentences(['No driver of the host is in the way.'], noFile), members }
    : {
        title: 'Not viable',
        test,
        words: sentences(...reasons, reasons.length === 0 && ['The group cannot be given to a user.'], noFile),
        members,
      }
}
