/** Groups as numbers → addresses. */
export type GroupsByNumber = ReadonlyMap<number, readonly string[]>

/**
 * What became of groups when the hardware or a boot option changed. Numbers in `before` are the old ones, the others the
 * new ones. `moved`: a function went to another address, and is now in a group with the other members; `split`: one
 * group's members that stayed are in several now; `merged`: members of several groups that stayed are in one now. Groups
 * that kept their members are not in the list, whatever their numbers.
 */
export type GroupChange =
  | {
      readonly kind: 'moved'
      readonly from: string
      readonly to: string
      readonly group: number
      readonly others: readonly string[]
    }
  | { readonly kind: 'split'; readonly before: number; readonly parts: readonly GroupPart[] }
  | {
      readonly kind: 'merged'
      readonly before: readonly number[]
      readonly group: number
      readonly members: readonly string[]
    }

export interface GroupPart {
  readonly group: number
  readonly members: readonly string[]
}

/**
 * Compares two partitions of the same functions.
 * @param moved addresses before → after, of functions that have another one now
 */
export function groupChanges(
  before: GroupsByNumber,
  after: GroupsByNumber,
  moved: ReadonlyMap<string, string> = new Map(),
): GroupChange[] {
  const arrived = new Set(moved.values())
  const numberBefore = new Map<string, number>()
  for (const [number, members] of before) for (const bdf of members) numberBefore.set(bdf, number)
  const numberAfter = new Map<string, number>()
  for (const [number, members] of after) for (const bdf of members) numberAfter.set(bdf, number)

  const changes: GroupChange[] = []
  for (const [from, to] of moved) {
    const group = numberAfter.get(to)
    if (group === undefined) continue
    changes.push({ kind: 'moved', from, to, group, others: (after.get(group) ?? []).filter((bdf) => bdf !== to) })
  }
  for (const [number, members] of before) {
    const parts = new Map<number, string[]>()
    for (const bdf of members) {
      const now = moved.has(bdf) ? undefined : numberAfter.get(bdf)
      if (now !== undefined) parts.set(now, [...(parts.get(now) ?? []), bdf])
    }
    if (parts.size < 2) continue
    const list = [...parts].map(([group, own]) => ({ group, members: own }))
    changes.push({ kind: 'split', before: number, parts: list.sort((a, b) => a.group - b.group) })
  }
  for (const [group, members] of after) {
    const stayed = members.filter((bdf) => !arrived.has(bdf))
    const from = new Set(stayed.flatMap((bdf) => numberBefore.get(bdf) ?? []))
    if (from.size > 1) changes.push({ kind: 'merged', before: [...from].sort((a, b) => a - b), group, members })
  }
  return changes
}

/**
 * Which group a group of before is now: the one that holds the member that it was mostly about.
 * @param principal gives that member of a group, an address of before
 */
export function followGroups(
  before: GroupsByNumber,
  after: GroupsByNumber,
  moved: ReadonlyMap<string, string>,
  principal: (members: readonly string[]) => string | undefined,
): Map<number, number> {
  const numberAfter = new Map<string, number>()
  for (const [number, members] of after) for (const bdf of members) numberAfter.set(bdf, number)
  const follow = new Map<number, number>()
  for (const [number, members] of before) {
    const bdf = principal(members)
    const now = bdf === undefined ? undefined : numberAfter.get(moved.get(bdf) ?? bdf)
    if (now !== undefined) follow.set(number, now)
  }
  return follow
}
