import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { COLUMNS } from './answers.ts'
import { titleOf } from './columns.ts'

/** Chooses which columns are shown. */
export function ColumnToggles(props: {
  chosen: readonly string[]
  onChange: (chosen: readonly string[]) => void
}): ReactNode {
  const { chosen, onChange } = props
  return (
    <div role="group" aria-label="Columns" className="mt-3 flex flex-wrap gap-1.5">
      {COLUMNS.map((column) => {
        const on = chosen.includes(column.id)
        const { name, about } = titleOf(column)
        const twin = COLUMNS.some((other) => other !== column && titleOf(other).name === name)
        return (
          <button
            key={column.id}
            type="button"
            aria-pressed={on}
            className={`button min-h-7 px-2.5 py-0.5 text-[12px] ${on ? 'border-line2 font-semibold' : 'bg-transparent text-dim'}`}
            onClick={() => onChange(on ? chosen.filter((id) => id !== column.id) : [...chosen, column.id])}
          >
            {on && <Check size={13} className="text-ok" aria-hidden="true" />}
            <span>
              {name}
              <span className={twin ? '' : 'sr-only sm:not-sr-only'}> · {about}</span>
            </span>
          </button>
        )
      })}
    </div>
  )
}
