import './canvas.css'
import { useMemo, useState, type ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { wireIntent } from '../../scenario/actions/intents.ts'
import { late } from '../ui/late.tsx'
import { useMedia } from '../ui/useMedia.ts'
import { store, useApp } from '../store/store.ts'
import { culpritOf, forecast, forecastBadge, groupSelected, mainGroup, presentOf, situationOf } from '../store/view.ts'
import { drawBody } from './bodies.tsx'
import { compose, type Scene } from './compose.ts'
import { withCulprit } from './culprit.ts'
import { edgesOf, type CanvasEdge } from './edges.ts'
import { FlowCanvas } from './flow/FlowCanvas.tsx'
import { endOf, idOf, nodeId, selectionOf } from './ids.ts'
import { LensBar } from './LensBar.tsx'
import { picture } from './picture.ts'
import { veilNodes, veilWires } from './veil.ts'
import { useFolds } from './useFolds.ts'
import { useFollow } from './useFollow.ts'
import { useReveal } from './useReveal.ts'
import { useSize } from './useSize.ts'

const MISSING = {
  'group-fd': 'Nobody holds a descriptor of that group yet: draw a wire from the process to the group first.',
  'device-fd': 'Nobody has opened the device yet: draw a wire from the process to the device first.',
  'container-fd': 'That is not open any more, or the group is in a container already.',
  'no-meaning': 'A wire between these two means nothing to this kernel.',
} as const

const DriverTray = late(async () => (await import('./DriverTray.tsx')).DriverTray, 'the drivers', 'part')
const Topology = late(async () => (await import('../topology/Topology.tsx')).Topology, 'the topology')

/** The picture of the machine at the cursor, through one of two lenses; `quiet`: to be looked at, without tools. */
export function Canvas({ quiet = false }: { quiet?: boolean }): ReactNode {
  const lens = useApp((s) => s.lens)
  return (
    <div className="relative flex h-full flex-col">
      {!quiet && <LensBar />}
      <div className="flex min-h-0 flex-auto flex-col" id="canvas" tabIndex={-1} role="region" aria-label="Canvas">
        {lens === 'ownership' ? <Ownership quiet={quiet} /> : <Topology />}
      </div>
    </div>
  )
}

/** The picture asks its frame for no more height than this, in a column of a wide screen and on a phone. */
const ASKED_HEIGHT = { wide: 600, phone: 440 } as const
const PHONE = 560
/** The bar below the picture. */
const BAR_HEIGHT = 33

function Ownership({ quiet }: { quiet: boolean }): ReactNode {
  const machine = useApp((s) => s.machine)
  const selection = useApp((s) => s.selection)
  const narrow = useMedia('(max-width: 639px)')
  const [size, measure] = useSize()
  const { open, unfold, fold } = useFolds(machine.id)
  const [wire, setWire] = useState<string | null>(null)
  const { scene, wanted } = useScene(size, open)
  const world = useApp((s) => s.run.world)
  const culprit = useApp(culpritOf)
  const hidden = useApp((s) => s.direction.hidden)
  const nodes = useMemo(
    () => veilNodes(withCulprit(picture(world, scene), culprit), hidden),
    [world, scene, culprit, hidden],
  )
  const wires = useMemo(() => veilWires(edgesOf(scene, nodes), hidden), [scene, nodes, hidden])
  const cutText = useMemo(() => cutWords(wires.find((other) => other.id === wire)), [wires, wire])
  const follow = useFollow()
  const reveal = useReveal((group) => unfold([nodeId.group(group)]), follow)

  return (
    <div className="flex min-h-0 flex-auto flex-col" style={{ flexBasis: wanted + BAR_HEIGHT }}>
      <FlowCanvas
        nodes={size.width > 0 ? nodes : NONE}
        wires={size.width > 0 ? wires : NONE}
        body={drawBody}
        follow={follow}
        selected={wire ?? idOf(selection)}
        width={scene.width}
        height={scene.height}
        zoom={scene.zoom}
        fitKey={machine.id}
        still={narrow && !quiet && scene.width <= size.width && scene.height <= size.height}
        reveal={reveal}
        measure={measure}
        testId="canvas"
        onSelect={(id) => {
          if (id?.startsWith('plate ') === true) {
            if (open.has(id)) fold(id)
            else unfold([id])
            return
          }
          const isWire = id !== null && wires.some((w) => w.id === id)
          setWire(isWire ? id : null)
          store.getState().select(isWire ? null : selectionOf(id))
        }}
        onWire={drawWire}
        cutText={cutText}
        onCut={(cut) => {
          setWire(null)
          cutWire(cut)
        }}
        tools={quiet ? null : <DriverTray />}
      />
    </div>
  )
}

const NONE: readonly never[] = []

/** The composed picture of the state at the cursor, and the height that it asks its frame for. */
function useScene(
  view: { readonly width: number; readonly height: number },
  open: ReadonlySet<string>,
): { scene: Scene; wanted: number } {
  const world = useApp((s) => s.run.world)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const ops = useApp((s) => s.doc.scenario.ops)
  const selection = useApp((s) => s.selection)
  const selected = groupSelected(world, selection)
  const told = useApp((s) => s.direction.unfold)
  const input = useMemo(() => {
    const wanted = new Set<number>(selected === undefined ? told : [...told, selected])
    for (const id of open) {
      const end = endOf(id)
      if (end?.kind === 'group') wanted.add(end.group)
    }
    return { kernel, world, snapshot, ops, wanted, main: mainGroup(world, snapshot), open }
  }, [kernel, world, snapshot, ops, selected, told, open])
  const { width, height } = view
  const asked = useMemo(() => {
    const phone = width < PHONE
    const most = phone ? ASKED_HEIGHT.phone : ASKED_HEIGHT.wide
    const { natural, zoom } = compose({ ...input, view: { width, height: most } })
    // A phone's page scrolls: there the picture has whatever it needs.
    return phone ? Math.ceil(natural) + 2 : Math.min(Math.ceil(natural * zoom) + 24, most)
  }, [input, width])
  const scene = useMemo(() => compose({ ...input, view: { width, height } }), [input, width, height])
  return { scene, wanted: asked }
}

function drawWire(from: string, to: string): void {
  const a = endOf(from)
  const b = endOf(to)
  if (a === null || b === null) return
  const state = store.getState()
  const intent = wireIntent(situationOf(state), a, b)
  if ('ops' in intent) state.perform(intent.ops)
  else state.toast('info', MISSING[intent.missing])
}

function cutWire(wire: CanvasEdge): void {
  const state = store.getState()
  if (wire.cut.length > 0) state.perform(wire.cut)
}

/** What cutting a wire means, with the answer that the kernel would give. */
function cutWords(wire: CanvasEdge | undefined): string {
  if (wire === undefined || wire.cut.length === 0) return ''
  const state = store.getState()
  const { glyph, word } = forecastBadge(forecast(presentOf(state), { ops: wire.cut }))
  return `${wire.cut.map((op) => describeOp(state.run.world, op).words).join(', ')}: ${glyph} ${word}`
}
