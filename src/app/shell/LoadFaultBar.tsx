import { RotateCw } from 'lucide-react'
import type { ReactNode } from 'react'
import { useApp } from '../store/store.ts'

/** Says that something which was asked for did not load, until it is tried again. */
export function LoadFaultBar(): ReactNode {
  const fault = useApp((s) => s.loadFault)
  if (fault === null) return null
  return (
    <div
      role="alert"
      data-testid="load-fault"
      className="flex flex-none flex-wrap items-center gap-3 border-b border-bad bg-bad-bg px-3.5 py-2 text-[13px]"
    >
      <span className="min-w-0 flex-1">{fault.words}</span>
      <button type="button" className="button" onClick={() => fault.retry()}>
        <RotateCw size={14} /> Try again
      </button>
    </div>
  )
}
