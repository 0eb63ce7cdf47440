/** How the questions of the IOASID debate are written down: what is asked of each interface, and what was answered. */
import type { OpenPointId } from '../../explain/ioasid-open-points.ts'
import type { Layer } from '../../explain/layers.ts'
import type { Mail } from '../../explain/mails.ts'
import type { Errno } from '../../sim/errno.ts'
import { INTERFACES, recordOf, type KernelId } from '../../sim/kernels/list.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { Boot, PolicyOptions, ProcessSpec } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import type { ContextWord } from '../condition/context-word.ts'
import { DEFAULTS } from '../document/scenario.ts'
import { parseOps } from '../script/script.ts'

/** The interface in which a question is put. */
export type Family = (typeof INTERFACES)[number]

/** A column of the debate: a kernel, the interface by which it is asked, and what it is booted with. */
export type ColumnId = KernelId | 'ioasid-w-lockstep'

export interface DebateColumn {
  readonly id: ColumnId
  readonly kernel: KernelId
  readonly family: Family
  readonly policy?: PolicyOptions
}

/** Every kernel, and the other reading of one of the proposals. */
export const DEBATE_COLUMNS: readonly DebateColumn[] = [
  ...KERNELS.map(({ id }): DebateColumn => ({ id, kernel: id, family: recordOf(id).interface })),
  { id: 'ioasid-w-lockstep', kernel: 'ioasid-w', family: 'T', policy: { lockstep: true } },
]

/**
 * Where an answer comes from: a mail; a mail that leaves a point open, which the simulator settled in a documented way;
 * the source of a kernel.
 */
export type Basis =
  | { readonly kind: 'mail'; readonly mail: Mail }
  | { readonly kind: 'open'; readonly mail: Mail; readonly point: OpenPointId }
  | { readonly kind: 'source' }

/** An answer that was given, for one column. What it leaves out nobody said. */
export interface Said {
  /** Of the first call that does not succeed, else `ok`; absent where nothing is asked. */
  readonly result?: 'ok' | Errno | 'blocked' | 'bug'
  /** The layer that refuses. */
  readonly by?: Layer
  /** Of each of the question's devices, in order. */
  readonly contexts?: readonly ContextWord[]
  /** Whether each of them can be used: `+` or `-`. */
  readonly access?: string
  readonly basis: Basis
}

/** What is typed in one interface: up to the situation, and the question itself. */
export interface Asked {
  readonly prepare: readonly Op[]
  readonly ask: readonly Op[]
}

export interface DebateQuestion {
  /** `1a` to `3c` as in the mail, words with hyphens for the later ones. Part of addresses. */
  readonly id: string
  readonly chapter: Chapter
  readonly title: string
  /** In own words, in whole sentences. */
  readonly question: string
  readonly mail: Mail
  /** Id of a shipped machine. */
  readonly machine: string
  readonly boot: Boot
  readonly processes: readonly ProcessSpec[]
  /** The devices that it is about, as the mails call them, and their addresses. */
  readonly devices: readonly { readonly label: string; readonly bdf: string }[]
  /** Absent: there is no way to ask this in that interface. */
  readonly asked: Readonly<Partial<Record<Family, Asked>>>
  readonly said: Readonly<Partial<Record<ColumnId, Said>>>
}

/** The parts of the walk-through and what came after it. */
export const CHAPTERS = [
  'One device, and its group in use',
  'Both devices with the user',
  'A shared requester ID',
  'Several users of one group',
  'A DMA alias',
  'Stub drivers and the switch itself',
] as const

export type Chapter = (typeof CHAPTERS)[number]

/** What questions of a chapter have in common. */
export interface Stage {
  readonly chapter: Chapter
  readonly machine: string
  /** Names in scripts → what they stand for: devices by their labels, the group as `G`, drivers as `V` and `E`. */
  readonly names: Readonly<Record<string, string>>
  /** Labels of the devices that questions are about. */
  readonly devices: readonly string[]
  readonly boot?: Boot
  readonly processes?: readonly ProcessSpec[]
  readonly mail: Mail
}

