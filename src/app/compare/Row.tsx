import { ChevronRight } from 'lucide-react'
import type { KeyboardEvent, ReactNode } from 'react'
import { NOT_ASKED } from '../../explain/differences.ts'
import { describeOp, describeResult } from '../../explain/index.ts'
import {
  scenarioAt,
  type Cell,
  type Column,
  type Comparison,
  type Difference,
  type Row,
} from '../../scenario/compare/compare.ts'
import { RESULT_CHIP, RESULT_TEXT } from '../ui/tones.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { store, useApp } from '../store/store.ts'
import { Details } from './Details.tsx'
import { Changes } from './Changes.tsx'

interface RowProps {
  readonly comparison: Comparison
  readonly row: number
  readonly entry: Row
  readonly narrow: boolean
  readonly open: boolean
  readonly onToggle: () => void
}

/** An operation, and what each kernel answered; opens to what the answers did. */
export function RowOf({ comparison, row, entry, narrow, open, onToggle }: RowProps): ReactNode {
  const { columns } = comparison
  const stands = entry.difference !== null && entry.difference !== 'interface'
  const ground = stands ? 'bg-panel2' : 'bg-bg'
  const telling = disagreeOnIsolation(columns, row) || disagreeOnIsolation(columns, row - 1)
  const edge = stands ? 'shadow-[inset_3px_0_0_var(--ink)]' : ''
  const cells = entry.cells.map((cell, place) => {
    const column = columns[place]
    return (
      column !== undefined && (
        <td
          key={column.kernel.id}
          className={`border-b border-l border-line align-top ${ground} ${narrow ? 'px-1 py-1' : 'px-2 py-1.5'} ${narrow && place === 0 ? edge : ''}`}
        >
          <Answer column={column} cell={cell} row={row} place={place} difference={entry.difference} telling={telling} />
        </td>
      )
    )
  })
  const head = (
    <OperationHead comparison={comparison} row={row} entry={entry} open={open} onToggle={onToggle} narrow={narrow} />
  )
  return (
    <>
      {narrow ? (
        <>
          <tr>
            <th scope="rowgroup" colSpan={columns.length} className={`border-line p-0 font-normal ${ground} ${edge}`}>
              <div className="sticky left-0 w-[100cqw] px-3 pt-2 pb-1">{head}</div>
            </th>
          </tr>
          <tr>{cells}</tr>
        </>
      ) : (
        <tr>
          <th
            scope="row"
            className={`sticky left-0 z-[5] border-b border-line py-1.5 pr-2 pl-2 align-top font-normal xl:pl-6 ${ground} ${edge}`}
          >
            {head}
          </th>
          {cells}
        </tr>
      )}
      {open && (
        <tr>
          <td colSpan={columns.length + (narrow ? 0 : 1)} className="border-b border-line bg-panel p-0">
            <div id={`compare-details-${row}`} className="sticky left-0 w-[100cqw] px-3 py-3 sm:px-6 sm:py-4">
              <Details comparison={comparison} row={row} />
            </div>
          </td>
        </tr>
      )}
    </>
  )
}

const MARKS: Readonly<Record<Difference, { readonly glyph: string; readonly words: string; readonly look: string }>> = {
  answers: { glyph: '≠', words: 'answers differ', look: 'bg-user-bg text-user' },
  isolation: { glyph: '≠', words: 'isolation differs', look: 'bg-warn-bg text-warn' },
  interface: { glyph: '⊘', words: 'not everywhere', look: 'bg-panel2 text-dim' },
}

/** The operation as a call and in words, with what there is to say about its answers. */
function OperationHead({ comparison, row, entry, open, onToggle }: RowProps): ReactNode {
  const world = useApp((s) => s.run.world)
  const here = useApp((s) => s.doc.scenario.cursor === row + 1)
  const earlier = comparison.rows.slice(0, row).map(({ op }) => op)
  const { call, words } = describeOp(world, entry.op, earlier)
  const mark = entry.difference === null ? null : MARKS[entry.difference]
  const translated = entry.cells.some(({ translation }) => translation.kind !== 'same')
  const toggle = (text?: string): ReactNode => (
    <button
      type="button"
      aria-expanded={open}
      aria-controls={open ? `compare-details-${row}` : undefined}
      className="inline-flex min-h-6 min-w-6 items-center justify-center gap-0.5 rounded px-1 text-[11.5px] text-dim hover:text-ink"
      title={text === undefined ? 'What each kernel was asked' : undefined}
      onClick={onToggle}
    >
      <ChevronRight size={13} className={open ? 'rotate-90' : ''} aria-hidden="true" />
      {text ?? <span className="sr-only">What was asked</span>}
      <span className="sr-only"> at step {row + 1}</span>
    </button>
  )
  return (
    <div className="flex items-start gap-2">
      <span
        className={`w-6 flex-none pt-px text-right font-mono text-[12px] ${here ? 'font-bold text-user' : 'text-faint'}`}
        title={here ? 'The run stands here' : undefined}
      >
        {row + 1}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block font-mono text-[12px] leading-[1.45] break-words">{call}</span>
        <span className="block text-[12px] leading-[1.4] text-dim">{words}</span>
        {mark !== null && (
          <span className="mt-1 flex flex-wrap items-center gap-1.5">
            <span className={`tag ${mark.look}`}>
              <span aria-hidden="true">{mark.glyph} </span>
              {mark.words}
            </span>
            {toggle(entry.difference === 'interface' ? 'What was asked' : 'What changed')}
          </span>
        )}
      </span>
      {mark === null && translated && toggle()}
    </div>
  )
}

