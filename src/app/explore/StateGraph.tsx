import { Frame } from 'lucide-react'
import { useMemo, useState, type KeyboardEvent, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import type { ExploreRequest, ExploreResult, StateGraph as Graph } from '../../explore/exploration.ts'
import { RESULT_CHIP } from '../ui/tones.ts'
import { store } from '../store/store.ts'
import { layOut, type GraphPicture, type Lane, type Placed } from './graph-layout.ts'
import { count, operations, states } from '../ui/numbers.ts'
import { runOf, scenarioOf } from './runs.ts'

const LANE_WORDS: Readonly<Record<Lane, string>> = {
  start: 'start',
  drivers: 'drivers',
  files: 'files',
  contexts: 'contexts',
  mappings: 'mappings',
}

/** All states of a small search: to the right by the number of operations, downwards by what changed last. */
export function StateGraph(props: { graph: Graph; request: ExploreRequest; result: ExploreResult }): ReactNode {
  const { graph, request, result } = props
  const picture = useMemo(() => layOut(graph), [graph])
  const goal = useMemo(() => goalOf(graph, result), [graph, result])
  const [chosen, setChosen] = useState(goal ?? 0)
  const ends = graph.nodes.filter((node) => node.end).length
  const open = graph.nodes.some((node) => node.open)
  return (
    <section aria-labelledby="graph" className="rounded-xl border border-line bg-panel p-4" data-testid="graph">
      <h3 id="graph" className="text-[14px] font-semibold">
        The {states(graph.nodes.length)}
        {open ? ' found so far' : ''}
      </h3>
      <p className="text-dim">
        To the right by the fewest operations that lead there, downwards by what the last of them changed. Choose one to
        see the way to it.
      </p>
      <Legend ends={ends} open={open} goal={goal} />
      <div className="mt-2 overflow-x-auto">
        <Picture picture={picture} graph={graph} chosen={chosen} goal={goal} onChoose={setChosen} request={request} />
      </div>
      <Chosen picture={picture} graph={graph} chosen={chosen} request={request} result={result} />
    </section>
  )
}

/** The state in which the run that was found ends; if its last call was only asked about, the one before that. */
function goalOf({ nodes }: Graph, { path }: ExploreResult): number | null {
  if (path === null) return null
  const find = (length: number): number | undefined => {
    const wanted = JSON.stringify(path.slice(0, length))
    return nodes.find((node) => JSON.stringify(node.path) === wanted)?.id
  }
  return find(path.length) ?? find(path.length - 1) ?? null
}

function Legend({ ends, open, goal }: { ends: number; open: boolean; goal: number | null }): ReactNode {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-[12px] text-dim" aria-label="Marks">
      <li>● a state</li>
      <li>
        <span className="text-bad">■</span> dead end, nothing changes any more: {ends === 0 ? 'none' : count(ends)}
      </li>
      {goal !== null && (
        <li>
          <span className="text-user">◆</span> where the run leads
        </li>
      )}
      {open && <li>○ not examined: the search ended before</li>}
    </ul>
  )
}

/** The numbers of the states on the shortest way to one, itself included. */
function wayTo(picture: GraphPicture, id: number): number[] {
  const way = [id]
  for (let at = picture.placed[id]?.by?.from; at !== undefined; at = picture.placed[at]?.by?.from) way.unshift(at)
  return way
}

function curve(a: Placed, b: Placed): string {
  const middle = (a.x + b.x) / 2
  return `M${a.x} ${a.y}C${middle} ${a.y} ${middle} ${b.y} ${b.x} ${b.y}`
}

function Picture(props: {
  picture: GraphPicture
  graph: Graph
  chosen: number
  goal: number | null
  onChoose: (id: number) => void
  request: ExploreRequest
}): ReactNode {
  const { picture, graph, chosen, goal, onChoose } = props
  const { placed, lanes, columns, width, height } = picture
  const { forward, tree } = useMemo(() => linesOf(picture, graph), [picture, graph])
  const way = useMemo(() => wayTo(picture, chosen), [picture, chosen])
  const wayLine = way.flatMap((id, index) => {
    const [a, b] = [placed[way[index - 1] ?? -1], placed[id]]
    return a === undefined || b === undefined ? [] : [curve(a, b)]
  })
  const onward = graph.edges.flatMap(({ from, to }) => {
    const [a, b] = [placed[from], placed[to]]
    return from !== chosen || a === undefined || b === undefined ? [] : [curve(a, b)]
  })
  const onKey = (event: KeyboardEvent): void => {
    const next = neighbour(picture, graph, chosen, event.key)
    if (next === null) return
    event.preventDefault()
    onChoose(next)
    document.getElementById(`state-${next}`)?.focus()
  }
  return (
    <svg
      width={width}
      height={height}
      className="block"
      role="group"
      aria-label={`Graph of ${graph.nodes.length} states; arrow keys go from state to state`}
    >
      {lanes.map(({ lane, y, height: tall }, index) => (
        <g key={lane} aria-hidden="true">
          {index > 0 && <line x1={0} x2={width} y1={y} y2={y} stroke="var(--line)" strokeDasharray="3 4" />}
          <text x={2} y={y + tall / 2 + 4} fontSize={11.5} fill="var(--dim)">
            {LANE_WORDS[lane]}
          </text>
        </g>
      ))}
      {columns.map(({ depth, x }) => (
        <text key={depth} x={x + 11} y={14} fontSize={11} textAnchor="middle" fill="var(--faint)" aria-hidden="true">
          {depth}
        </text>
      ))}
      <path d={forward} fill="none" stroke="var(--line)" strokeWidth={0.8} />
      <path d={tree} fill="none" stroke="var(--line2)" strokeWidth={1} />
      <path d={onward.join('')} fill="none" stroke="var(--dim)" strokeWidth={1.2} strokeDasharray="3 3" />
      <path d={wayLine.join('')} fill="none" stroke="var(--user)" strokeWidth={2.2} />
      {placed.map((each) => (
        <State
          key={each.node.id}
          placed={each}
          isChosen={each.node.id === chosen}
          isOnWay={way.includes(each.node.id)}
          isGoal={each.node.id === goal}
          onChoose={onChoose}
          onKey={onKey}
        />
      ))}
    </svg>
  )
}

