/** What was pasted and what was asked about it. It outlives the place, so that coming back loses nothing; never stored. */
import { createStore } from 'zustand/vanilla'
import { useStore } from 'zustand'
import { withDrivers } from '../../machines/edit.ts'
import { machineFromImport } from '../../machines/from-import.ts'
import { importPastes, type ImportResult } from '../../machines/import/index.ts'
import type { Machine } from '../../sim/machine.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { readInWorker } from './reading.ts'

export interface Listing {
  /** Earlier outputs of the same machine. */
  readonly pastes: readonly string[]
  /** The one that can be edited. */
  readonly draft: string
  /** Null: nothing there, or still reading. */
  readonly result: ImportResult | null
  readonly reading: boolean
  /** With the drivers that a person has told; null if no device was found. */
  readonly machine: Machine | null
  /** Drivers told by hand, by address. */
  readonly told: ReadonlyMap<string, string | null>
  /** The device to hand over, by address. */
  readonly chosen: string | null
  readonly kernel: KernelId
}

const EMPTY: Listing = {
  pastes: [],
  draft: '',
  result: null,
  reading: false,
  machine: null,
  told: new Map(),
  chosen: null,
  kernel: 'linux-6.12',
}

export const listing = createStore<Listing>()(() => EMPTY)

export function useListing<T>(selector: (state: Listing) => T): T {
  return useStore(listing, selector)
}

/** A text above this many characters is kept beside the field: no browser edits it well. */
const LONGEST_DRAFT = 200_000
/** Above this, reading takes long enough to be felt, and goes on beside the page. */
const LONGEST_AT_ONCE = 60_000

/** Whether a text is kept beside the field instead of in it. */
export function isLong(text: string): boolean {
  return text.length > LONGEST_DRAFT
}

export function edit(draft: string): void {
  const { pastes } = listing.getState()
  if (isLong(draft)) read([...pastes, draft], '')
  else read(pastes, draft)
}

/** Puts the text aside, and makes room for another output of the same machine. */
export function addAnother(): void {
  const { pastes, draft } = listing.getState()
  if (draft.trim() !== '') read([...pastes, draft], '')
}

/** A file: beside what is there already. */
export function addText(text: string): void {
  addAnother()
  edit(text)
}

export function removePaste(index: number): void {
  const { pastes, draft } = listing.getState()
  read(
    pastes.filter((_, at) => at !== index),
    draft,
  )
}

export function clear(): void {
  listing.setState({ ...EMPTY, kernel: listing.getState().kernel })
}

export function choose(chosen: string): void {
  listing.setState({ chosen })
}

export function setKernel(kernel: KernelId): void {
  listing.setState({ kernel })
}

/** Says which driver a function has, where the listing does not. */
export function tellDriver(bdf: string, driver: string | null): void {
  const { told, result } = listing.getState()
  const now = new Map(told).set(bdf, driver)
  listing.setState({ told: now, machine: result === null ? null : machineOf(result, now) })
}

let asked = 0

function read(pastes: readonly string[], draft: string): void {
  const texts = [...pastes, draft].filter((text) => text.trim() !== '')
  const length = texts.reduce((sum, text) => sum + text.length, 0)
  const mine = ++asked
  if (texts.length === 0) {
    listing.setState({ pastes, draft, result: null, machine: null, reading: false, chosen: null })
  } else if (length <= LONGEST_AT_ONCE) {
    listing.setState({ pastes, draft })
    take(importPastes(texts))
  } else {
    listing.setState({ pastes, draft, reading: true })
    void readInWorker(texts).then((result) => {
      if (mine === asked) take(result)
    })
  }
}

function take(result: ImportResult): void {
  const { told, chosen } = listing.getState()
  const machine = machineOf(result, told)
  const named = result.errors?.find(({ bdf }) => bdf !== null && result.devices[bdf] !== undefined)?.bdf ?? null
  const kept = chosen !== null && result.devices[chosen] !== undefined ? chosen : null
  listing.setState({ result, reading: false, machine, chosen: kept ?? named })
}

function machineOf(result: ImportResult, told: ReadonlyMap<string, string | null>): Machine | null {
  return Object.keys(result.devices).length === 0 ? null : withDrivers(machineFromImport(result, 'My machine'), told)
}
