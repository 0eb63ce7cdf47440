import { Pause, Search as SearchIcon } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import type { ExploreRequest } from '../../explore/exploration.ts'
import { parseGoal } from '../../explore/goals.ts'
import { questionWords } from '../../explore/words.ts'
import { kernelName } from '../ui/kernels.ts'
import { useApp } from '../store/store.ts'
import { ask, requestNow, stop, useAsking, type Answer } from './ask.ts'

/** A question as a sentence: whether it is possible that …? */
export function sentenceOf({ goal: text, scenario, from }: Pick<ExploreRequest, 'goal' | 'scenario' | 'from'>): {
  readonly lead: string
  readonly that: string
} {
  const reading = parseGoal(text)
  const start = from === 'boot' || scenario.cursor === 0 ? 'from a fresh boot' : `from step ${scenario.cursor} on`
  const where = `${kernelName(scenario.kernel).split(' · ')[0] ?? ''}, ${start}`
  if (!reading.ok) return { lead: where, that: '…' }
  const { form } = reading.goal
  const lead = form === 'possible' ? 'is it possible that' : 'does it never happen that'
  return { lead: `${where}: ${lead}`, that: questionWords(reading.goal) }
}

/** The question as a sentence, and the buttons that start and stop the search. */
export function Sentence({ answer }: { answer: Answer | null }): ReactNode {
  const goal = useAsking((s) => s.goal)
  const settings = useAsking((s) => s.settings)
  const scenario = useApp((s) => s.doc.scenario)
  const readable = useMemo(() => parseGoal(goal).ok, [goal])
  const { lead, that } = sentenceOf({ goal, scenario, from: settings.from })
  const isAsked = answer?.request.goal === goal && answer.request.scenario === scenario
  const running = answer?.status === 'running'
  return (
    <section
      aria-label="The question"
      className="flex flex-wrap items-center gap-x-5 gap-y-3 rounded-xl border border-line bg-panel p-4"
    >
      <p className="min-w-0 flex-1 basis-72 text-[15px] text-dim">
        On {lead} <b className="font-semibold text-ink">{that}</b>?
      </p>
      {running && (
        <button type="button" className="button min-h-10 px-5 text-[14px]" onClick={stop}>
          <Pause size={15} /> Stop
        </button>
      )}
      {!(running && isAsked) && (
        <button
          type="button"
          className="button button-primary min-h-10 px-5 text-[14px]"
          disabled={!readable}
          onClick={() => ask(requestNow())}
        >
          <SearchIcon size={15} /> Search
        </button>
      )}
    </section>
  )
}
