import { useEffect, type ReactNode } from 'react'
import { store } from '../store/store.ts'
import { ScrollRegion } from '../ui/ScrollRegion.tsx'
import { AnswerPanel } from './AnswerPanel.tsx'
import { ask, asking, queryNow, takeQuery, useAsking } from './ask.ts'
import { Policies } from './Policies.tsx'
import { QuestionPanel } from './QuestionPanel.tsx'

/** Ask whether something can come about on this machine: the shortest run that leads there, or that there is none. */
export function Explore(): ReactNode {
  useQuery()
  return (
    <ScrollRegion label="Explore" testId="explore" className="h-full overflow-y-auto [container-type:inline-size]">
      <div className="mx-auto flex max-w-[1500px] flex-col gap-4 p-4 sm:p-6">
        <div>
          <h2 className="text-[18px] font-semibold">Explore</h2>
          <p className="max-w-[95ch] text-dim">
            Ask what can come about on this machine. Every order of calls is tried on the simulated kernel, shorter ones
            first: the answer is the shortest run that leads there, or the certainty that none does.
          </p>
        </div>
        <div className="grid items-start gap-4 min-[860px]:grid-cols-[minmax(300px,400px)_minmax(0,1fr)]">
          <QuestionPanel />
          <AnswerPanel />
        </div>
        <Policies />
      </div>
    </ScrollRegion>
  )
}

/** Takes the question from the address, asks it, and keeps it in the address. */
function useQuery(): void {
  const goal = useAsking((s) => s.goal)
  const settings = useAsking((s) => s.settings)
  useEffect(() => {
    const known = location.search === queryNow() && asking.getState().answer !== null
    if (!known && takeQuery(location.search)) ask()
  }, [])
  useEffect(() => store.getState().setQuery(queryNow()), [goal, settings])
}
