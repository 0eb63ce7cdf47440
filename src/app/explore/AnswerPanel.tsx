import { ListEnd, Pause, Play, Search as SearchIcon } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { Assumptions, ExploreProgress, ExploreRequest, ExploreResult } from '../../explore/exploration.ts'
import { parseGoal } from '../../explore/goals.ts'
import type { Limits } from '../../explore/search.ts'
import { questionWords } from '../../explore/words.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { shortBdf } from '../../explain/words.ts'
import { ResultChip } from '../ui/ResultChip.tsx'
import { Terms } from '../ui/Terms.tsx'
import { kernelName } from '../ui/kernels.ts'
import { store, useApp } from '../store/store.ts'
import { ask, commandOf, goOn, isNever, requestNow, stop, useAsking, type Answer } from './ask.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { late } from '../ui/late.tsx'
import { linkTo } from '../ui/link.ts'
import { Fold } from '../ui/Fold.tsx'
import { count, megabytes, operations, states } from '../ui/numbers.ts'
import { runOf, scenarioOf } from './runs.ts'

const StateGraph = late(async () => (await import('./StateGraph.tsx')).StateGraph, 'the graph of states', 'part')

/** The question as a sentence, the search while it runs, its verdict in large letters, and the run. */
export function AnswerPanel(): ReactNode {
  const answer = useAsking((s) => s.answer)
  return (
    <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3.5" data-testid="answer">
      <Sentence answer={answer} />
      {answer === null ? <Prospect /> : <Numbers answer={answer} />}
      {answer !== null && <Verdict answer={answer} />}
    </div>
  )
}

/** What an answer can be, before there is one. */
function Prospect(): ReactNode {
  const kinds = [
    ['➜', 'Possible', 'the shortest run that leads there, step by step; it opens in the timeline.'],
    ['∅', 'Impossible', 'all states that can come about were examined, and it holds in none.'],
    ['…', 'Not decided', 'a limit was met. Nothing is proved then, and the search can go on.'],
  ] as const
  return (
    <dl className="grid gap-2 rounded-xl border border-dashed border-line2 p-4">
      {kinds.map(([glyph, title, words]) => (
        <div key={title} className="grid grid-cols-[110px_minmax(0,1fr)] gap-x-3">
          <dt className="font-semibold">
            <span aria-hidden="true">{glyph} </span>
            {title}
          </dt>
          <dd className="text-dim">{words}</dd>
        </div>
      ))}
    </dl>
  )
}

