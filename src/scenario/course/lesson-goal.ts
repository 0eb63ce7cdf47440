/**
 * What a goal or an answer of a lesson says about a state: words about the machine, joined by `&`, `|`, `!` and
 * parentheses.
 *
 *     device-open 01:00.1
 *     viable 3 & !isolated 3
 *     answer EINVAL | answer EPERM
 *
 * All of it is asked of the state and of the last answer, never of what was clicked.
 */
import { land, nativelyDriven, wireContext } from '../../sim/iommu/landing.ts'
import { ISOLATION_FINDINGS, judge, type Judgement } from '../../sim/isolation.ts'
import type { Result } from '../../sim/result.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'

/** A state, and the answer of the step that led to it; undefined on the freshly booted machine. */
export interface Moment {
  readonly world: World
  readonly snapshot: Snapshot
  readonly last: Result | undefined
}

/** Whether a condition holds at a moment. */
export type Condition = (moment: Moment) => boolean

export type ConditionReading =
  | { readonly ok: true; readonly holds: Condition }
  | { readonly ok: false; readonly column: number; readonly words: string }

type Argument = 'device' | 'group' | 'process' | 'process?' | 'driver' | 'device?' | readonly string[]

interface Term {
  readonly takes: readonly Argument[]
  readonly holds: (moment: Moment, args: readonly number[], words: readonly string[]) => boolean
}

const ANSWERS = /^(?:ok|waits|BUG|E[A-Z]+)$/
const OWNERS = ['nobody', 'drivers', 'vfio-group', 'iommufd'] as const
const PLACES = ['nothing', 'host-memory', 'host-buffers'] as const

/** Every word, and what follows it. */
const TERMS: Readonly<Record<string, Term>> = {
  /** The kernel has stopped itself. */
  bug: { takes: [], holds: ({ snapshot }) => snapshot.dead },
  /** What the last step was answered: `ok`, an errno, `waits` or `BUG`. */
  answer: { takes: [[]], holds: ({ last }, _, [wanted]) => last !== undefined && answerOf(last) === wanted },
  /** The kernel's own test of the group. */
  viable: { takes: ['group'], holds: ({ snapshot }, [group = -1]) => snapshot.groups[group]?.viable === true },
  /** The judge of isolation; a group in the host's hands is neither `isolated` nor `unsafe`. */
  isolated: { takes: ['group'], holds: (moment, [group = -1]) => judgementOf(moment, group)?.verdict === 'isolated' },
  unsafe: { takes: ['group'], holds: (moment, [group = -1]) => judgementOf(moment, group)?.verdict === 'not-isolated' },
  'in-host-hands': {
    takes: ['group'],
    holds: (moment, [group = -1]) => judgementOf(moment, group)?.verdict === 'host',
  },
  finding: {
    takes: ['group', ISOLATION_FINDINGS],
    holds: (moment, [group = -1], [, how]) =>
      judgementOf(moment, group)?.findings.some((finding) => finding.how === how) === true,
  },
  driver: {
    takes: ['device', 'driver'],
    holds: ({ world, snapshot }, [device = -1], [, name]) =>
      (world.drivers[snapshot.devices[device]?.driver ?? 0]?.name || 'none') === name,
  },
  /** /dev/vfio/N is there. */
  node: { takes: ['group'], holds: ({ snapshot }, [group = -1]) => snapshot.groups[group]?.node === true },
  'group-open': { takes: ['group'], holds: ({ snapshot }, [group = -1]) => snapshot.groups[group]?.opened === true },
  /** Somebody, or this process, can drive the device. */
  'device-open': {
    takes: ['device', 'process?'],
    holds: ({ snapshot }, [device = -1, process = -1]) =>
      snapshot.fds.some(
        (fd) =>
          (fd.kind === 'device' || fd.kind === 'cdev') &&
          fd.access !== false &&
          fd.object === device &&
          (process < 0 || fd.process === process),
      ),
  },
  'in-container': {
    takes: ['group'],
    holds: ({ snapshot }, [group = -1]) => (snapshot.groups[group]?.container ?? -1) >= 0,
  },
  bound: {
    takes: ['device'],
    holds: ({ snapshot }, [device = -1]) => (snapshot.devices[device]?.binding ?? null) !== null,
  },
  attached: {
    takes: ['device'],
    holds: ({ snapshot }, [device = -1]) => (snapshot.devices[device]?.binding?.hwpt ?? -1) >= 0,
  },
  owner: {
    takes: ['group', OWNERS],
    holds: ({ snapshot }, [group = -1], [, owner]) => snapshot.groups[group]?.ownership?.owner === owner,
  },
  /** What the IOMMU does with the device's DMA. */
  context: {
    takes: ['device', ['blocked', 'identity', 'dma', 'domain']],
    holds: ({ world, snapshot }, [device = -1], [, kind]) => wireContext(world, snapshot, device).kind === kind,
  },
  /** Where DMA of the device can land: nowhere, in all memory of the host, in its drivers' buffers, in a process. */
  reaches: {
    takes: ['device', PLACES],
    holds: ({ world, snapshot }, [device = -1, process = -1], [, place]) =>
      process >= 0 ? reachesProcess(world, snapshot, device, process) : reach(world, snapshot, device) === place,
  },
  'same-context': {
    takes: ['device', 'device'],
    holds: ({ world, snapshot }, [a = -1, b = -1]) =>
      JSON.stringify(wireContext(world, snapshot, a)) === JSON.stringify(wireContext(world, snapshot, b)),
  },
  'same-group': {
    takes: ['device', 'device'],
    holds: ({ world }, [a = -1, b = -1]) => world.devices[a]?.group === world.devices[b]?.group,
  },
  /** A call (about the device) has not returned. */
  waiting: {
    takes: ['device?'],
    holds: ({ snapshot }, [device = -1]) => snapshot.pending.some((call) => device < 0 || call.device === device),
  },
}

