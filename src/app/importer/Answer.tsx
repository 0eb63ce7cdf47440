import { recordOf } from '../../sim/kernels/list.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { useMemo, useState, type ReactNode } from 'react'
import { plain, shortBdf, type Words } from '../../explain/words.ts'
import type { Advice, Member } from '../../adviser/advice.ts'
import { groupLabel } from '../../adviser/answer-words.ts'
import { planOf, xenFunctionsOf } from '../../adviser/plan.ts'
import { NO_SETTING, settingOf } from '../../adviser/setting.ts'
import { questionsFor, type Question } from '../../adviser/questions.ts'
import { adviceWords, type AdviceWords } from '../../adviser/words.ts'
import { shortName } from '../../machines/short-name.ts'
import { UNKNOWN_DRIVER } from '../../sim/drivers.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine } from '../../sim/machine.ts'
import { store } from '../store/store.ts'
import { Rich } from '../ui/Rich.tsx'
import { Commands, XenCommands } from './Commands.tsx'
import { Doubts, EvidenceList, Troubles } from './Findings.tsx'
import { markOf, NEED_MARK } from './marks.ts'
import { chooseKernel, tellClass, tellDriver, tellGroup, useOwn } from './own-machine.ts'
import { QuestionList } from './QuestionList.tsx'
import { ShareAnswer } from './ShareAnswer.tsx'
import { play, SimulatedRun, useSimulation } from './SimulatedRun.tsx'

