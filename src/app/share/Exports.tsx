import { Download } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { FORM_IDS, FORMS, isFormId, type FormId } from '../../export/run/forms.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import { useApp } from '../store/store.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { download } from '../ui/download.ts'

/** The run in other forms: which one, what it looks like, to copy and to download. */
export function Exports({ scenario, link }: { scenario: Scenario; link: string | null }): ReactNode {
  const run = useApp((s) => s.run)
  const [id, setId] = useState<FormId>('c')
  const form = FORMS[id]
  const exported = useMemo(
    () => form.make({ scenario, run, ...(link === null ? {} : { link }) }),
    [form, scenario, run, link],
  )
  return (
    <div className="grid gap-2" data-testid="exports">
      <label className="flex flex-wrap items-center gap-2">
        As
        <select
          className="min-h-8 rounded-md border border-line bg-panel2 px-1"
          value={id}
          onChange={(event) => {
            if (isFormId(event.target.value)) setId(event.target.value)
          }}
        >
          {FORM_IDS.map((each) => (
            <option key={each} value={each}>
              {FORMS[each].title}
            </option>
          ))}
        </select>
      </label>
      <p className="text-dim">{form.about}</p>
      {exported.ok ? (
        <>
          <pre
            tabIndex={0}
            role="region"
            aria-label={`${form.title}: preview`}
            className="max-h-96 overflow-auto rounded-lg border border-line bg-bg p-2.5 font-mono text-[11.5px] leading-relaxed"
          >
            {exported.text}
          </pre>
          <div className="flex flex-wrap gap-2">
            <CopyButton key={id} text={exported.text} of={form.title} />
            <button
              type="button"
              className="button"
              onClick={() => download(scenario.title, exported.text, { ...form, unnamed: 'run' })}
            >
              <Download size={14} /> Download<span className="sr-only"> {form.title}</span>
            </button>
          </div>
        </>
      ) : (
        <p className="rounded-lg bg-warn-bg px-3 py-2 text-warn">{exported.words}</p>
      )}
    </div>
  )
}
