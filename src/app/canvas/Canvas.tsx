import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
import { describeOp } from '../../explain/index.ts'
import { wireIntent, type WireEnd } from '../../scenario/intents.ts'
import { store, useApp, type Selection } from '../store/store.ts'
import { forecast, forecastBadge, presentOf, situationOf } from '../store/view.ts'
import { DriverTray } from './DriverTray.tsx'
import { FlowCanvas } from './flow/FlowCanvas.tsx'
import { layOut, nodeId } from './layout.ts'
import { picture } from './picture.ts'
import { wiresOf, type Wire } from './wires.ts'

/** Reads a node's id back: what it stands for. */
function endOf(id: string): WireEnd | null {
  if (id === nodeId.newContainer) return { kind: 'new-container' }
  if (id === nodeId.newIommufd) return { kind: 'new-iommufd' }
  const [kind, number] = id.split(' ')
  const index = Number(number)
  switch (kind) {
    case 'process':
      return { kind, process: index }
    case 'container':
      return { kind, container: index }
    case 'iommufd':
      return { kind, iommufd: index }
    case 'group':
      return { kind, group: index }
    case 'device':
      return { kind, device: index }
    default:
      return null
  }
}

function selectionOf(id: string | null): Selection | null {
  if (id === null) return null
  if (id.startsWith('context ')) return { kind: 'context', context: id }
  const end = endOf(id)
  return end === null || end.kind === 'new-container' || end.kind === 'new-iommufd' ? null : end
}

function idOf(selection: Selection | null): string | null {
  if (selection === null) return null
  switch (selection.kind) {
    case 'process':
      return nodeId.process(selection.process)
    case 'container':
      return nodeId.container(selection.container)
    case 'iommufd':
      return nodeId.iommufd(selection.iommufd)
    case 'group':
      return nodeId.group(selection.group)
    case 'device':
      return nodeId.device(selection.device)
    case 'context':
      return selection.context
  }
}

const MISSING = {
  'group-fd': 'Nobody holds a descriptor of that group yet: draw a wire from the process to the group first.',
  'device-fd': 'Nobody has opened the device yet: draw a wire from the process to the device first.',
  'container-fd': 'That is not open any more, or the group is in a container already.',
  'no-meaning': 'A wire between these two means nothing to this kernel.',
} as const

function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(0)
  const observer = useRef<ResizeObserver | null>(null)
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect()
    if (element === null) return
    setWidth(Math.round(element.clientWidth))
    observer.current = new ResizeObserver(() => setWidth(Math.round(element.clientWidth)))
    observer.current.observe(element)
  }, [])
  return [width, ref]
}

/** The picture of the machine at the cursor; `quiet`: to be looked at, without the tray of drivers. */
export function Canvas({ quiet = false }: { quiet?: boolean }): ReactNode {
  const run = useApp((s) => s.run)
  const snapshot = useApp((s) => s.snapshot)
  const kernel = useApp((s) => s.kernel)
  const ops = useApp((s) => s.doc.scenario.ops)
  const selection = useApp((s) => s.selection)
  const machine = useApp((s) => s.machine)
  const wanted = useApp((s) => s.reveal)
  const [width, measure] = useWidth()
  /** The machine whose quiet groups are unfolded. */
  const [unfolded, setUnfolded] = useState<unknown>(null)
  const [wire, setWire] = useState<string | null>(null)
  const world = run.world

  const unfold = unfolded === machine
  const layout = useMemo(
    () => layOut({ world, abi: kernel.abi, ops, viewWidth: width, unfold }),
    [world, kernel, ops, width, unfold],
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

  const [reveal, setReveal] = useState<{ id: string; count: number } | null>(null)
  useEffect(() => {
    if (wanted !== null) setReveal({ id: idOf(wanted.selection) ?? '', count: wanted.count })
  }, [wanted])

  return (
    <div className="flex h-full flex-col" id="canvas" tabIndex={-1} role="region" aria-label="Canvas">
      <div
        ref={measure}
        className={`relative flex-1 min-h-0 w-full overflow-hidden ${snapshot.dead ? 'crashed' : ''}`}
        data-testid="canvas"
      >
        {width > 0 && (
          <FlowCanvas
            nodes={nodes}
            wires={wires}
            selected={wire ?? idOf(selection)}
            width={layout.width}
            height={layout.height}
            fitKey={`${machine.id} ${layout.width} ${layout.groups.length}`}
            reveal={reveal}
            onSelect={(id) => {
              if (id === nodeId.folded) {
                setUnfolded(machine)
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
    </div>
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
