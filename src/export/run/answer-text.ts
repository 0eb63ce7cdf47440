import type { Result, Value } from '../../sim/result.ts'

/** Fields of an answer that a program compares; ranges of addresses are those of the platform, not of the run. */
const FIELDS_LEFT_OUT = ['iova_ranges']

/** An answer as exported programs print it: `ok`, `ok viable=1 container_set=0`, `ok id=2`, `EBUSY`, `waits`, `BUG`. */
export function answerText(result: Result): string {
  if ('bug' in result) return 'BUG'
  if ('blocked' in result) return 'waits'
  if (!result.ok) return result.errno
  const id = result.id === undefined ? '' : ` id=${result.id}`
  return `ok${valueText(result.value)}${id}`
}

function valueText(value: Value | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return ` ${value}`
  return Object.entries(value)
    .filter(([key]) => !FIELDS_LEFT_OUT.includes(key))
    .map(([key, field]) => ` ${key}=${typeof field === 'boolean' ? Number(field) : field}`)
    .join('')
}
