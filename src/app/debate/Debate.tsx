import { Check, ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { describeResult } from '../../explain/index.ts'
import { policyOptionsOf } from '../../explain/ioasid-open-points.ts'
import { mailWords } from '../../explain/mails.ts'
import { shortBdf } from '../../explain/words.ts'
import type { ColumnId, DebateColumn, DebateQuestion } from '../../scenario/debate/define.ts'
import { CHAPTERS } from '../../scenario/debate/define.ts'
import { DEBATE_QUESTIONS } from '../../scenario/debate/index.ts'
import {
  differencesOf,
  DEBATE_OPTIONS,
  sameAnswer,
  type DebateAnswer,
  type DebateRow,
} from '../../scenario/debate/answer.ts'
import { basisWords } from '../../scenario/debate/words.ts'
import type { PolicyOptions } from '../../sim/machine.ts'
import { PolicySwitches } from '../boot/PolicySwitches.tsx'
import { ResultChip } from '../ui/ResultChip.tsx'
import { ScrollRegion } from '../ui/ScrollRegion.tsx'
import { Terms } from '../ui/Terms.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { store } from '../store/store.ts'
import { COLUMNS, useAnswers } from './answers.ts'
import { ColumnHead } from '../ui/ColumnHead.tsx'

/** Columns that are shown at first: what was proposed, what was there before, and what came of it. */
const FIRST: readonly ColumnId[] = ['linux-5.10', 'linux-6.1', 'linux-6.12-iommufd', 'ioasid-t', 'ioasid-g', 'ioasid-w']

function titleOf({ id, kernel }: DebateColumn): { readonly name: string; readonly about: string } {
  return id === 'ioasid-w-lockstep'
    ? { name: 'Proposal W', about: 'lockstep reading' }
    : { name: recordOf(kernel).title, about: recordOf(kernel).about }
}

/** The questions of the debate, and what each kernel and proposal answers when it is run. */
export function Debate(): ReactNode {
  const [policy, setPolicy] = useState(kept.policy)
  const [onlyChanged, setOnlyChanged] = useState(false)
  const { rows: all, byDefault } = useAnswers(policy)
  const [chosen, setChosen] = useState<readonly string[]>(FIRST)
  const narrow = useMedia('(max-width: 899px)')
  const columns = COLUMNS.map((column, at) => ({ column, at })).filter(({ column }) => chosen.includes(column.id))
  const answers = all.map((row, index): AnsweredRow => {
    const before = byDefault[index]?.cells ?? []
    return {
      row,
      before: row.cells.map((cell, at) => (sameAnswer(cell, before[at] ?? null) ? null : (before[at] ?? null))),
    }
  })
  const changes = answers.flatMap(({ before }) => columns.filter(({ at }) => (before[at] ?? null) !== null)).length
  const set = Object.keys(policy).length
  const rows = answers.filter(
    ({ before }) => !onlyChanged || set === 0 || columns.some(({ at }) => (before[at] ?? null) !== null),
  )
  return (
    <ScrollRegion label="The debate" testId="debate" className="h-full overflow-auto [container-type:inline-size]">
      <div className="sticky left-0 w-[100cqw] px-4 pt-4 pb-3 sm:px-6 sm:pt-5">
        <h2 className="text-[18px] font-semibold">The debate, question by question</h2>
        <p className="max-w-[95ch] text-dim">
          In June 2021 the authors of a new interface walked through concrete situations and came to different answers.
          Here each question is run, under the three proposals and under real kernels. Every cell is a replay and opens
          it: the answer, who refuses, what the IOMMU does with each device’s DMA, and whether the group is isolated.
        </p>
        <ColumnToggles chosen={chosen} onChange={setChosen} />
        <OpenPoints
          policy={policy}
          onChange={(next) => {
            kept.policy = next
            setPolicy(next)
          }}
        />
        <Legend />
        {set > 0 && (
          <div className="mt-2.5 flex flex-wrap items-center gap-x-3 gap-y-1.5">
            <p className="text-user" role="status" data-testid="changes">
              {changes === 0
                ? 'No answer shown changes.'
                : `${changes} ${changes === 1 ? 'answer changes' : 'answers change'} against the default.`}
            </p>
            <button
              type="button"
              role="switch"
              aria-checked={onlyChanged}
              className={`button min-h-7 px-2.5 py-0.5 text-[12px] ${onlyChanged ? 'border-user! bg-user-bg! text-user!' : ''}`}
              onClick={() => setOnlyChanged(!onlyChanged)}
            >
              {onlyChanged && <Check size={13} />}
              Only questions that change
            </button>
          </div>
        )}
        <p className="mt-2 text-[12px] text-dim" role="status" data-testid="answered">
          {all.length < DEBATE_QUESTIONS.length
            ? `${all.length} of ${DEBATE_QUESTIONS.length} questions run so far …`
            : `${all.length} questions, each run under ${COLUMNS.length} columns`}
        </p>
      </div>
      {narrow ? <Blocks rows={rows} columns={columns} /> : <Table rows={rows} columns={columns} />}
    </ScrollRegion>
  )
}

/** What was chosen last, as long as the page is open: a cell opens its run, and going back finds the choices again. */
const kept: { policy: PolicyOptions } = { policy: {} }

/** A row, and for each of its cells what stands there by default if that is another answer. */
interface AnsweredRow {
  readonly row: DebateRow
  readonly before: readonly (DebateAnswer | null)[]
}

/** What the proposals left open, to be chosen for all questions at once. */
function OpenPoints(props: { policy: PolicyOptions; onChange: (policy: PolicyOptions) => void }): ReactNode {
  const { policy, onChange } = props
  const set = Object.keys(policy).length
  return (
    <details className="mt-2.5 max-w-[1080px] rounded-lg border border-line bg-panel" data-testid="open-points">
      <summary className="cursor-pointer px-3 py-1.5 font-semibold">
        What the mails leave open{' '}
        <span className="font-normal text-dim">
          · {set === 0 ? 'as documented by default' : `${set} chosen otherwise`}
        </span>
      </summary>
      <div className="grid gap-2 border-t border-line p-3">
        <p className="text-dim">
          Choose otherwise, and every question is run again. What changes is marked, with the default beside it.
        </p>
        <PolicySwitches options={DEBATE_OPTIONS} policy={policy} onChange={onChange} about={columnsOf} wide />
        {set > 0 && (
          <button type="button" className="button justify-self-start" onClick={() => onChange({})}>
            All as by default
          </button>
        )}
      </div>
    </details>
  )
}

/** The columns that look at an option. */
function columnsOf(option: keyof PolicyOptions): string {
  const names = COLUMNS.filter(({ kernel, policy }) => policyOptionsOf(kernel, policy).includes(option)).map(
    (column) => (column.policy?.lockstep === true ? 'lockstep' : titleOf(column).name.replace('Proposal ', '')),
  )
  return `for ${names.join(', ')}`
}

interface Placed {
  readonly column: DebateColumn
  /** Its place among all columns. */
  readonly at: number
}

function ColumnToggles(props: { chosen: readonly string[]; onChange: (chosen: readonly string[]) => void }): ReactNode {
  const { chosen, onChange } = props
  return (
    <div role="group" aria-label="Columns" className="mt-3 flex flex-wrap gap-1.5">
      {COLUMNS.map((column) => {
        const on = chosen.includes(column.id)
        const { name, about } = titleOf(column)
        const twin = COLUMNS.some((other) => other !== column && titleOf(other).name === name)
        return (
          <button
            key={column.id}
            type="button"
            aria-pressed={on}
            className={`button min-h-7 px-2.5 py-0.5 text-[12px] ${on ? 'border-line2 font-semibold' : 'bg-transparent text-dim'}`}
            onClick={() => onChange(on ? chosen.filter((id) => id !== column.id) : [...chosen, column.id])}
          >
            {on && <Check size={13} className="text-ok" aria-hidden="true" />}
            <span>
              {name}
              <span className={twin ? '' : 'sr-only sm:not-sr-only'}> · {about}</span>
            </span>
          </button>
        )
      })}
    </div>
  )
}

function Legend(): ReactNode {
  const entries = [
    ['dd', 'default domain of the host'],
    ['id', 'default domain that does not translate (iommu=pt)'],
    ['block', 'the IOMMU stops the DMA'],
    ['A, B, c', 'an address space or container of that name'],
    ['dd?A', 'what the hardware does ? what the kernel believes'],
  ] as const
  return (
    <Terms
      items={entries}
      className="mt-2.5 flex flex-wrap gap-x-4 gap-y-1 text-[12px]"
      pair="flex gap-1.5"
      name="font-mono font-semibold"
      value="text-dim"
    />
  )
}

function Table({ rows, columns }: { rows: readonly AnsweredRow[]; columns: readonly Placed[] }): ReactNode {
  return (
    <table
      className="w-full table-fixed border-separate border-spacing-0 text-left"
      style={{ minWidth: 250 + columns.length * 128 }}
    >
      <caption className="sr-only">Questions of the debate down, kernels and proposals across</caption>
      <thead>
        <tr>
          <th
            scope="col"
            className="sticky top-0 left-0 z-20 w-[250px] border-b border-line bg-panel py-2 pr-3 pl-6 text-[12px] font-semibold"
          >
            Question
          </th>
          {columns.map(({ column }) => {
            const { name, about } = titleOf(column)
            const look = 'sticky top-0 z-10 border-b bg-panel whitespace-nowrap'
            return <ColumnHead key={column.id} name={name} about={about} className={look} />
          })}
        </tr>
      </thead>
      {byChapter(rows).map(({ chapter, own }) => {
        return (
          <tbody key={chapter}>
            <tr>
              <th
                scope="rowgroup"
                colSpan={columns.length + 1}
                className="border-b border-line bg-panel2 p-0 font-normal"
              >
                <span className="section-title sticky left-0 inline-block py-1.5 pr-3 pl-6 text-dim!">{chapter}</span>
              </th>
            </tr>
            {own.map((answered) => (
              <TableRow key={answered.row.question.id} answered={answered} columns={columns} />
            ))}
          </tbody>
        )
      })}
    </table>
  )
}

function TableRow({ answered, columns }: { answered: AnsweredRow; columns: readonly Placed[] }): ReactNode {
  const [open, setOpen] = useState(false)
  const { row, before } = answered
  const { question, cells } = row
  return (
    <>
      <tr>
        <th
          scope="row"
          className="sticky left-0 z-[5] border-b border-line bg-bg py-1.5 pr-2 pl-6 align-top font-normal"
        >
          <Heading question={question} open={open} onToggle={() => setOpen(!open)} />
        </th>
        {columns.map(({ column, at }) => (
          <td key={column.id} className="border-b border-l border-line px-1.5 py-1.5 align-top">
            <Answer cell={cells[at] ?? null} before={before[at] ?? null} />
          </td>
        ))}
      </tr>
      {open && (
        <tr>
          <td colSpan={columns.length + 1} className="border-b border-line bg-panel p-0">
            <div className="sticky left-0 w-[100cqw] px-6 py-4">
              <Sources row={row} columns={columns} />
            </div>
          </td>
        </tr>
      )}
    </>
  )
}

/** Chapters with their questions, without those that have none. */
function byChapter(rows: readonly AnsweredRow[]): readonly { chapter: string; own: readonly AnsweredRow[] }[] {
  return CHAPTERS.map((chapter) => ({
    chapter,
    own: rows.filter(({ row }) => row.question.chapter === chapter),
  })).filter(({ own }) => own.length > 0)
}

/** On a narrow screen each question stands above its answers. */
function Blocks({ rows, columns }: { rows: readonly AnsweredRow[]; columns: readonly Placed[] }): ReactNode {
  return byChapter(rows).map(({ chapter, own }) => {
    return (
      <section key={chapter} className="px-4 pb-4 sm:px-6">
        <h3 className="section-title mb-1.5">{chapter}</h3>
        <div className="grid gap-3">
          {own.map((answered) => (
            <Block key={answered.row.question.id} answered={answered} columns={columns} />
          ))}
        </div>
      </section>
    )
  })
}

function Block({ answered, columns }: { answered: AnsweredRow; columns: readonly Placed[] }): ReactNode {
  const [open, setOpen] = useState(false)
  const { row, before } = answered
  return (
    <section className="rounded-xl border border-line bg-panel p-3" aria-label={`Question ${row.question.id}`}>
      <Heading question={row.question} open={open} onToggle={() => setOpen(!open)} />
      <ul className="mt-2 grid grid-cols-2 gap-1.5 sm:grid-cols-3">
        {columns.map(({ column, at }) => (
          <li key={column.id} className="min-w-0">
            <span className="block truncate text-[11.5px] text-dim">
              {titleOf(column).name} · {titleOf(column).about}
            </span>
            <Answer cell={row.cells[at] ?? null} before={before[at] ?? null} />
          </li>
        ))}
      </ul>
      {open && (
        <div className="mt-3 border-t border-line pt-3">
          <Sources row={row} columns={columns} />
        </div>
      )}
    </section>
  )
}

function Heading(props: { question: DebateQuestion; open: boolean; onToggle: () => void }): ReactNode {
  const { question, open, onToggle } = props
  const walk = /^\d/.test(question.id)
  return (
    <button
      type="button"
      aria-expanded={open}
      className="flex w-full items-start gap-1.5 rounded-md text-left hover:text-user"
      title="The question, and where the answers come from"
      onClick={onToggle}
    >
      <ChevronRight size={14} className={`mt-0.5 flex-none text-dim ${open ? 'rotate-90' : ''}`} aria-hidden="true" />
      <span className="min-w-0">
        {walk && <span className="mr-1.5 font-mono text-[12.5px] font-bold">{question.id}</span>}
        <span className="text-[12.5px]">{question.title}</span>
      </span>
    </button>
  )
}

const VERDICTS = {
  isolated: { glyph: '✓', words: 'isolated', look: 'text-ok' },
  'not-isolated': { glyph: '✗', words: 'not isolated', look: 'text-bad' },
  host: { glyph: '◌', words: 'host’s own', look: 'text-host' },
} as const

/** Whether the run agrees with what was said, and with whom; null where nobody said anything. */
function agreementWords({ said, agreement }: DebateAnswer): { glyph: string; words: string; look: string } | null {
  if (said === null || agreement === 'silent') return null
  const { basis } = said
  const who =
    basis.kind === 'mail'
      ? `as ${basis.mail.author} said`
      : basis.kind === 'open'
        ? `as settled, the mails are silent (${basis.point})`
        : 'as its source says'
  return agreement === 'agrees'
    ? { glyph: '=', words: who, look: 'text-dim' }
    : { glyph: '≠', words: `not ${who}`, look: 'text-warn font-semibold' }
}

/** The answer that a replay gave; opens it at the call that decided. `before`: what it is by default, if that is other. */
function Answer({ cell, before }: { cell: DebateAnswer | null; before: DebateAnswer | null }): ReactNode {
  if (cell === null) {
    return (
      <p
        className="px-1.5 py-1 text-[12px] text-dim"
        title="This interface has no way to ask that, or the question does not come up"
      >
        cannot be asked
      </p>
    )
  }
  const { decisive, refuser, devices, verdict, exposedMeanwhile, scenario } = cell
  const result = decisive === null ? null : describeResult(decisive.result)
  const judged = VERDICTS[verdict]
  const agreed = agreementWords(cell)
  return (
    <button
      type="button"
      className={`grid w-full justify-items-start gap-1 rounded-lg border px-1.5 py-1 text-left hover:border-line2 hover:bg-panel2 ${before === null ? 'border-transparent' : 'border-user bg-user-bg/40'}`}
      title="Open this run"
      data-cell={`${cell.question.id} ${cell.column.id}`}
      onClick={() =>
        store.getState().open({ ...scenario, cursor: decisive === null ? scenario.ops.length : decisive.step + 1 })
      }
    >
      {result === null ? (
        <span className="text-[12px] text-dim">how it stands</span>
      ) : (
        <span className="flex flex-wrap items-center gap-1">
          <ResultChip result={result} />
          {refuser !== null && <span className="text-[11.5px] text-dim">by {refuser.layer}</span>}
        </span>
      )}
      <span className="font-mono text-[11.5px] break-words">
        {devices.map(({ word, belief }) => (belief === null ? word : `${word}?${belief}`)).join(', ')}
      </span>
      <span className={`text-[11.5px] ${judged.look}`}>
        <span aria-hidden="true">{judged.glyph} </span>
        {judged.words}
      </span>
      {exposedMeanwhile && <span className="text-[11.5px] text-bad">✗ open for a moment</span>}
      {before !== null && <Default cell={before} />}
      {before === null && agreed !== null && (
        <span className={`text-[11px] ${agreed.look}`}>
          <span aria-hidden="true">{agreed.glyph} </span>
          {agreed.words}
        </span>
      )}
    </button>
  )
}

/** The default answer beside a changed one, in a few words. */
function Default({ cell }: { cell: DebateAnswer }): ReactNode {
  const { decisive, devices, verdict, exposedMeanwhile } = cell
  const result = decisive === null ? null : describeResult(decisive.result)
  const words = [
    ...(result === null ? [] : [`${result.glyph} ${result.word}`]),
    devices.map(({ word, belief }) => (belief === null ? word : `${word}?${belief}`)).join(', '),
    VERDICTS[verdict].words,
    ...(exposedMeanwhile ? ['open for a moment'] : []),
  ]
  return (
    <span className="text-[11px] text-user">
      <b>changed</b>, by default {words.join(' · ')}
    </span>
  )
}

const PARTS = { result: 'the answer', by: 'who refuses', contexts: 'the contexts', access: 'who has access' } as const

/** The question in words, and where the answers come from. */
function Sources({ row, columns }: { row: DebateRow; columns: readonly Placed[] }): ReactNode {
  const { question, cells } = row
  return (
    <div className="grid gap-3 text-[13px]">
      <p className="max-w-[95ch]">{question.question}</p>
      <p className="text-dim">
        Asked by {mailWords(question.mail)} (message <span className="font-mono">{question.mail.message}</span>).{' '}
        {question.devices.map(({ label, bdf }) => `${label} is ${shortBdf(bdf)}`).join(', ')}.
      </p>
      <dl className="grid gap-2">
        {columns.map(({ column, at }) => {
          const cell = cells[at] ?? null
          const { name, about } = titleOf(column)
          const differences = cell === null ? [] : differencesOf(cell)
          return (
            <div key={column.id} className="grid gap-x-3 sm:grid-cols-[220px_minmax(0,1fr)]">
              <dt className="font-semibold">
                {name} <span className="font-normal text-dim">· {about}</span>
              </dt>
              <dd className="max-w-[95ch] text-dim">
                {cell === null
                  ? 'There is no way to ask this here.'
                  : cell.said === null
                    ? 'Nobody said what happens; the run tells.'
                    : basisWords(cell.said.basis)}
                {differences.length > 0 && (
                  <span className="text-warn">
                    {' '}
                    The run differs in {differences.map((part) => PARTS[part]).join(', ')}.
                  </span>
                )}
              </dd>
            </div>
          )
        })}
      </dl>
    </div>
  )
}
