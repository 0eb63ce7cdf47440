/**
 * The one place that knows React Flow: everything it is given is in the project's own terms (nodes with boxes, wires
 * with paths), everything it reports is too.
 */
import './flow.css'
import {
  ConnectionMode,
  EdgeLabelRenderer,
  Handle,
  Position,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
  useStore,
  type Edge,
  type EdgeProps,
  type Node,
  type NodeProps,
} from '@xyflow/react'
import { createContext, memo, useContext, useEffect, useMemo, useRef, type ReactNode } from 'react'
import type { Part as ChangedPart } from '../changes.ts'
import type { CanvasEdge } from '../edges.ts'
import type { CanvasNode, CardMark, Look } from '../looks.ts'
import type { Following } from '../useFollow.ts'
import { useMedia } from '../../ui/useMedia.ts'
import { Lifting, useLift, useLifted } from './lift.tsx'
import { boxToShow, contentOf, isInView, viewOfAll } from './view.ts'
import { WireEnds } from '../WireEnds.tsx'
import { ZoomButtons } from './ZoomButtons.tsx'

export interface FlowCanvasProps {
  readonly nodes: readonly CanvasNode[]
  readonly wires: readonly CanvasEdge[]
  /** Draws what a node shows, with what of it changed; the same function each time. */
  readonly body: (look: Look, changed: Changed) => ReactNode
  /** What the last step changed, and of whom its refusal speaks. */
  readonly follow: Following
  readonly selected: string | null
  /** Size of the content in its own pixels, and how large it is shown at first. */
  readonly width: number
  readonly height: number
  readonly zoom: number
  /** Changes when the view should be set anew even if a person has moved it: another machine. */
  readonly fitKey: string
  /** The content is moved with the page, not within its frame. */
  readonly still: boolean
  readonly onSelect: (id: string | null) => void
  readonly onWire: (from: string, to: string) => void
  readonly onCut: (wire: CanvasEdge) => void
  /** What cutting the selected wire would do, and return. */
  readonly cutText: string
  /** Nodes to bring into view, the most important first, with a count that changes each time. */
  readonly reveal: { readonly ids: readonly string[]; readonly count: number } | null
  /** Gets the element whose size is that of the view. */
  readonly measure: (element: HTMLElement | null) => void
  /** What stands beside the buttons below the picture. */
  readonly tools?: ReactNode
  readonly testId: string
}

/** What of a card the last step changed; `turn` differs from step to step, so that a mark begins anew. */
export interface Changed {
  readonly parts: ReadonlySet<ChangedPart>
  readonly turn: number
}

const UNCHANGED: Changed = { parts: new Set(), turn: 0 }

interface NodeData extends Record<string, unknown> {
  readonly node: CanvasNode
  readonly changed: Changed
}
interface EdgeData extends Record<string, unknown> {
  readonly wire: CanvasEdge
  /** It was not there before the last step. */
  readonly changed: boolean
  /** A refusal is explained that is not about what it joins. */
  readonly bystander: boolean
}
type FlowNode = Node<NodeData, 'part'>
type FlowEdge = Edge<EdgeData, 'wire'>

const CutContext = createContext({ cut: (_: CanvasEdge): void => undefined, cutText: '' })

const BodyContext = createContext((_: Look, _changed: Changed): ReactNode => null)

/** The attributes by which checks and styles know a card. */
function marksOf(mark: CardMark): Record<string, string> {
  const marks: Record<string, string> = { 'data-card': mark.card, 'data-id': mark.id }
  for (const [name, value] of Object.entries(mark.facts ?? {})) marks[`data-${name}`] = value
  return marks
}

const Part = memo(function Part({ data }: NodeProps<FlowNode>) {
  const { node, changed } = data
  const body = useContext(BodyContext)
  return (
    <>
      {node.card === undefined ? (
        body(node.look, changed)
      ) : (
        <div className="h-full w-full" {...marksOf(node.card)}>
          {body(node.look, changed)}
        </div>
      )}
      {node.handles.map((handle) => (
        <Handle
          key={handle.id}
          id={handle.id}
          type="source"
          position={handle.side === 'top' ? Position.Top : Position.Bottom}
          isConnectable={handle.drawable}
          className={handle.drawable ? '' : 'quiet'}
          {...(handle.title === undefined ? {} : { title: handle.title })}
          {...(handle.x === undefined ? {} : { style: { left: handle.x } })}
        />
      ))}
    </>
  )
})

