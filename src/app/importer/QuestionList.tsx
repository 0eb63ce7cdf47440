import type { ReactNode } from 'react'
import type { Question } from '../../adviser/questions.ts'
import { Rich } from '../ui/Rich.tsx'

/** Questions that open where they stand. */
export function QuestionList({ questions }: { questions: readonly Question[] }): ReactNode {
  return questions.map(({ number, question, answer, source }) => (
    <details key={number} data-question={number} className="text-[12.5px]">
      <summary className="cursor-pointer py-0.5 text-user">{question}</summary>
      <div className="mt-0.5 mb-1 max-w-[80ch] border-l-2 border-line2 pl-3">
        <p>
          <Rich words={answer} />
        </p>
        <p className="text-[11.5px] text-dim">Asked and answered in: {source}</p>
      </div>
    </details>
  ))
}
