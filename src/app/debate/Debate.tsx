import { Check } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { DEBATE_QUESTIONS } from '../../scenario/debate/index.ts'
import { sameAnswer } from '../../scenario/debate/answer.ts'
import type { PolicyOptions } from '../../sim/machine.ts'
import { ScrollRegion } from '../ui/ScrollRegion.tsx'
import { Terms } from '../ui/Terms.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { COLUMNS, useAnswers } from './answers.ts'
import { ColumnToggles } from './ColumnToggles.tsx'
import { QuestionTable } from './QuestionTable.tsx'
import { OpenPoints } from './OpenPoints.tsx'
import { QuestionBlocks } from './QuestionBlocks.tsx'
import { FIRST } from './columns.ts'
import type { AnsweredRow } from './rows.ts'

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
        {set > 0 && <Changes count={changes} only={onlyChanged} onOnly={setOnlyChanged} />}
        <p className="mt-2 text-[12px] text-dim" role="status" data-testid="answered">
          {all.length < DEBATE_QUESTIONS.length
            ? `${all.length} of ${DEBATE_QUESTIONS.length} questions run so far …`
            : `${all.length} questions, each run under ${COLUMNS.length} columns`}
        </p>
      </div>
      {narrow ? <QuestionBlocks rows={rows} columns={columns} /> : <QuestionTable rows={rows} columns={columns} />}
    </ScrollRegion>
  )
}

/** How many answers change by what was chosen, and a switch to see only those. */
function Changes(props: { count: number; only: boolean; onOnly: (only: boolean) => void }): ReactNode {
  const { count, only, onOnly } = props
  return (
    <div className="mt-2.5 flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <p className="text-user" role="status" data-testid="changes">
        {count === 0
          ? 'No answer shown changes.'
          : `${count} ${count === 1 ? 'answer changes' : 'answers change'} against the default.`}
      </p>
      <button
        type="button"
        role="switch"
        aria-checked={only}
        className={`button min-h-7 px-2.5 py-0.5 text-[12px] ${only ? 'border-user! bg-user-bg! text-user!' : ''}`}
        onClick={() => onOnly(!only)}
      >
        {only && <Check size={13} />}
        Only questions that change
      </button>
    </div>
  )
}

/** What was chosen last, as long as the page is open: a cell opens its run, and going back finds the choices again. */
const kept: { policy: PolicyOptions } = { policy: {} }

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
