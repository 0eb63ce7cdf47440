import type { ReactNode } from 'react'
import type { Advice } from '../../adviser/advice.ts'
import { evidenceWords, stateWords } from '../../adviser/evidence-words.ts'
import type { AdviceWords } from '../../adviser/words.ts'
import { Command } from '../ui/CopyButton.tsx'
import { Fold } from '../ui/Fold.tsx'
import { Rich } from '../ui/Rich.tsx'

/** What is not known, each with the command that tells it. */
export function Doubts({ words }: { words: AdviceWords }): ReactNode {
  return (
    words.doubts.length > 0 && (
      <section aria-label="What is not known" data-testid="doubts" className="flex flex-col gap-1.5">
        <h4 className="section-title">What is not known, and what tells it</h4>
        {words.doubts.map(({ title, words: why, command }) => (
          <div key={title} className="flex flex-col gap-1 rounded-xl border border-warn bg-warn-bg p-3">
            <p className="font-semibold text-warn">
              <span aria-hidden="true">? </span>
              {title.charAt(0).toUpperCase() + title.slice(1)}
            </p>
            <p className="max-w-[86ch] text-[12.5px]">
              <Rich words={why} />
            </p>
            <Command text={command} of="the command" />
          </div>
        ))}
      </section>
    )
  )
}

/** Trouble that is not about who is in the group, beyond what the answer itself says. */
export function Troubles({ advice, words }: { advice: Advice; words: AdviceWords }): ReactNode {
  const shown = words.troubles.filter((_, index) => advice.troubles[index]?.stops !== true)
  return (
    shown.length > 0 && (
      <section aria-label="Also in the text" data-testid="troubles" className="flex flex-col gap-1.5">
        <h4 className="section-title">Also in the text</h4>
        {shown.map(({ title, words: why }, index) => (
          <div key={index} className="rounded-xl border border-line bg-panel p-3">
            <p className="font-semibold">
              <span aria-hidden="true" className="text-warn">
                ⚠{' '}
              </span>
              {title.charAt(0).toUpperCase() + title.slice(1)}
            </p>
            <p className="max-w-[86ch] text-[12.5px]">
              <Rich words={why} />
            </p>
          </div>
        ))}
      </section>
    )
  )
}

const STATES = { shown: 'text-ok', concluded: 'text-user', unknown: 'text-warn' } as const

/** What the answer rests on: shown, concluded or unknown, with the line that shows it. */
export function EvidenceList({ advice }: { advice: Advice }): ReactNode {
  const { evidence, group } = advice
  return (
    <Fold testId="evidence" title={`What this rests on (${evidence.length})`}>
      <ul className="flex flex-col gap-0.5 text-[12.5px]">
        {evidence.map((each, index) => (
          <li key={index} data-state={each.state} className="flex flex-wrap gap-x-2">
            <span className={`w-36 flex-none ${STATES[each.state]}`}>{stateWords(each)}</span>
            <span className="min-w-0">
              <Rich words={evidenceWords(each, group)} />
            </span>
          </li>
        ))}
      </ul>
    </Fold>
  )
}
