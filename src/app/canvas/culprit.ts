import { nodeId } from './ids.ts'
import type { CanvasNode } from './looks.ts'

/** The nodes with the device marked that ended the kernel, so that styles leave it bright among all that is dimmed. */
export function withCulprit(nodes: readonly CanvasNode[], culprit: number | undefined): readonly CanvasNode[] {
  if (culprit === undefined) return nodes
  const id = nodeId.device(culprit)
  return nodes.map((node) =>
    node.id !== id || node.card === undefined
      ? node
      : { ...node, card: { ...node.card, facts: { ...node.card.facts, culprit: 'yes' } } },
  )
}
