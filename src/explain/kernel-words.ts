/** The form of a kernel's tables: what each of its codes means. One file per kernel fills it, `registry.ts` lists them. */
import type { Op, OpKind } from '../sim/op.ts'
import { valueOf } from '../sim/op.ts'
import type { Step } from '../sim/replay.ts'
import type { Bug, Result } from '../sim/result.ts'
import type { Subject, TraceEvent } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import {
  amount,
  bdfSpan,
  deviceSpan,
  driverNameSpan,
  driverSpan,
  fdSpan,
  groupSpan,
  hex,
  rich,
  slotSpan,
  type Span,
  type Words,
} from './words.ts'

/** What the words of a code can draw on. */
export interface Scene {
  readonly world: World
  readonly op: Op
  readonly events: readonly TraceEvent[]
  readonly result: Result
  /** Whom this check or effect is about. */
  readonly subject: Subject | undefined
}

/** A text that is always the same, or one that depends on the scene. */
export type Say = string | ((scene: Scene) => Words)

export function say(text: Say, scene: Scene): Words {
  return typeof text === 'string' ? [text] : text(scene)
}

/** A check of the kernel. */
export interface CheckWords {
  /** The function in which it stands. */
  readonly fn: string
  /** The calls that lead there, where it is not in the operation's own chain. */
  readonly path?: string
  /** What the kernel looks at, as a phrase: `group has a container`. */
  readonly ask: Say
  /** The answers as phrases; `yes` and `no` if not given. */
  readonly pass?: Say
  readonly fail?: Say
  /** Why the call was refused or waits, in whole sentences. Absent: a failure here refuses nothing by itself. */
  readonly why?: Say
  /** What to do about it, in whole sentences. */
  readonly remedy?: Say
}

export interface LogLine {
  readonly level: 'info' | 'warn' | 'err' | 'bug'
  readonly text: string
}

/** A change, a notification or a message. */
export interface EffectWords {
  readonly fn: string
  readonly path?: string
  /** What changed, as a phrase. */
  readonly words: Say
  /** Lines that it leaves in the kernel log. */
  readonly log?: (scene: Scene) => readonly LogLine[]
  /** Why a call waits that leaves this effect, in whole sentences. */
  readonly why?: Say
  readonly remedy?: Say
}

/** After a BUG: what happened, who did it, why the kernel could not go on, and what later kernels do instead. */
export interface BugStory {
  readonly what: Words
  readonly who: Words
  readonly why: Words
  readonly instead: Words
}

/** A rule of a viability test that decided about a member (`driver`: the one bound to it). */
export interface ViabilityRule {
  readonly member: (world: World, device: number, driver: number) => Words
  readonly sentence: (world: World, device: number, driver: number) => Words
}

export interface KernelWords {
  /** `5.10`: for references. */
  readonly version: string
  /** The calls from the system call or sysfs file to the function that decides. */
  readonly entries: Readonly<Partial<Record<OpKind, string>>>
  readonly checks: Readonly<Record<string, CheckWords>>
  readonly effects: Readonly<Record<string, EffectWords>>
  /** The rules of the viability test, by code: what one says of a member, as a phrase and as a sentence. */
  readonly viability: Readonly<Record<string, ViabilityRule>>
  /** The function whose answer the viability verdict is. */
  readonly viabilityTest: string
  /** The kernel's report of its own end, as lines of the log. */
  readonly oops: (bug: Bug, scene: Scene) => readonly LogLine[]
  /** The story of step `index`, which ended in a BUG; null where the table knows none. */
  readonly bug: (world: World, steps: readonly Step[], index: number) => BugStory | null
}

/** The device that a scene is about: its subject's, else the operation's. */
export function deviceIn(scene: Scene): Span {
  const { subject, world, op } = scene
  if (subject !== undefined && 'device' in subject && subject.device !== undefined && subject.device >= 0) {
    return deviceSpan(world, subject.device)
  }
  const named = valueOf(op, 'device')
  return typeof named === 'string' ? bdfSpan(world, named) : 'the device'
}

/** The driver that a scene is about: its subject's, else the operation's. */
export function driverIn(scene: Scene): Span {
  const { subject, world, op } = scene
  if (subject?.kind === 'driver') return driverSpan(world, subject.driver)
  const named = valueOf(op, 'driver')
  return typeof named === 'string' && named !== '' ? driverNameSpan(world, named) : 'the driver'
}

/** The group that a scene is about: its subject's, that of its device, else the operation's. */
export function groupIn(scene: Scene): Span {
  const { subject, world, op } = scene
  if (subject !== undefined && 'group' in subject && subject.group !== undefined) return groupSpan(world, subject.group)
  if (subject !== undefined && 'device' in subject && subject.device !== undefined) {
    return groupSpan(world, world.devices[subject.device]?.group ?? -1)
  }
  const named = valueOf(op, 'group')
  if (typeof named === 'string') {
    const group = world.groupIndex.get(Number(named))
    return group === undefined ? { kind: 'group', text: `group ${named}` } : groupSpan(world, group)
  }
  const device = valueOf(op, 'device')
  const index = typeof device === 'string' ? world.deviceIndex.get(device) : undefined
  return groupSpan(world, index === undefined ? -1 : (world.devices[index]?.group ?? -1))
}

/** What the operation names under a key, as a file. */
export function fileIn(scene: Scene, key: string): Span {
  if (scene.subject?.kind === 'slot') return slotSpan(scene.world, scene.subject.slot)
  const named = valueOf(scene.op, key)
  return typeof named === 'string' ? fdSpan(scene.world, named) : 'the file'
}

/** The container as the operation names it; `its container` where it does not. */
export function containerIn(scene: Scene): Span {
  const named = valueOf(scene.op, 'container_fd')
  if (typeof named !== 'string') return 'its container'
  return { kind: 'container', text: named }
}

/** The number that a scene is about. */
export function countIn(scene: Scene): number | undefined {
  return scene.subject?.kind === 'count' ? scene.subject.count : undefined
}

/** The range that a scene is about: its subject's, else the operation's. */
export function rangeIn(scene: Scene): Words {
  const { subject, op } = scene
  if (subject?.kind === 'range') return rich`${amount(subject.size)} at ${hex(subject.iova)}`
  const iova = valueOf(op, 'iova')
  const length = valueOf(op, 'size')
  return typeof iova === 'number' && typeof length === 'number' ? [`${amount(length)} at ${hex(iova)}`] : ['the range']
}

/** The word that a scene is about: its subject's, else what `otherwise` says. */
export function wordIn(scene: Scene, otherwise: string): string {
  return scene.subject?.kind === 'word' ? scene.subject.word : otherwise
}
