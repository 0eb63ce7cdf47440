/** What the page shows and what can be done to it; `create.ts` makes a store of this form. */
import type { GoalPart } from '../../scenario/course/lesson.ts'
import type { Aspect } from '../../scenario/course/lesson-picture.ts'
import type { OfferedOn } from '../../scenario/actions/offers.ts'
import type { Prediction, Scenario } from '../../scenario/document/scenario.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Boot, ProcessSpec } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import type { Branch, Derived, Doc } from './document.ts'
import type { Saved, Settings } from './persistence.ts'
import type { Place } from './places.ts'

/** What the inspector is about. Numbers are indices into the world's tables. */
export type Selection = OfferedOn | { readonly kind: 'context'; readonly context: DmaTarget }

/** Where DMA of a device lands: a page table of userspace, all memory, or nowhere (the IOMMU faults it). */
export type DmaTarget =
  { readonly kind: 'domain'; readonly domain: number } | { readonly kind: 'host' } | { readonly kind: 'nothing' }

/** What the canvas shows: who holds what, or the PCI tree with its groups. */
export type Lens = 'ownership' | 'topology'

/** What a lesson does with the picture. Numbers are indices into the world's tables. */
export interface Direction {
  /** What is asked for by an open question, and so not shown anywhere. */
  readonly hidden: ReadonlySet<Aspect>
  /** Groups that have a card whatever happens in them. */
  readonly unfold: readonly number[]
  /** What the words speak of: all else is dimmed. Null: nothing in particular. */
  readonly highlight: readonly Selection[] | null
  /** Functions between which DMA is drawn that passes beside the IOMMU, from the one to the other. */
  readonly path: readonly [from: number, to: number] | null
  /** The goal that is open; null: none is. */
  readonly goal: GoalPart | null
}

/** A link that could not be opened, and what was wrong with it. */
export interface BrokenLink {
  readonly hash: string
  readonly reason: string
}

export interface Toast {
  readonly id: number
  readonly tone: 'ok' | 'bad' | 'wait' | 'bug' | 'info'
  readonly text: string
}

/** Something that was to be loaded and did not come. */
export interface LoadFault {
  readonly words: string
  retry(): void
}

/** The run and its history. */
export interface RunState extends Derived {
  readonly past: readonly Doc[]
  readonly future: readonly Doc[]
  /** The run came by somebody's link and nothing was done to it yet: the browser goes on keeping the person's own. */
  readonly visiting: boolean
  /** What was answered to the questions of the run, by the step's number: the key of a choice, or nothing where it was only shown. */
  readonly answers: Readonly<Record<string, string>>
  /** The step whose question somebody ran into: it takes the place of how the step before was. */
  readonly blockingQuestionStep: number
  readonly brokenLink: BrokenLink | null
  /** The words of a kernel that was chosen did not load. */
  readonly loadFault: LoadFault | null

  perform(ops: readonly Op[]): void
  go(cursor: number): void
  undo(): void
  redo(): void
  take(branch: Branch): void
  open(scenario: Scenario, branches?: readonly Branch[]): void
  openLink(hash: string): void
  /** Goes to a document that was made from this one; what is selected stays selected if it is still there. */
  revise(doc: Doc): void
  annotate(step: number, words: string): void
  ask(step: number, prediction: Prediction | null): void
  /** Answers the question before a step and shows the step. */
  answer(step: number, choice: string): void
  /** Forgets what was answered about a step and those after it. */
  askAgain(step: number): void
  setKernel(kernel: KernelId): void
  /** Corrects the driver that a function of the user's own machine has at boot; a machine that ships stays as it is. */
  setDriver(bdf: string, driver: string | null): void
  setBoot(boot: Boot): void
  setProcesses(processes: readonly ProcessSpec[]): void
  rename(title: string): void
  dismissBrokenLink(): void
}

/** What of the page is open. */
export interface PageState {
  readonly selection: Selection | null
  /** All actions of the selection are listed, not only the usual ones. */
  readonly allOffers: boolean
  readonly lens: Lens
  readonly place: Place
  /** The lesson that is played, by its slug. Its run is on the canvas, and what was there before waits in `aside`. */
  readonly lesson: string | null
  readonly aside: { readonly doc: Doc; readonly past: readonly Doc[] } | null
  /** A prediction is open: no action tells its result beforehand. */
  readonly forecastsHidden: boolean
  readonly direction: Direction
  /** What somebody points at in the words of a lesson. */
  readonly pointed: Selection | null
  /** Notes and questions are being written: nothing is asked. */
  readonly teaching: boolean
  /** The kernels that were compared last. */
  readonly compared: readonly KernelId[]
  /** What stands in the address behind `?` in Explore: the question. */
  readonly query: string
  readonly toasts: readonly Toast[]
  readonly palette: boolean
  readonly sharing: boolean
  readonly helping: boolean
  /** What a screen reader is told about the last step. */
  readonly announcement: string
  /** Something to bring into view on the canvas; the count tells one wish from the next. */
  readonly reveal: { readonly selection: Selection; readonly count: number } | null
  /** Counts how often the keyboard is to go on from the canvas. */
  readonly canvasFocus: number

  startLesson(slug: string): void
  /** Puts a run of a lesson on the canvas; what was there before cannot be brought back by undo. */
  stage(scenario: Scenario): void
  hideForecasts(hidden: boolean): void
  /** Says what the picture shows; null: a lesson says nothing. */
  direct(direction: Direction | null): void
  point(selection: Selection | null): void
  teach(teaching: boolean): void
  select(selection: Selection | null): void
  listAllOffers(all: boolean): void
  setLens(lens: Lens): void
  /** Selects something and brings it into view. */
  showOnCanvas(selection: Selection): void
  show(place: Place): void
  /** Chooses the kernels to compare; at least two. */
  setCompared(kernels: readonly KernelId[]): void
  setQuery(query: string): void
  toast(tone: Toast['tone'], text: string): void
  dismiss(id: number): void
  setPalette(open: boolean): void
  setSharing(open: boolean): void
  setHelping(open: boolean): void
  announce(text: string): void
}

/** What this browser keeps. */
export interface KeptState {
  readonly settings: Settings
  readonly saves: readonly Saved[]
  /** Runs that something else took the place of, the newest first. */
  readonly earlier: readonly Saved[]
  /** Kept runs that this release cannot read: they stay as they are. */
  readonly unreadable: number
  /** Texts that are being written and are not used yet, by what they are for. */
  readonly drafts: Readonly<Record<string, string>>

  setSettings(settings: Partial<Settings>): void
  save(name: string): void
  forget(saved: Saved): void
  forgetEarlier(saved: Saved): void
  /** Remembers a text that is being written; undefined: it is used or thrown away. */
  draft(of: string, text: string | undefined): void
  /**
   * Keeps the run, the endings and the history: in this tab for a reload, in the browser for the next visit.
   * @param hashes fragments that the address may have when this tab is loaded anew
   * @returns false if the browser does not keep it
   */
  keep(hashes: readonly string[]): boolean
  /** Another tab has kept or forgotten something. */
  readKept(): void
}

export interface AppState extends RunState, PageState, KeptState {
  /** The kernel that has to be fetched before the first document can be shown; then `begin` starts anew. */
  readonly waitsFor: KernelId | null
  begin(): void
}

/** The functions among the fields of a part of the state, and the values. */
export type ActionsOf<T> = Pick<T, { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T]>
export type ValuesOf<T> = Omit<T, keyof ActionsOf<T>>