/** The answer about one device: first whether it can go, then who has to do what, then the commands and what they do. */
export function Answer({ advice, machine }: { advice: Advice; machine: Machine }): ReactNode {
  const kernel = useOwn((s) => s.kernel)
  const reading = useOwn((s) => s.reading)
  const setting = useMemo(() => (reading === null ? NO_SETTING : settingOf(reading)), [reading])
  const words = useMemo(() => adviceWords(advice, kernel, setting), [advice, kernel, setting])
  const questions = useMemo(() => questionsFor(advice, kernel), [advice, kernel])
  const plan = useMemo(() => planOf(advice), [advice])
  const underXen = useMemo(() => xenFunctionsOf(advice), [advice])
  const simulation = useSimulation(plan, machine, kernel)
  const at = (place: Question['place']): Question[] => questions.filter((each) => each.place === place)
  const rows = useMemo(() => rowsOf(advice.members, words), [advice, words])
  const mark = markOf(advice)
  const { wanted, group } = advice
  // What the advice is against is shown when somebody asks for it, below what it costs.
  const [insisted, setInsisted] = useState<string | null>(null)
  const commandsShown = advice.verdict !== 'against' || insisted === wanted.bdf
  // Where the answer is no, what else there is comes first.
  const instead = advice.verdict === 'against' || advice.verdict === 'no'
  const alternatives = words.alternatives.length > 0 && (
    <Section title={advice.nothingSplits ? 'Nothing makes the group smaller. What remains' : 'What else you can do'}>
      <ul className="grid gap-2 sm:grid-cols-2">
        {words.alternatives.map((alternative) => (
          <Alternative key={alternative.title} alternative={alternative} />
        ))}
      </ul>
      <Asked questions={at('alternatives')} />
    </Section>
  )
  return (
    <article aria-label="Answer" data-testid="answer" data-verdict={advice.verdict} className="flex flex-col gap-4">
      <header className={`rounded-xl px-4 py-3 ${mark.box}`}>
        <p className="text-[12.5px] text-ink">
          <span className="font-mono font-semibold">{shortBdf(wanted.bdf)}</span> {shortName(wanted)}
          <span className="text-dim"> · {groupLabel(advice)}</span>
        </p>
        <h3 className="text-[19px] leading-snug font-semibold">
          <span aria-hidden="true">{mark.glyph} </span>
          {words.title}
        </h3>
        <p className="mt-1 max-w-[86ch] text-[13.5px] text-ink">
          <Rich words={words.answer} />
        </p>
        {plan !== null && simulation !== null && (
          <div className="mt-2.5 flex flex-wrap gap-2">
            <a
              href="#commands"
              className="button"
              onClick={(event) => {
                event.preventDefault()
                setInsisted(wanted.bdf)
                // By then the commands stand.
                setTimeout(() => {
                  document.getElementById('commands')?.scrollIntoView({ block: 'start' })
                  document.getElementById('commands')?.focus({ preventScroll: true })
                })
              }}
            >
              {advice.verdict === 'against' ? 'Show the commands anyway' : 'Show the commands'}
            </a>
            <button type="button" className="button" onClick={() => play(machine, kernel, advice, simulation.ops)}>
              Play these commands on the canvas
            </button>
          </div>
        )}
      </header>
      <Asked questions={at('answer')} />
      <Doubts words={words} />
      {instead && alternatives}
      <section aria-label="Members of the group" className="flex flex-col gap-1.5">
        <div className="flex flex-wrap items-baseline justify-between gap-x-3 gap-y-1.5">
          <h4 className="section-title">
            {group === null
              ? advice.estimated
                ? 'Who may be in its group, by the tree'
                : 'The device'
              : `Group ${group}: who has to do what`}
          </h4>
          <KernelChoice kernel={kernel} />
        </div>
        <ul className="overflow-hidden rounded-xl border border-line bg-panel">
          {rows.map(({ member, words: own, why }) => (
            <MemberRow
              key={member.f.bdf}
              member={member}
              need={own.need}
              why={advice.verdict === 'no' ? [] : why}
              refused={advice.verdict === 'no'}
              questions={at('member').filter(({ bdf }) => bdf === member.f.bdf)}
            />
          ))}
        </ul>
      </section>
      {words.losses.length > 0 && (advice.verdict !== 'no' || underXen !== null) && (
        <Section title="What the host loses while the guest runs">
          <Points all={words.losses} mark="⚠" tone="text-warn" />
        </Section>
      )}
      {words.notes.length > 0 && (
        <Section title="Before you type anything">
          <Points all={words.notes} mark="•" tone="text-user" />
        </Section>
      )}
      {words.causes.length > 0 && (
        <Section title="Why the group is as it is">
          {words.causes.map((cause, index) => (
            <p key={index} className="max-w-[86ch]">
              <Rich words={cause} />
            </p>
          ))}
          <Asked questions={at('causes')} />
        </Section>
      )}
      {!instead && alternatives}
      <Troubles advice={advice} words={words} />
      <EvidenceList advice={advice} />
      <ShareAnswer advice={advice} kernel={kernel} setting={setting} />
      {underXen !== null && <XenCommands functions={underXen} />}
      {plan !== null && commandsShown && (
        <>
          {advice.verdict === 'against' && (
            <p role="note" className="max-w-[86ch] rounded-xl border border-bad bg-bad-bg px-4 py-2.5 text-ink">
              <b>{words.title}</b> These commands do it all the same.
            </p>
          )}
          <Commands plan={plan} machine={machine} kernel={kernel} questions={at('commands')} />
          {simulation !== null && (
            <SimulatedRun
              simulation={simulation}
              plan={plan}
              onPlay={() => play(machine, kernel, advice, simulation.ops)}
            />
          )}
        </>
      )}
      <Section title="More questions">
        <QuestionList questions={at('more')} />
      </Section>
    </article>
  )
}

const ORDER: readonly Member['role'][] = ['wanted', 'card', 'passenger', 'port']

interface Row {
  readonly member: Member
  readonly words: AdviceWords['members'][number]
  /** Empty where the row above says the same. */
  readonly why: Words
}

