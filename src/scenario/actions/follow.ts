import { isOp, keysOf, valueOf, type Op } from '../../sim/op.ts'
import type { Prediction, Scenario } from '../document/scenario.ts'

/** New names of devices and groups, where they have one. */
export interface NewNames {
  /** Addresses, before → after. */
  readonly devices: ReadonlyMap<string, string>
  /** Numbers, before → after. */
  readonly groups: ReadonlyMap<number, number>
}

/** The same operations on the same devices and groups after those got other names. */
export function follow(ops: readonly Op[], { devices, groups }: NewNames): Op[] {
  return ops.map((op) => {
    const fields: Record<string, unknown> = { ...op }
    for (const [key, role] of keysOf(op.op)) {
      const value = valueOf(op, key)
      if (role === 'device' && typeof value === 'string') fields[key] = devices.get(value) ?? value
      if (role === 'group') fields[key] = String(groups.get(Number(value)) ?? value)
    }
    return isOp(fields) ? fields : op
  })
}

/** The same questions about the same devices and groups. */
export function followPredictions(
  predictions: NonNullable<Scenario['predictions']>,
  { devices, groups }: NewNames,
): NonNullable<Scenario['predictions']> {
  return Object.fromEntries(
    Object.entries(predictions).map(([step, asked]): [string, Prediction] => {
      if ('group' in asked) return [step, { ...asked, group: String(groups.get(Number(asked.group)) ?? asked.group) }]
      if ('device' in asked) return [step, { ...asked, device: devices.get(asked.device) ?? asked.device }]
      return [step, asked]
    }),
  )
}
