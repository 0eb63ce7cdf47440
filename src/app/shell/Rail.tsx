import { CircleQuestionMark } from 'lucide-react'
import type { ReactNode } from 'react'
import { COMMANDS } from '../commands/commands.ts'
import { PLACE_IDS, PLACES } from '../store/places.ts'
import { store, useApp } from '../store/store.ts'
import { PLACE_VIEWS } from './places.tsx'

const IN_RAIL = PLACE_IDS.filter((id) => PLACES[id].rail === 'own')

/** The places of the page: a rail beside the canvas, a bar below it on a narrow screen. */
export function Rail({ bar }: { bar: boolean }): ReactNode {
  const place = useApp((s) => s.place)
  const { rail } = PLACES[place]
  const current = rail === 'own' ? place : rail
  return (
    <nav
      aria-label="Places"
      className={
        bar
          ? 'flex flex-none justify-around border-t border-line bg-panel'
          : 'flex w-[66px] flex-none flex-col items-center gap-1.5 border-r border-line bg-panel pt-2.5'
      }
    >
      {IN_RAIL.map((own) => {
        const { title: name, short = name } = PLACES[own]
        const { Icon } = PLACE_VIEWS[own]
        return (
          <button
            key={own}
            type="button"
            aria-label={name}
            aria-current={current === own ? 'page' : undefined}
            className={`flex min-h-12 min-w-0 flex-col items-center justify-center gap-0.5 rounded-[9px] text-[10.5px] leading-tight ${bar ? 'flex-1' : 'w-[60px]'} ${current === own ? 'bg-panel2 font-semibold text-ink' : 'text-dim hover:text-ink'}`}
            onClick={() => store.getState().show(own)}
          >
            <Icon size={18} />
            {bar ? short : name}
          </button>
        )
      })}
      {!bar && (
        <button
          type="button"
          className="mt-auto mb-2 flex min-h-12 w-[60px] flex-col items-center justify-center gap-0.5 rounded-[9px] text-[10.5px] text-dim hover:text-ink"
          aria-keyshortcuts={COMMANDS.help.keys.join(' ')}
          onClick={() => COMMANDS.help.run(store.getState())}
        >
          <CircleQuestionMark size={18} />
          {COMMANDS.help.label}
        </button>
      )}
    </nav>
  )
}