const WireEdge = memo(function WireEdge({ data, selected }: EdgeProps<FlowEdge>) {
  const { cut, cutText } = useContext(CutContext)
  const wire = data?.wire
  const lifted = useLifted(wire)
  if (wire === undefined) return null
  const { kind, tone, path, middle } = wire
  const state = `${lifted ? 'lifted' : ''} ${data?.changed === true ? 'wire-changed' : ''} ${data?.bystander === true ? 'wire-bystander' : ''}`
  return (
    <g className={`tone-${tone} ${state}`}>
      <path
        className={`wire wire-${kind} ${kind === 'dma' ? `wire-${tone}` : ''}`}
        d={path}
        data-wire={kind}
        data-from={wire.fromKey}
        data-to={wire.toKey}
      />
      <WireEnds wire={wire} />
      {wire.cut.length > 0 && (
        <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={14} />
      )}
      {selected === true && wire.cut.length > 0 && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className="button nodrag nopan pointer-events-auto absolute z-50 bg-panel font-semibold text-bad shadow-node"
            style={{ transform: `translate(-50%, -50%) translate(${middle.x}px, ${middle.y}px)` }}
            onClick={() => cut(wire)}
          >
            ✂ {cutText}
          </button>
        </EdgeLabelRenderer>
      )}
    </g>
  )
})

const flowNodes = new WeakMap<CanvasNode, Map<string, FlowNode>>()

/** How a node is shown just now. */
interface NodeState {
  readonly selected: boolean
  readonly bystander: boolean
  readonly changed: Changed
}

/** A node in React Flow's form: the same object for the same node, so that it sees what did not change. */
function flowNodeOf(node: CanvasNode, state: NodeState): FlowNode {
  if (state.changed !== UNCHANGED) return makeFlowNode(node, state)
  const known = flowNodes.get(node) ?? new Map<string, FlowNode>()
  flowNodes.set(node, known)
  const which = `${state.selected} ${state.bystander}`
  const made = known.get(which) ?? makeFlowNode(node, state)
  known.set(which, made)
  return made
}

function makeFlowNode(node: CanvasNode, { selected, bystander, changed }: NodeState): FlowNode {
  const shape = node.backdrop === true ? 'lane' : node.open === true ? 'open' : ''
  return {
    id: node.id,
    type: 'part',
    position: { x: node.box.x, y: node.box.y },
    width: node.box.width,
    height: node.box.height,
    style: { width: node.box.width, height: node.box.height },
    data: { node, changed },
    ...(node.parent === undefined ? {} : { parentId: node.parent }),
    selected,
    selectable: node.selectable,
    focusable: node.selectable,
    draggable: false,
    connectable: node.handles.some((handle) => handle.drawable),
    deletable: false,
    zIndex: node.layer,
    ariaLabel: node.label,
    className: `${shape} ${bystander ? 'bystander' : ''}`,
    ...(node.backdrop === true ? { domAttributes: { 'aria-hidden': true } } : {}),
  }
}

const nodeTypes = { part: Part }
const edgeTypes = { wire: WireEdge }

const ARIA_LABELS = {
  'node.a11yDescription.default': 'Press Enter to select it; what you can do with it is then listed in the inspector.',
  'node.a11yDescription.keyboardDisabled': 'Press Enter to select it.',
  'edge.a11yDescription.default': 'Press Enter to select the wire, then Delete to cut it.',
}

/** More nodes than this are drawn only where they are in sight. */
const MANY_NODES = 400

export function FlowCanvas(props: FlowCanvasProps): ReactNode {
  return (
    // Told here too: the first nodes are laid down before the component's own properties reach the store.
    <ReactFlowProvider zIndexMode="manual">
      <Lifting>
        <Inner {...props} />
      </Lifting>
    </ReactFlowProvider>
  )
}

function Inner(props: FlowCanvasProps): ReactNode {
  const { nodes, body, onSelect, onWire, onCut, cutText, still, measure, tools, testId } = props
  const cutting = useMemo(() => ({ cut: onCut, cutText }), [onCut, cutText])
  const flowNodes = useFlowNodes(props)
  const flowEdges = useFlowEdges(props)
  const lift = useLift()
  const { onMoved, showAll } = useView(props)

  return (
    <BodyContext.Provider value={body}>
      <CutContext.Provider value={cutting}>
        <div ref={measure} className="relative min-h-0 flex-1" data-testid={testId}>
          <ReactFlow
            nodes={flowNodes}
            edges={flowEdges}
            nodeTypes={nodeTypes}
            edgeTypes={edgeTypes}
            connectionMode={ConnectionMode.Loose}
            connectionRadius={28}
            // The name stands in the bar below, where it covers nothing.
            proOptions={{ hideAttribution: true }}
            nodesDraggable={false}
            zIndexMode="manual"
            deleteKeyCode={['Delete', 'Backspace']}
            disableKeyboardA11y={false}
            onlyRenderVisibleElements={nodes.length > MANY_NODES}
            minZoom={0.1}
            maxZoom={2.5}
            panOnScroll={!still}
            panOnDrag={!still}
            preventScrolling={!still}
            zoomOnDoubleClick={false}
            className={still ? 'still' : ''}
            ariaLabelConfig={ARIA_LABELS}
            onMoveStart={onMoved}
            onNodeMouseEnter={(_, node) => lift.hover(node.id)}
            onNodeMouseLeave={() => lift.hover(null)}
            onNodesChange={(changes) => {
              for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id)
            }}
            onEdgesChange={(changes) => {
              for (const change of changes) if (change.type === 'select' && change.selected) onSelect(change.id)
            }}
            onBeforeDelete={({ edges }) => {
              for (const { data } of edges) if (data !== undefined && data.wire.cut.length > 0) onCut(data.wire)
              return Promise.resolve(false)
            }}
            onPaneClick={() => onSelect(null)}
            onConnect={({ source, target }) => onWire(source, target)}
            isValidConnection={({ source, target }) => source !== target}
          />
        </div>
        <div className="flex min-h-8 flex-none items-center gap-1.5 border-t border-line bg-panel px-2 py-0.5">
          {tools}
          <ZoomButtons showAll={showAll} />
        </div>
      </CutContext.Provider>
    </BodyContext.Provider>
  )
}

