/** VFIO's viability test as Tian would extend it (17 June 2021): safe drivers, and nobody but in block. */
import { BLOCKED_CONTEXT } from '../../iommu/context.ts'
import { isPresent } from '../shared/driver-core.ts'
import { allSafe, listedBySafety, type ListedRule } from '../shared/ioasid-safety.ts'
import { devicesIn, policyOf, type IoasidState } from '../shared/ioasid-state.ts'
import { at } from '../shared/machine-state.ts'
import type { TTrace } from './codes.ts'
import { check } from '../../trace.ts'

/** Whether a member does no harm by its DMA: it is blocked or, unless "all in block" is meant literally, attached [OP-5]. */
function isContained(state: IoasidState, device: number): boolean {
  if (state.record[device] === BLOCKED_CONTEXT) return true
  return at(state.attached, device) > 0 && policyOf(state).strictBlock !== true
}

/** Where each part of the test stands in a call. */
const CODES = { open: ['T.O.1', 'T.O.2'], bind: ['T.B.2', 'T.B.2'] } as const

/** The test of a whole group, as a part of OPEN_DEV or BIND. */
export function isViable(state: IoasidState, group: number, call: keyof typeof CODES, trace?: TTrace): boolean {
  const [driversCode, contextsCode] = CODES[call]
  const subject = { kind: 'group', group } as const
  const safe = allSafe(state, group, listedBySafety, trace)
  if (!safe || call === 'open') trace?.check(driversCode, safe, subject)
  if (!safe) return false
  return check(trace, contextsCode, allContained(state, group, trace), subject)
}

function allContained(state: IoasidState, group: number, trace?: TTrace): boolean {
  for (const device of devicesIn(state, group)) {
    if (!isPresent(state, device)) continue
    const contained = isContained(state, device)
    if (!check(trace, 'T.V.blocked', contained, { kind: 'context', context: at(state.record, device), device }))
      return false
  }
  return true
}

/** The test's answer for one member. */
export function memberVerdict(
  state: IoasidState,
  device: number,
): { readonly good: boolean; readonly code: ListedRule | 'T.V.blocked' } {
  const code = listedBySafety(state, device)
  if (code === 'P.S.unsafe') return { good: false, code }
  return isContained(state, device) ? { good: true, code } : { good: false, code: 'T.V.blocked' }
}