/** A kernel's answer; it opens the kernel's run there. */
function Answer(props: {
  column: Column
  cell: Cell
  row: number
  place: number
  difference: Difference | null
  /** The kernels do not agree on who is isolated. */
  telling: boolean
}): ReactNode {
  const { column, cell, row, place, difference, telling } = props
  const { translation, result, dead } = cell
  if (result === undefined || dead || 'why' in translation) {
    const said = NOT_ASKED[dead ? 'dead' : 'why' in translation ? translation.why : 'object']
    return (
      <span className="block px-1.5 py-1 text-[11.5px] text-faint" title={said.words}>
        <span aria-hidden="true">{said.glyph} </span>
        {said.word}
      </span>
    )
  }
  const { glyph, word, tone } = describeResult(result)
  const { title: name } = recordOf(column.kernel.id)
  const calls = column.run.steps.slice(cell.from, cell.to).map(({ op }) => describeOp(column.run.world, op).call)
  return (
    <button
      type="button"
      data-cell={`${row},${place}`}
      className="block w-full rounded-md px-1.5 py-1 text-left hover:bg-line focus-visible:bg-line"
      title={`Open ${name} at this step`}
      onKeyDown={moveFocus}
      onClick={() => store.getState().open(scenarioAt(store.getState().doc.scenario, column, row))}
    >
      <span
        className={
          difference === 'answers'
            ? `${RESULT_CHIP[tone]} whitespace-normal!`
            : `font-mono text-[11.5px] ${RESULT_TEXT[tone]}`
        }
      >
        {glyph} {word}
      </span>
      {cell.completes.length > 0 && (
        <span className="mt-0.5 block text-[11px] text-warn">
          releases {cell.completes.map((done) => done.row + 1).join(', ')}
        </span>
      )}
      {translation.kind === 'translated' && (
        <span className="mt-0.5 block text-[11px] leading-snug text-dim" title={calls.join('\n')}>
          ⇄ asked as {calls.length === 1 ? shortCall(calls[0] ?? '') : `${calls.length} calls`}
        </span>
      )}
      {telling && <Changes column={column} row={row} />}
      <span className="sr-only">
        , {name}, open step {row + 1}
      </span>
    </button>
  )
}

/** The part of a call that says what it is: the request, or what is opened. */
function shortCall(call: string): string {
  const words = call.split(' ')
  if (words[0] === 'ioctl') return (words[2] ?? call).replace(/^(VFIO|IOMMU)_(GROUP_|DEVICE_)?/, '')
  return words.slice(words[1] === '=' ? 2 : 0).join(' ')
}

/** Whether the kernels judge some group differently after a row. */
function disagreeOnIsolation(columns: readonly Column[], row: number): boolean {
  const verdicts = columns.map(({ standings, atBoot }) =>
    (standings[row] ?? atBoot).map(({ verdict }) => verdict).join(),
  )
  return new Set(verdicts).size > 1
}

/** Arrow keys go from answer to answer, past cells that hold none. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const direction = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key]
  const from = event.currentTarget.dataset['cell']
  if (direction === undefined || from === undefined) return
  event.preventDefault()
  const [row = 0, place = 0] = from.split(',').map(Number)
  const [down = 0, right = 0] = direction
  const table = event.currentTarget.closest('table')
  const cells = [...(table?.querySelectorAll<HTMLElement>('[data-cell]') ?? [])].map((element) => {
    const [r = 0, p = 0] = (element.dataset['cell'] ?? '').split(',').map(Number)
    return { element, r, p }
  })
  const ahead = cells.filter(({ r, p }) =>
    right === 0 ? p === place && (r - row) * down > 0 : r === row && (p - place) * right > 0,
  )
  const next = down + right > 0 ? ahead[0] : ahead.at(-1)
  next?.element.focus()
}
