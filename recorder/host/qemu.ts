/**
 * Boots a kernel in QEMU up to the point where the agent waits for operations, saves that machine to a file, and starts
 * every run from the file.
 *
 * The guest's clock counts instructions (`-icount`) and jumps over idle time, so that waiting four seconds to see that a
 * call blocks costs nothing and does not depend on what else the host does.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { cacheFolder, requireProgram } from './cache.ts'
import { initrdFor } from './initrd.ts'
import type { GuestKernel } from './kernels.ts'

/** A machine to boot. */
export interface Guest {
  readonly kernel: GuestKernel
  /** QEMU's `-device` options. */
  readonly devices: readonly string[]
  /** `iommu=nopt` or `iommu=pt`. */
  readonly commandLine: string
  /** File of a program that the agent is asked to run (`program`). */
  readonly program?: string
}

const QEMU = 'qemu-system-x86_64'
/** After so much silence a guest counts as hung. Long, since a machine that is busy with other things may hardly let it run. */
const FIRST_BOOT_MS = 1_800_000
const SILENCE_MS = 600_000

/** What every guest has in common: virtual time, no network, the debug port on standard output. */
const COMMON =
  `-accel tcg -icount shift=3,sleep=off -M q35,kernel-irqchip=split -cpu max -m 512 -nodefaults -no-reboot -display none
-rtc base=2024-01-01T00:00:00,clock=vm -chardev stdio,id=out,signal=off -device isa-debugcon,iobase=0xe9,chardev=out`.split(
    /\s+/,
  )

/**
 * Whether one of the devices is `edu`, whose DMA engine the agent drives through sysfs. vfio-pci claims the registers of
 * an open device (since 7.1 as soon as it is opened), and only with `iomem=relaxed` they can be mapped none the less.
 */
function hasDmaEngine(devices: readonly string[]): boolean {
  return devices.some((device) => device.startsWith('edu'))
}

function argumentsFor({ kernel, devices, commandLine, program }: Guest, operations: string): string[] {
  const options = [
    ['-fw_cfg', `name=opt/operations,file=${operations}`],
    program === undefined ? [] : ['-fw_cfg', `name=opt/program,file=${program}`],
    ...devices.map((device) => ['-device', device]),
    ['-kernel', kernel.image, '-initrd', initrdFor(kernel)],
    ['-append', `intel_iommu=on ${commandLine} nokaslr quiet panic=-1${hasDmaEngine(devices) ? ' iomem=relaxed' : ''}`],
  ]
  return [...COMMON, ...options.flat()]
}

/** Guests that run, and their folders: whoever ends this program ends them, too. */
const running = new Map<ChildProcess, string>()

/** Starts QEMU in a folder that lasts as long as it does. */
function startGuest(args: readonly string[], folder: string): ChildProcess {
  if (running.size === 0) for (const [signal] of SIGNALS) process.on(signal, endBySignal)
  const child = spawn(QEMU, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  running.set(child, folder)
  return child
}

function endGuest(child: ChildProcess): void {
  child.kill('SIGKILL')
  rmSync(running.get(child) ?? '', { recursive: true, force: true })
  running.delete(child)
  if (running.size === 0) for (const [signal] of SIGNALS) process.off(signal, endBySignal)
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const

function endBySignal(signal: NodeJS.Signals): void {
  for (const child of running.keys()) endGuest(child)
  process.exit(SIGNALS.find(([name]) => name === signal)?.[1] ?? 1)
}

/** Yields the agent's lines until the guest ends or is silent for too long (then a last line `X …`). */
async function* lines(child: ChildProcess, silence: number): AsyncGenerator<string> {
  if (child.stdout === null) return
  let errors = ''
  child.stderr?.on('data', (data: Buffer) => (errors += data.toString()))
  let silent = false
  const stop = (): void => {
    silent = true
    child.kill('SIGKILL')
  }
  let timer = setTimeout(stop, silence)
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      clearTimeout(timer)
      timer = setTimeout(stop, silence)
      yield line
    }
  } finally {
    // Also where nobody wants the rest: a timer would keep this program from ending.
    clearTimeout(timer)
  }
  if (silent) yield `X the guest said nothing for ${silence / 1000} s`
  const faults = errors.split('\n').filter((line) => line.trim() !== '' && !line.includes('warning:'))
  if (!silent && faults.length > 0) yield `X QEMU: ${faults.join('; ').slice(0, 400)}`
}

/** A line of QEMU's machine protocol (QMP) as a command, and its answer. */
class Monitor {
  private readonly socket: net.Socket
  private readonly answers: AsyncIterator<string, undefined, undefined>

