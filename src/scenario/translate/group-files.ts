/** What two translators share: device files that stand for the file of their device's group. */
import type { Op, OpOf } from '../../sim/op.ts'
import { succeeded } from '../../sim/result.ts'
import {
  EARLIER,
  NEEDLESS,
  NO_OBJECT,
  TRANSLATED,
  doneBy,
  type Ask,
  type Surroundings,
  type Translation,
} from './dialect.ts'

/** A group's file, opened by a process for one or more of its device files. */
export interface GroupFile {
  readonly name: string
  readonly by: string
  /** The container or iommufd that it has joined. */
  joined?: string
  /** The device files for which it was opened. */
  readonly files: Set<string>
}

/** A device file of the scenario. */
export interface DeviceFile {
  readonly device: string
  readonly group: GroupFile
  /** The iommufd that it was bound to. */
  bound?: string
  /** Whether the kernel has given a device file of this name. */
  open: boolean
}

export class GroupFiles {
  private readonly around: Surroundings
  private readonly groups = new Map<string, GroupFile>()
  private readonly files = new Map<string, DeviceFile>()

  constructor(around: Surroundings) {
    this.around = around
  }

  get(file: string): DeviceFile | undefined {
    return this.files.get(file)
  }

  /** Opening a device's file: opens its group's, once a process. */
  open(op: OpOf<'open_cdev'>, ask: Ask): Translation {
    const by = op.by ?? this.around.first
    if (this.files.has(op.as)) this.close(op.as, ask)
    const id = this.around.groupOf(op.device)
    if (id === undefined) return NO_OBJECT
    const key = `${by} ${id}`
    const known = this.groups.get(key)
    const group = known ?? { name: this.around.names.of(op.as, 'group'), by, files: new Set() }
    if (known === undefined) {
      if (!succeeded(ask({ op: 'open_group', ...doneBy(this.around, by), group: String(id), as: group.name })))
        return TRANSLATED
      this.groups.set(key, group)
    }
    group.files.add(op.as)
    this.files.set(op.as, { device: op.device, group, open: false })
    return known === undefined ? TRANSLATED : EARLIER
  }

  /** Closing a device's file: closes the device, and its group with the last one. */
  close(name: string, ask: Ask): Translation {
    const file = this.files.get(name)
    if (file === undefined) return NO_OBJECT
    this.files.delete(name)
    if (file.open) ask({ op: 'close', fd: name })
    const { group } = file
    group.files.delete(name)
    if (group.files.size > 0) return file.open ? TRANSLATED : NEEDLESS
    ask({ op: 'close', fd: group.name })
    for (const [key, each] of this.groups) if (each === group) this.groups.delete(key)
    return TRANSLATED
  }

  /** Closes a device, if it is open, and lets its group go when that was the last one bound. */
  unbind(name: string, ask: Ask, leave: (group: GroupFile) => Op): Translation {
    const file = this.files.get(name)
    if (file === undefined) return NO_OBJECT
    const { group } = file
    const wasBound = file.bound !== undefined
    if (file.open) ask({ op: 'close', fd: name })
    const closed = file.open
    file.open = false
    delete file.bound
    const last = ![...group.files].some((other) => this.files.get(other)?.bound !== undefined)
    if (!wasBound || !last || group.joined === undefined) return closed ? TRANSLATED : NEEDLESS
    if (succeeded(ask(leave(group)))) delete group.joined
    return TRANSLATED
  }

  /** A process has ended: the kernel has closed what it had. */
  exit(by: string): void {
    for (const [key, group] of this.groups) if (group.by === by) this.groups.delete(key)
    for (const [name, file] of this.files) if (file.group.by === by) this.files.delete(name)
  }
}