type Scripts = Readonly<Partial<Record<Family, readonly [prepare: string, ask: string]>>>

/**
 * Makes a question of scripts, lines separated by `;`.
 * @throws when a script is wrong, which a test finds before anybody else
 */
export function question(
  stage: Stage,
  id: string,
  title: string,
  words: string,
  scripts: Scripts,
  said: DebateQuestion['said'],
  more: { readonly boot?: Boot; readonly mail?: Mail } = {},
): DebateQuestion {
  const processes = stage.processes ?? DEFAULTS.processes
  const ops = (script: string): readonly Op[] => opsOf(`${id}`, script, stage.names, processes)
  const asked: Partial<Record<Family, Asked>> = {}
  for (const family of INTERFACES) {
    const both = scripts[family]
    if (both !== undefined) asked[family] = { prepare: ops(both[0]), ask: ops(both[1]) }
  }
  return {
    id,
    chapter: stage.chapter,
    title,
    question: words,
    mail: more.mail ?? stage.mail,
    machine: stage.machine,
    boot: more.boot ?? stage.boot ?? DEFAULTS.boot,
    processes,
    devices: stage.devices.map((label) => ({ label, bdf: `0000:${stage.names[label] ?? ''}` })),
    asked,
    said,
  }
}

function opsOf(
  id: string,
  script: string,
  names: Readonly<Record<string, string>>,
  processes: readonly ProcessSpec[],
): readonly Op[] {
  const words = script.replaceAll(/(?<![\w.:=])[A-Z]\d?(?![\w.:=])|\bf\d\b/g, (word) => names[word] ?? word)
  const reading = parseOps(words.replaceAll(';', '\n'), processes)
  if (reading.ok) return reading.ops
  throw new Error(reading.problems.map((problem) => `question ${id}: ${problem.words}: ${words}`).join('\n'))
}

// ---- Shorthand for answers --------------------------------------------------------------------------------------

type Result = Exclude<Said['result'], undefined>
interface SaidMore {
  readonly by?: Layer
  readonly access?: string
}

function answer(basis: Basis, result: Result | '', contexts: string, more: SaidMore): Said {
  return { ...(result === '' ? {} : { result }), contexts: contexts.split(' '), ...more, basis }
}

/** What a mail said. */
export function mail(from: Mail, result: Result | '', contexts: string, more: SaidMore = {}): Said {
  return answer({ kind: 'mail', mail: from }, result, contexts, more)
}

/** What a mail left open, as settled. */
export function open(from: Mail, point: OpenPointId, result: Result | '', contexts: string, more: SaidMore = {}): Said {
  return answer({ kind: 'open', mail: from, point }, result, contexts, more)
}

/** What a kernel's source says. */
export function source(result: Result | '', contexts: string, more: SaidMore = {}): Said {
  return answer({ kind: 'source' }, result, contexts, more)
}

/** The same answer of every Linux with VFIO groups; where one differs, its own entry follows. */
export function groupKernels(said: Said): DebateQuestion['said'] {
  return { 'linux-5.10': said, 'linux-6.1': said, 'linux-6.12': said, 'linux-7.3': said }
}

/** The same answer of every Linux with iommufd. */
export function iommufdKernels(said: Said): DebateQuestion['said'] {
  return { 'linux-6.12-iommufd': said, 'linux-7.3-iommufd': said }
}

// ---- Shorthand for scripts --------------------------------------------------------------------------------------

/** The same script for the interfaces in which a device has a file of its own: iommufd, and the proposals T and G. */
export function deviceFiles(prepare: string, ask: string): Scripts {
  return { iommufd: [prepare, ask], T: [prepare, ask], G: [prepare, ask] }
}

/** The same script in every interface: it only binds drivers. */
export function everywhere(prepare: string, ask: string): Scripts {
  return { groups: [prepare, ask], ...deviceFiles(prepare, ask), W: [prepare, ask] }
}
