import type { ReactNode } from 'react'
import { describeResult } from '../../explain/index.ts'
import type { DebateAnswer } from '../../scenario/debate/answer.ts'
import { ResultChip } from '../ui/ResultChip.tsx'
import { store } from '../store/store.ts'

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
export function AnswerCell({ cell, before }: { cell: DebateAnswer | null; before: DebateAnswer | null }): ReactNode {
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
