/** The form of a kernel's tables: what each of its codes means. One file per kernel fills it, `registry.ts` lists them. */
import type { Op, OpKind } from '../sim/op.ts'
import { valueOf } from '../sim/op.ts'
import type { Step } from '../sim/replay.ts'
import type { Result } from '../sim/result.ts'
import type { Subject, TraceEvent } from '../sim/trace.ts'
import type { World } from '../sim/world.ts'
import type { KernelFunction } from './functions.ts'
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
  /** Place of this check or effect among the events. */
  readonly index: number
  /** Whom it is about. */
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
  readonly path?: string | ((scene: Scene) => string)
  /** What the kernel looks at, as a phrase: `group has a container`. */
  readonly ask: Say
  /** The answers as phrases; `yes` and `no` if not given. */
  readonly pass?: Say
  readonly fail?: Say
  /** Why the call was refused or waits, in whole sentences. Absent: a failure here refuses nothing by itself. */
  readonly why?: Say
  /** What to do about it, in whole sentences. */
  readonly remedy?: Say
  /** A failure here is the reason even where later checks fail too. */
  readonly overrides?: true
  /** Neither answer is good or bad. */
  readonly neutral?: true
}

export interface LogLine {
  /** `remark`: not a line of the kernel's, but what its report comes to. */
  readonly level: 'info' | 'warn' | 'err' | 'bug' | 'remark'
  readonly text: string
}

/** A change, a notification or a message. */
export interface EffectWords {
  readonly fn: string | ((scene: Scene) => string)
  readonly path?: string
  /** What changed, as a phrase. */
  readonly words: Say
  /** Lines that it leaves in the kernel log. */
  readonly log?: (scene: Scene) => readonly LogLine[]
  /** Why a call waits that leaves this effect, in whole sentences. */
  readonly why?: Say
  readonly remedy?: Say
  /** From here on the events belong to another call, which had waited. */
  readonly over?: true
}

/** After a BUG: what happened, who did it, why the kernel could not go on, and what later kernels do instead. */
/** The end of a kernel, told to somebody who has never seen one. */
export interface BugStory {
  /** What happened, in a sentence. */
  readonly what: Words
  /** Who did what beforehand. */
  readonly who: Words
  /** Why the kernel could not go on, in a sentence. */
  readonly why: Words
  /** The same at length. */
  readonly whyAtLength: Words
  /** What later kernels do instead. */
  readonly instead: Words
}

/** A rule of a viability test that decided about a member (`driver`: the one bound to it). */
export interface ViabilityRule {
  readonly member: (world: World, device: number, driver: number) => Words
  /** Of a rule that finds a member bad. */
  readonly sentence?: (world: World, device: number, driver: number) => Words
}

export interface KernelWords {
  /** `Linux 5.10`: for sentences. */
  readonly name: string
  /** `5.10`: for references. */
  readonly version: string
  /** The kernel’s functions by name. */
  readonly functions: Readonly<Record<string, KernelFunction>>
  /** The calls from the system call or sysfs file to the function that decides. */
  readonly entries: Readonly<Partial<Record<OpKind, string>>>
  readonly checks: Readonly<Record<string, CheckWords>>
  readonly effects: Readonly<Record<string, EffectWords>>
  /** The rules of the viability test, by code: what one says of a member, as a phrase and as a sentence. */
  readonly viability: Readonly<Record<string, ViabilityRule>>
  /** The function whose answer the viability verdict is. */
  readonly viabilityTest: string
  /** The story of step `index`, which ended in a BUG; null where the table knows none. */
  readonly bug: (world: World, steps: readonly Step[], index: number) => BugStory | null
}

/** Index of the device that a subject names. */
export function subjectDevice(subject: Subject | undefined): number | undefined {
  if (subject === undefined || !('device' in subject) || subject.device === undefined) return undefined
  return subject.device < 0 ? undefined : subject.device
}

/** The device that a scene is about: its subject's, the operation's, else that of the event before. */
export function deviceIndexIn(scene: Scene): number | undefined {
  const own = subjectDevice(scene.subject)
  if (own !== undefined) return own
  const named = valueOf(scene.op, 'device')
  if (typeof named === 'string') return scene.world.deviceIndex.get(named)
  for (let index = scene.index - 1; index >= 0; index--) {
    const before = subjectDevice(scene.events[index]?.subject)
    if (before !== undefined) return before
  }
  return undefined
}

export function deviceIn(scene: Scene): Span {
  const device = deviceIndexIn(scene)
  if (device !== undefined) return deviceSpan(scene.world, device)
  const named = valueOf(scene.op, 'device')
  return typeof named === 'string' ? bdfSpan(scene.world, named) : 'the device'
}

/** Its whole address, as the kernel log prints it. */
export function fullBdf(scene: Scene): string {
  const device = deviceIndexIn(scene)
  return (device === undefined ? undefined : scene.world.devices[device]?.spec.bdf) ?? ''
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
  if (subject !== undefined && 'group' in subject && subject.group !== undefined && subject.group >= 0) {
    return groupSpan(world, subject.group)
  }
  const its = subjectDevice(subject)
  if (its !== undefined) return groupSpan(world, world.devices[its]?.group ?? -1)
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

/** A file that a virtual machine holds: by its name, or by what it is open on once it has no name. */
export function heldIn(scene: Scene): Words {
  const { subject } = scene
  if (subject?.kind === 'slot') return ['the file ', fileIn(scene, 'group_fd')]
  return subject?.kind === 'device' ? rich`a file of ${deviceIn(scene)}` : rich`the file of ${groupIn(scene)}`
}

/** The container that a scene is about, by the name that the operation gives it. */
export function containerIn(scene: Scene): Span {
  const { subject } = scene
  const named = valueOf(scene.op, 'container_fd')
  const text = typeof named === 'string' ? named : 'the container'
  const index = subject !== undefined && 'container' in subject ? subject.container : undefined
  return index === undefined ? { kind: 'container', text } : { kind: 'container', text, index }
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
