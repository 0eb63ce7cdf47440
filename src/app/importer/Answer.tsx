import { ChevronRight, Play } from 'lucide-react'
import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import { adviceFor, groupsOf, type Advice, type Member } from '../../machines/adviser/advice.ts'
import { planOf } from '../../machines/adviser/plan.ts'
import { questionsFor, type AnsweredQuestion, type QuestionPlace } from '../../machines/adviser/questions.ts'
import { adviceWords, type AdviceWords } from '../../machines/adviser/words.ts'
import { shortName } from '../../machines/short-name.ts'
import { DEFAULTS } from '../../scenario/scenario.ts'
import { driverFamily, UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import { Rich } from '../shell/Rich.tsx'
import { store } from '../store/store.ts'
import { Commands } from './Commands.tsx'
import { choose, setKernel, tellDriver, useListing } from './listing.ts'

/** The answer for the chosen device; before one is chosen, the groups. */
export function Answer(): ReactNode {
  const machine = useListing((s) => s.machine)
  const result = useListing((s) => s.result)
  const chosen = useListing((s) => s.chosen)
  const kernel = useListing((s) => s.kernel)
  const advice = useMemo(() => {
    if (machine === null || chosen === null) return null
    const before = result?.alternatives?.['before']
    return adviceFor(machine, chosen, before === undefined ? {} : { before })
  }, [machine, chosen, result])
  if (machine === null) return null
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2 text-[12.5px] text-dim">
          Kernel of this machine
          <select
            className="min-h-8 rounded-lg border border-line bg-panel2 px-2 text-[12.5px] text-ink"
            value={kernel}
            onChange={(event) => {
              const found = KERNEL_CHOICES.find(([id]) => id === event.target.value)
              if (found !== undefined) setKernel(found[0])
            }}
          >
            {KERNEL_CHOICES.map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <button type="button" className="button ml-auto" onClick={() => playMachine(machine, kernel)}>
          <Play size={14} /> Play with this machine
        </button>
      </div>
      {advice === null ? <Groups machine={machine} /> : <Advised machine={machine} advice={advice} kernel={kernel} />}
    </div>
  )
}

/** By what a person knows of the own machine: `uname -r`. */
const KERNEL_CHOICES: readonly (readonly [KernelId, string])[] = [
  ['linux-5.10', 'up to 5.18'],
  ['linux-6.1', '5.19 to 6.2'],
  ['linux-6.12', '6.3 or later'],
  ['linux-6.12-iommufd', '6.8 or later, QEMU with iommufd'],
]

/** Opens the machine on the canvas, freshly booted. */
function playMachine(machine: Machine, kernel: KernelId): void {
  const { title } = machine
  const { boot, processes } = DEFAULTS
  store.getState().open({ title, machine, kernel, boot, processes, ops: [], cursor: 0 })
}

const TONES = {
  ok: { card: 'border-ok bg-ok-bg', title: 'text-ok', glyph: '✓' },
  warn: { card: 'border-warn bg-warn-bg', title: 'text-warn', glyph: '!' },
  bad: { card: 'border-bad bg-bad-bg', title: 'text-bad', glyph: '✗' },
} as const

function Advised({ machine, advice, kernel }: { machine: Machine; advice: Advice; kernel: KernelId }): ReactNode {
  const words = useMemo(() => adviceWords(advice, kernel), [advice, kernel])
  const plan = useMemo(() => planOf(advice), [advice])
  const { here, others } = useMemo(() => questionsFor({ machine, advice }), [machine, advice])
  const result = useListing((s) => s.result)
  const error = result?.errors?.find(({ bdf, group }) => bdf === advice.wanted.bdf || group === advice.group)
  const at = (kind: QuestionPlace['kind']): AnsweredQuestion[] => here.filter(({ place }) => place.kind === kind)
  const tone = TONES[words.tone]
  const answer = useRef<HTMLElement>(null)
  // Below one another, the answer to a choice is out of sight.
  useEffect(() => {
    if (!window.matchMedia('(min-width: 1024px)').matches) answer.current?.scrollIntoView({ block: 'start' })
  }, [advice.wanted.bdf])
  return (
    <>
      <section
        ref={answer}
        aria-label="The answer"
        data-testid="answer"
        className={`scroll-mt-3 rounded-xl border px-4 py-3.5 ${tone.card}`}
      >
        <p className="text-[12.5px] text-dim">
          <span className="font-mono font-semibold text-ink">{shortBdf(advice.wanted.bdf)}</span>{' '}
          {shortName(advice.wanted)}
          {advice.group !== null && (
            <>
              {' '}
              · {advice.estimated ? 'estimated group' : 'group'} {advice.group}
            </>
          )}
          {error !== undefined && (
            <> · the error in your text names {error.bdf === advice.wanted.bdf ? 'it' : 'its group'}</>
          )}
        </p>
        <h3 className={`mt-0.5 text-[19px] leading-snug font-semibold ${tone.title}`}>
          <span aria-hidden="true">{tone.glyph} </span>
          {words.title}
        </h3>
        <p className="mt-1 max-w-[85ch] text-[14px]">
          <Rich words={words.answer} />
        </p>
        {words.losses.length > 0 && (
          <>
            <h4 className="mt-2.5 text-[12.5px] font-semibold">What the host loses</h4>
            <ul className="mt-0.5 grid gap-0.5 text-[13px]">
              {words.losses.map((loss, index) => (
                <li key={index} className="flex gap-1.5">
                  <span aria-hidden="true">⚠</span>
                  <span>
                    <Rich words={loss} />
                  </span>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      <Questions questions={at('listing')} />
      {advice.group !== null && <Members advice={advice} words={words} questions={here} />}
      {(words.causes.length > 0 || at('group').length > 0) && (
        <section aria-label="Why the group is so">
          <h3 className="section-title mb-1.5">Why the group is like this</h3>
          <div className="grid max-w-[85ch] gap-1.5 text-[13px]">
            {words.causes.map((cause, index) => (
              <p key={index}>
                <Rich words={cause} />
              </p>
            ))}
          </div>
          <Questions questions={at('group')} />
        </section>
      )}
      {(words.alternatives.length > 0 || at('alternatives').length > 0) && (
        <section aria-label="What else there is">
          <h3 className="section-title mb-1.5">What else could be done</h3>
          <ul className="grid gap-2 sm:grid-cols-2">
            {words.alternatives.map(({ title, words: text, risky }) => (
              <li
                key={title}
                className={`rounded-xl border p-3 ${risky ? 'border-warn bg-warn-bg/40' : 'border-line bg-panel'}`}
              >
                <p className={`font-semibold ${risky ? 'text-warn' : ''}`}>
                  {risky && <span aria-hidden="true">⚠ </span>}
                  {title}
                </p>
                <p className="mt-0.5 text-[12.5px]">
                  <Rich words={text} />
                </p>
              </li>
            ))}
          </ul>
          <Questions questions={at('alternatives')} />
        </section>
      )}
      {words.notes.length > 0 && (
        <ul className="grid max-w-[85ch] gap-1.5 text-[12.5px]" aria-label="Notes">
          {words.notes.map((note, index) => (
            <li key={index} className="border-l-2 border-line2 pl-2.5 text-dim">
              <Rich words={note} />
            </li>
          ))}
        </ul>
      )}
      {plan !== null && (
        <Commands machine={machine} plan={plan} kernel={kernel} against={advice.verdict === 'against'}>
          <Questions questions={at('commands')} />
        </Commands>
      )}
      <details className="text-[13px]">
        <summary className="section-title cursor-pointer">Other questions that people ask</summary>
        <Questions questions={others} />
      </details>
    </>
  )
}

const NEEDS: Readonly<Record<Member['need'], { glyph: string; tone: string }>> = {
  bind: { glyph: '✗', tone: 'text-bad' },
  release: { glyph: '✗', tone: 'text-bad' },
  nothing: { glyph: '✓', tone: 'text-ok' },
  leave: { glyph: '✓', tone: 'text-ok' },
  done: { glyph: '✓', tone: 'text-ok' },
}

/** What the guest wants, what is in the way, what is not, and the ports. */
function inReadingOrder({ members }: Advice): { member: Member; index: number }[] {
  const rank = ({ role, need }: Member): number =>
    role === 'wanted' ? 0 : role === 'card' ? 1 : role === 'port' ? 4 : need === 'nothing' || need === 'done' ? 3 : 2
  return members.map((member, index) => ({ member, index })).toSorted((a, b) => rank(a.member) - rank(b.member))
}

/** Everybody in the group: who is in the way, and what each of them needs. */
function Members(props: { advice: Advice; words: AdviceWords; questions: readonly AnsweredQuestion[] }): ReactNode {
  const { advice, words, questions } = props
  return (
    <section aria-label="The group, device by device">
      <h3 className="section-title mb-1.5">
        {advice.estimated ? 'Estimated group' : 'Group'} {advice.group}, device by device
      </h3>
      <ul className="grid grid-cols-1 gap-1.5" data-testid="members">
        {inReadingOrder(advice).map(({ member, index }) => {
          const { f, need, unknown, role } = member
          const mark = unknown && need !== 'leave' ? { glyph: '?', tone: 'text-warn' } : NEEDS[need]
          const told = words.members[index]
          const own = questions.filter(({ place }) => place.kind === 'member' && place.bdf === f.bdf)
          return (
            <li key={f.bdf} className="rounded-xl border border-line bg-panel px-3 py-2">
              <div className="flex flex-wrap items-baseline gap-x-2.5 gap-y-0.5">
                <span className={`w-3 font-semibold ${mark.tone}`} aria-hidden="true">
                  {mark.glyph}
                </span>
                <span className="font-mono text-[12.5px] font-semibold">{shortBdf(f.bdf)}</span>
                <span className="min-w-0 flex-1 basis-40 truncate" title={f.name}>
                  {shortName(f)}
                  {role === 'wanted' && <span className="text-dim"> · for the guest</span>}
                </span>
                <Driver f={f} unknown={unknown} />
              </div>
              <p className="mt-0.5 pl-5.5 text-[12.5px] text-dim">
                <span className={`font-semibold ${mark.tone}`}>{told?.need}</span>
                {'. '}
                {told !== undefined && <Rich words={told.why} />}
              </p>
              {own.length > 0 && (
                <div className="pl-5.5">
                  <Questions questions={own} />
                </div>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

/** The driver of a function; where the listing does not tell it, a person can. */
function Driver({ f, unknown }: { f: PciFunction; unknown: boolean }): ReactNode {
  const told = useListing((s) => s.told.has(f.bdf))
  if (!unknown && !told) {
    const family = f.driver === null ? 'none' : driverFamily(f.driver)
    const tone = family === 'vfio' ? 'text-ok' : family === 'native' ? '' : 'text-dim'
    return <span className={`chip ${tone}`}>{f.driver ?? 'no driver'}</span>
  }
  const choices = [UNKNOWN_DRIVER, ...(f.native === null ? [] : [f.native]), 'vfio-pci', 'pci-stub', '']
  return (
    <select
      aria-label={`Driver of ${shortBdf(f.bdf)}`}
      className="rounded-md border border-line bg-panel2 px-1.5 py-0.5 font-mono text-[11px]"
      value={f.driver ?? ''}
      onChange={(event) => tellDriver(f.bdf, event.target.value === '' ? null : event.target.value)}
    >
      {[...new Set(choices)].map((driver) => (
        <option key={driver} value={driver}>
          {driver === UNKNOWN_DRIVER ? 'driver unknown' : driver === '' ? 'no driver' : driver}
        </option>
      ))}
    </select>
  )
}

function Questions({ questions }: { questions: readonly AnsweredQuestion[] }): ReactNode {
  return questions.map(({ id, question, answer, source }, index) => (
    <details key={`${id} ${index}`} className="group mt-1 max-w-[85ch] text-[12.5px]" data-question={id}>
      <summary className="flex cursor-pointer items-baseline gap-1 text-user marker:content-none">
        <ChevronRight
          size={12}
          className="translate-y-[2px] transition-transform group-open:rotate-90"
          aria-hidden="true"
        />
        <span>
          <Rich words={question} />
        </span>
      </summary>
      <div className="mt-0.5 pl-4">
        <p>
          <Rich words={answer} />
        </p>
        <p className="mt-0.5 text-[11.5px] text-dim">Asked in: {source}</p>
      </div>
    </details>
  ))
}

/** No device chosen yet: the groups with who is in the way of each. */
function Groups({ machine }: { machine: Machine }): ReactNode {
  const groups = useMemo(
    () =>
      [...groupsOf(machine)].map(([id, members]) => ({
        id,
        members,
        held: members.filter(
          (f) => !f.bridge && f.driver !== null && !['vfio', 'stub'].includes(driverFamily(f.driver)),
        ),
      })),
    [machine],
  )
  const error = useListing((s) => s.result?.errors?.[0])
  const named = error?.group === undefined ? undefined : groups.find(({ id }) => id === error.group)
  return (
    <>
      {named !== undefined && (
        <p className="rounded-lg bg-warn-bg px-3 py-2 text-[13px]">
          The error in your text names group {named.id}
          {named.held.length > 0 && (
            <>
              : <span className="font-mono">{named.held.map(({ bdf }) => shortBdf(bdf)).join(', ')}</span> may be in the
              way
            </>
          )}
          . Choose the device that the guest shall have.
        </p>
      )}
      <section aria-label="Groups">
        <h3 className="section-title mb-1.5">{machine.estimated === true ? 'Estimated groups' : 'Groups'}</h3>
        <ul className="grid gap-2 sm:grid-cols-2 xl:grid-cols-3">
          {groups.map(({ id, members, held }) => {
            const unknown = held.length > 0 && held.every(({ driver }) => driver === UNKNOWN_DRIVER)
            return (
              <li key={id} className="rounded-xl border border-line bg-panel p-2.5">
                <div className="flex items-baseline gap-2">
                  <h4 className="text-[13px] font-semibold">Group {id}</h4>
                  <span
                    className={`ml-auto text-[11.5px] ${held.length === 0 ? 'text-ok' : unknown ? 'text-warn' : 'text-dim'}`}
                  >
                    {held.length === 0
                      ? '✓ no driver in the way'
                      : unknown
                        ? '? drivers unknown'
                        : '• used by the host'}
                  </span>
                </div>
                <ul className="mt-1 grid grid-cols-1">
                  {members.map((f) => (
                    <li key={f.bdf}>
                      <button
                        type="button"
                        className="flex min-h-6 w-full items-baseline gap-2 rounded px-1 py-0.5 text-left text-[12px] hover:bg-panel2"
                        onClick={() => choose(f.bdf)}
                      >
                        <span className="font-mono font-semibold">{shortBdf(f.bdf)}</span>
                        <span className="min-w-0 flex-1 truncate text-dim">{shortName(f)}</span>
                        <span className={`font-mono text-[11px] ${f.driver === UNKNOWN_DRIVER ? 'text-warn' : ''}`}>
                          {f.driver === UNKNOWN_DRIVER ? '?' : (f.driver ?? '–')}
                        </span>
                      </button>
                    </li>
                  ))}
                </ul>
              </li>
            )
          })}
        </ul>
      </section>
    </>
  )
}
