import { Fragment, type ReactNode } from 'react'
import type { Span, Words } from '../../explain/words.ts'
import { store, type Selection } from '../store/store.ts'

function selectionFor(span: Exclude<Span, string>): Selection | null {
  if (span.index === undefined) return null
  switch (span.kind) {
    case 'device':
      return { kind: 'device', device: span.index }
    case 'group':
      return { kind: 'group', group: span.index }
    case 'container':
      return { kind: 'container', container: span.index }
    case 'process':
      return { kind: 'process', process: span.index }
    default:
      return null
  }
}

const MONO = new Set(['device', 'driver', 'fd', 'fn', 'errno', 'code', 'container'])

/** Words with their parts coloured; `links` makes devices, groups, containers and processes lead to the canvas. */
export function Rich({ words, links = false }: { words: Words; links?: boolean }): ReactNode {
  return words.map((span, index) => {
    if (typeof span === 'string') return <Fragment key={index}>{span}</Fragment>
    const look = `${MONO.has(span.kind) ? 'font-mono text-[0.94em]' : ''} font-semibold`
    const target = links ? selectionFor(span) : null
    if (target === null) {
      return (
        <span key={index} className={look}>
          {span.text}
        </span>
      )
    }
    return (
      <button
        key={index}
        type="button"
        className={`${look} underline decoration-dotted underline-offset-3 hover:decoration-solid`}
        onClick={() => store.getState().showOnCanvas(target)}
      >
        {span.text}
      </button>
    )
  })
}
