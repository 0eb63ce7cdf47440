import { ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'

/** Something that opens; what is inside is made when it does. */
export function Fold(props: { title: ReactNode; testId: string; children: ReactNode }): ReactNode {
  const { title, testId, children } = props
  const [open, setOpen] = useState(false)
  return (
    <div data-testid={testId}>
      <button
        type="button"
        aria-expanded={open}
        className="flex w-full items-start gap-1.5 rounded-md py-0.5 text-left text-[12.5px] font-semibold hover:text-user"
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={14} className={`mt-0.5 flex-none text-dim ${open ? 'rotate-90' : ''}`} aria-hidden="true" />
        <span className="min-w-0">{title}</span>
      </button>
      {open && <div className="mt-2">{children}</div>}
    </div>
  )
}