/** An answer as conditions and choices write it: `ok`, an errno, `waits` or `BUG`. */
export function answerOf(result: Result): string {
  if ('bug' in result) return 'BUG'
  if ('blocked' in result) return 'waits'
  return result.ok ? 'ok' : result.errno
}

function judgementOf({ world, snapshot }: Moment, group: number): Judgement | undefined {
  return judge(world, snapshot)[group]
}

function reach(world: World, snapshot: Snapshot, device: number): (typeof PLACES)[number] | 'mapped' {
  const context = wireContext(world, snapshot, device)
  if (context.kind === 'domain') {
    const mappings = snapshot.domains.find((one) => one.domain === context.domain)?.mappings ?? []
    return mappings.length === 0 ? 'nothing' : 'mapped'
  }
  if (context.kind === 'dma')
    return nativelyDriven(world, snapshot, context.group).length > 0 ? 'host-buffers' : 'nothing'
  return context.kind === 'identity' ? 'host-memory' : 'nothing'
}

function reachesProcess(world: World, snapshot: Snapshot, device: number, process: number): boolean {
  return snapshot.domains
    .flatMap((domain) => domain.mappings)
    .some(({ iova }) => {
      const landing = land(world, snapshot, device, iova)
      return landing.kind === 'page' && landing.process === process
    })
}

// ---- Reading ----------------------------------------------------------------------------------------------------

interface Token {
  readonly text: string
  readonly column: number
}

class ConditionFault extends Error {
  readonly column: number
  constructor(column: number, words: string) {
    super(words)
    this.column = column
  }
}

/**
 * Reads a condition. Names of devices (`01:00.1`), groups (`3`) and processes are looked up in the world.
 * @returns the condition, or the first fault with its column, counted from 1
 */
