import { Play } from 'lucide-react'
import type { ReactNode } from 'react'
import { useApp } from '../store/store.ts'
import { goOn, type Answer } from './ask.ts'
import { late } from '../ui/late.tsx'
import { Assumed } from './Assumed.tsx'
import { FoundRun } from './FoundRun.tsx'
import { sentenceOf } from './Sentence.tsx'
import { lacksSecondProcess, raisedLimit, verdictWords } from './verdict-words.ts'

const StateGraph = late(async () => (await import('./StateGraph.tsx')).StateGraph, 'the graph of states', 'part')

/** What came of the search, and below it the run that was found and what was assumed. */
export function Verdict({ answer }: { answer: Answer }): ReactNode {
  const { result, request, status, fault } = answer
  const scenario = useApp((s) => s.doc.scenario)
  if (status === 'fault') {
    return (
      <section role="status" className="rounded-xl border border-bad bg-bad-bg p-4" data-testid="verdict">
        <p className="text-[18px] font-semibold">✗ This cannot be asked</p>
        <p>{fault?.words}</p>
      </section>
    )
  }
  if (status === 'running') {
    return (
      <p role="status" className="sr-only" data-testid="verdict">
        Searching
      </p>
    )
  }
  const words = verdictWords(result, answer.progress)
  const { lead, that } = sentenceOf(request)
  return (
    <>
      <section
        role="status"
        className={`rounded-xl border p-4 ${words.look}`}
        data-testid="verdict"
        data-verdict={result?.verdict ?? 'stopped'}
      >
        <p className="text-[20px] leading-tight font-semibold">
          <span aria-hidden="true">{words.glyph} </span>
          {words.title}
        </p>
        <p className="mt-1 max-w-[95ch]">{words.about}</p>
        {request.scenario !== scenario && (
          <p className="mt-1 text-[12px] text-dim">
            Asked on {lead} {that}?
          </p>
        )}
        {result?.verdict === 'impossible' && lacksSecondProcess(result) && (
          <p className="mt-1 text-warn">
            ! Only one process acts, so nothing can be shared: add another one under “What may happen”.
          </p>
        )}
        <Continue answer={answer} />
      </section>
      {result?.path !== null && result?.path !== undefined && (
        <FoundRun result={result} path={result.path} request={request} />
      )}
      {result !== null && <Assumed assumed={result.assumed} result={result} request={request} />}
      {answer.graph !== null && result !== null && answer.graph.nodes.length > 1 && (
        <StateGraph
          key={`${result.goal} ${result.states} ${result.transitions}`}
          graph={answer.graph}
          request={request}
          result={result}
        />
      )}
    </>
  )
}

/** On after a stop; after a limit with more of what there was too little. */
function Continue({ answer }: { answer: Answer }): ReactNode {
  const { result, status, request, progress } = answer
  if (status === 'stopped') {
    return (
      <button type="button" className="button mt-3" onClick={() => goOn()}>
        <Play size={14} /> Continue
      </button>
    )
  }
  if (result?.verdict !== 'limit' || result.limit === null) return null
  const raised = raisedLimit(result.limit, request.limits ?? {}, progress ?? result)
  return (
    <button type="button" className="button mt-3" onClick={() => goOn(raised.limits)}>
      <Play size={14} /> Continue, up to {raised.words}
    </button>
  )
}
