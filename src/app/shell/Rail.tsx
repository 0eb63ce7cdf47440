import { BookOpen, Boxes, CircleQuestionMark, Columns3, FileCode2, GraduationCap, Route, Server } from 'lucide-react'
import type { ReactNode } from 'react'
import { store, useApp, type Place } from '../store/store.ts'

const PLACES: readonly { place: Place; name: string; icon: ReactNode }[] = [
  { place: 'play', name: 'Play', icon: <Boxes size={18} /> },
  { place: 'lessons', name: 'Lessons', icon: <GraduationCap size={18} /> },
  { place: 'compare', name: 'Compare', icon: <Columns3 size={18} /> },
  { place: 'explore', name: 'Explore', icon: <Route size={18} /> },
  { place: 'scenarios', name: 'Scenarios', icon: <BookOpen size={18} /> },
  { place: 'machine', name: 'My machine', icon: <Server size={18} /> },
  { place: 'script', name: 'Script', icon: <FileCode2 size={18} /> },
]

/** The places of the page: a rail beside the canvas, a bar below it on a narrow screen. */
export function Rail({ bar }: { bar: boolean }): ReactNode {
  const place = useApp((s) => s.place)
  // The debate is reached from the lessons.
  const current = place === 'debate' ? 'lessons' : place
  return (
    <nav
      aria-label="Places"
      className={
        bar
          ? 'flex flex-none justify-around border-t border-line bg-panel'
          : 'flex w-[66px] flex-none flex-col items-center gap-1.5 border-r border-line bg-panel pt-2.5'
      }
    >
      {PLACES.map(({ place: own, name, icon }) => (
        <button
          key={own}
          type="button"
          aria-current={current === own ? 'page' : undefined}
          className={`flex min-h-12 min-w-0 flex-col items-center justify-center gap-0.5 rounded-[9px] text-[10.5px] leading-tight ${bar ? 'flex-1' : 'w-[60px]'} ${current === own ? 'bg-panel2 font-semibold text-ink' : 'text-dim hover:text-ink'}`}
          onClick={() => store.getState().show(own)}
        >
          {icon}
          {name}
        </button>
      ))}
      {!bar && (
        <button
          type="button"
          className="mt-auto mb-2 flex min-h-12 w-[60px] flex-col items-center justify-center gap-0.5 rounded-[9px] text-[10.5px] text-dim hover:text-ink"
          aria-keyshortcuts="?"
          onClick={() => store.getState().setHelping(true)}
        >
          <CircleQuestionMark size={18} />
          Help
        </button>
      )}
    </nav>
  )
}
