/** The device node /dev/vfio/N: a file of root, mode 0600. */
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { at, type MachineState } from './machine-state.ts'
import type { VfioColumns } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>
type NodeState = MachineState & Pick<VfioColumns, 'node' | 'owner'>

/** What a path lookup of the node says to a process before the driver is asked: the refusal, or null. */
export function lookUpNode(state: NodeState, group: number, process: number, trace?: SharedTrace): Result | null {
  const subject = { kind: 'group', group } as const
  if (!check(trace, 'L.GO.node', group >= 0 && state.node[group] === 1, subject)) return refuse('ENOENT')
  const user = state.world.userIndex.get(state.world.setup.processes[process]?.user ?? '') ?? -1
  return check(trace, 'L.GO.access', user === 0 || user === at(state.owner, group), subject) ? null : refuse('EACCES')
}

/** `chown`: gives the node to a user. */
export function chownGroup(state: NodeState, call: Call, trace?: SharedTrace): Result {
  const { group, user } = call
  const node = group >= 0 && state.node[group] === 1
  if (!check(trace, 'L.CG.1', node, { kind: 'group', group })) return refuse('ENOENT')
  if (user < 0) return refuse('EINVAL')
  state.owner[group] = user
  trace?.effect('node.owner', { kind: 'word', word: state.world.users[user] ?? '' })
  return OK
}
