import type { AcsMark } from '../../explain/acs.ts'
import type { Judgement } from '../../sim/isolation.ts'
import type { Box } from './geometry.ts'

/** Tones of chips and borders; each has its own word or glyph wherever it is used. */
export type Tone = 'ok' | 'bad' | 'warn' | 'user' | 'ctx' | 'host' | 'none' | 'plain'

/**
 * How a group stands towards userspace, for its frame. `taken`: an iommufd owns it, so nobody else can have it;
 * `unknown`: a listing does not tell the drivers that decide; `quiet`: not viable, and nobody in userspace asks for it.
 */
export type Standing = 'viable' | 'taken' | 'unknown' | 'quiet' | 'not-viable'

/** A small label: an optional bold beginning, then text. */
export interface Tag {
  readonly tone: Tone
  readonly name?: string
  readonly text: string
}

/** What a node shows: plain data, so that a node that shows the same is the same. Texts are already fitted to their room. */
export type Look =
  | {
      readonly kind: 'lane'
      readonly name: string
      readonly words: string
      readonly narrow: boolean
      readonly last: boolean
    }
  | {
      readonly kind: 'process'
      readonly name: string
      readonly user: string
      readonly alive: boolean
      readonly chips: readonly ChipLook[]
    }
  | { readonly kind: 'new'; readonly words: readonly string[] }
  | {
      readonly kind: 'group'
      readonly title: string
      readonly standing: Standing
      /** The machine did not report its groups. */
      readonly estimated: boolean
      readonly status: string
      /** Empty: there is no room for it. */
      readonly isolation: string
      readonly verdict: Judgement['verdict']
      /** Verdicts stand in a line of their own below the title. */
      readonly twoLines: boolean
      readonly foot: string
      readonly words: string
    }
  | {
      readonly kind: 'device'
      readonly device: number
      readonly bdf: string
      /** Empty: there is no room for it. */
      readonly name: string
      readonly title: string
      readonly holder: string
      readonly isHeld: boolean
      readonly present: boolean
      readonly good: boolean
      readonly harm: boolean
      readonly driver: Tag
      readonly reach: Tag
      readonly twoLines: boolean
    }
  | { readonly kind: 'plate'; readonly lines: readonly string[]; readonly bold: number; readonly opened: boolean }
  | {
      readonly kind: 'space'
      readonly tone: 'host' | 'user' | 'none'
      readonly title: string
      readonly lines: readonly string[]
      /** Everything that it holds, for whoever points at it. */
      readonly words: string
    }
  | TreeLook

/** A descriptor in the card of a process, in the card's pixels. */
export interface ChipLook {
  readonly name: string
  /** Empty: only the name fits. */
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
}

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
      /** Fitted to the card. */
      readonly driver: Tag
      readonly guessed: boolean
    }
  | { readonly kind: 'tree-fold'; readonly what: string; readonly groups: string }
  | {
      readonly kind: 'tree-peer'
      readonly width: number
      readonly height: number
      readonly paths: readonly string[]
      readonly arrow: string
    }

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
  /** What the markup says of a card, for checks and styles. */
  readonly card?: CardMark
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

/** A card in the markup: `data-card`, `data-id` and what else it is asked for. */
export interface CardMark {
  readonly card: 'process' | 'group' | 'device' | 'space' | 'plate'
  /** What people call it: `group 3`, `device 01:00.0`, `host`. */
  readonly id: string
  /** Further attributes, by name without `data-`. */
  readonly facts?: Readonly<Record<string, string>>
}