/** The nodes in React Flow's form, with the marks of the last step. */
function useFlowNodes({ nodes, selected, follow }: FlowCanvasProps): FlowNode[] {
  return useMemo(
    () =>
      nodes.map((node) => {
        const parts = follow.parts.get(node.id)
        return flowNodeOf(node, {
          selected: node.id === selected,
          bystander: node.backdrop !== true && follow.spoken?.has(node.id) === false,
          changed: parts === undefined ? UNCHANGED : { parts, turn: follow.turn },
        })
      }),
    [nodes, selected, follow],
  )
}

/** The wires in React Flow's form. */
function useFlowEdges({ wires, selected, follow }: FlowCanvasProps): FlowEdge[] {
  return useMemo(
    () =>
      wires.map((wire): FlowEdge => ({
        id: wire.id,
        type: 'wire',
        source: wire.from,
        target: wire.to,
        sourceHandle: 'out',
        targetHandle: 'in',
        data: {
          wire,
          changed: follow.wires.has(wire.id),
          bystander: follow.spoken !== null && !(follow.spoken.has(wire.from) && follow.spoken.has(wire.to)),
        },
        ariaLabel: wire.label,
        selected: wire.id === selected,
        selectable: wire.cut.length > 0,
        focusable: wire.cut.length > 0,
        // No wire crosses a card; its ends lie on their borders.
        zIndex: wire.id === selected ? 10 : 9,
      })),
    [wires, selected, follow],
  )
}

const REVEAL_MS = 250

/** Keeps the view on the content until a person moves it, and brings into view what is asked for. */
function useView({ nodes, width, height, zoom, fitKey, reveal }: FlowCanvasProps): {
  readonly onMoved: (event: MouseEvent | TouchEvent | null) => void
  readonly showAll: () => void
} {
  const flow = useReactFlow()
  const viewWidth = useStore((state) => state.width)
  const viewHeight = useStore((state) => state.height)
  const calm = useMedia('(prefers-reduced-motion: reduce)')
  const moved = useRef('')
  const latest = useRef({ width, viewWidth, viewHeight, calm })
  useEffect(() => {
    latest.current = { width, viewWidth, viewHeight, calm }
  })
  const revealed = useRef(reveal)
  const ready = viewWidth > 0 && viewHeight > 0 && nodes.length > 0
  const frame = `${fitKey} ${viewWidth} ${viewHeight}`

  useEffect(() => {
    // A person's own view stays, until the machine or the frame changes.
    if (!ready || moved.current === frame) return
    void flow.setViewport({ x: Math.max(0, Math.floor((viewWidth - width * zoom) / 2)), y: 0, zoom })
  }, [ready, frame, viewWidth, width, height, zoom, flow])

  useEffect(() => {
    if (reveal === null || !ready) return
    // A sheet of another size was shown from its beginning, unless a person has moved the view.
    const asked = revealed.current !== reveal
    revealed.current = reveal
    if (!asked && moved.current === frame) return
    const boxes = reveal.ids.flatMap((id) => {
      const node = flow.getInternalNode(id)
      return node === undefined
        ? []
        : [{ ...node.internals.positionAbsolute, width: node.width ?? 0, height: node.height ?? 0 }]
    })
    const viewport = flow.getViewport()
    const { width: sheet, viewWidth: seenWidth, viewHeight: seenHeight, calm: still } = latest.current
    const view = { width: seenWidth, height: seenHeight }
    const box = boxToShow(boxes, viewport.zoom, view)
    if (box === null || isInView(box, viewport, view)) return
    // A sheet that fits from side to side only moves up and down.
    const middle = sheet * viewport.zoom <= seenWidth + 1 ? sheet / 2 : box.x + box.width / 2
    void flow.setCenter(middle, box.y + box.height / 2, { zoom: viewport.zoom, duration: still ? 0 : REVEAL_MS })
  }, [reveal, ready, frame, width, height, zoom, flow])

  return {
    onMoved: (event) => {
      if (event !== null) moved.current = frame
    },
    showAll: () => {
      moved.current = ''
      const content = contentOf(nodes, { width, height })
      void flow.setViewport(viewOfAll(content, { width: viewWidth, height: viewHeight }, zoom))
    },
  }
}
