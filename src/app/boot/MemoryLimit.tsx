import { useId, useState, type ReactNode } from 'react'
import { size } from '../../explain/words.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { store, useApp } from '../store/store.ts'
import { defaultLimit, limitWords, printLimit, readLimit, withLimit } from './memory-limit.ts'

/** The limit of a process for memory that devices reach, to read and, where it counts, to change. */
export function MemoryLimit({ process }: { process: number }): ReactNode {
  const kernel = useApp((s) => s.kernel.id)
  const spec = useApp((s) => s.doc.scenario.processes[process])
  if (spec === undefined) return null
  if (spec.user === 'root' || recordOf(kernel).family === 'proposal') return limitWords(spec, kernel)
  return <LimitField key={`${process} ${printLimit(spec.memlock)}`} process={process} />
}

/** A field that is empty for the kernel's default. What is typed counts when the field is left, or with Enter. */
function LimitField({ process }: { process: number }): ReactNode {
  const kernel = useApp((s) => s.kernel.id)
  const processes = useApp((s) => s.doc.scenario.processes)
  const spec = processes[process]
  const before = printLimit(spec?.memlock)
  const [text, setText] = useState(before)
  const help = useId()
  const limit = readLimit(text)
  const settle = (): void => {
    if (spec === undefined || limit === null || limit === spec.memlock) return
    const { setProcesses, toast } = store.getState()
    setProcesses(withLimit(processes, process, limit))
    toast(
      'info',
      `Booted anew: ${spec.name} may pin ${limit === undefined ? 'the kernel’s default' : printLimit(limit)}.`,
    )
  }
  return (
    <span className="inline-flex flex-wrap items-center gap-x-1.5 gap-y-1">
      <input
        aria-label={`Memory limit of ${spec?.name ?? '?'}`}
        aria-describedby={help}
        aria-invalid={limit === null}
        className="w-24 rounded-md border border-line2 bg-bg px-1.5 py-0.5 font-mono text-[12px] placeholder:text-faint"
        placeholder={size(defaultLimit(kernel))}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={settle}
        onKeyDown={(event) => {
          if (event.key === 'Enter') settle()
        }}
      />
      <span id={help} className={limit === null ? 'text-bad' : 'text-dim'}>
        {limit === null ? 'a size such as 16M, or unlimited' : 'RLIMIT_MEMLOCK; empty: the kernel’s default'}
      </span>
    </span>
  )
}
