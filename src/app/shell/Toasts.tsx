import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { store, useApp } from '../store/store.ts'

const LOOK = {
  ok: 'border-ok bg-ok-bg text-ok',
  bad: 'border-bad bg-bad-bg text-bad',
  wait: 'border-warn bg-warn-bg text-warn',
  bug: 'border-bad bg-bad-bg text-bad',
  info: 'border-line2 bg-panel text-ink',
} as const

/**
 * Short messages that go by themselves; nothing is said only here. Beside a canvas they lie over the kernel path, which
 * says the same, and cover no card.
 */
export function Toasts(): ReactNode {
  const toasts = useApp((s) => s.toasts)
  return (
    <section
      aria-label="Messages"
      className="pointer-events-none fixed bottom-20 left-1/2 z-30 grid w-[min(560px,94vw)] -translate-x-1/2 gap-2 sm:bottom-6 lg:bottom-3 lg:left-[calc((100%-418px)*0.75+66px)] lg:w-[calc((100%-418px)*0.5-24px)]"
    >
      {toasts.map((toast) => (
        <div
          key={toast.id}
          className={`rise pointer-events-auto flex items-start gap-2 rounded-xl border px-3 py-2 text-[12.5px] shadow-node ${LOOK[toast.tone]}`}
        >
          <span className="min-w-0 flex-1">{toast.text}</span>
          <button
            type="button"
            aria-label="Dismiss"
            className="-m-0.5 p-1"
            onClick={() => store.getState().dismiss(toast.id)}
          >
            <X size={14} />
          </button>
        </div>
      ))}
    </section>
  )
}
