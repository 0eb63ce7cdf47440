import type { Prediction } from './scenario.ts'
import { isOp, keysOf, valueOf, type Op } from '../sim/op.ts'

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

/** The same questions about the same devices and groups after those got other names. */
export function followPredictions(
  predictions: Readonly<Record<string, Prediction>>,
  { devices, groups }: NewNames,
): Record<string, Prediction> {
  const renamed = (prediction: Prediction): Prediction => {
    switch (prediction.about) {
      case 'answer':
        return prediction
      case 'viable':
      case 'isolated':
        return { ...prediction, group: String(groups.get(Number(prediction.group)) ?? prediction.group) }
      case 'dma':
        return { ...prediction, device: devices.get(prediction.device) ?? prediction.device }
    }
  }
  return Object.fromEntries(Object.entries(predictions).map(([step, each]) => [step, renamed(each)]))
}
