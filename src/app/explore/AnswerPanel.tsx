import type { ReactNode } from 'react'
import { useAsking } from './ask.ts'
import { SearchNumbers } from './SearchNumbers.tsx'
import { Sentence } from './Sentence.tsx'
import { Verdict } from './Verdict.tsx'

/** The question as a sentence, the search while it runs, its verdict in large letters, and the run. */
export function AnswerPanel(): ReactNode {
  const answer = useAsking((s) => s.answer)
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3.5" data-testid="answer">
      <Sentence answer={answer} />
      {answer === null ? <Prospect /> : <SearchNumbers answer={answer} />}
      {answer !== null && <Verdict answer={answer} />}
    </div>
  )
}

/** What an answer can be, before there is one. */
function Prospect(): ReactNode {
  const kinds = [
    ['➜', 'Possible', 'the shortest run that leads there, step by step; it opens in the timeline.'],
    ['∅', 'Impossible', 'all states that can come about were examined, and it holds in none.'],
    ['…', 'Not decided', 'a limit was met. Nothing is proved then, and the search can go on.'],
  ] as const
  return (
    <dl className="grid gap-2 rounded-xl border border-dashed border-line2 p-4">
      {kinds.map(([glyph, title, words]) => (
        <div key={title} className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3">
          <dt className="font-semibold">
            <span aria-hidden="true">{glyph} </span>
            {title}
          </dt>
          <dd className="text-dim">{words}</dd>
        </div>
      ))}
    </dl>
  )
}
