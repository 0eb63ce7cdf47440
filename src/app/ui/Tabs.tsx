import type { ReactNode } from 'react'

/** A row of tabs; the arrow keys go along it. */
export function Tabs<T extends string>(props: {
  label: string
  current: T
  onChange: (tab: T) => void
  tabs: readonly (readonly [T, string])[]
}): ReactNode {
  return (
    <div role="tablist" aria-label={props.label} className="flex flex-none gap-1 border-b border-line px-2">
      {props.tabs.map(([tab, name]) => (
        <button
          key={tab}
          type="button"
          role="tab"
          aria-selected={props.current === tab}
          tabIndex={props.current === tab ? 0 : -1}
          className={`min-h-8 border-b-2 px-2.5 text-[12px] ${props.current === tab ? 'border-user font-semibold' : 'border-transparent text-dim'}`}
          onClick={() => props.onChange(tab)}
          onKeyDown={(event) => {
            if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
            const at = props.tabs.findIndex(([t]) => t === props.current)
            const next = props.tabs[(at + (event.key === 'ArrowRight' ? 1 : props.tabs.length - 1)) % props.tabs.length]
            if (next === undefined) return
            props.onChange(next[0])
            const target = event.currentTarget.parentElement?.children[props.tabs.indexOf(next)]
            if (target instanceof HTMLElement) target.focus()
          }}
        >
          {name}
        </button>
      ))}
    </div>
  )
}
