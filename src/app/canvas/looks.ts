import type { Judgement } from '../../sim/isolation.ts'
import type { Box } from './layout.ts'

/** Tones of chips and borders; each has its own word or glyph wherever it is used. */
export type Tone = 'ok' | 'bad' | 'warn' | 'user' | 'ctx' | 'host' | 'none' | 'plain'

/** A small label: an optional bold beginning, then text. */
export interface Tag {
  readonly tone: Tone
  readonly name?: string
  readonly text: string
}

/** What a node shows: plain data, so that a node that shows the same is the same. */
export type Look =
  | { readonly kind: 'lane'; readonly name: string; readonly last: boolean }
  | {
      readonly kind: 'process'
      readonly name: string
      readonly user: string
      readonly alive: boolean
      readonly fds: readonly Tag[]
      readonly columns: number
    }
  | { readonly kind: 'container'; readonly name: string; readonly iommu: string }
  | { readonly kind: 'iommufd'; readonly name: string; readonly objects: readonly Tag[] }
  | { readonly kind: 'new'; readonly path: string; readonly words: string }
  | {
      readonly kind: 'group'
      readonly id: number
      /**
       * `taken`: an iommufd owns it, so nobody else can have it; `unknown`: a listing does not tell the drivers that
       * decide; `quiet`: not viable, and nobody in userspace asks for it.
       */
      readonly standing: 'viable' | 'taken' | 'unknown' | 'quiet' | 'not-viable'
      /** The machine did not report its groups. */
      readonly estimated: boolean
      readonly title: string
      readonly facts: string
      readonly words: string
      readonly isolation: string
      readonly verdict: Judgement['verdict']
    }
  | {
      readonly kind: 'device'
      readonly device: number
      readonly bdf: string
      readonly name: string
      readonly mark: string
      readonly present: boolean
      readonly good: boolean
      readonly driver: Tag
      readonly reach: Tag
    }
  | { readonly kind: 'folded'; readonly count: number }
  | {
      readonly kind: 'context'
      readonly tone: 'host' | 'none' | 'ctx' | 'ghost'
      readonly title: string
      readonly lines: readonly string[]
    }

/** A node of the picture. */
export interface CanvasNode {
  readonly id: string
  readonly box: Box
  readonly parent?: string
  /** What assistive technology says. */
  readonly label: string
  readonly look: Look
  /** Where wires end, and which ends can be drawn from. */
  readonly handles: readonly CanvasHandle[]
  readonly selectable: boolean
  readonly layer: number
  /** Takes part in no pointer event (lanes). */
  readonly backdrop?: boolean
}

export interface CanvasHandle {
  readonly id: string
  readonly side: 'top' | 'bottom'
  /** Pixels from the left edge of the node; its middle if absent. */
  readonly x?: number
  /** A person can draw a wire from or to it. */
  readonly drawable: boolean
  readonly title?: string
}
