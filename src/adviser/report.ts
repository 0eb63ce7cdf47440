/** An answer as data, for programs: what `advise --json` prints. docs/advise.md describes the fields. */
import { plain, type Words } from '../explain/words.ts'
import type { KernelId } from '../sim/kernel.ts'
import type { Machine } from '../sim/machine.ts'
import type { Advice, Doubt, Evidence, Member } from './advice-types.ts'
import { evidenceWords } from './evidence-words.ts'
import { messageWords } from './message-words.ts'
import type { Message } from './messages.ts'
import type { Reading } from './reading.ts'
import { doubtWords, troubleWords } from './trouble-words.ts'
import { troublesWithout, type Trouble } from './troubles.ts'
import { adviceWords, notesOf } from './words.ts'

/** Whatever JSON can hold. */
type Data = Readonly<Record<string, unknown>>

/** @param kernel the simulated kernel that words and run are for */
export function reportOf(advice: Advice, machine: Machine, reading: Reading, kernel: KernelId): Data {
  const release = releaseOf(reading)
  const words = adviceWords(advice, kernel, release)
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
      ...troubles.filter(({ stops }) => stops).map((trouble) => troubleOf(trouble, release)),
      ...members.flatMap(heldOf),
      ...doubts.map((doubt) => doubtOf(doubt, group)),
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
      ...troubles.filter(({ stops }) => !stops).map((trouble) => troubleOf(trouble, release)),
    ],
    messages: reading.messages.map((message) => messageOf(message, machine, release)),
    members: members.map(({ f, role, need }) => ({ bdf: f.bdf, role, need })),
    ...hostOf(reading, kernel),
  }
}

/** The same for a text that names no function: an error alone, a command line. */
export function reportWithout(reading: Reading, kernel: KernelId): Data {
  const release = releaseOf(reading)
  const { messages } = reading
  const [first] = messages
  const troubles = troublesWithout(reading)
  return {
    device: messages.find(({ bdf }) => bdf !== null)?.bdf ?? null,
    group: messages.find(({ group }) => group !== null)?.group ?? null,
    verdict: 'unknown',
    ready: false,
    title: first === undefined ? 'Not known yet: the text names no device' : messageWords(first, null, release).title,
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
    blockers: troubles.map((trouble) => troubleOf(trouble, release)),
    losses: [],
    causes: [],
    alternatives: [],
    notes: [],
    messages: messages.map((message) => messageOf(message, null, release)),
    members: [],
    ...hostOf(reading, kernel),
    run: [],
  }
}

/** The release of the kernel that the text names last; null: none. */
export function releaseOf({ surroundings }: Reading): string | null {
  return surroundings.kernels.at(-1)?.value ?? null
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

function troubleOf(trouble: Trouble, release: string | null): Data {
  const { code, stops, about, bdf, line, paste, message } = trouble
  const words = troubleWords(trouble, release)
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

function doubtOf(doubt: Doubt, group: string | null): Data {
  const { title, words, command } = doubtWords(doubt, group)
  return { code: `unknown-${doubt.code}`, stops: true, title, words: plain(words), command }
}

function messageOf(message: Message, machine: Machine | null, release: string | null): Data {
  const words = messageWords(message, machine, release)
  return { ...message, title: words.title, words: plain(words.meaning), command: words.command }
}
