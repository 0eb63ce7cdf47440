/** Which groups grow and which split when another algorithm forms them, and for which reasons. */
import { membersOf } from './form.ts'
import type { Formed, JoinReason } from './formed.ts'

/**
 * Functions that are grouped otherwise by the two algorithms: `grow`: several groups are one; `split`: one group is several;
 * `regroup`: both. All numbers are group numbers of that algorithm, all members indices of functions.
 */
export interface GroupingChange {
  readonly kind: 'grow' | 'split' | 'regroup'
  readonly members: readonly number[]
  readonly before: readonly number[]
  readonly after: readonly number[]
  /** Why functions that were apart are together: one reason of the later algorithm for each code and cause. */
  readonly joins: readonly JoinReason[]
  /** Why functions had been together that are apart now: reasons of the earlier algorithm. */
  readonly parts: readonly JoinReason[]
}

/**
 * @param unknown functions whose group is not known under one of the two; sets of functions that one of them is in are left
 *   out, since nothing can be said of them
 */
export function groupingChanges(before: Formed, after: Formed, unknown: ReadonlySet<number>): GroupingChange[] {
  return connectedSets(before.groups, after.groups).flatMap((members): GroupingChange[] => {
    const numbers = (groups: readonly number[]): number[] =>
      [...new Set(members.map((index) => groups[index] ?? -1))].sort((a, b) => a - b)
    const [from, to] = [numbers(before.groups), numbers(after.groups)]
    if ((from.length === 1 && to.length === 1) || members.some((index) => unknown.has(index))) return []
    return [
      {
        kind: to.length === 1 ? 'grow' : from.length === 1 ? 'split' : 'regroup',
        members,
        before: from,
        after: to,
        joins: reasonsBetween(members, after, before.groups),
        parts: reasonsBetween(members, before, after.groups),
      },
    ]
  })
}

/** Sets of functions that groups of either partition hold together, in the order of their first member. */
function connectedSets(a: readonly number[], b: readonly number[]): number[][] {
  const [inA, inB] = [membersOf(a), membersOf(b)]
  const seen = new Set<number>()
  return a.flatMap((_, start) => {
    if (seen.has(start)) return []
    const set = new Set([start])
    for (const index of set) {
      for (const other of inA.get(a[index] ?? -1) ?? []) set.add(other)
      for (const other of inB.get(b[index] ?? -1) ?? []) set.add(other)
    }
    for (const index of set) seen.add(index)
    return [[...set].sort((x, y) => x - y)]
  })
}

/** Why members joined somebody whom the other partition has in another group; one of each kind and cause. */
function reasonsBetween(members: readonly number[], formed: Formed, other: readonly number[]): JoinReason[] {
  const reasons = new Map<string, JoinReason>()
  for (const index of members) {
    const reason = formed.reasons[index]
    if (reason === undefined || reason.joined < 0 || other[index] === other[reason.joined]) continue
    const key = `${reason.code} ${reason.cause}`
    if (!reasons.has(key)) reasons.set(key, reason)
  }
  return [...reasons.values()]
}