/** The wanted device first, bridges last; what several need for the same reason is said once. */
function rowsOf(members: readonly Member[], words: AdviceWords): Row[] {
  const rows = members.flatMap((member, index) => {
    const own = words.members[index]
    return own === undefined ? [] : [{ member, words: own }]
  })
  const rank = ({ member }: { readonly member: Member }): number =>
    ORDER.indexOf(member.role) * 10 + NEEDS.indexOf(member.need)
  const sorted = rows.toSorted((a, b) => rank(a) - rank(b))
  return sorted.map((row, index) => {
    const above = sorted[index - 1]
    const same = above !== undefined && plain(above.words.why) === plain(row.words.why)
    return { ...row, why: same ? [] : row.words.why }
  })
}

const NEEDS: readonly Member['need'][] = ['bind', 'release', 'done', 'nothing', 'leave']

function Asked({ questions }: { questions: readonly Question[] }): ReactNode {
  return (
    questions.length > 0 && (
      <div className="flex flex-col">
        <QuestionList questions={questions} />
      </div>
    )
  )
}

export function Section({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section aria-label={title} className="flex flex-col gap-1.5">
      <h4 className="section-title">{title}</h4>
      {children}
    </section>
  )
}

/** What is said of bridges and how QEMU opens the device depend on the kernel. */
function KernelChoice({ kernel }: { kernel: KernelId }): ReactNode {
  return (
    <div role="group" aria-label="Kernel of the host" className="flex flex-wrap items-center gap-1">
      <span className="text-[11.5px] text-dim">Kernel:</span>
      {KERNELS.filter(({ id }) => recordOf(id).family === 'linux').map(({ id }) => (
        <button
          key={id}
          type="button"
          aria-pressed={id === kernel}
          className={`button min-h-6 px-2 py-0 text-[11.5px] ${id === kernel ? 'border-user font-semibold' : 'bg-transparent text-dim'}`}
          onClick={() => chooseKernel(id)}
        >
          {recordOf(id).title}
          {recordOf(id).interface === 'iommufd' ? ' · iommufd' : ''}
        </button>
      ))}
    </div>
  )
}

function MemberRow(props: {
  member: Member
  need: string
  why: Words
  refused: boolean
  questions: readonly Question[]
}): ReactNode {
  const { member, why, refused, questions } = props
  const { f, need, role } = member
  const mark = NEED_MARK[need]
  return (
    <li className="border-t border-line px-3 py-2 first:border-t-0" data-member={shortBdf(f.bdf)}>
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1">
        {refused ? (
          <span className="tag bg-panel2 text-dim">stays with the host</span>
        ) : (
          <span className={`tag ${mark.chip}`}>
            <span aria-hidden="true">{mark.glyph} </span>
            {props.need}
          </span>
        )}
        <span className="font-mono font-semibold">{shortBdf(f.bdf)}</span>
        <span className="min-w-0 truncate" title={f.name}>
          {shortName(f)}
          {role === 'wanted' && <span className="text-dim"> · the one you want</span>}
        </span>
        <DriverChoice member={member} />
        <Correction member={member} />
      </div>
      {why.length > 0 && (
        <p className="mt-0.5 text-[12px] text-dim">
          <Rich words={why} />
        </p>
      )}
      <QuestionList questions={questions} />
    </li>
  )
}

/** The driver that a function has now: what the listing tells, or what the person says. */
function DriverChoice({ member: { f, unknown } }: { member: Member }): ReactNode {
  const others = f.bridge ? ['pci-stub'] : ['vfio-pci', 'pci-stub', UNKNOWN_DRIVER]
  const drivers = [f.driver ?? '', f.native ?? '', '', ...others]
  return (
    <span className="ml-auto flex items-center gap-1.5">
      <span aria-hidden="true" className="text-[11.5px] text-dim">
        driver now
      </span>
      <select
        aria-label={`Driver of ${shortBdf(f.bdf)} now`}
        className={`min-h-6 max-w-[11rem] rounded-md border bg-panel2 px-1 font-mono text-[11.5px] ${unknown ? 'border-warn text-warn' : 'border-line'}`}
        value={f.driver ?? ''}
        onChange={(event) => tellDriver(f.bdf, event.target.value === '' ? null : event.target.value)}
      >
        {[...new Set(drivers)].map((driver) => (
          <option key={driver} value={driver}>
            {driver === '' ? 'no driver' : driver === UNKNOWN_DRIVER ? '? driver unknown' : driver}
          </option>
        ))}
      </select>
    </span>
  )
}

