/** Which groups have a card of their own, and which stand on the plate of those in which nothing happens. */
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { isNamed, matters } from './groups.ts'

export interface UnfoldInput {
  readonly world: World
  readonly snapshot: Snapshot
  /** What the run names (`namedIn`). */
  readonly named: ReadonlySet<string>
  /** Groups that somebody asked to see, by index: selected, searched for, spoken of. */
  readonly wanted: ReadonlySet<number>
  /** The group that the picture is about where nothing happens in any. */
  readonly main: number | undefined
}

/** Groups from those that must be seen to those that may be folded. All in the order of the machine. */
export interface Unfolding {
  /** Something happens in them, or somebody asked for them. */
  readonly active: readonly number[]
  /** A person would look for them: they are shown where there is room. */
  readonly notable: readonly number[]
  /** All others that have devices. */
  readonly quiet: readonly number[]
}

/** Whether userspace has, or could take, anything of a group. */
function isInUse({ node, opened, container, compat, ownership }: Snapshot['groups'][number]): boolean {
  return node || opened || container >= 0 || compat >= 0 || ownership?.owner === 'iommufd'
}

export function unfold({ world, snapshot, named, wanted, main }: UnfoldInput): Unfolding {
  const active: number[] = []
  const notable: number[] = []
  const quiet: number[] = []
  const inUse = snapshot.groups.map(isInUse)
  const isActive = (group: number): boolean =>
    wanted.has(group) || inUse[group] === true || isNamed(world, group, named)
  const any = world.groups.some((_, group) => isActive(group))
  world.groups.forEach(({ devices }, group) => {
    if (devices.length === 0) return
    if (isActive(group) || (!any && group === main)) active.push(group)
    else if (matters(world, group, named)) notable.push(group)
    else quiet.push(group)
  })
  // A machine in which there is nothing to look for is shown as far as it fits.
  return active.length + notable.length === 0 ? { active, notable: quiet, quiet: [] } : { active, notable, quiet }
}

/**
 * Which of the active groups stay where there is no room for all: first those that were asked for, then those that
 * userspace uses. In the order of the machine.
 */
export function mostActive(active: readonly number[], count: number, { snapshot, wanted }: UnfoldInput): number[] {
  const rank = (group: number): number => {
    const view = snapshot.groups[group]
    if (wanted.has(group)) return 0
    return view !== undefined && (view.opened || view.container >= 0 || view.compat >= 0) ? 1 : 2
  }
  return active
    .toSorted((a, b) => rank(a) - rank(b) || a - b)
    .slice(0, count)
    .toSorted((a, b) => a - b)
}
