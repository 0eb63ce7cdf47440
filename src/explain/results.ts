/** Answers of calls, short enough for a chip, and what an errno means. */
import type { Errno } from '../sim/errno.ts'
import type { Result, Value } from '../sim/result.ts'
import { size } from './words.ts'

export interface ResultWords {
  /** `•`: the call went well, and what it says is no good news. */
  readonly glyph: '✓' | '•' | '✗' | '…' | '☠'
  /** `ok` (with the value, short), the errno, `waits` or `BUG`. */
  readonly word: string
  readonly tone: 'ok' | 'info' | 'bad' | 'wait' | 'bug'
}

/** An answer for a chip or a line of the step list. */
export function describeResult(result: Result): ResultWords {
  if ('bug' in result) return { glyph: '☠', word: 'BUG', tone: 'bug' }
  if ('blocked' in result) return { glyph: '…', word: 'waits', tone: 'wait' }
  if (!result.ok) return { glyph: '✗', word: result.errno, tone: 'bad' }
  const word = okWord(result.value, result.id)
  return bringsBadNews(result.value) ? { glyph: '•', word, tone: 'info' } : { glyph: '✓', word, tone: 'ok' }
}

/** A group that is not viable, a DMA that reaches the host’s memory or nothing: true answers, but no reason for a tick. */
function bringsBadNews(value: Value | undefined): boolean {
  if (value === undefined || typeof value === 'number') return false
  return value['viable'] === false || value['physical'] === 'ok' || value['iova'] === 'blocked'
}

function okWord(value: Value | undefined, id: number | undefined): string {
  if (id !== undefined) return `ok, id ${id}`
  if (value === undefined) return 'ok'
  if (typeof value === 'number') return `ok, ${value}`
  if (typeof value['viable'] === 'boolean') {
    return `${value['viable'] ? 'viable' : 'not viable'}${value['container_set'] === true ? ', in a container' : ''}`
  }
  if (typeof value['unmapped'] === 'number') return `ok, ${size(value['unmapped'])} unmapped`
  if (value['physical'] === 'ok') return 'reaches host memory'
  if (value['iova'] === 'ok') return 'reaches the mapped page'
  if (value['iova'] === 'blocked') return 'faults'
  return 'ok'
}

/** What each errno means in general; what it means in a call is said by the check that gave it. */
const ERRNO_WORDS: Readonly<Record<Errno, string>> = {
  EACCES: 'this user may not open the file',
  EADDRINUSE: 'an address range is reserved or in use',
  EAGAIN: 'the device is busy with something else just now',
  EBADF: 'nothing is open under this name',
  EBADFD: 'the file is of the wrong kind',
  EBUSY: 'somebody is using it',
  EEXIST: 'it is there already',
  EFAULT: 'the memory that was named does not exist',
  EINVAL: 'the call makes no sense in this state',
  EIO: 'the hardware or its driver failed',
  EMFILE: 'the process has too many open files',
  ENODEV: 'there is no such device here',
  ENOENT: 'there is no such file or object',
  ENOMEM: 'there is not enough memory, or not enough of it may be locked',
  ENOSPC: 'there is no room left',
  ENOTTY: 'this file does not know this request',
  EOPNOTSUPP: 'this kernel or this hardware cannot do it',
  EOVERFLOW: 'the addresses run past the end',
  EPERM: 'it is not allowed',
}

/** Every errno that a simulated kernel can give. */
export const ERRNOS: readonly string[] = Object.keys(ERRNO_WORDS)

/** The general meaning of an errno, as the rest of a sentence. */
export function errnoWords(errno: Errno): string {
  return ERRNO_WORDS[errno]
}
