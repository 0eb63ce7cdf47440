import { Pause, Table2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { TABLE, type TableQuestion } from '../../explore/table.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { useMedia } from '../ui/useMedia.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { store } from '../store/store.ts'
import {
  ask,
  askTable,
  asking,
  cellKey,
  isNever,
  requestNow,
  setGoal,
  set,
  stopTable,
  useAsking,
  type Cell,
} from './ask.ts'
import { Choice } from '../ui/Choice.tsx'
import { count } from '../ui/numbers.ts'
import { scenarioOf } from './runs.ts'
import { ColumnHead } from '../ui/ColumnHead.tsx'

/** One question, or those of the documented table, under every kernel: cells fill in as they are found. */
export function Policies(): ReactNode {
  const [which, setWhich] = useState<'this' | 'all'>('this')
  const questions = useAsking((s) => s.questions)
  const cells = useAsking((s) => s.cells)
  const due = useAsking((s) => s.due)
  const narrow = useMedia('(max-width: 899px)')
  const goal = useAsking((s) => s.goal)
  const total = questions.length * KERNELS.length
  // Answers to another question never stand below the one that is asked.
  const isOld = questions.some(({ id, request }) => id === 'this' && request.goal !== goal)
  const begin = (): void => askTable(which === 'all' ? TABLE : [thisQuestion()])
  return (
    <section aria-labelledby="policies" className="rounded-xl border border-line bg-panel" data-testid="policies">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3 p-4">
        <div className="min-w-0 flex-1 basis-72">
          <h3 id="policies" className="text-[15px] font-semibold">
            Under every kernel and proposal
          </h3>
          <p className="max-w-[95ch] text-dim">
            {which === 'this'
              ? 'The question above, each kernel freshly booted. A cell opens its run.'
              : 'A card with two functions in one group, and two processes: what users can do alone, and what comes about when the administrator makes mistakes.'}
          </p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          <Choice
            label="Which questions"
            value={which}
            onChange={setWhich}
            options={[
              ['this', 'This question'],
              ['all', `All ${TABLE.length} questions`],
            ]}
          />
          {due.length > 0 ? (
            <button type="button" className="button min-h-9" onClick={stopTable}>
              <Pause size={14} /> Stop
            </button>
          ) : (
            <button type="button" className="button min-h-9" onClick={begin}>
              <Table2 size={14} /> Ask every kernel
            </button>
          )}
        </div>
      </div>
      {questions.length > 0 && !isOld && (
        <>
          {narrow ? <Blocks questions={questions} cells={cells} /> : <Grid questions={questions} cells={cells} />}
          <p role="status" className="px-4 py-2.5 text-[12px] text-dim" data-testid="table-status">
            {due.length > 0 ? `${total - due.length} of ${total} searches done …` : `${cells.size} searches done.`}
            {questions.length > 1 &&
              ' Nothing is mapped in them, and Linux 6.12 · iommufd is asked without containers.'}
          </p>
        </>
      )}
    </section>
  )
}

/** The question of the page; from boot, because the steps of a scenario are one kernel's own. */
function thisQuestion(): TableQuestion {
  const request = requestNow()
  return { id: 'this', title: request.goal, request: { ...request, from: 'boot' } }
}

function Grid({
  questions,
  cells,
}: {
  questions: readonly TableQuestion[]
  cells: ReadonlyMap<string, Cell>
}): ReactNode {
  return (
    <div className="overflow-x-auto" role="region" aria-label="Table of answers" tabIndex={0}>
      <table className="w-full min-w-[1060px] table-fixed border-separate border-spacing-0 text-left">
        <caption className="sr-only">Questions down, kernels and proposals across</caption>
        <thead>
          <tr>
            <th scope="col" className="w-[210px] border-y border-line bg-panel2 px-4 py-2 text-[12px] font-semibold">
              Question
            </th>
            {KERNELS.map(({ id }) => {
              const { title: name, about } = recordOf(id)
              return <ColumnHead key={id} name={name} about={about} className="border-y bg-panel2" />
            })}
          </tr>
        </thead>
        <tbody>
          {questions.map((question) => (
            <tr key={question.id}>
              <th scope="row" className="border-b border-line px-4 py-2 align-top text-[12.5px] font-normal">
                <Heading question={question} />
              </th>
              {KERNELS.map(({ id }) => (
                <td key={id} className="border-b border-l border-line p-1 align-top">
                  <CellView question={question} kernel={id} cell={cells.get(cellKey(question, id))} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** On a narrow screen each question stands above its answers. */
function Blocks({
  questions,
  cells,
}: {
  questions: readonly TableQuestion[]
  cells: ReadonlyMap<string, Cell>
}): ReactNode {
  return questions.map((question) => (
    <section key={question.id} className="border-t border-line p-4" aria-label={question.title}>
      <Heading question={question} />
      <ul className="mt-2 grid grid-cols-2 gap-1.5">
        {KERNELS.map(({ id }) => (
          <li key={id} className="min-w-0">
            <span className="block truncate px-1.5 text-[11.5px] text-dim">
              {recordOf(id).title} · {recordOf(id).about}
            </span>
            <CellView question={question} kernel={id} cell={cells.get(cellKey(question, id))} />
          </li>
        ))}
      </ul>
    </section>
  ))
}

function Heading({ question: { title, request } }: { question: TableQuestion }): ReactNode {
  return (
    <>
      {title !== request.goal && <span className="block">{title}</span>}
      <span className="block font-mono text-[11.5px] break-words text-dim">{request.goal}</span>
    </>
  )
}

/** What one search came to. */
function CellView(props: { question: TableQuestion; kernel: KernelId; cell: Cell | undefined }): ReactNode {
  const { question, kernel, cell } = props
  if (cell === undefined) return <p className="px-1.5 py-1 text-[12px] text-faint">not asked yet</p>
  const { status, result, progress, fault, request } = cell
  if (status === 'fault') return <p className="px-1.5 py-1 text-[12px] text-dim">{fault?.words ?? 'cannot be asked'}</p>
  if (result === null) {
    return <p className="px-1.5 py-1 text-[12px] text-dim">… {count(progress?.states ?? 0)} states</p>
  }
  const never = isNever(request.goal)
  const { path } = result
  const words =
    result.verdict === 'limit'
      ? { glyph: '…', text: 'not decided', look: 'text-warn' }
      : path === null
        ? { glyph: never ? '✓' : '∅', text: never ? 'never' : 'impossible', look: never ? 'text-ok' : 'text-ink' }
        : {
            glyph: never ? '✗' : '➜',
            text: path.length === 1 ? '1 operation' : `${path.length} operations`,
            look: never ? 'text-bad' : 'text-user',
          }
  const open = (): void => {
    if (path !== null) store.getState().open(scenarioOf(request, result.before, path))
    else askHere(cell)
  }
  return (
    <button
      type="button"
      className="grid w-full gap-0.5 rounded-lg border border-transparent px-1.5 py-1 text-left hover:border-line2 hover:bg-panel2"
      title={path === null ? 'Take this question over to the top' : 'Open this run'}
      data-cell={`${question.id} ${kernel}`}
      onClick={open}
    >
      <span className={`text-[12.5px] font-semibold ${words.look}`}>
        <span aria-hidden="true">{words.glyph} </span>
        {words.text}
      </span>
      <span className="text-[11.5px] text-dim">
        {result.verdict === 'impossible' ? 'all ' : ''}
        {count(result.states)} states
      </span>
    </button>
  )
}

/** Puts a cell's question on top of the page, where there is more to see of its answer. */
function askHere({ request }: Cell): void {
  store.getState().open(request.scenario)
  store.getState().show('explore')
  const { settings } = asking.getState()
  setGoal(request.goal)
  set({ from: request.from, options: request.options ?? {}, limits: request.limits ?? settings.limits })
  ask({ ...requestNow() })
  document.querySelector('[data-testid="explore"]')?.scrollTo({ top: 0 })
}
