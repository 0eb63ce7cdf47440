import './topology.css'
import { useMemo, useState, type ReactNode } from 'react'
import { FlowCanvas } from '../canvas/flow/FlowCanvas.tsx'
import { idOf, selectionOf } from '../canvas/ids.ts'
import { namedIn } from '../canvas/groups.ts'
import { veilNodes } from '../canvas/veil.ts'
import { useFolds } from '../canvas/useFolds.ts'
import { useFollow } from '../canvas/useFollow.ts'
import { useReveal } from '../canvas/useReveal.ts'
import { useSize } from '../canvas/useSize.ts'
import type { AlgorithmId } from '../../sim/grouping/algorithm.ts'
import { store, useApp } from '../store/store.ts'
import { groupSelected } from '../store/view.ts'
import { drawTree } from './bodies.tsx'
import { layOutTree } from './layout.ts'
import { Notices } from './Notices.tsx'
import { OtherKernels, worldAs } from './OtherKernels.tsx'
import { peerNodes } from './peer-path.ts'
import { treePicture } from './picture.ts'
import { usePeerPath } from './usePeerPath.ts'

const nothing = (): void => undefined
const NONE: readonly never[] = []

/** Below this its words are too small to be read: a large machine is panned over instead. */
const SMALLEST = 1
const LARGEST = 1.4

/** How large a tree is shown at first: whole where that can be read. */
function zoomFor(
  sheet: { readonly width: number; readonly height: number },
  view: { readonly width: number; readonly height: number },
): number {
  return Math.min(LARGEST, Math.max(SMALLEST, Math.min(view.width / sheet.width, view.height / sheet.height)))
}

/** The PCI tree with ACS on each port and the groups as hulls. */
export function Topology(): ReactNode {
  const world = useApp((s) => s.run.world)
  const ops = useApp((s) => s.doc.scenario.ops)
  const selection = useApp((s) => s.selection)
  const machine = useApp((s) => s.machine)
  const [{ width, height }, measure] = useSize()
  const { open, unfold } = useFolds(machine.id)

  // A step changes nothing here but what the run names, and so what is folded: the first world of its hardware will do.
  const [hardware, setHardware] = useState(world)
  if (hardware.groups !== world.groups) setHardware(world)
  // Groups of another kernel are looked at only: what is selected, and what the run does, stays with the machine's own.
  const [algorithm, setAlgorithm] = useState<AlgorithmId | null>(null)
  const shown = useMemo(() => (algorithm === null ? hardware : worldAs(hardware, algorithm)), [hardware, algorithm])
  const named = useMemo(() => [...namedIn(ops)].sort().join(' '), [ops])
  const layout = useMemo(
    () => layOutTree({ world: shown, named: new Set(named.split(' ')), viewWidth: width, open }),
    [shown, named, width, open],
  )
  const drawn = algorithm === null ? world : shown
  const looked = algorithm !== null && selection?.kind === 'group' ? undefined : groupSelected(drawn, selection)
  const snapshot = useApp((s) => s.snapshot)
  const hidden = useApp((s) => s.direction.hidden)
  const inLesson = useApp((s) => s.lesson !== null)
  const path = usePeerPath()
  const nodes = useMemo(() => {
    const tree = treePicture(drawn, snapshot, layout, looked)
    return veilNodes(path === null ? tree : [...tree, ...peerNodes(drawn, layout, path)], hidden)
  }, [drawn, snapshot, layout, looked, path, hidden])
  const select = (id: string | null): void => {
    const target = selectionOf(id)
    const first = target?.kind === 'group' ? shown.groups[target.group]?.devices[0] : undefined
    if (algorithm !== null && first !== undefined) store.getState().select({ kind: 'device', device: first })
    else store.getState().select(target)
  }

  const follow = useFollow()
  const reveal = useReveal((group) => {
    const devices = world.groups[group]?.devices ?? []
    unfold(layout.folds.flatMap((fold) => (fold.devices.some((device) => devices.includes(device)) ? [fold.id] : [])))
  }, follow)

  return (
    <>
      <Notices />
      {!inLesson && <OtherKernels chosen={algorithm} onChoose={setAlgorithm} />}
      <div className="flex min-h-0 flex-auto basis-[480px] flex-col">
        <FlowCanvas
          nodes={width > 0 ? nodes : NONE}
          wires={NONE}
          body={drawTree}
          follow={follow}
          selected={idOf(selection)}
          width={layout.width}
          height={layout.height}
          zoom={zoomFor(layout, { width, height })}
          fitKey={machine.id}
          still={false}
          reveal={reveal}
          measure={measure}
          testId="topology"
          onSelect={(id) => {
            if (id?.startsWith('fold ') === true) unfold([id])
            else select(id)
          }}
          onWire={nothing}
          onCut={nothing}
          cutText=""
        />
      </div>
    </>
  )
}
