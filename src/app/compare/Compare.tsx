import { Check, Download, Link } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { comparisonMarkdown } from '../../export/markdown.ts'
import { bootWords } from '../../scenario/document/boot.ts'
import { compare, type Comparison } from '../../scenario/compare/compare.ts'
import { setupOf } from '../../scenario/document/scenario.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { download } from '../ui/download.ts'
import { linkTo } from '../ui/link.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { kernelName } from '../ui/kernels.ts'
import { store, useApp } from '../store/store.ts'
import { ScrollRegion } from '../ui/ScrollRegion.tsx'
import { CompareTable } from './CompareTable.tsx'

/** The run under several kernels, operation by operation. */
export function Compare(): ReactNode {
  const { ops, boot, processes, compare: chosen } = useApp((s) => s.doc.scenario)
  const machine = useApp((s) => s.machine)
  const [only, setOnly] = useState(false)
  const setup = useMemo(() => setupOf({ boot, processes }, machine), [boot, processes, machine])
  const comparison = useMemo(() => {
    const kernels = (chosen ?? []).flatMap((id) => KERNELS.find((kernel) => kernel.id === id) ?? [])
    return compare(kernels, setup, ops)
  }, [chosen, setup, ops])
  const different = comparison.rows.flatMap(({ difference }, row) => (difference === null ? [] : [row]))
  const rows = only ? different : comparison.rows.map((_, row) => row)
  return (
    <ScrollRegion label="Comparison" testId="compare" className="h-full overflow-auto [container-type:inline-size]">
      <div className="sticky left-0 w-[100cqw] px-4 pt-4 pb-3 sm:px-6 sm:pt-5">
        <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
          <div className="min-w-0 flex-1 basis-80">
            <h2 className="text-[18px] font-semibold">Compare</h2>
            <p className="max-w-[90ch] text-dim">
              The same {ops.length === 1 ? 'operation' : `${ops.length} operations`} under each kernel. A cell opens
              that kernel’s run there; Undo comes back.
            </p>
          </div>
          <Actions comparison={comparison} rows={rows} />
        </div>
        <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
          <KernelToggles chosen={chosen ?? []} />
          <button
            type="button"
            role="switch"
            aria-checked={only}
            className={`button ${only ? 'border-user! bg-user-bg! text-user!' : ''}`}
            onClick={() => setOnly(!only)}
          >
            {only && <Check size={13} />}
            Only differences ({different.length} of {ops.length})
          </button>
        </div>
      </div>
      {rows.length === 0 ? (
        <p className="sticky left-0 w-[100cqw] px-4 pb-6 text-dim sm:px-6">
          {ops.length === 0
            ? 'The run has no operations yet: play some, or open a scenario.'
            : 'These kernels answer every operation alike.'}
        </p>
      ) : (
        <CompareTable comparison={comparison} rows={rows} />
      )}
    </ScrollRegion>
  )
}

/** Which kernels stand side by side: any, but at least two. */
/** Whether another kernel has the same title. */
function hasTwin(id: KernelId): boolean {
  return KERNELS.some((other) => other.id !== id && recordOf(other.id).title === recordOf(id).title)
}

function KernelToggles({ chosen }: { chosen: readonly KernelId[] }): ReactNode {
  return (
    <div role="group" aria-label="Kernels to compare" className="flex flex-wrap gap-1.5">
      {KERNELS.map(({ id }) => {
        const on = chosen.includes(id)
        const needed = on && chosen.length <= 2
        return (
          <button
            key={id}
            type="button"
            aria-pressed={on}
            aria-disabled={needed}
            title={needed ? `${kernelName(id)}: a comparison needs at least two` : kernelName(id)}
            className={`button min-h-7 px-2.5 py-0.5 text-[12px] ${on ? 'border-line2 font-semibold' : 'bg-transparent text-dim'} ${needed ? 'cursor-not-allowed' : ''}`}
            onClick={() => {
              if (needed) return
              const next = KERNELS.map((kernel) => kernel.id).filter((other) =>
                other === id ? !on : chosen.includes(other),
              )
              store.getState().setCompared(next)
            }}
          >
            <span aria-hidden="true" className={on ? 'text-ok' : 'text-faint'}>
              {on ? '✓' : '+'}
            </span>
            {recordOf(id).title}
            {hasTwin(id) ? ` · ${recordOf(id).about}` : ''}
          </button>
        )
      })}
    </div>
  )
}

const REFUSED = 'The browser did not allow copying: download the file instead'
const MARKDOWN_FILE = { ending: 'md', type: 'text/markdown', unnamed: 'comparison' } as const

/** What can be taken along: the link, and the table as Markdown. */
function Actions({ comparison, rows }: { comparison: Comparison; rows: readonly number[] }): ReactNode {
  const scenario = useApp((s) => s.doc.scenario)
  const machine = useApp((s) => s.machine)
  const link = useMemo(() => linkTo(scenario), [scenario])
  const markdown = (): string =>
    comparisonMarkdown(comparison, rows, {
      title: scenario.title,
      ...(link === undefined ? {} : { link }),
      setting: [machine.title === '' ? machine.id : machine.title, ...bootWords(scenario.boot)],
      nameOf: kernelName,
    })
  return (
    <div className="flex flex-wrap gap-1.5">
      {link !== undefined && <CopyButton text={link} label="Copy link" icon={<Link size={14} />} refused={REFUSED} />}
      <CopyButton text={markdown} label="Copy as Markdown" refused={REFUSED} />
      <button
        type="button"
        className="button"
        title="Download the table as Markdown"
        onClick={() => download(scenario.title, markdown(), MARKDOWN_FILE)}
      >
        <Download size={14} /> Download<span className="sr-only"> as Markdown</span>
      </button>
    </div>
  )
}
