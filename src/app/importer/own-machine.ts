/** What the page “My machine” is about. It outlives the page, so that one can go to the canvas and come back, or reload. */
import { createStore } from 'zustand/vanilla'
import { useStore } from 'zustand'
import { withClasses, withGroups } from '../../what-if/corrections.ts'
import { withDrivers } from '../../what-if/edit.ts'
import { adviceFor, type Advice } from '../../adviser/advice.ts'
import { kernelOf, NEWEST } from '../../adviser/kernel-of.ts'
import { likelyWanted } from '../../adviser/likely.ts'
import type { Reading } from '../../adviser/reading.ts'
import type { SystemId } from '../../adviser/system.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine } from '../../sim/machine.ts'
import { kept, session } from '../store/store.ts'
import {
  BROKEN_MACHINE_LINK,
  decodeMachine,
  isMachineHash,
  keepMachine,
  keptMachine,
  type MachineDocument,
} from './machine-document.ts'
import { MOST_PASTED, STOPPED, TextReader } from './text-reader.ts'

/** A text that was pasted, dropped or chosen. */
export interface Paste {
  readonly id: number
  readonly name: string
  readonly text: string
}

/** What the person told, because the listing did not or was wrong; by address. */
export interface Corrections {
  readonly drivers: ReadonlyMap<string, string | null>
  readonly groups: ReadonlyMap<string, string | null>
  readonly classes: ReadonlyMap<string, string>
}

export interface OwnMachine {
  readonly pastes: readonly Paste[]
  /** A long text is being read. */
  readonly busy: boolean
  /** Why the texts have not been read; null: they have been, or are being read. */
  readonly fault: string | null
  /** The browser does not keep the texts: a reload begins anew. */
  readonly lostOnReload: boolean
  readonly reading: Reading | null
  readonly corrections: Corrections
  /** What was read, with the corrections. */
  readonly machine: Machine | null
  readonly wanted: string | null
  readonly kernel: KernelId
  /** The person chose the kernel; else it follows the text. */
  readonly kernelChosen: boolean
  /** For whom the commands are; null: as the text suggests. */
  readonly system: SystemId | null
}

const NOTHING: Corrections = { drivers: new Map(), groups: new Map(), classes: new Map() }
const EMPTY = {
  pastes: [],
  busy: false,
  fault: null,
  lostOnReload: false,
  reading: null,
  corrections: NOTHING,
  machine: null,
  wanted: null,
  kernel: NEWEST,
  kernelChosen: false,
  system: null,
} as const

const own = createStore<OwnMachine>()(() => EMPTY)

export function useOwn<T>(selector: (state: OwnMachine) => T): T {
  return useStore(own, selector)
}

let nextPaste = 1
const reader = new TextReader(() => new Worker(new URL('./read-worker.ts', import.meta.url), { type: 'module' }))
let begun = false

/** Takes up what a link in the address holds, else what the browser kept. Once; later links come by `openMachineHash`. */
export function begin(): void {
  if (begun) return
  begun = true
  if (isMachineHash(location.hash)) openLink(location.hash)
  else {
    const document = keptMachine({ kept, session })
    if (document !== null) openDocument(document)
  }
  globalThis.addEventListener('hashchange', () => {
    if (isMachineHash(location.hash)) openLink(location.hash)
  })
  own.subscribe((state, before) => {
    if (state.busy || state.lostOnReload !== before.lostOnReload) return
    const isKept = keepMachine(state.pastes.length === 0 ? null : documentOf(state), { kept, session })
    const lostOnReload = !isKept && state.pastes.length > 0
    if (lostOnReload !== state.lostOnReload) own.setState({ lostOnReload })
  })
}

function openLink(hash: string): void {
  const linked = decodeMachine(hash)
  if (linked === null) own.setState({ fault: BROKEN_MACHINE_LINK })
  else openDocument(linked)
}

function openDocument({ pastes, wanted, drivers, groups, classes, system, kernel }: MachineDocument): void {
  const corrections = {
    drivers: new Map(Object.entries(drivers)),
    groups: new Map(Object.entries(groups)),
    classes: new Map(Object.entries(classes)),
  }
  own.setState({
    ...EMPTY,
    corrections,
    system,
    wanted,
    ...(kernel === null ? {} : { kernel, kernelChosen: true }),
  })
  read(
    pastes.map(({ name, text }) => ({ id: nextPaste++, name, text })),
    true,
  )
}

/** The page's subject as a document, to be kept or sent. */
export function documentOf(state: OwnMachine = own.getState()): MachineDocument {
  const { pastes, wanted, corrections, system, kernel, kernelChosen } = state
  return {
    pastes: pastes.map(({ name, text }) => ({ name, text })),
    wanted,
    drivers: Object.fromEntries(corrections.drivers),
    groups: Object.fromEntries(corrections.groups),
    classes: Object.fromEntries(corrections.classes),
    system,
    kernel: kernelChosen ? kernel : null,
  }
}