/** Lines that lead one column further, those of the shortest ways apart; ways back are shown where one asks for them. */
function linesOf({ placed }: GraphPicture, { edges }: Graph): { readonly forward: string; readonly tree: string } {
  let forward = ''
  let tree = ''
  for (const { from, to } of edges) {
    const [a, b] = [placed[from], placed[to]]
    if (a === undefined || b === undefined || b.node.depth !== a.node.depth + 1) continue
    if (b.by?.from === from) tree += curve(a, b)
    else forward += curve(a, b)
  }
  return { forward, tree }
}

function State(props: {
  placed: Placed
  isChosen: boolean
  isOnWay: boolean
  isGoal: boolean
  onChoose: (id: number) => void
  onKey: (event: KeyboardEvent) => void
}): ReactNode {
  const { placed, isChosen, isOnWay, isGoal, onChoose, onKey } = props
  const { node, x, y } = placed
  const words = [
    `State ${node.id + 1}, after ${operations(node.depth)}`,
    ...(node.end ? ['dead end'] : []),
    ...(node.open ? ['not examined'] : []),
    ...(isGoal ? ['where the run leads'] : []),
  ].join(', ')
  const fill = node.end ? 'var(--bad)' : isGoal || isOnWay ? 'var(--user)' : node.open ? 'var(--panel)' : 'var(--dim)'
  return (
    <g
      id={`state-${node.id}`}
      role="button"
      tabIndex={isChosen ? 0 : -1}
      aria-label={words}
      aria-pressed={isChosen}
      className="cursor-pointer"
      style={{ outlineOffset: 0 }}
      transform={`translate(${x} ${y})`}
      onClick={() => onChoose(node.id)}
      onKeyDown={onKey}
    >
      <title>{words}</title>
      <rect x={-11} y={-11} width={22} height={22} fill="transparent" />
      {isChosen && <circle r={9.5} fill="none" stroke="var(--user)" strokeWidth={2} />}
      {node.end ? (
        <rect x={-5} y={-5} width={10} height={10} fill={fill} />
      ) : isGoal ? (
        <rect x={-5} y={-5} width={10} height={10} fill={fill} transform="rotate(45)" />
      ) : (
        <circle r={5} fill={fill} stroke={node.open ? 'var(--dim)' : 'none'} strokeWidth={1.5} />
      )}
    </g>
  )
}

/** Where an arrow key leads: along a shortest way, or to the next of the column. */
function neighbour(picture: GraphPicture, { nodes, edges }: Graph, at: number, key: string): number | null {
  const here = picture.placed[at]
  if (here === undefined) return null
  switch (key) {
    case 'ArrowLeft':
      return here.by?.from ?? null
    case 'ArrowRight':
      return (
        picture.placed.find((each) => each.by?.from === at)?.node.id ??
        edges.find(({ from, to }) => from === at && to !== at)?.to ??
        null
      )
    case 'ArrowUp':
    case 'ArrowDown': {
      const column = nodes
        .filter((node) => node.depth === here.node.depth)
        .map((node) => node.id)
        .sort((a, b) => rank(picture, a) - rank(picture, b))
      const next = column[column.indexOf(at) + (key === 'ArrowDown' ? 1 : -1)]
      return next ?? null
    }
    default:
      return null
  }
}

function rank({ placed }: GraphPicture, id: number): number {
  const { x = 0, y = 0 } = placed[id] ?? {}
  return x * 10_000 + y
}

/** The way to the chosen state, and the door to it. */
function Chosen(props: {
  picture: GraphPicture
  graph: Graph
  chosen: number
  request: ExploreRequest
  result: ExploreResult
}): ReactNode {
  const { picture, graph, chosen, request, result } = props
  const placed = picture.placed[chosen]
  const path = placed?.node.path
  const scenario = useMemo(
    () => (path === undefined ? null : scenarioOf(request, result.before, path)),
    [path, request, result],
  )
  const run = useMemo(() => (scenario === null ? null : runOf(scenario)), [scenario])
  if (placed === undefined || path === undefined || scenario === null || run === null) return null
  const onward = graph.edges.filter(({ from }) => from === chosen).length
  const { node } = placed
  return (
    <div className="mt-3 rounded-[10px] border border-line bg-panel2 p-3" data-testid="chosen-state">
      <div className="flex flex-wrap items-center gap-2">
        <p className="mr-auto" role="status">
          <b className="font-semibold">State {chosen + 1}</b>, after {operations(node.depth)}
          {node.end ? '; a dead end' : node.open ? '; not examined' : `; ${count(onward)} calls change it`}
        </p>
        <button type="button" className="button" onClick={() => store.getState().open(scenario)}>
          <Frame size={14} /> Open this state
        </button>
      </div>
      {path.length > 0 && (
        <ol className="mt-1.5 flex flex-wrap gap-1.5">
          {path.map((op, index) => {
            const at = result.before.length + index
            const step = run.steps[at]
            const badge = step === undefined ? null : describeResult(step.result)
            return (
              <li key={index} className={badge === null ? 'chip' : RESULT_CHIP[badge.tone]}>
                {badge?.glyph} {describeOp(run.world, op, scenario.ops.slice(0, at)).call}
              </li>
            )
          })}
        </ol>
      )}
    </div>
  )
}
