/** What every algorithm answers: the group of each function, and why. */

/** Why a function joined a group, or began one; in the order in which the algorithms ask. */
export type JoinCode =
  // Linux as it is: a requester ID of `joined`; `cause` on the way up does not isolate; a shared DMA alias; functions of
  // one slot, neither of which isolates.
  | 'requester-id'
  | 'path-open'
  | 'alias'
  | 'functions'
  // The series: everything below the group of the bridge `joined` belongs to it.
  | 'below-open-group'
  // The port `cause` above does not isolate, and is in the group.
  | 'port-open'
  // Port `cause` of the switch does not isolate, so all its downstream ports are one group; the upstream port stays out
  // of it / is in it.
  | 'switch-ports'
  | 'whole-switch'
  // A conventional bus without / with the bridge `cause` above it.
  | 'pci-bus'
  | 'pci-bus-and-bridge'
  // A function `cause` of the slot does not isolate, so it reaches all the others.
  | 'slot-open'
  // Some functions of the slot say that it has several, others that it has one.
  | 'slot-unclear'
  // Nobody to share with.
  | 'new'

export interface JoinReason {
  readonly code: JoinCode
  /** Whose group was joined; -1: none. */
  readonly joined: number
  /** Whom it is about; -1: nobody but the function itself. */
  readonly cause: number
}

export interface Formed {
  /** Group number of each function, counted up from 0 in scan order. */
  readonly groups: readonly number[]
  readonly reasons: readonly JoinReason[]
}
