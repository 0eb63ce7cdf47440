/** A kernel put together: which calls it has, what each kind of file does, what becomes of calls that wait. */
import type { Kernel, KernelId } from '../../kernel.ts'
import { OP_KINDS, type OpKind } from '../../op.ts'
import { OK, refuse, type Result } from '../../result.ts'
import type { Shape } from '../../shape.ts'
import type { Snapshot } from '../../snapshot.ts'
import type { Trace } from '../../trace.ts'
import type { Call, World } from '../../world.ts'
import { closeAll, closeSlot, isFileKind, kindOf, type CloseFile } from './files.ts'
import { at, type MachineState } from './machine-state.ts'
import { resume } from './pending.ts'

/** What a kind of file does (struct file_operations). */
export interface FileKind<S extends MachineState> {
  /** The operations that are meant for it. `ioctl` is given the others as well, and says what this file says to them. */
  readonly ioctls: readonly OpKind[]
  /** A call on an open file; `object` is what it is open on, `process` who holds it. */
  ioctl(state: S, object: number, process: number, call: Call, closeFile: CloseFile<S>, trace?: Trace): Result
  /** The file is closed. */
  release(state: S, object: number, process: number, trace?: Trace): void
}

/** What a kernel says for itself; the rest is the same for all. */
export interface Parts<S extends MachineState> {
  readonly id: KernelId
  create(world: World): S
  readonly shape?: Shape<S>
  boot(state: S): void
  /** Calls that need no open file, and those that are about several. */
  readonly calls: Readonly<Partial<Record<OpKind, (state: S, call: Call, trace?: Trace) => Result>>>
  /** Calls that open a file. */
  readonly opens: Readonly<
    Partial<Record<OpKind, (state: S, call: Call, closeFile: CloseFile<S>, trace?: Trace) => Result>>
  >
  /** Kinds of file by their number (`CONTAINER_FD`). */
  readonly files: Readonly<Record<number, FileKind<S>>>
  /** Carries a waiting call on: its late answer, or null while it still waits. */
  goOn(state: S, pending: number, device: number, driver: number, trace?: Trace): Result | null
  /** A process has ended and its files are closed: what else ends with it. */
  endProcess(state: S, process: number, trace?: Trace): void
  snapshot(state: S): Snapshot
}

/** The kernel of its parts. */
export function assemble<S extends MachineState>(parts: Parts<S>): Kernel<S> {
  const kinds = Object.values(parts.files)
  const known = (op: OpKind): boolean =>
    op === 'close' ||
    op === 'exit' ||
    parts.calls[op] !== undefined ||
    parts.opens[op] !== undefined ||
    kinds.some(({ ioctls }) => ioctls.includes(op))
  const abi = OP_KINDS.filter(known)
  const ioctls = new Set(abi.filter((op) => kinds.some((kind) => kind.ioctls.includes(op))))

  function closeFile(state: S, kind: number, object: number, process: number, trace?: Trace): void {
    parts.files[kind]?.release(state, object, process, trace)
  }

  function perform(state: S, call: Call, trace?: Trace): Result {
    if (ioctls.has(call.op)) return ioctl(state, call, trace)
    if (call.op === 'close') return close(state, call, trace)
    if (call.op === 'exit') return exit(state, call, trace)
    const plain = parts.calls[call.op]
    if (plain !== undefined) return plain(state, call, trace)
    const open = parts.opens[call.op]
    if (open === undefined) return refuse('ENOTTY')
    return canOpen(state, call) ? open(state, call, closeFile, trace) : refuse('EMFILE')
  }

  /** Every ioctl: the kind of file decides who answers, and a call meant for another kind gets what that file says to it. */
  function ioctl(state: S, call: Call, trace?: Trace): Result {
    const kind = kindOf(state, call.fd)
    const file = parts.files[kind]
    trace?.check('L.FD.open', file !== undefined, { kind: 'slot', slot: call.fd })
    if (file === undefined) return refuse('EBADF')
    if (trace !== undefined) trace.check('L.FD.kind', file.ioctls.includes(call.op), { kind: 'slot', slot: call.fd })
    return file.ioctl(state, at(state.fdObject, call.fd), at(state.fdProcess, call.fd), call, closeFile, trace)
  }

  function close(state: S, call: Call, trace?: Trace): Result {
    const open = isFileKind(kindOf(state, call.fd))
    trace?.check('L.FD.open', open, { kind: 'slot', slot: call.fd })
    if (!open) return refuse('EBADF')
    closeSlot(state, call.fd, closeFile, trace)
    return OK
  }

  /** A process ends: its files in the order of their numbers, then the rest. */
  function exit(state: S, call: Call, trace?: Trace): Result {
    if (call.by < 0 || call.by >= state.exited.length) return refuse('EINVAL')
    closeAll(state, call.by, closeFile, trace)
    parts.endProcess(state, call.by, trace)
    state.exited[call.by] = 1
    trace?.effect('process.ended')
    return OK
  }

  return {
    id: parts.id,
    abi,
    create: parts.create,
    ...(parts.shape === undefined ? {} : { shape: parts.shape }),
    boot: parts.boot,
    apply(state, call, trace) {
      const result = perform(state, call, trace)
      return resume(state, result, (pending, device, driver) => parts.goOn(state, pending, device, driver, trace))
    },
    snapshot: parts.snapshot,
  }
}

/** A process that the scenario has, and a name to hold the file by. */
function canOpen(state: MachineState, call: Call): boolean {
  return call.as >= 0 && call.by >= 0 && call.by < state.world.setup.processes.length
}
