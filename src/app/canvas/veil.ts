/** Leaves out of a picture what an open question asks for: in what is drawn and in what assistive technology says. */
import type { Aspect } from '../../scenario/course/lesson-picture.ts'
import type { CanvasEdge } from './edges.ts'
import type { CanvasNode, Look } from './looks.ts'

type Hidden = ReadonlySet<Aspect>

/** The nodes without what is hidden. What shows nothing of it stays the same object. */
export function veilNodes(nodes: readonly CanvasNode[], hidden: Hidden): readonly CanvasNode[] {
  if (hidden.size === 0) return nodes
  return nodes.flatMap((node): CanvasNode[] => {
    const { look } = node
    switch (look.kind) {
      case 'tree-hull':
        return hidden.has('groups') ? [] : [node]
      case 'tree-warning':
      case 'tree-peer':
        return hidden.has('groups') || hidden.has('isolation') ? [] : [node]
      case 'tree-function':
        return [veilFunction(node, look, hidden)]
      case 'tree-fold':
        return [hidden.has('groups') ? { ...node, label: look.what, look: { ...look, groups: '' } } : node]
      case 'group':
        return [veilGroup(node, look, hidden)]
      case 'device':
        return [veilDevice(node, look, hidden)]
      case 'plate':
        return [hidden.has('dma') ? veilPlate(node, look) : node]
      default:
        return [node]
    }
  })
}

/** That ACS is only pretended tells that the hardware does not isolate. */
function veilFunction(node: CanvasNode, look: Look & { kind: 'tree-function' }, hidden: Hidden): CanvasNode {
  const pretended = hidden.has('isolation') && look.acs?.tone === 'warn' ? look.acs : null
  if (pretended === null && !hidden.has('groups')) return node
  const label = hidden.has('groups') ? node.label.replace(/, (?:group \d+|in no group)/, '') : node.label
  return pretended === null
    ? { ...node, label }
    : { ...node, label: label.replace(`, ${pretended.word}`, ''), look: { ...look, acs: null } }
}

/** The wires without those that tell what is hidden. */
export function veilWires(wires: readonly CanvasEdge[], hidden: Hidden): readonly CanvasEdge[] {
  return hidden.has('dma') ? wires.filter(({ kind }) => kind !== 'dma') : wires
}

const UNTOLD = '?'

function veilGroup(node: CanvasNode, look: Look & { kind: 'group' }, hidden: Hidden): CanvasNode {
  const viability = hidden.has('viability')
  const isolation = viability || hidden.has('isolation') || hidden.has('dma')
  if (!isolation) return node
  return {
    ...node,
    label: `IOMMU ${look.title.toLowerCase()}${viability ? '' : `: ${look.status.toLowerCase()}`}`,
    look: {
      ...look,
      isolation: '',
      verdict: 'host',
      ...(viability ? { standing: 'unknown', status: UNTOLD, foot: '', words: '' } : {}),
    },
    ...markedAs(node, { isolation: UNTOLD, ...(viability ? { verdict: UNTOLD } : {}) }),
  }
}

function veilDevice(node: CanvasNode, look: Look & { kind: 'device' }, hidden: Hidden): CanvasNode {
  const dma = hidden.has('dma')
  const viability = hidden.has('viability')
  if (!dma && !viability && !hidden.has('isolation')) return node
  const driver = look.driver.text.replace('✗ ', '')
  return {
    ...node,
    label: [`Device ${look.bdf}`, look.title, driver, ...(look.holder === '' ? [] : [`open as ${look.holder}`])].join(
      ', ',
    ),
    look: {
      ...look,
      harm: false,
      ...(dma ? { reach: { tone: 'none', text: `DMA ${UNTOLD}` } } : {}),
      ...(viability ? { good: true, driver: { tone: 'plain', text: driver } } : {}),
    },
    ...markedAs(node, { ...(dma ? { dma: UNTOLD } : {}), ...(viability ? { driver } : {}) }),
  }
}

function veilPlate(node: CanvasNode, look: Look & { kind: 'plate' }): CanvasNode {
  // Where their DMA lands is what a plate says last, on one line or on two.
  const firstOfDma = look.lines.findIndex((line) => line.includes('DMA'))
  return {
    ...node,
    label: look.lines[0] ?? '',
    look: { ...look, lines: look.lines.slice(0, firstOfDma < 0 ? undefined : firstOfDma) },
  }
}

/** The card's marks with some facts that say no more than that they are not told. */
function markedAs({ card }: CanvasNode, facts: Readonly<Record<string, string>>): Pick<CanvasNode, 'card'> {
  return card === undefined ? {} : { card: { ...card, facts: { ...card.facts, ...facts } } }
}
