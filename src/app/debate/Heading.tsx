import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { DebateQuestion } from '../../scenario/debate/define.ts'

/** The title of a question; opens and closes what is behind it. */
export function Heading(props: { question: DebateQuestion; open: boolean; onToggle: () => void }): ReactNode {
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
