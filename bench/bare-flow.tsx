/** A page of React Flow and nothing else, with nodes and edges that the benchmark gives: what the picture is compared with. */
import { ReactFlow, type Edge, type Node } from '@xyflow/react'
import { createRoot } from 'react-dom/client'

declare global {
  interface Window {
    readonly content: { readonly nodes: Node[]; readonly edges: Edge[] }
  }
}

const root = document.querySelector('#root')
if (root !== null) {
  const { nodes, edges } = window.content
  createRoot(root).render(
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodesDraggable={false}
      panOnScroll
      minZoom={0.1}
      maxZoom={2.5}
      proOptions={{ hideAttribution: true }}
    />,
  )
}
