/** Assembles a Kernel from syscall handlers, file operations and the rules by which blocked calls are resumed. */
import type { Kernel, KernelId } from '../../kernel.ts'
import { OP_KINDS, type OpKind } from '../../op.ts'
import { OK, refuse, type Bug, type Result } from '../../result.ts'
import type { Shape } from '../../shape.ts'
import type { Snapshot } from '../../snapshot.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call, World } from '../../world.ts'
import { clearSlot, fileAt, kindOf, lowestFile, type OpenFile } from './files.ts'
import { at, type MachineState } from './machine-state.ts'
import { outcomeOf } from './outcome.ts'
import { resume } from './pending.ts'

/** What a kind of file does (struct file_operations). */
export interface FileKind<S extends MachineState> {
  /** The operations that are meant for it. `ioctl` answers the others too, as this kind of file does. */
  readonly ioctls: readonly OpKind[]
  /** A call on an open file; `object` is what it is open on, `process` who holds it. */
  ioctl(state: S, object: number, process: number, call: Call, trace?: Trace): Result
  /** The file is closed. */
  release(state: S, object: number, process: number, trace?: Trace): void
}

type Handlers<S> = Readonly<Partial<Record<OpKind, (state: S, call: Call, trace?: Trace) => Result>>>

/** What differs between kernels; the rest is the same for all. */
export interface Parts<S extends MachineState> {
  readonly id: KernelId
  create(world: World): S
  readonly shape?: Shape<S>
  boot(state: S): void
  /** Calls that need no open file, and those that are about several files. */
  readonly calls: Handlers<S>
  /** Calls that open a file. */
  readonly opens: Handlers<S>
  /** Kinds of file by their number (`CONTAINER_FD`). */
  readonly files: Readonly<Record<number, FileKind<S>>>
  /** What every call answers once the machine has stopped (`dead`). */
  readonly bug?: Bug
  /** Retries a blocked call: its late answer, or null while it still waits. */
  resumeCall(state: S, pending: number, device: number, driver: number, trace?: Trace): Result | null
  /** A process has closed a file that somebody else holds (`fdHeld`), who releases it later. */
  keep?(state: S, file: OpenFile): void
  /** A process has ended and its files are closed: what else ends with it. */
  endProcess(state: S, process: number, trace?: Trace): void
  snapshot(state: S): Snapshot
}

/** Builds the Kernel. */
export function assemble<S extends MachineState>(parts: Parts<S>): Kernel<S> {
  const kinds = Object.values(parts.files)
  const isIoctl = (op: OpKind): boolean => kinds.some((kind) => kind.ioctls.includes(op))
  const isKnown = (op: OpKind): boolean =>
    op === 'close' || op === 'exit' || parts.calls[op] !== undefined || parts.opens[op] !== undefined || isIoctl(op)
  const abi = OP_KINDS.filter(isKnown)
  const ioctls = new Set(abi.filter(isIoctl))
  const frozen = parts.bug === undefined ? null : outcomeOf({ bug: parts.bug })

  return {
    id: parts.id,
    abi,
    create: parts.create,
    ...(parts.shape === undefined ? {} : { shape: parts.shape }),
    boot: parts.boot,
    apply(state, call, trace) {
      if (frozen !== null && state.dead[0] === 1) return frozen
      // dup2: a file whose name is given to a new one is closed once that is open.
      const displaced = call.as < 0 ? null : fileAt(state, call.as)
      const result = ioctls.has(call.op) ? ioctl(parts, state, call, trace) : perform(parts, state, call, trace)
      if (displaced !== null && 'ok' in result && result.ok) release(parts, state, displaced, call.as, trace)
      return resume(state, result, (pending, device, driver) => parts.resumeCall(state, pending, device, driver, trace))
    },
    snapshot: parts.snapshot,
  }
}

/** Every call but the ioctls. */
function perform<S extends MachineState>(parts: Parts<S>, state: S, call: Call, trace?: Trace): Result {
  if (call.op === 'close') return close(parts, state, call, trace)
  if (call.op === 'exit') return exit(parts, state, call, trace)
  const handler = parts.calls[call.op]
  if (handler !== undefined) return handler(state, call, trace)
  const open = parts.opens[call.op]
  if (open === undefined) return refuse('ENOTTY')
  return canOpen(state, call) ? open(state, call, trace) : refuse('EMFILE')
}

/** An ioctl: the kind of file decides who answers, also where the call is meant for another kind. */
function ioctl<S extends MachineState>(parts: Parts<S>, state: S, call: Call, trace?: Trace): Result {
  const file = parts.files[kindOf(state, call.fd)]
  check(trace, 'L.FD.open', file !== undefined, { kind: 'slot', slot: call.fd })
  if (file === undefined) return refuse('EBADF')
  const isMeant = file.ioctls.includes(call.op)
  trace?.check('L.FD.kind', isMeant, { kind: 'slot', slot: call.fd })
  // No other kind of file can be read from (vfs_read).
  if (call.op === 'device_access' && !isMeant) return refuse('EINVAL')
  return file.ioctl(state, at(state.fdObject, call.fd), at(state.fdProcess, call.fd), call, trace)
}

function close<S extends MachineState>(parts: Parts<S>, state: S, call: Call, trace?: Trace): Result {
  const file = fileAt(state, call.fd)
  check(trace, 'L.FD.open', file !== null, { kind: 'slot', slot: call.fd })
  if (file === null) return refuse('EBADF')
  clearSlot(state, call.fd)
  release(parts, state, file, call.fd, trace)
  return OK
}

/** A process ends: its files are closed in the order of their numbers (close_files), then goes what else it had. */
function exit<S extends MachineState>(parts: Parts<S>, state: S, call: Call, trace?: Trace): Result {
  if (call.by < 0 || call.by >= state.exited.length) return refuse('EINVAL')
  for (let slot = lowestFile(state, call.by); slot >= 0; slot = lowestFile(state, call.by)) {
    const file = fileAt(state, slot)
    clearSlot(state, slot)
    if (file !== null) release(parts, state, file, slot, trace)
  }
  parts.endProcess(state, call.by, trace)
  state.exited[call.by] = 1
  trace?.effect('process.ended')
  return OK
}

/** A file is closed that was open under a name. */
function release<S extends MachineState>(parts: Parts<S>, state: S, file: OpenFile, slot: number, trace?: Trace): void {
  trace?.effect('fd.closed', { kind: 'slot', slot })
  if (file.held) parts.keep?.(state, file)
  else parts.files[file.kind]?.release(state, file.object, file.process, trace)
}

/** A process that the scenario has, and a name to hold the file by. */
function canOpen(state: MachineState, call: Call): boolean {
  return call.as >= 0 && call.by >= 0 && call.by < state.world.setup.processes.length
}
