/** What each card of the ownership picture says in a state, before anybody asks how much room there is. */
import type { Judgement } from '../../sim/isolation.ts'
import type { Standing, Tag } from './looks.ts'

/** A text in several forms, from the fullest to the shortest. */
export type Forms = readonly string[]

/** A file that a process has open. */
export interface FdCard {
  readonly slot: number
  /** The name under which the process has it. */
  readonly name: string
  /** What it is a file of: `group 3`, `01:00.1`, `container`. */
  readonly text: string
  /** The node that it leads to. */
  readonly to: string
}

/** A process with its open files. */
export interface ProcessCard {
  readonly id: string
  /** What the picture's markup calls it. */
  readonly key: string
  readonly label: string
  readonly name: string
  readonly user: string
  readonly alive: boolean
  readonly fds: readonly FdCard[]
}

/** A group with its devices. */
export interface GroupCard {
  readonly id: string
  readonly key: string
  readonly label: string
  readonly group: number
  readonly number: number
  readonly standing: Standing
  /** The verdict of the kernel, in capitals. */
  readonly status: string
  readonly estimated: boolean
  readonly isolation: string
  readonly verdict: Judgement['verdict']
  /** What is said below the devices. */
  readonly foot: Forms
  readonly words: string
  readonly devices: readonly DeviceCard[]
}

/** A device of a group. */
export interface DeviceCard {
  readonly id: string
  readonly key: string
  readonly label: string
  readonly device: number
  readonly bdf: string
  readonly name: Forms
  /** Who has it open: `d1 qemu`; empty: nobody. */
  readonly holders: Forms
  readonly present: boolean
  readonly good: boolean
  readonly driver: Tag
  readonly reach: { readonly tone: Tag['tone']; readonly forms: Forms }
  /** The node of the address space where its DMA lands. */
  readonly lands: string
  readonly harm: boolean
}

/** An address space: where DMA can land. */
export interface SpaceCard {
  readonly id: string
  readonly key: string
  readonly label: string
  readonly tone: 'host' | 'user' | 'none'
  readonly title: Forms
  /** What it holds, one thing a line. */
  readonly lines: readonly Forms[]
}
