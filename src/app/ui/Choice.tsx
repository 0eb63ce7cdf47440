import type { ReactNode } from 'react'

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
