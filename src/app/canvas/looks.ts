import type { AcsMark } from '../../explain/acs.ts'
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
  | { readonly kind: 'folded'; readonly what: string; readonly count: string }
  | {
      readonly kind: 'context'
      readonly tone: 'host' | 'none' | 'ctx' | 'ghost'
      readonly title: string
      readonly lines: readonly string[]
    }
  | TreeLook

/** What the topology lens draws. Sizes are those of the node's box. */
export type TreeLook =
  | { readonly kind: 'tree-bus'; readonly title: string; readonly facts: string }
  | {
      readonly kind: 'tree-lines'
      readonly width: number
      readonly height: number
      readonly lines: readonly Line[]
      readonly slots: readonly Box[]
    }
  | {
      readonly kind: 'tree-hull'
      readonly id: number
      /** 0: a group of one function, which needs no colour of its own. */
      readonly hue: number
      readonly stroke: number
      readonly label: string
      readonly width: number
      readonly height: number
      readonly path: string
      /** The group that is looked at, or that of the function that is. */
      readonly looked: boolean
    }
  | {
      readonly kind: 'tree-warning'
      readonly width: number
      readonly height: number
      readonly path: string
      readonly words: string
    }
  | {
      readonly kind: 'tree-function'
      readonly bdf: string
      readonly name: string
      readonly acs: AcsMark | null
      readonly guessed: boolean
    }
  | { readonly kind: 'tree-fold'; readonly what: string; readonly groups: string }

/** A line of the tree, in the sheet's pixels. */
export interface Line {
  readonly path: string
  /** A guess: the listing does not tell this bridge. */
  readonly guessed: boolean
  /** Bus number beside the line, and where. */
  readonly bus?: { readonly text: string; readonly x: number; readonly y: number }
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
  /** Only what it draws takes part in pointer events, not its box. */
  readonly open?: boolean
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