  private constructor(socket: net.Socket) {
    this.socket = socket
    this.answers = createInterface({ input: socket })[Symbol.asyncIterator]()
  }

  static async open(file: string): Promise<Monitor> {
    const socket = await new Promise<net.Socket>((resolve, reject) => {
      const made: net.Socket = net.connect(file, () => resolve(made)).on('error', reject)
    })
    const monitor = new Monitor(socket)
    await monitor.answers.next()
    await monitor.ask('qmp_capabilities')
    return monitor
  }

  async ask(command: string, options: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    this.socket.write(`${JSON.stringify({ execute: command, arguments: options })}\n`)
    for (;;) {
      const next = await this.answers.next()
      if (next.done === true) throw new Error(`QEMU ended during ${command}`)
      const answer: unknown = JSON.parse(next.value)
      if (typeof answer !== 'object' || answer === null) continue
      if ('error' in answer) throw new Error(`QEMU refused ${command}: ${JSON.stringify(answer.error)}`)
      if ('return' in answer) return answer.return
    }
  }

  close(): void {
    this.socket.destroy()
  }
}

async function save(monitor: Monitor, file: string): Promise<void> {
  await monitor.ask('migrate-set-parameters', { 'max-bandwidth': 2 ** 34 })
  await monitor.ask('migrate', { uri: `exec:cat > '${file}'` })
  for (;;) {
    const state = await monitor.ask('query-migrate')
    const status = typeof state === 'object' && state !== null && 'status' in state ? state.status : ''
    if (status === 'completed') return
    if (status === 'failed') throw new Error('QEMU could not save the machine')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const booting = new Map<string, Promise<string>>()

/** The saved machine, booted if nobody has yet; beside it lies the agent's first line (`.head`). */
export function snapshotOf(guest: Guest): Promise<string> {
  const stamps = [guest.kernel.image, initrdFor(guest.kernel)].map((file) => [file, statSync(file).mtimeMs])
  const key = createHash('sha256')
    .update(JSON.stringify([stamps, guest.devices, guest.commandLine]))
    .digest('hex')
    .slice(0, 16)
  const file = path.join(cacheFolder('snapshots'), key)
  const known = booting.get(file)
  if (known !== undefined) return known
  const made = existsSync(`${file}.head`) ? Promise.resolve(file) : bootAndSave(guest, file)
  booting.set(file, made)
  return made
}

async function bootAndSave(guest: Guest, file: string): Promise<string> {
  requireProgram(QEMU)
  const folder = mkdtempSync(path.join(cacheFolder('runs'), 'boot-'))
  const operations = path.join(folder, 'operations')
  const socket = path.join(folder, 'qmp')
  writeFileSync(operations, 'WAIT\n')
  const qmp = ['-qmp', `unix:${socket},server=on,wait=off`]
  const child = startGuest([...argumentsFor(guest, operations), ...qmp], folder)
  let head = ''
  try {
    for await (const line of lines(child, FIRST_BOOT_MS)) {
      if (line.startsWith('H ')) head = line.slice(2)
      if (line.startsWith('X')) throw new Error(`${guest.kernel.name} did not boot: ${line.slice(2)}`)
      if (line !== 'R') continue
      const monitor = await Monitor.open(socket)
      await save(monitor, `${file}.part`)
      monitor.close()
      renameSync(`${file}.part`, file)
      writeFileSync(`${file}.head`, head)
      return file
    }
    throw new Error(`${guest.kernel.name} did not boot: QEMU ended before the agent was ready`)
  } finally {
    endGuest(child)
  }
}

/** What the agent said of the machine when it had booted. */
export async function headOf(guest: Guest): Promise<unknown> {
  return JSON.parse(readFileSync(`${await snapshotOf(guest)}.head`, 'utf8'))
}

/** Whether QEMU can save and load the machine: with `edu` it cannot. */
export function canBeSaved(guest: Guest): boolean {
  return !hasDmaEngine(guest.devices)
}

/**
 * Has the agent carry out operations on the freshly booted machine.
 * @param operations in the agent's form, a line each
 * @returns the agent's lines as they come
 */
export async function* operate(guest: Guest, operations: string): AsyncGenerator<string> {
  requireProgram(QEMU)
  const incoming = canBeSaved(guest) ? ['-incoming', `exec:cat '${await snapshotOf(guest)}'`] : []
  const folder = mkdtempSync(path.join(cacheFolder('runs'), 'run-'))
  const file = path.join(folder, 'operations')
  writeFileSync(file, operations)
  const child = startGuest([...argumentsFor(guest, file), ...incoming], folder)
  try {
    yield* lines(child, incoming.length > 0 ? SILENCE_MS : FIRST_BOOT_MS)
  } finally {
    endGuest(child)
  }
}
