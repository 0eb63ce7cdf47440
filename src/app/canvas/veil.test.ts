import { expect, test } from 'vitest'
import { replay } from '../../sim/replay.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { MACHINES } from '../../machines/index.ts'
import { START } from '../../scenario/library/first-visit.ts'
import { ASPECTS, type Aspect } from '../../scenario/course/lesson-picture.ts'
import { layOutTree } from '../topology/layout.ts'
import { treePicture } from '../topology/picture.ts'
import { compose } from './compose.ts'
import { edgesOf, type CanvasEdge } from './edges.ts'
import type { CanvasNode } from './looks.ts'
import { picture } from './picture.ts'
import { veilNodes, veilWires } from './veil.ts'

/** Words that tell an aspect, anywhere in what is drawn or said. */
const TELLS: Readonly<Record<Aspect, RegExp>> = {
  groups: /group \d/i,
  viability: /\bviable\b|✗/i,
  isolation: /pretended|isolated|host’s own|not apart|no ACS between/i,
  dma: /DMA →|→ c1|→ host|no DMA|all host memory|wire-dma/i,
}

function ownership(machine: (typeof MACHINES)[number]): { nodes: CanvasNode[]; wires: CanvasEdge[] } {
  const [kernel] = KERNELS
  if (kernel === undefined) throw new Error('no kernel')
  const ops = machine.id === START.machine ? START.ops : []
  const run = replay(kernel, { machine, boot: START.boot, processes: START.processes }, ops)
  const snapshot = run.snapshotAt(ops.length)
  const { world } = run
  const scene = compose({
    kernel,
    world,
    snapshot,
    ops,
    wanted: new Set<number>(),
    main: 0,
    open: new Set<string>(),
    view: { width: 1000, height: 600 },
  })
  const nodes = picture(world, scene)
  return { nodes, wires: edgesOf(scene, nodes) }
}

function topology(machine: (typeof MACHINES)[number]): CanvasNode[] {
  const [kernel] = KERNELS
  if (kernel === undefined) throw new Error('no kernel')
  const run = replay(kernel, { machine, boot: { iommu: 'nopt', acsOverride: 'downstream' }, processes: [] }, [])
  const { world } = run
  const layout = layOutTree({ world, named: new Set(), viewWidth: 1000, open: new Set() })
  return treePicture(world, run.snapshotAt(0), layout, undefined)
}

const wordsOf = (nodes: readonly CanvasNode[], wires: readonly CanvasEdge[]): string =>
  JSON.stringify([nodes, wires.map(({ kind, label }) => `wire-${kind} ${label}`)])

test.each(ASPECTS.filter((aspect) => aspect !== 'groups'))('nothing in the ownership picture tells %s', (aspect) => {
  const shown = MACHINES.map((machine) => ownership(machine))
  expect(shown.map(({ nodes, wires }) => wordsOf(nodes, wires)).join()).toMatch(TELLS[aspect])
  const hidden = new Set([aspect])
  for (const { nodes, wires } of shown) {
    expect(wordsOf(veilNodes(nodes, hidden), veilWires(wires, hidden))).not.toMatch(TELLS[aspect])
  }
})

test.each(['groups', 'isolation'] as const)('nothing in the topology tells %s', (aspect) => {
  const shown = MACHINES.map((machine) => topology(machine))
  expect(shown.map((nodes) => wordsOf(nodes, [])).join()).toMatch(TELLS[aspect])
  for (const nodes of shown) expect(wordsOf(veilNodes(nodes, new Set([aspect])), [])).not.toMatch(TELLS[aspect])
})

test('where nothing is hidden, every node stays the same object', () => {
  const [machine] = MACHINES
  if (machine === undefined) throw new Error('no machine')
  const { nodes } = ownership(machine)
  expect(veilNodes(nodes, new Set())).toBe(nodes)
})
