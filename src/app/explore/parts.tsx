import { ChevronRight } from 'lucide-react'
import { useState, type ReactNode } from 'react'

/** One of a few, side by side. */
export function Choice<T extends string>(props: {
  label: string
  /** Whether the label is seen, too. */
  visible?: boolean
  value: T
  onChange: (value: T) => void
  options: readonly (readonly [T, string])[]
}): ReactNode {
  const { label, visible = false, value, onChange, options } = props
  return (
    <div>
      {visible && <p className="section-title mb-1">{label}</p>}
      <div role="group" aria-label={label} className="flex rounded-[9px] border border-line bg-panel2 p-0.5">
        {options.map(([option, words]) => (
          <button
            key={option}
            type="button"
            aria-pressed={value === option}
            className={`min-h-8 flex-1 whitespace-nowrap rounded-[7px] px-2 py-1 text-[12.5px] ${value === option ? 'bg-panel font-semibold ring-1 ring-line2' : 'text-dim hover:text-ink'}`}
            onClick={() => onChange(option)}
          >
            {words}
          </button>
        ))}
      </div>
    </div>
  )
}

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

/** A count as people read it. */
export function count(value: number): string {
  return value.toLocaleString('en')
}

export function states(value: number): string {
  return `${count(value)} ${value === 1 ? 'state' : 'states'}`
}

export function operations(value: number): string {
  return `${count(value)} ${value === 1 ? 'operation' : 'operations'}`
}

/** Bytes in MB. */
export function megabytes(bytes: number): string {
  return `${bytes < 10 * 2 ** 20 ? (bytes / 2 ** 20).toFixed(1) : Math.round(bytes / 2 ** 20)} MB`
}