/** Classes that a person tells apart. */
const CLASSES = [
  ['0300', 'graphics'],
  ['0403', 'sound'],
  ['0200', 'network'],
  ['0108', 'NVMe disk'],
  ['0106', 'SATA controller'],
  ['0c03', 'USB controller'],
  ['0604', 'bridge or port'],
  ['0600', 'host bridge'],
  ['0880', 'other'],
] as const

/** What the listing did not tell of a function, or told wrong. */
function Correction({ member: { f } }: { member: Member }): ReactNode {
  const { bdf } = f
  const group = useOwn((s) => groupIn(s.machine, bdf))
  const code = f.class?.slice(0, 4) ?? ''
  const known = CLASSES.some(([each]) => each === code)
  return (
    <details className="basis-full text-[11.5px] text-dim">
      <summary className="cursor-pointer">Correct {shortBdf(bdf)}</summary>
      <div className="mt-1 flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-1">
          group
          <input
            aria-label={`Group of ${shortBdf(bdf)}`}
            inputMode="numeric"
            className="min-h-6 w-16 rounded-md border border-line bg-panel2 px-1 font-mono"
            defaultValue={group}
            key={group}
            onBlur={(event) => {
              const text = event.target.value.trim()
              if (text === group) return
              if (/^\d{0,6}$/.test(text)) tellGroup(bdf, text === '' ? null : text)
              else {
                event.target.value = group
                store
                  .getState()
                  .toast('bad', `The group of ${shortBdf(bdf)} is a number of at most six digits, or empty for none`)
              }
            }}
            onKeyDown={(event) => {
              if (event.key === 'Enter') event.currentTarget.blur()
            }}
          />
        </label>
        <label className="flex items-center gap-1">
          kind
          <select
            aria-label={`Kind of ${shortBdf(bdf)}`}
            className="min-h-6 rounded-md border border-line bg-panel2 px-1"
            value={known ? code : ''}
            onChange={(event) => event.target.value !== '' && tellClass(bdf, event.target.value)}
          >
            {!known && <option value="">{code === '' ? 'not told' : code}</option>}
            {CLASSES.map(([each, name]) => (
              <option key={each} value={each}>
                {name}
              </option>
            ))}
          </select>
        </label>
      </div>
    </details>
  )
}

function groupIn(machine: Machine | null, bdf: string): string {
  return Object.entries(machine?.groups ?? {}).find(([, bdfs]) => bdfs.includes(bdf))?.[0] ?? ''
}

function Alternative({ alternative }: { alternative: AdviceWords['alternatives'][number] }): ReactNode {
  const { title, words, risky } = alternative
  return (
    <li className={`rounded-xl border p-3 wrap-anywhere ${risky ? 'border-warn bg-warn-bg' : 'border-line bg-panel'}`}>
      <h5 className={`font-semibold ${risky ? 'text-warn' : ''}`}>
        {risky && <span aria-hidden="true">⚠ </span>}
        {title}
      </h5>
      <p className="text-[12.5px]">
        <Rich words={words} />
      </p>
    </li>
  )
}

/** A list of sentences, each behind a mark. */
function Points({ all, mark, tone }: { all: readonly Words[]; mark: string; tone: string }): ReactNode {
  return (
    <ul className="flex flex-col gap-1">
      {all.map((words, index) => (
        <li key={index} className="flex gap-2">
          <span aria-hidden="true" className={tone}>
            {mark}
          </span>
          <Sentence words={words} />
        </li>
      ))}
    </ul>
  )
}

function Sentence({ words }: { words: Words }): ReactNode {
  return (
    <span className="max-w-[86ch]">
      <Rich words={words} />
    </span>
  )
}
