/**
 * The one place that knows React Flow: everything it is given is in the project's own terms (nodes with boxes, wires
 * with roles), everything it reports is too.
 */
import '@xyflow/react/dist/base.css'
import {
  Background,
  BackgroundVariant,
  BaseEdge,
  ConnectionMode,
  Controls,
  EdgeLabelRenderer,
  getBezierPath,
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
import type { CanvasNode, Look } from '../looks.ts'
import type { Wire } from '../wires.ts'

export interface FlowCanvasProps {
  readonly nodes: readonly CanvasNode[]
  readonly wires: readonly Wire[]
  /** Draws what a node shows; the same function each time. */
  readonly body: (look: Look) => ReactNode
  readonly selected: string | null
  readonly width: number
  readonly height: number
  /** Changes when the view should be fitted anew: another machine, another width. */
  readonly fitKey: string
  readonly onSelect: (id: string | null) => void
  readonly onWire: (from: string, to: string) => void
  readonly onCut: (wire: Wire) => void
  /** What cutting the selected wire would do, and return. */
  readonly cutText: string
  /** A node to bring into view, with a count that changes each time. */
  readonly reveal: { readonly id: string; readonly count: number } | null
}

interface NodeData extends Record<string, unknown> {
  readonly node: CanvasNode
}
interface EdgeData extends Record<string, unknown> {
  readonly wire: Wire
}
type FlowNode = Node<NodeData, 'part'>
type FlowEdge = Edge<EdgeData, 'wire'>

const CutContext = createContext({ cut: (_: Wire): void => undefined, cutText: '' })

const BodyContext = createContext((_: Look): ReactNode => null)

const Part = memo(function Part({ data }: NodeProps<FlowNode>) {
  const { node } = data
  const body = useContext(BodyContext)
  return (
    <>
      {body(node.look)}
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

const STROKES: Readonly<Record<Wire['role'], { color: string; width: number; dash?: string; flows?: boolean }>> = {
  fd: { color: 'var(--user)', width: 2 },
  member: { color: 'var(--ctx)', width: 2.5 },
  'dma-host': { color: 'var(--host)', width: 2, flows: true },
  'dma-all': { color: 'var(--bad)', width: 2.5, flows: true },
  'dma-domain': { color: 'var(--ctx)', width: 2, flows: true },
  'dma-none': { color: 'var(--line2)', width: 1.5, dash: '3 6' },
  mapped: { color: 'var(--user)', width: 1.5, dash: '2 4' },
}

const WireEdge = memo(function WireEdge(props: EdgeProps<FlowEdge>) {
  const { id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data, selected } = props
  const { cut, cutText } = useContext(CutContext)
  const wire = data?.wire
  const [path, labelX, labelY] = getBezierPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition })
  if (wire === undefined) return null
  const stroke = STROKES[wire.role]
  return (
    <>
      <g className={stroke.flows === true ? 'wire-flow' : ''}>
        <BaseEdge
          id={id}
          path={path}
          interactionWidth={wire.cut.length > 0 ? 18 : 0}
          style={{
            stroke: stroke.color,
            strokeWidth: selected === true ? stroke.width + 1.5 : stroke.width,
            ...(stroke.dash === undefined ? {} : { strokeDasharray: stroke.dash }),
          }}
        />
      </g>
      {selected === true && wire.cut.length > 0 && (
        <EdgeLabelRenderer>
          <button
            type="button"
            className="button nodrag nopan pointer-events-auto absolute z-50 bg-panel font-semibold text-bad shadow-node"
            style={{ transform: `translate(-50%, -50%) translate(${labelX}px, ${labelY}px)` }}
            onClick={() => cut(wire)}
          >
            ✂ {cutText}
          </button>
        </EdgeLabelRenderer>
      )}
    </>
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

/** Below this nobody reads a card: a large machine is panned over instead. */
const SMALLEST = 0.78

const ARIA_LABELS = {
  'node.a11yDescription.default': 'Press Enter to select it; what you can do with it is then listed in the inspector.',
  'node.a11yDescription.keyboardDisabled': 'Press Enter to select it.',
  'edge.a11yDescription.default': 'Press Enter to select the wire, then Delete to cut it.',
  'controls.ariaLabel': 'View',
  'controls.zoomIn.ariaLabel': 'Zoom in',
  'controls.zoomOut.ariaLabel': 'Zoom out',
  'controls.fitView.ariaLabel': 'Show everything',
}

export function FlowCanvas(props: FlowCanvasProps): ReactNode {
  return (
    // Told here too: the first nodes are laid down before the component's own properties reach the store.
    <ReactFlowProvider zIndexMode="manual">
      <Inner {...props} />
    </ReactFlowProvider>
  )
}

function Inner({
  nodes,
  wires,
  body,
  selected,
  width,
  height,
  fitKey,
  onSelect,
  onWire,
  onCut,
  cutText,
  reveal,
}: FlowCanvasProps): ReactNode {
  const flow = useReactFlow()
  const cutting = useMemo(() => ({ cut: onCut, cutText }), [onCut, cutText])
  const viewWidth = useStore((state) => state.width)
  const viewHeight = useStore((state) => state.height)
  const view = useRef({ width: 0, height: 0 })
  useEffect(() => {
    view.current = { width: viewWidth, height: viewHeight }
  }, [viewWidth, viewHeight])
  const ready = viewWidth > 0 && viewHeight > 0

  const flowNodes = useMemo(() => nodes.map((node) => flowNodeOf(node, node.id === selected)), [nodes, selected])

  const flowEdges = useMemo(() => {
    const inside = new Set(nodes.flatMap(({ id, parent }) => (parent === undefined ? [] : [id])))
    return wires.map((wire): FlowEdge => ({
      id: wire.id,
      type: 'wire',
      source: wire.from,
      target: wire.to,
      sourceHandle: wire.fromHandle ?? 'out',
      targetHandle: wire.toHandle ?? 'in',
      data: { wire },
      ariaLabel: wire.label,
      selected: wire.id === selected,
      selectable: wire.cut.length > 0,
      focusable: wire.cut.length > 0,
      // Below the cards, but for those to a card within a group, which lie over the group and what is above it.
      zIndex: wire.id === selected ? 10 : inside.has(wire.from) || inside.has(wire.to) ? 9 : 3,
    }))
  }, [nodes, wires, selected])

  const size = useRef({ width, height })
  useEffect(() => {
    size.current = { width, height }
  }, [width, height])

  // A small machine is shown whole; a large or narrow one from its top, at a size that can be read.
  useEffect(() => {
    if (viewWidth === 0 || viewHeight === 0) return
    const sheet = size.current
    const whole = Math.min(viewWidth / sheet.width, viewHeight / sheet.height)
    const readable = viewWidth < 560 ? 1 : 0.78
    const zoom = Math.min(1.25, Math.max(whole, Math.min(readable, Math.max(viewWidth / sheet.width, SMALLEST))))
    void flow.setViewport({ x: Math.max(0, (viewWidth - sheet.width * zoom) / 2), y: 0, zoom })
    // Only when the machine or the frame changes, not when the sheet grows: a person's own view stays.
  }, [fitKey, viewWidth, viewHeight, flow])

  useEffect(() => {
    if (reveal === null || !ready) return
    const node = flow.getInternalNode(reveal.id)
    if (node === undefined) return
    const { x, y } = node.internals.positionAbsolute
    const { zoom, ...shift } = flow.getViewport()
    const left = x * zoom + shift.x
    const top = y * zoom + shift.y
    const { width: seenWidth, height: seenHeight } = view.current
    const isSeen =
      left >= 0 &&
      top >= 0 &&
      left + (node.width ?? 0) * zoom <= seenWidth &&
      top + (node.height ?? 0) * zoom <= seenHeight
    if (isSeen) return
    const { width: sheetWidth } = size.current
    // A sheet that fits from side to side only moves up and down.
    const middle = sheetWidth * zoom <= view.current.width + 1 ? sheetWidth / 2 : x + (node.width ?? 0) / 2
    void flow.setCenter(middle, y + (node.height ?? 0) / 2, { zoom, duration: 250 })
  }, [reveal, ready, flow])

  return (
    <BodyContext.Provider value={body}>
      <CutContext.Provider value={cutting}>
        <ReactFlow
          nodes={flowNodes}
          edges={flowEdges}
          nodeTypes={nodeTypes}
          edgeTypes={edgeTypes}
          connectionMode={ConnectionMode.Loose}
          connectionRadius={28}
          attributionPosition="bottom-left"
          nodesDraggable={false}
          zIndexMode="manual"
          deleteKeyCode={['Delete', 'Backspace']}
          disableKeyboardA11y={false}
          onlyRenderVisibleElements={nodes.length > 400}
          minZoom={0.15}
          maxZoom={2}
          panOnScroll
          zoomOnDoubleClick={false}
          ariaLabelConfig={ARIA_LABELS}
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
        >
          <Background variant={BackgroundVariant.Dots} gap={22} size={1} color="var(--line)" />
          <Controls showInteractive={false} position="bottom-right" />
        </ReactFlow>
      </CutContext.Provider>
    </BodyContext.Provider>
  )
}