/**
 * Adds a text to those that were read before; functions are merged by address.
 * @returns why it is not taken, or null
 */
export function addPaste(text: string, name?: string): string | null {
  if (text.trim() === '') return null
  const refused = tooLong(name ?? 'the text', text.length)
  if (refused !== null) return refused
  const id = nextPaste++
  read([...own.getState().pastes, { id, name: name ?? `Paste ${id}`, text }])
  return null
}

/** Why so many characters more are not taken; null: they are. A file is asked about before it is opened. */
export function tooLong(name: string, characters: number): string | null {
  const before = own.getState().pastes.reduce((sum, { text }) => sum + text.length, 0)
  return before + characters > MOST_PASTED
    ? `“${name}” is not taken: all texts together may have ${MOST_PASTED} characters, and would have ${before + characters}`
    : null
}

export function removePaste(id: number): void {
  read(own.getState().pastes.filter((paste) => paste.id !== id))
}

export function startOver(): void {
  reader.end()
  nextPaste = 1
  own.setState(EMPTY)
}

function read(pastes: readonly Paste[], keepWanted = false): void {
  if (pastes.length === 0) return startOver()
  const texts = pastes.map(({ text }) => text)
  own.setState({ pastes, busy: true, fault: null })
  reader.read(texts, (outcome) => {
    if (outcome.ok) take(outcome.reading, keepWanted)
    else own.setState({ busy: false, fault: outcome.words, reading: null, machine: null })
  })
}

/** Ends the reading of a long text; the texts stay, so that they can be read again or taken away. */
export function stopReading(): void {
  reader.end()
  own.setState({ busy: false, fault: STOPPED, reading: null, machine: null })
}

export function readAgain(): void {
  read(own.getState().pastes, true)
}

function take(reading: Reading, keepWanted: boolean): void {
  const { corrections, wanted: before, kernel, kernelChosen } = own.getState()
  const machine = corrected(reading, corrections)
  const kept = before !== null && machine?.devices.some(({ bdf }) => bdf === before) === true
  // An error in the newest text asks about its device.
  const named = machine === null ? null : likelyWanted(machine, reading)
  const wanted = kept && (keepWanted || reading.messages.length === 0) ? before : named
  own.setState({
    busy: false,
    fault: null,
    reading,
    machine,
    wanted,
    kernel: kernelChosen ? kernel : kernelOf(reading.surroundings).id,
  })
}

function corrected({ machine }: Reading, { drivers, groups, classes }: Corrections): Machine | null {
  return machine === null ? null : withGroups(withClasses(withDrivers(machine, drivers), classes), groups)
}

export function want(wanted: string): void {
  own.setState({ wanted })
}

export function chooseKernel(kernel: KernelId): void {
  own.setState({ kernel, kernelChosen: true })
}

export function chooseSystem(system: SystemId): void {
  own.setState({ system })
}

/** What the listing did not tell, or told wrong. */
export function tellDriver(bdf: string, driver: string | null): void {
  correct(({ drivers, ...rest }) => ({ ...rest, drivers: new Map([...drivers, [bdf, driver]]) }))
}

/** @param group decimal; null: in none */
export function tellGroup(bdf: string, group: string | null): void {
  correct(({ groups, ...rest }) => ({ ...rest, groups: new Map([...groups, [bdf, group]]) }))
}

/** @param code four hexadecimal digits */
export function tellClass(bdf: string, code: string): void {
  correct(({ classes, ...rest }) => ({ ...rest, classes: new Map([...classes, [bdf, code]]) }))
}

function correct(change: (corrections: Corrections) => Corrections): void {
  const { reading, corrections } = own.getState()
  if (reading === null) return
  const told = change(corrections)
  own.setState({ corrections: told, machine: corrected(reading, told) })
}

const advices = new WeakMap<Machine, Map<string, Advice | null>>()

/** Advice on a function, worked out once a machine. */
export function adviceOn(machine: Machine, bdf: string, reading: Reading | null): Advice | null {
  const known = advices.get(machine) ?? new Map<string, Advice | null>()
  advices.set(machine, known)
  const found = known.get(bdf)
  if (found !== undefined) return found
  const { drivers, groups, classes } = own.getState().corrections
  const byHand = new Set([...groups.keys(), ...classes.keys(), ...drivers.keys()])
  const advice = adviceFor(machine, bdf, { reading, byHand, groupsByHand: new Set(groups.keys()) })
  known.set(bdf, advice)
  return advice
}
