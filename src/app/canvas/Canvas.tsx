import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { wireIntent } from '../../scenario/actions/intents.ts'
import { store, useApp } from '../store/store.ts'
import { forecast, forecastBadge, presentOf, situationOf } from '../store/view.ts'
import { drawBody } from './bodies.tsx'
import { DriverTray } from './DriverTray.tsx'
import { FlowCanvas } from './flow/FlowCanvas.tsx'
import { LensBar } from './LensBar.tsx'
import { layOut } from './layout.ts'
import { picture } from './picture.ts'
import { endOf, idOf, selectionOf } from './ids.ts'
import { useFolds } from './useFolds.ts'
import { useReveal } from './useReveal.ts'
import { useWidth } from './useWidth.ts'
import { wiresOf, type Wire } from './wires.ts'

const MISSING = {
  'group-fd': 'Nobody holds a descriptor of that group yet: draw a wire from the process to the group first.',
  'device-fd': 'Nobody has opened the device yet: draw a wire from the process to the device first.',
  'container-fd': 'That is not open any more, or the group is in a container already.',
  'no-meaning': 'A wire between these two means nothing to this kernel.',
} as const

const Topology = lazy(async () => ({ default: (await import('../topology/Topology.tsx')).Topology }))

/** The picture of the machine at the cursor, through one of two lenses; `quiet`: to be looked at, without tools. */
export function Canvas({ quiet = false }: { quiet?: boolean }): ReactNode {
  const lens = useApp((s) => s.lens)
  return (
    <div className="relative flex h-full flex-col">
      {!quiet && <LensBar />}
      <div className="flex min-h-0 flex-1 flex-col" id="canvas" tabIndex={-1} role="region" aria-label="Canvas">
        {lens === 'ownership' ? (
          <Ownership quiet={quiet} />
        ) : (
          <Suspense fallback={<div className="flex-1" />}>
            <Topology />
          </Suspense>
        )}
      </div>
    </div>
  )
}

function Ownership({ quiet }: { quiet: boolean }): ReactNode {
  const run = useApp((s) => s.run)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const ops = useApp((s) => s.doc.scenario.ops)
  const selection = useApp((s) => s.selection)
  const machine = useApp((s) => s.machine)
  const [width, measure] = useWidth()
  const { open, unfold } = useFolds(machine.id)
  const [wire, setWire] = useState<string | null>(null)
  const world = run.world

  const layout = useMemo(
    () => layOut({ world, abi: kernel.abi, ops, viewWidth: width, open }),
    [world, kernel, ops, width, open],
  )
  const nodes = useMemo(() => picture(kernel, world, snapshot, layout), [kernel, world, snapshot, layout])
  const looked =
    selection?.kind === 'group'
      ? selection.group
      : selection?.kind === 'device'
        ? world.devices[selection.device]?.group
        : undefined
  const wires = useMemo(
    () => wiresOf(world, snapshot, new Set(nodes.map((node) => node.id)), looked),
    [world, snapshot, nodes, looked],
  )
  const cutText = useMemo(() => cutWords(wires.find((other) => other.id === wire)), [wires, wire])

  const reveal = useReveal((group) => unfold(layout.folded.flatMap((f) => (f.groups.includes(group) ? [f.id] : []))))

  return (
    <>
      <div
        ref={measure}
        className={`relative flex-1 min-h-0 w-full overflow-hidden ${snapshot.dead ? 'crashed' : ''}`}
        data-testid="canvas"
      >
        {width > 0 && (
          <FlowCanvas
            nodes={nodes}
            wires={wires}
            body={drawBody}
            selected={wire ?? idOf(selection)}
            width={layout.width}
            height={layout.height}
            fitKey={`${machine.id} ${layout.width} ${layout.groups.length}`}
            reveal={reveal}
            onSelect={(id) => {
              if (layout.folded.some((fold) => fold.id === id)) {
                unfold([id ?? ''])
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
          />
        )}
      </div>
      {!quiet && <DriverTray />}
    </>
  )
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

function cutWire(wire: Wire): void {
  const state = store.getState()
  if (wire.cut.length > 0) state.perform(wire.cut)
}

/** What cutting a wire means, with the answer that the kernel would give. */
function cutWords(wire: Wire | undefined): string {
  if (wire === undefined || wire.cut.length === 0) return ''
  const state = store.getState()
  const { glyph, word } = forecastBadge(forecast(presentOf(state), { ops: wire.cut }))
  return `${wire.cut.map((op) => describeOp(state.run.world, op).words).join(', ')}: ${glyph} ${word}`
}
