import type { Reader } from './context.ts'
import { errorsAt } from './errors.ts'

/** Takes up the messages that a group is not viable. */
export const readVfioErrors: Reader = (lines, at, context) => {
  const { errors, taken } = errorsAt(lines, at)
  if (errors.length === 0) return 0
  for (const { bdf, group } of errors) context.machine.error(bdf, group)
  context.machine.format('qemu-error')
  context.boundary()
  return taken
}