/** A question as a sentence: whether it is possible that …? */
function sentenceOf({ goal: text, scenario, from }: Pick<ExploreRequest, 'goal' | 'scenario' | 'from'>): {
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

function Sentence({ answer }: { answer: Answer | null }): ReactNode {
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

/** The search in numbers. */
function Numbers({ answer }: { answer: Answer }): ReactNode {
  const { progress, status } = answer
  if (status === 'fault') return null
  const {
    states: found,
    transitions,
    rate,
    depth,
    frontier,
    memory,
    seconds,
  }: ExploreProgress = progress ?? {
    states: 0,
    transitions: 0,
    rate: 0,
    depth: 0,
    frontier: 0,
    memory: 0,
    seconds: 0,
  }
  const limit = answer.request.limits?.memory ?? 0
  const numbers: readonly (readonly [string, string, string])[] = [
    ['states', count(found), 'different states of the machine found so far'],
    ['calls tried', count(transitions), 'operations tried on them'],
    ['calls a second', count(Math.round(rate)), 'on average'],
    ['depth', count(depth), 'operations from the start to the states being examined'],
    ['to examine', count(frontier), 'states found and not examined yet'],
    ['memory', megabytes(memory), `of ${megabytes(limit)} that the limit allows`],
    ['time', `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`, 'spent searching'],
  ]
  return (
    <dl
      className="flex flex-wrap gap-px overflow-hidden rounded-xl border border-line bg-line"
      data-testid="numbers"
      aria-label="The search in numbers"
    >
      {numbers.map(([name, value, about]) => (
        <div key={name} className="min-w-24 flex-1 bg-panel px-3 py-2" title={about}>
          <dt className="text-[11px] text-dim">{name}</dt>
          <dd className="font-mono text-[14px]" data-number={name}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  )
}

const LIMIT_WORDS: Readonly<Record<keyof Limits, string>> = {
  states: 'number of states',
  memory: 'memory',
  depth: 'number of operations',
}

interface VerdictWords {
  readonly glyph: string
  readonly title: string
  readonly look: string
  readonly about: string
}

function verdictWords(answer: Answer): VerdictWords {
  const { result, request, progress } = answer
  const never = isNever(request.goal) || request.goal.trim().startsWith('always')
  if (result === null) {
    return {
      glyph: '‖',
      title: 'Stopped',
      look: 'border-warn bg-warn-bg',
      about: `${states(progress?.states ?? 0)} found, ${count(progress?.frontier ?? 0)} of them not examined. Nothing is known yet.`,
    }
  }
  const examined = `all ${states(result.states)} examined`
  if (result.verdict === 'limit') {
    return {
      glyph: '…',
      title: 'Not decided: stopped at a limit',
      look: 'border-warn bg-warn-bg',
      about: `The ${LIMIT_WORDS[result.limit ?? 'states']} reached its limit after ${states(result.states)}, ${count(result.frontier)} of them not examined. Up to ${operations(result.depth)} nothing was found; this proves nothing about longer runs.`,
    }
  }
  if (result.path !== null) {
    const length = result.path.length
    return {
      glyph: never ? '✗' : '➜',
      title:
        length === 0
          ? 'It is so already'
          : never
            ? `No: it happens after ${operations(length)}`
            : `Possible, in ${operations(length)}`,
      look: never ? 'border-bad bg-bad-bg' : 'border-user bg-user-bg',
      about:
        length === 0
          ? 'The state at the start is one already.'
          : `There is no shorter way: every run of fewer operations was tried.`,
    }
  }
  return {
    glyph: never ? '✓' : '∅',
    title: never ? `Never: ${examined}` : `Impossible: ${examined}`,
    look: never ? 'border-ok bg-ok-bg' : 'border-line2 bg-panel',
    about: `No order of these operations leads there, however long. The longest way to a new state took ${operations(result.depth)}.`,
  }
}

function Verdict({ answer }: { answer: Answer }): ReactNode {
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
  const words = verdictWords(answer)
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
        {result?.verdict === 'impossible' && cannotShare(result) && (
          <p className="mt-1 text-warn">
            ! Only one process acts, so nothing can be shared: add another one under “What may happen”.
          </p>
        )}
        <Continue answer={answer} />
      </section>
      {result?.path !== null && result?.path !== undefined && (
        <Path result={result} path={result.path} request={request} />
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

/** Whether a question about sharing was asked of one process. */
function cannotShare({ goal, assumed }: ExploreResult): boolean {
  return /\bshared\b/.test(goal) && assumed.processes.length < 2
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

function raisedLimit(
  kind: keyof Limits,
  limits: Partial<Limits>,
  at: ExploreProgress,
): { readonly limits: Partial<Limits>; readonly words: string } {
  switch (kind) {
    case 'memory': {
      const memory = 2 * Math.max(limits.memory ?? 0, at.memory)
      return { limits: { memory }, words: megabytes(memory) }
    }
    case 'states': {
      const most = 4 * Math.max(limits.states ?? 0, at.states)
      return { limits: { states: most }, words: states(most) }
    }
    case 'depth': {
      const depth = Math.max(limits.depth ?? 0, at.depth) + 5
      return { limits: { depth }, words: operations(depth) }
    }
  }
}

/** Opens a run in the timeline; Undo comes back to what was there. */
function openRun(scenario: Scenario): void {
  store.getState().open(scenario)
}

function Path({
  result,
  path,
  request,
}: {
  result: ExploreResult
  path: readonly Op[]
  request: ExploreRequest
}): ReactNode {
  const scenario = useMemo(() => scenarioOf(request, result.before, path), [request, result, path])
  const run = useMemo(() => runOf(scenario), [scenario])
  if (run === null) return null
  const first = result.before.length
  return (
    <section aria-label="The shortest run" className="rounded-xl border border-line bg-panel p-4" data-testid="path">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="mr-auto text-[14px] font-semibold">
          The shortest run{first > 0 ? `, after the ${first} steps that were done` : ''}
        </h3>
        <button type="button" className="button button-primary" onClick={() => openRun(scenario)}>
          <ListEnd size={14} /> Open in the timeline
        </button>
        <CopyButton
          text={() => linkTo(scenario)}
          label="Copy link"
          refused="The link could not be copied: open the run and share it from there"
        />
      </div>
      <ol className="mt-2.5 grid grid-cols-[minmax(0,1fr)] gap-1">
        {path.map((op, index) => {
          const step = run.steps[first + index]
          const words = describeOp(run.world, op, scenario.ops.slice(0, first + index))
          const badge = step === undefined ? null : describeResult(step.result)
          return (
            <li key={index}>
              <button
                type="button"
                className="flex w-full items-start gap-2.5 rounded-lg px-2 py-1 text-left hover:bg-panel2"
                title="Open the run at this step"
                onClick={() => openRun({ ...scenario, cursor: first + index + 1 })}
              >
                <span className="w-5 flex-none pt-px text-right font-mono text-[12px] text-faint">
                  {first + index + 1}
                </span>
                <span className="min-w-0 flex-1">
                  <span className="block">{words.words}</span>
                  <span className="block truncate font-mono text-[11.5px] text-faint">
                    {op.by === undefined ? '' : `${op.by}: `}
                    {words.call}
                  </span>
                </span>
                {badge !== null && <ResultChip result={badge} />}
              </button>
            </li>
          )
        })}
      </ol>
    </section>
  )
}

/** What the answer rests on. */
function Assumed(props: { assumed: Assumptions; result: ExploreResult; request: ExploreRequest }): ReactNode {
  const { assumed, result, request } = props
  const { interchangeable } = assumed
  const classes = [
    ...(interchangeable?.devices ?? []).map((each) => each.map(shortBdf)),
    ...(interchangeable?.processes ?? []),
    ...(interchangeable?.names ?? []),
  ]
  const rows: readonly (readonly [string, string])[] = [
    ['Who acts', actorsWords(assumed)],
    ['On', assumed.devices.map(shortBdf).join(', ')],
    [
      'Drivers',
      assumed.actors.includes('admin')
        ? assumed.drivers.map((d) => (d === 'native' ? 'each device’s own' : d)).join(', ')
        : 'nobody binds any',
    ],
    ['Open at a time', namesOf(assumed)],
    [
      'Mapped',
      assumed.kinds.some((kind) => kind === 'map_dma' || kind === 'ioas_map')
        ? assumed.ranges.map(({ iova, size }) => `${megabytes(size)} at 0x${iova.toString(16)}`).join(', ')
        : 'nothing',
    ],
    ['Operations', `${assumed.operations} to choose from: ${assumed.kinds.join(', ')}`],
    [
      'Counted once',
      request.reduce === false
        ? 'nothing: symmetry is off'
        : interchangeable === null || classes.length === 0
          ? 'nothing is interchangeable'
          : classes.map((each) => each.join(' = ')).join('; '),
    ],
  ]
  return (
    <div className="rounded-xl border border-line bg-panel px-4 py-3">
      <Fold testId="assumed" title={result.verdict === 'impossible' ? 'What this holds for' : 'What was assumed'}>
        <p className="mb-2 text-dim">
          The answer holds for this machine, these actors and these calls, and for the simulated kernel. Interrupts,
          timing and hardware faults are not part of it.
        </p>
        <Terms
          items={rows}
          className="grid gap-1.5 text-[12.5px]"
          pair="grid gap-x-3 sm:grid-cols-[120px_minmax(0,1fr)]"
          value="break-words"
        />
        <p className="mt-2 text-dim">
          On the command line: <code className="font-mono text-[12px] break-words text-ink">{commandOf(request)}</code>
        </p>
      </Fold>
    </div>
  )
}

function actorsWords({ actors, processes }: Assumptions): string {
  return [
    ...(actors.includes('user') ? processes : []),
    ...(actors.includes('admin') ? ['the administrator'] : []),
  ].join(', ')
}

function namesOf({ names }: Assumptions): string {
  const parts = names.flatMap((pools) =>
    pools === null
      ? []
      : [
          Object.entries(pools)
            .filter(([, pool]) => pool.length > 0)
            .map(([kind, pool]) => `${pool.length} ${kind}`)
            .join(', '),
        ],
  )
  return [...new Set(parts)].map((part) => `${part} for each process`).join('; ')
}
