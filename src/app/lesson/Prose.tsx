import { Fragment, type MouseEvent, type ReactNode } from 'react'
import { describeFunction } from '../../explain/registry.ts'
import type { Inline, Prose as Block } from '../../scenario/course/lesson-words.ts'
import type { World } from '../../sim/world.ts'
import { placeOfPath } from '../store/address.ts'
import { store, useApp, type Selection } from '../store/store.ts'

/** The running text of a lesson. */
export function Prose({ prose }: { prose: readonly Block[] }): ReactNode {
  return prose.map((block, index) => {
    switch (block.kind) {
      case 'paragraph':
        return (
          <p key={index}>
            <Words words={block.words} />
          </p>
        )
      case 'aside':
        return (
          <blockquote key={index} className="rounded-lg border-l-3 border-ctx bg-ctx-bg px-3 py-2">
            <Words words={block.words} />
          </blockquote>
        )
      case 'list': {
        const List = block.ordered ? 'ol' : 'ul'
        return (
          <List key={index} className={`grid gap-1 pl-5 ${block.ordered ? 'list-decimal' : 'list-disc'}`}>
            {block.items.map((item, at) => (
              <li key={at}>
                <Words words={item} />
              </li>
            ))}
          </List>
        )
      }
    }
  })
}

/** A run of text; what stands on the canvas leads there, and a kernel function tells what it does. */
export function Words({ words, still = false }: { words: readonly Inline[]; still?: boolean }): ReactNode {
  const world = useApp((s) => s.run.world)
  return words.map((part, index) => {
    if (typeof part === 'string') return <Fragment key={index}>{part}</Fragment>
    switch (part.kind) {
      case 'code':
        return <Code key={index} text={part.text} target={still ? null : targetOf(part.text, world)} />
      case 'strong':
        return (
          <strong key={index}>
            <Words words={part.words} still={still} />
          </strong>
        )
      case 'em':
        return (
          <em key={index}>
            <Words words={part.words} still={still} />
          </em>
        )
      case 'link':
        return (
          <a
            key={index}
            className="text-user underline underline-offset-2"
            href={part.href}
            {...(part.href.startsWith('/') ? { onClick: goInside } : { target: '_blank', rel: 'noreferrer' })}
          >
            <Words words={part.words} still />
          </a>
        )
    }
  })
}

/** Another lesson, or the debate, opens without loading the page anew. */
function goInside(event: MouseEvent<HTMLAnchorElement>): void {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return
  const place = placeOfPath(event.currentTarget.pathname)
  if (place === null) return
  event.preventDefault()
  if (place.lesson === null) store.getState().show(place.place)
  else store.getState().startLesson(place.lesson)
}

function targetOf(text: string, world: World): Selection | null {
  const device = world.deviceIndex.get(text) ?? world.deviceIndex.get(`0000:${text}`)
  if (device !== undefined) return { kind: 'device', device }
  const group = /^(?:group |\/dev\/vfio\/)(\d+)$/.exec(text)?.[1]
  const index = group === undefined ? undefined : world.groupIndex.get(Number(group))
  return index === undefined ? null : { kind: 'group', group: index }
}

function Code({ text, target }: { text: string; target: Selection | null }): ReactNode {
  const look = 'rounded bg-panel2 px-1 py-px font-mono text-[0.92em]'
  const does = describeFunction(text)
  if (does !== undefined) {
    return (
      <code className={`${look} underline decoration-dotted underline-offset-3`} title={does}>
        {text}
      </code>
    )
  }
  if (target === null) return <code className={look}>{text}</code>
  const { point } = store.getState()
  return (
    <button
      type="button"
      className={`${look} underline decoration-dotted underline-offset-3 hover:decoration-solid`}
      title="Show it in the picture"
      onMouseEnter={() => point(target)}
      onMouseLeave={() => point(null)}
      onFocus={() => point(target)}
      onBlur={() => point(null)}
      onClick={() => store.getState().showOnCanvas(target)}
    >
      {text}
    </button>
  )
}
