/** An answer as data, for programs: what `advise --json` prints. docs/advise.md describes the fields. */
import { plain, type Words } from '../explain/words.ts'
import type { KernelId } from '../sim/kernel.ts'
import type { Machine } from '../sim/machine.ts'
import type { Advice, Doubt, Evidence, Member } from './advice-types.ts'
import { evidenceWords } from './evidence-words.ts'
import { messageWords } from './message-words.ts'
import type { Message } from './messages.ts'
import type { Reading } from './reading.ts'
import { settingOf, type Setting } from './setting.ts'
import { doubtWords, troubleWords } from './trouble-words.ts'
import { troublesWithout, type Trouble } from './troubles.ts'
import { answersWithout, verdictWithout } from './without-device.ts'
import { adviceWords, notesOf } from './words.ts'

/** Whatever JSON can hold. */
type Data = Readonly<Record<string, unknown>>

/** @param kernel the simulated kernel that words and run are for */
export function reportOf(advice: Advice, machine: Machine, reading: Reading, kernel: KernelId): Data {
  const setting = settingOf(reading)
  const words = adviceWords(advice, kernel, setting)
  const { wanted, group, verdict, refusal, members, causes, alternatives, doubts, troubles, evidence } = advice
  return {
    device: wanted.bdf,
    group,
    verdict: verdict === 'ready' ? 'yes' : verdict,
    ready: verdict === 'ready',
    title: words.title,
    answer: plain(words.answer),
    refusal,
    evidence: evidence.map((each) => claimOf(each, group)),
    blockers: [
      ...troubles.filter(({ stops }) => stops).map((trouble) => troubleOf(trouble, setting)),
      ...members.flatMap(heldOf),
      ...doubts.map((doubt) => doubtOf(doubt, group, setting)),
    ],
    losses: advice.losses.map(({ f, kind, last, used }, index) => ({
      code: kind,
      bdf: f.bdf,
      last,
      inUse: used !== undefined,
      ...used,
      words: textOf(words.losses[index]),
    })),
    causes: causes.map(({ code }) => code),
    alternatives: alternatives.map(({ code }) => code),
    notes: [
      ...notesOf(advice).map(({ code, words: text }) => ({ code, words: plain(text) })),
      ...troubles.filter(({ stops }) => !stops).map((trouble) => troubleOf(trouble, setting)),
    ],
    messages: reading.messages.map((message) => messageOf(message, machine, setting)),
    members: members.map(({ f, role, need }) => ({ bdf: f.bdf, role, need })),
    ...hostOf(reading, kernel),
  }
}

/** The same for a text that names no function: an error alone, a command line. */
export function reportWithout(reading: Reading, kernel: KernelId): Data {
  const setting = settingOf(reading)
  const { messages } = reading
  const troubles = troublesWithout(reading)
  const [first] = answersWithout(reading)
  return {
    device: messages.find(({ bdf }) => bdf !== null)?.bdf ?? [...reading.surroundings.lines.keys()][0] ?? null,
    group: messages.find(({ group }) => group !== null)?.group ?? null,
    verdict: verdictWithout(reading),
    ready: false,
    title: first?.title ?? 'Not known yet: the text names no device',
    answer: first === undefined ? '' : plain(first.meaning),
    refusal: null,
    evidence: [
      ...messages.map(({ line, paste, code }) => ({
        claim: 'trouble',
        state: 'shown',
        trouble: code,
        line,
        ...(paste === undefined ? {} : { paste }),
      })),
      { claim: 'group', state: 'unknown' },
      { claim: 'members', state: 'unknown' },
    ],
    blockers: troubles.map((trouble) => troubleOf(trouble, setting)),
    losses: [],
    causes: [],
    alternatives: [],
    notes: [],
    messages: messages.map((message) => messageOf(message, null, setting)),
    members: [],
    ...hostOf(reading, kernel),
    run: [],
  }
}

function hostOf({ surroundings }: Reading, kernel: KernelId): Data {
  return { kernel, release: surroundings.kernels.at(-1)?.value ?? null, system: surroundings.system?.value ?? null }
}

function textOf(words: Words | undefined): string {
  return words === undefined ? '' : plain(words)
}

function claimOf(evidence: Evidence, group: string | null): Data {
  const { claim, state, about, line, paste, trouble, byHand } = evidence
  return {
    claim,
    state,
    ...(about === undefined ? {} : { bdf: about.bdf }),
    ...(line === undefined ? {} : { line }),
    ...(paste === undefined ? {} : { paste }),
    ...(trouble === undefined ? {} : { trouble: trouble.code }),
    ...(byHand === undefined ? {} : { byHand }),
    words: plain(evidenceWords(evidence, group)),
  }
}

function troubleOf(trouble: Trouble, setting: Setting): Data {
  const { code, stops, about, bdf, line, paste, message } = trouble
  const words = troubleWords(trouble, setting)
  const address = about?.bdf ?? bdf ?? message?.bdf
  return {
    code,
    stops,
    ...(address === undefined || address === null ? {} : { bdf: address }),
    ...(line === undefined ? {} : { line }),
    ...(paste === undefined ? {} : { paste }),
    title: words.title,
    words: plain(words.words),
  }
}

function heldOf({ f, need, unknown }: Member): Data[] {
  if (need !== 'bind' && need !== 'release') return []
  if (unknown) return [{ code: 'driver-unknown', stops: false, bdf: f.bdf }]
  return f.driver === null ? [] : [{ code: 'driver', stops: false, bdf: f.bdf, driver: f.driver }]
}

function doubtOf(doubt: Doubt, group: string | null, setting: Setting): Data {
  const { title, words, command } = doubtWords(doubt, group, setting)
  return { code: `unknown-${doubt.code}`, stops: true, title, words: plain(words), command }
}

function messageOf(message: Message, machine: Machine | null, setting: Setting): Data {
  const words = messageWords(message, machine, setting)
  return { ...message, title: words.title, words: plain(words.meaning), command: words.command }
}
