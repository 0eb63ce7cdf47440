import type { ReactNode } from 'react'
import type { Tone } from './looks.ts'
import { Chip } from './parts.tsx'

/** A sign, and what it means. */
export type Sign = readonly [sign: ReactNode, means: string]

/** A part of the legend. */
export function LegendSection({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <section>
      <h3 className="section-title mb-1.5">{title}</h3>
      {children}
    </section>
  )
}

/** Signs of the picture, each with what it means. */
export function Signs(props: { title: string; signs: readonly Sign[] }): ReactNode {
  return (
    <LegendSection title={props.title}>
      <ul className="grid gap-1.5">
        {props.signs.map(([sign, means]) => (
          <li key={means} className="flex items-center gap-3">
            <span className="flex w-28 flex-none justify-center" aria-hidden="true">
              {sign}
            </span>
            <span className="min-w-0 flex-1">{means}</span>
          </li>
        ))}
      </ul>
    </LegendSection>
  )
}

/** A chip of the picture with what it means. */
export function chipSign(tone: Tone, text: string, means: string): Sign {
  return [
    <Chip key={text} tone={tone}>
      {text}
    </Chip>,
    means,
  ]
}
