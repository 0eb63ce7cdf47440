/** Shorthand for tests of kernels: machines, operations and answers in one line each. Nothing that ships imports this. */
import { describe, expect, test } from 'vitest'
import type { Kernel } from '../kernel.ts'
import type { Boot, Machine, PciFunction, ProcessSpec } from '../machine.ts'
import { isOp, isOpKind, keysOf, type Op } from '../op.ts'
import { parseTopology } from '../pci/notation.test-helper.ts'
import { scanOrder } from '../pci/scan-order.ts'
import { replay, type Run, type Step } from '../replay.ts'
import type { Result } from '../result.ts'

/** A machine in the notation of `parseTopology`: ports on pcieport, all else on its native driver `nic`. */
export function machine(topology: string, change: (f: PciFunction) => Partial<PciFunction> = () => ({})): Machine {
  const devices = scanOrder(parseTopology(topology)).map((f) => {
    const native = f.kind === 'rp' || f.kind === 'usp' || f.kind === 'dsp' ? 'pcieport' : f.bridge ? null : 'nic'
    const whole = { ...f, driver: native, native }
    return { ...whole, ...change(whole) }
  })
  return { id: 'test', title: 'Test', devices }
}

/** Two functions in one group (2) behind a port (0), and one in its own (3) behind another (1). */
const PAIR = '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp+[02:00.0ep]'
export const pair = machine(PAIR)

/** The same after `unplugged`, `rmrr` or whatever of a function. */
export function pairWith(bdf: string, change: Partial<PciFunction>): Machine {
  return machine(PAIR, (f) => (f.bdf.endsWith(bdf) ? change : {}))
}

const DEVICES: Readonly<Record<string, string>> = { f0: '0000:01:00.0', f1: '0000:01:00.1', s: '0000:02:00.0' }
const DRIVERS: Readonly<Record<string, string>> = { V: 'vfio-pci', E: 'nic', S: 'pci-stub', U: 'uio_pci_generic' }
const GROUPS: Readonly<Record<string, string>> = { G: '2', H: '3' }
/** Frequent rows of operations. */
const SHORT: Readonly<Record<string, string>> = {
  // f1 on vfio-pci, f0 without a driver.
  half: 'unbind f0; unbind f1; bind f1 V',
  // Both on vfio-pci.
  both: 'unbind f0; unbind f1; bind f0 V; bind f1 V',
  single: 'unbind s; bind s V',
  open: 'g = open_group G; c = open_container',
  join: 'g = open_group G; c = open_container; group_set_container g c',
  use: 'g = open_group G; c = open_container; group_set_container g c; set_iommu c type1v2',
}

/** Operations separated by `;`: `who: name = kind value...`, values in the order of OPS, `key=value` for optional ones. */
export function opsOf(script: string): Op[] {
  return script
    .split(';')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .flatMap((line) => (Object.hasOwn(SHORT, line) ? opsOf(SHORT[line] ?? '') : [opOf(line)]))
}

function opOf(line: string): Op {
  const match = /^(?:(\w+): )?(?:(\w+) = )?(\w+)(.*)$/.exec(line)
  const [, by, as, kind = '', rest = ''] = match ?? []
  if (!isOpKind(kind)) throw new Error(`no operation: ${line}`)
  const words = rest.split(' ').filter((word) => word !== '')
  const fields: Record<string, unknown> = { op: kind, ...(by === undefined ? {} : { by }) }
  for (const [key, role] of keysOf(kind)) {
    if (role === 'as') {
      fields[key] = as
      continue
    }
    const named = words.findIndex((word) => word.startsWith(`${key}=`))
    if (role === 'other?') {
      if (named >= 0) fields[key] = words.splice(named, 1)[0]?.slice(key.length + 1)
      continue
    }
    const word = words.shift() ?? ''
    if (role === 'iova' || role === 'size') fields[key] = Number(word)
    else if (role === 'device') fields[key] = DEVICES[word] ?? `0000:${word}`
    else if (role === 'driver' || role === 'override') fields[key] = DRIVERS[word] ?? (word === '-' ? '' : word)
    else if (role === 'group') fields[key] = GROUPS[word] ?? word
    else fields[key] = word
  }
  if (!isOp(fields) || words.length > 0) throw new Error(`not so written: ${line}`)
  return fields
}

export interface PlayOptions {
  readonly machine?: Machine
  readonly boot?: Boot
  readonly processes?: readonly ProcessSpec[]
}

/** Replays a line of operations. */
export function play(kernel: Kernel, script: string, options: PlayOptions = {}): Run {
  const { boot = { iommu: 'nopt' }, processes = [{ name: 'qemu', user: 'root' }] } = options
  return replay(kernel, { machine: options.machine ?? pair, boot, processes }, opsOf(script))
}

/**
 * The answers to the last `count` operations: `ok`, an errno, `blocked`, `bug`, `=value`, for a group's status its
 * letters (`v` viable, `c` container set, `-` neither); in brackets the calls that came back, by step from 1.
 */
export function answers(run: Run, count: number): string {
  return run.steps
    .slice(run.steps.length - count)
    .map((step) => answer(step))
    .join(' ')
}

function answer({ result, completes }: Step): string {
  const late = completes.map((done) => `${done.step + 1}:${word(done.result)}`)
  return late.length === 0 ? word(result) : `${word(result)}(${late.join(',')})`
}

function word(result: Result): string {
  if ('bug' in result) return 'bug'
  if ('blocked' in result) return 'blocked'
  if (!result.ok) return result.errno
  const { value } = result
  if (value === undefined) return 'ok'
  if (typeof value === 'number') return `=${value}`
  if ('viable' in value)
    return `${value['viable'] === true ? 'v' : ''}${value['container_set'] === true ? 'c' : ''}` || '-'
  return `=${Object.values(value).join('/')}`
}

/** Tests of what scripts answer: for each a title, the script, and its last answers. `last` plays one. */
export function casesOf(
  last: (script: string, expected: string) => string,
): (title: string, rows: readonly (readonly [title: string, script: string, expected: string])[]) => void {
  return (title, rows) =>
    describe(`${title}:`, () => {
      test.each(rows)('%s', (_, script, expected) => expect(last(script, expected)).toBe(expected))
    })
}
