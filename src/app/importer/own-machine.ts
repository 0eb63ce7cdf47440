/** What the page “My machine” is about. It outlives the page, so that one can go to the canvas and come back. */
import { createStore } from 'zustand/vanilla'
import { useStore } from 'zustand'
import { withDrivers } from '../../what-if/edit.ts'
import { adviceFor, type Advice } from '../../adviser/advice.ts'
import { likelyWanted } from '../../adviser/likely.ts'
import { readPastes, type Reading } from '../../adviser/reading.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine } from '../../sim/machine.ts'

/** A text that was pasted, dropped or chosen. */
export interface Paste {
  readonly id: number
  readonly name: string
  readonly text: string
}

export interface OwnMachine {
  readonly pastes: readonly Paste[]
  /** A long text is being read. */
  readonly busy: boolean
  readonly reading: Reading | null
  /** Drivers that the person told. */
  readonly drivers: ReadonlyMap<string, string | null>
  /** What was read, with those drivers. */
  readonly machine: Machine | null
  readonly wanted: string | null
  readonly kernel: KernelId
}

const EMPTY = { pastes: [], busy: false, reading: null, drivers: new Map(), machine: null, wanted: null } as const

/** Longer texts are read by a worker. */
const LONG = 400_000

/** Whoever runs guests has a recent kernel, whatever is on the canvas. */
const own = createStore<OwnMachine>()(() => ({ ...EMPTY, kernel: 'linux-6.12' }))

export function useOwn<T>(selector: (state: OwnMachine) => T): T {
  return useStore(own, selector)
}

let nextPaste = 1
let worker: Worker | null = null

/** Adds a text to those that were read before; functions are merged by address. */
export function addPaste(text: string, name?: string): void {
  if (text.trim() === '') return
  const id = nextPaste++
  read([...own.getState().pastes, { id, name: name ?? `Paste ${id}`, text }])
}

export function removePaste(id: number): void {
  read(own.getState().pastes.filter((paste) => paste.id !== id))
}

export function startOver(): void {
  worker?.terminate()
  worker = null
  nextPaste = 1
  own.setState(EMPTY)
}

function read(pastes: readonly Paste[]): void {
  if (pastes.length === 0) return startOver()
  worker?.terminate()
  worker = null
  const texts = pastes.map(({ text }) => text)
  const length = texts.reduce((sum, text) => sum + text.length, 0)
  if (length < LONG) {
    own.setState({ pastes, busy: false })
    take(readPastes(texts, 'My machine'))
    return
  }
  own.setState({ pastes, busy: true })
  // Without a worker the page reads by itself: that takes a moment, and is better than no answer.
  const readHere = (): void => {
    own.setState({ busy: false })
    take(readPastes(texts, 'My machine'))
  }
  let reader: Worker
  try {
    reader = new Worker(new URL('./read-worker.ts', import.meta.url), { type: 'module' })
  } catch {
    readHere()
    return
  }
  worker = reader
  reader.addEventListener('error', () => {
    reader.terminate()
    if (worker !== reader) return
    worker = null
    readHere()
  })
  reader.addEventListener('message', ({ data }: MessageEvent<Reading>) => {
    reader.terminate()
    if (worker !== reader) return
    worker = null
    own.setState({ busy: false })
    take(data)
  })
  reader.postMessage(texts)
}

function take(reading: Reading): void {
  const { drivers, wanted: before } = own.getState()
  const machine = reading.machine === null ? null : withDrivers(reading.machine, drivers)
  const kept = before !== null && machine?.devices.some(({ bdf }) => bdf === before) === true
  // An error in the newest text asks about its device.
  const named = machine === null ? null : likelyWanted(machine, reading)
  const wanted = reading.messages.length > 0 || !kept ? named : before
  own.setState({ reading, machine, wanted })
}

export function want(wanted: string): void {
  own.setState({ wanted })
}

export function chooseKernel(kernel: KernelId): void {
  own.setState({ kernel })
}

/** What the listing did not tell, or told wrong. */
export function tellDriver(bdf: string, driver: string | null): void {
  const { reading, drivers } = own.getState()
  if (reading?.machine === null || reading === null) return
  const told = new Map([...drivers, [bdf, driver]])
  own.setState({ drivers: told, machine: withDrivers(reading.machine, told) })
}

const advices = new WeakMap<Machine, Map<string, Advice | null>>()

/** Advice on a function, worked out once a machine. */
export function adviceOn(machine: Machine, bdf: string, reading: Reading | null): Advice | null {
  const known = advices.get(machine) ?? new Map<string, Advice | null>()
  advices.set(machine, known)
  const found = known.get(bdf)
  if (found !== undefined) return found
  const advice = adviceFor(machine, bdf, { reading })
  known.set(bdf, advice)
  return advice
}
