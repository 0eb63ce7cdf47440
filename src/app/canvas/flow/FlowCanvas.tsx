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
import type { CanvasEdge } from '../edges.ts'
import type { CanvasNode, CardMark, Look } from '../looks.ts'
import { ZoomButtons } from './ZoomButtons.tsx'

export interface FlowCanvasProps {
  readonly nodes: readonly CanvasNode[]
  readonly wires: readonly CanvasEdge[]
  /** Draws what a node shows; the same function each time. */
  readonly body: (look: Look) => ReactNode
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
  /** A node to bring into view, with a count that changes each time. */
  readonly reveal: { readonly id: string; readonly count: number } | null
  /** Gets the element whose size is that of the view. */
  readonly measure: (element: HTMLElement | null) => void
  /** What stands beside the buttons below the picture. */
  readonly tools?: ReactNode
  readonly testId: string
}

interface NodeData extends Record<string, unknown> {
  readonly node: CanvasNode
}
interface EdgeData extends Record<string, unknown> {
  readonly wire: CanvasEdge
}
type FlowNode = Node<NodeData, 'part'>
type FlowEdge = Edge<EdgeData, 'wire'>

const CutContext = createContext({ cut: (_: CanvasEdge): void => undefined, cutText: '' })

const BodyContext = createContext((_: Look): ReactNode => null)

/** The attributes by which checks and styles know a card. */
function marksOf(mark: CardMark): Record<string, string> {
  const marks: Record<string, string> = { 'data-card': mark.card, 'data-id': mark.id }
  for (const [name, value] of Object.entries(mark.facts ?? {})) marks[`data-${name}`] = value
  return marks
}

const Part = memo(function Part({ data }: NodeProps<FlowNode>) {
  const { node } = data
  const body = useContext(BodyContext)
  return (
    <>
      {node.card === undefined ? (
        body(node.look)
      ) : (
        <div className="h-full w-full" {...marksOf(node.card)}>
          {body(node.look)}
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
  if (wire === undefined) return null
  const { kind, tone, path, start, end, middle } = wire
  const { x, y } = end
  return (
    <g className={`tone-${tone}`}>
      <path
        className={`wire wire-${kind} ${kind === 'dma' ? `wire-${tone}` : ''}`}
        d={path}
        data-wire={kind}
        data-from={wire.fromKey}
        data-to={wire.toKey}
      />
      {kind !== 'dma' && <circle className="wire-end" cx={start.x} cy={start.y} r={4} />}
      {kind === 'dma' ? (
        <path className="wire-arrow" d={`M${x - 5} ${y - 8}L${x} ${y - 1}L${x + 5} ${y - 8}`} />
      ) : (
        <circle className="wire-end" cx={x} cy={y} r={4} />
      )}
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

const flowNodes = new WeakMap<CanvasNode, { plain?: FlowNode; selected?: FlowNode }>()

/** A node in React Flow's form: the same object for the same node, so that it sees what did not change. */
function flowNodeOf(node: CanvasNode, selected: boolean): FlowNode {
  const known = flowNodes.get(node) ?? {}
  flowNodes.set(node, known)
  const which = selected ? 'selected' : 'plain'
  known[which] ??= {
    id: node.id,
    type: 'part',
    position: { x: node.box.x, y: node.box.y },
    width: node.box.width,
    height: node.box.height,
    style: { width: node.box.width, height: node.box.height },
    data: { node },
    ...(node.parent === undefined ? {} : { parentId: node.parent }),
    selected,
    selectable: node.selectable,
    focusable: node.selectable,
    draggable: false,
    connectable: node.handles.some((handle) => handle.drawable),
    deletable: false,
    zIndex: node.layer,
    ariaLabel: node.label,
    className: node.backdrop === true ? 'lane' : node.open === true ? 'open' : '',
    ...(node.backdrop === true ? { domAttributes: { 'aria-hidden': true } } : {}),
  }
  return known[which]
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
      <Inner {...props} />
    </ReactFlowProvider>
  )
}

function Inner(props: FlowCanvasProps): ReactNode {
  const { nodes, wires, body, selected, onSelect, onWire, onCut, cutText, still, measure, tools, testId } = props
  const cutting = useMemo(() => ({ cut: onCut, cutText }), [onCut, cutText])
  const flowNodes = useMemo(() => nodes.map((node) => flowNodeOf(node, node.id === selected)), [nodes, selected])
  const flowEdges = useMemo(
    () =>
      wires.map((wire): FlowEdge => ({
        id: wire.id,
        type: 'wire',
        source: wire.from,
        target: wire.to,
        sourceHandle: 'out',
        targetHandle: 'in',
        data: { wire },
        ariaLabel: wire.label,
        selected: wire.id === selected,
        selectable: wire.cut.length > 0,
        focusable: wire.cut.length > 0,
        // No wire crosses a card; its ends lie on their borders.
        zIndex: wire.id === selected ? 10 : 9,
      })),
    [wires, selected],
  )
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

const REVEAL_MS = 250
/** Free room around what is shown whole, and around what is brought into view. */
const MARGIN = 16

/** Keeps the view on the content until a person moves it, and brings into view what is asked for. */
function useView({ width, height, zoom, fitKey, reveal }: FlowCanvasProps): {
  readonly onMoved: (event: MouseEvent | TouchEvent | null) => void
  readonly showAll: () => void
} {
  const flow = useReactFlow()
  const viewWidth = useStore((state) => state.width)
  const viewHeight = useStore((state) => state.height)
  const moved = useRef('')
  const latest = useRef({ width, height, viewWidth, viewHeight })
  useEffect(() => {
    latest.current = { width, height, viewWidth, viewHeight }
  })
  const ready = viewWidth > 0 && viewHeight > 0
  const frame = `${fitKey} ${viewWidth} ${viewHeight}`

  useEffect(() => {
    // A person's own view stays, until the machine or the frame changes.
    if (!ready || moved.current === frame) return
    void flow.setViewport({ x: Math.max(0, Math.floor((viewWidth - width * zoom) / 2)), y: 0, zoom })
  }, [ready, frame, viewWidth, width, height, zoom, flow])

  useEffect(() => {
    if (reveal === null || !ready) return
    const node = flow.getInternalNode(reveal.id)
    if (node === undefined) return
    const { x, y } = node.internals.positionAbsolute
    const { zoom: scale, ...shift } = flow.getViewport()
    const left = x * scale + shift.x
    const top = y * scale + shift.y
    const { width: sheet, viewWidth: seenWidth, viewHeight: seenHeight } = latest.current
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + (node.width ?? 0) * scale <= seenWidth &&
      top + (node.height ?? 0) * scale <= seenHeight
    if (isSeen) return
    // A sheet that fits from side to side only moves up and down.
    const middle = sheet * scale <= seenWidth + 1 ? sheet / 2 : x + (node.width ?? 0) / 2
    void flow.setCenter(middle, y + (node.height ?? 0) / 2, { zoom: scale, duration: REVEAL_MS })
  }, [reveal, ready, flow])

  return {
    onMoved: (event) => {
      if (event !== null) moved.current = frame
    },
    showAll: () => {
      const fitting = Math.min((viewWidth - MARGIN) / width, (viewHeight - MARGIN) / height)
      const scale = Math.min(zoom, Math.max(0.1, fitting))
      moved.current = ''
      void flow.setViewport({
        x: (viewWidth - width * scale) / 2,
        y: scale < zoom ? (viewHeight - height * scale) / 2 : 0,
        zoom: scale,
      })
    },
  }
}