export function readCondition(text: string, world: World): ConditionReading {
  const tokens = [...text.matchAll(/[()&|!]|[^\s()&|!]+/g)].map((match) => ({
    text: match[0],
    column: match.index + 1,
  }))
  try {
    return { ok: true, holds: new Reader(tokens, text.length + 1, world).whole() }
  } catch (error) {
    if (!(error instanceof ConditionFault)) throw error
    return { ok: false, column: error.column, words: error.message }
  }
}

class Reader {
  private at = 0
  private readonly tokens: readonly Token[]
  private readonly end: number
  private readonly world: World

  constructor(tokens: readonly Token[], end: number, world: World) {
    this.tokens = tokens
    this.end = end
    this.world = world
  }

  whole(): Condition {
    const condition = this.any()
    const extra = this.tokens[this.at]
    if (extra !== undefined) throw new ConditionFault(extra.column, `expected & or |, not "${extra.text}"`)
    return condition
  }

  private any(): Condition {
    const parts = [this.all()]
    while (this.take('|')) parts.push(this.all())
    return (moment) => parts.some((holds) => holds(moment))
  }

  private all(): Condition {
    const parts = [this.one()]
    while (this.take('&')) parts.push(this.one())
    return (moment) => parts.every((holds) => holds(moment))
  }

  private one(): Condition {
    if (this.take('!')) {
      const inner = this.one()
      return (moment) => !inner(moment)
    }
    if (this.take('(')) {
      const inner = this.any()
      if (!this.take(')')) throw new ConditionFault(this.tokens[this.at]?.column ?? this.end, 'expected )')
      return inner
    }
    return this.term()
  }

  private term(): Condition {
    const token = this.tokens[this.at++]
    const term = token !== undefined && Object.hasOwn(TERMS, token.text) ? TERMS[token.text] : undefined
    if (token === undefined || term === undefined) {
      const found = token === undefined ? '' : `, not "${token.text}"`
      throw new ConditionFault(token?.column ?? this.end, `expected one of ${Object.keys(TERMS).join(', ')}${found}`)
    }
    const args: number[] = []
    const words: string[] = []
    for (const takes of term.takes) {
      const next = this.tokens[this.at]
      const missing = next === undefined || /^[()&|!]$/.test(next.text)
      if (missing && (takes === 'process?' || takes === 'device?')) continue
      if (missing) throw new ConditionFault(next?.column ?? this.end, `expected ${formOf(takes)} after "${token.text}"`)
      this.at++
      words.push(next.text)
      args.push(this.lookUp(takes, next, token.text))
    }
    return (moment) => term.holds(moment, args, words)
  }

  /** The index of what a word names; -1 where it names nothing that has one. */
  private lookUp(takes: Argument, { text, column }: Token, term: string): number {
    const { deviceIndex, groupIndex, processIndex } = this.world
    const fail = (form: string): never => {
      throw new ConditionFault(column, `expected ${form}, not "${text}"`)
    }
    switch (takes) {
      case 'device':
      case 'device?':
        return deviceIndex.get(text) ?? deviceIndex.get(`0000:${text}`) ?? fail('a device of the machine')
      case 'group':
        return groupIndex.get(Number(text)) ?? fail('an IOMMU group of the machine')
      case 'process':
      case 'process?':
        return processIndex.get(text) ?? fail('a process of the lesson')
      case 'driver':
        return -1
      default: {
        if (term === 'answer') return ANSWERS.test(text) ? -1 : fail('ok, an errno, waits or BUG')
        if (takes.includes(text)) return -1
        const process = term === 'reaches' ? processIndex.get(text) : undefined
        return process ?? fail(`one of ${takes.join(', ')}${term === 'reaches' ? ' or a process' : ''}`)
      }
    }
  }

  private take(text: string): boolean {
    if (this.tokens[this.at]?.text !== text) return false
    this.at++
    return true
  }
}

function formOf(takes: Argument): string {
  if (typeof takes !== 'string') return takes.length === 0 ? 'ok, an errno, waits or BUG' : `one of ${takes.join(', ')}`
  return takes === 'group' ? 'the number of an IOMMU group' : `a ${takes.replace('?', '')}`
}
