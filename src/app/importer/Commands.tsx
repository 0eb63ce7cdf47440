import { useMemo, useState, type ReactNode } from 'react'
import { sheetsFor } from '../../export/passthrough.ts'
import { xenSheet } from '../../export/xen.ts'
import type { Sheet } from '../../export/sheet.ts'
import type { Plan } from '../../adviser/plan.ts'
import type { Question } from '../../adviser/questions.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Machine, PciFunction } from '../../sim/machine.ts'
import { Tabs } from '../ui/Tabs.tsx'
import { CopyButton, SMALL_BUTTON } from '../ui/CopyButton.tsx'
import { SYSTEMS } from '../../adviser/system.ts'
import { chooseSystem, useOwn } from './own-machine.ts'
import { QuestionList } from './QuestionList.tsx'

/** What to type, for the tool that the person uses. */
export function Commands(props: {
  plan: Plan
  machine: Machine
  kernel: KernelId
  questions: readonly Question[]
}): ReactNode {
  const { plan, machine, kernel, questions } = props
  const [tab, setTab] = useState<Sheet['id'] | null>(null)
  const chosen = useOwn((s) => s.system)
  const guessed = useOwn((s) => s.reading?.surroundings.system ?? null)
  const system = chosen ?? guessed?.value ?? 'any'
  const sheets = useMemo(() => {
    const found = kernelById(kernel)
    return found === undefined ? [] : sheetsFor(plan, machine, found, system)
  }, [plan, machine, kernel, system])
  if (sheets.length === 0) return null
  return (
    <section id="commands" tabIndex={-1} aria-label="Commands" className="flex scroll-mt-3 flex-col gap-1.5">
      <div className="flex flex-wrap items-baseline justify-between gap-2">
        <h4 className="section-title">
          {plan.told ? 'The commands' : 'The commands, once it is shown that nobody else is in its group'}
        </h4>
        <label className="flex items-center gap-1.5 text-[11.5px] text-dim">
          for
          <select
            aria-label="For whom the commands are"
            className="min-h-6 rounded-md border border-line bg-panel2 px-1"
            value={system}
            onChange={(event) => {
              const found = SYSTEMS.find(({ id }) => id === event.target.value)
              if (found !== undefined) chooseSystem(found.id)
              setTab(null)
            }}
          >
            {SYSTEMS.map(({ id, title }) => (
              <option key={id} value={id}>
                {title}
              </option>
            ))}
          </select>
          {chosen === null && guessed !== null && <span>by line {guessed.line} of the text</span>}
        </label>
      </div>
      <Sheets sheets={sheets} tab={tab} onTab={setTab} />
      <QuestionList questions={questions} />
    </section>
  )
}

/** Under Xen there is no plan with groups: its own way to hand the functions over. */
export function XenCommands({ functions }: { functions: readonly PciFunction[] }): ReactNode {
  const sheets = useMemo(() => [xenSheet(functions)], [functions])
  return (
    <section id="commands" tabIndex={-1} aria-label="Commands" className="flex scroll-mt-3 flex-col gap-1.5">
      <h4 className="section-title">The commands under Xen</h4>
      <Sheets sheets={sheets} tab="xen" onTab={() => {}} />
    </section>
  )
}

function Sheets(props: {
  sheets: readonly Sheet[]
  tab: Sheet['id'] | null
  onTab: (id: Sheet['id']) => void
}): ReactNode {
  const { sheets, tab, onTab } = props
  const sheet = sheets.find(({ id }) => id === tab) ?? sheets[0]
  if (sheet === undefined) return null
  return (
    <div className="overflow-hidden rounded-xl border border-line bg-panel">
      <div className="overflow-x-auto pt-1">
        <Tabs
          label="Tool"
          current={sheet.id}
          onChange={onTab}
          tabs={sheets.map(({ id, title }) => [id, title] as const)}
        />
      </div>
      <div className="flex flex-col gap-3 p-3" role="tabpanel" aria-label={sheet.title}>
        <p className="max-w-[86ch] text-dim">{sheet.about}</p>
        {sheet.blocks.map((block) => (
          <figure key={block.title} className="flex flex-col gap-1">
            <figcaption className="flex items-center justify-between gap-2 font-semibold">
              {block.title}
              <CopyButton text={block.text} of={block.title} className={SMALL_BUTTON} />
            </figcaption>
            <pre
              tabIndex={0}
              aria-label={`${sheet.title}: ${block.title}`}
              className="overflow-x-auto rounded-lg border border-line bg-bg p-2.5 font-mono text-[11.5px] leading-relaxed"
            >
              {block.text.split('\n').map((line, index) => (
                <span key={index} className={`block ${line.startsWith('#') ? 'text-dim' : ''}`}>
                  {line}
                </span>
              ))}
            </pre>
          </figure>
        ))}
      </div>
    </div>
  )
}
