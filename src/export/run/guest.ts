/** A run as the start of a guest, where it is one: somebody gets a device as QEMU would, and QEMU does it alone. */
import type { Plan } from '../../adviser/plan.ts'
import { vendorOf } from '../../adviser/vendor.ts'
import { kindOf } from '../../adviser/kinds.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { driverFamily } from '../../sim/drivers.ts'
import { recordOf } from '../../sim/kernels/list.ts'
import type { PciFunction } from '../../sim/machine.ts'
import type { Op } from '../../sim/op.ts'
import type { Run, Step } from '../../sim/replay.ts'
import { succeeded } from '../../sim/result.ts'
import { hostSheet } from '../hosts.ts'
import { libvirtSheet } from '../libvirt.ts'
import { qemuSheet } from '../qemu.ts'
import { comment } from '../shell.ts'
import type { Block } from '../sheet.ts'
import type { Exported, PlayedRun } from './exported.ts'
import { settingOf, stepsUntilEnd } from './setting.ts'
import { madeSteps, makerName } from './who.ts'

/** QEMU's arguments. */
export function qemuCommand(played: PlayedRun): Exported {
  return guestText(played, (plan) => qemuSheet(plan, played.run.kernel).blocks)
}

/** Commands of Proxmox VE, what has to be so at boot included. */
export function proxmoxCommands(played: PlayedRun): Exported {
  const intel = vendorOf(played.run.world.setup.machine) === 'intel'
  return guestText(played, (plan) => hostSheet(plan, 'proxmox', intel)?.blocks ?? [])
}

/** Elements of a domain’s XML. */
export function libvirtXml(played: PlayedRun): Exported {
  const guests = guestsOf(played)
  if (!guests.ok) return guests
  const elements = guests.plans.flatMap(({ who, plan }) => {
    const [devices] = libvirtSheet(plan).blocks
    return [`<!-- ${xmlComment(`for the guest that ${who} is, in <devices>`)} -->`, devices?.text.trimEnd() ?? '']
  })
  const head = [titleOf(played.scenario), ...settingOf(played)].map((line) => `<!-- ${xmlComment(line)} -->`)
  // A link may hold two dashes, which end a comment; nothing but ?> ends a processing instruction.
  const link = played.link === undefined ? [] : [`<?link ${played.link.replaceAll('?>', '%3F%3E')}?>`]
  return { ok: true, text: [...head, ...link, ...elements, ''].join('\n') }
}

/** Two dashes end a comment of XML. */
function xmlComment(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(/-(?=-|>|$)/g, '- ')
    .trim()
}

interface GuestPlan {
  /** The process that is the guest. */
  readonly who: string
  readonly plan: Plan
}

function guestText(played: PlayedRun, blocksOf: (plan: Plan) => readonly Block[]): Exported {
  const guests = guestsOf(played)
  if (!guests.ok) return guests
  const lines = guests.plans.flatMap(({ who, plan }) => [
    ...(guests.plans.length > 1 ? ['', comment(`the guest that ${who} is`)] : []),
    ...blocksOf(plan).flatMap(({ title, text }) => (text.trim() === '' ? [] : ['', comment(title), text.trimEnd()])),
  ])
  const head = [titleOf(played.scenario), ...settingOf(played), ...(played.link === undefined ? [] : [played.link])]
  return { ok: true, text: `${[...head.map(comment), ...lines].join('\n')}\n` }
}

/** The guests that a run comes to, one for each process that gets devices, or why there is none. */
function guestsOf({ run, scenario }: PlayedRun): { ok: true; plans: GuestPlan[] } | { ok: false; words: string } {
  const { family, title } = recordOf(scenario.kernel)
  if (family === 'proposal') {
    return { ok: false, words: `${title} is a proposal: no QEMU uses its calls, so there is no guest to start.` }
  }
  const taken = devicesTaken(run)
  if (taken.size === 0) {
    return {
      ok: false,
      words:
        'No process of this run gets a device with an address space behind it, so that no start of a guest corresponds to it.',
    }
  }
  const plans = [...taken].map(([who, bdfs]) => ({ who, plan: planFor(run, bdfs) }))
  return { ok: true, plans }
}

/** Functions that processes get as a guest needs them: from a group in a container, or attached to an address space. */
function devicesTaken(run: Run): Map<string, Set<string>> {
  const taken = new Map<string, Set<string>>()
  const files = new Map<string, string>()
  const made = madeSteps({ world: run.world, steps: stepsUntilEnd(run.steps) })
  for (const { step, maker } of made) {
    const { op, result } = step
    if (!succeeded(result)) continue
    if (op.op === 'open_cdev') files.set(op.as, op.device)
    const device =
      op.op === 'group_get_device_fd' ? op.device : op.op === 'attach' ? files.get(op.device_fd) : undefined
    if (device === undefined) continue
    const who = makerName(run, maker)
    taken.set(who, (taken.get(who) ?? new Set()).add(device))
  }
  return taken
}

/** What the administrator of the run does, as a plan for the machine as it boots. */
function planFor({ world, steps }: Run, bdfs: ReadonlySet<string>): Plan {
  const { machine } = world.setup
  const guest = machine.devices.filter(({ bdf }) => bdfs.has(bdf))
  const bound = new Set(stepsUntilEnd(steps).flatMap(boundToVfio))
  const bind = machine.devices.filter((f) => (bound.has(f.bdf) || bdfs.has(f.bdf)) && f.driver !== 'vfio-pci')
  const group = world.groups[world.devices[world.deviceIndex.get(guest[0]?.bdf ?? '') ?? -1]?.group ?? -1]
  const isTwin = (f: PciFunction): boolean => !bind.includes(f) && bind.some((other) => sameIds(f, other))
  return {
    group: String(group?.id ?? ''),
    told: true,
    bind,
    release: [],
    guest,
    byAddress: machine.devices.some(isTwin),
    rivals: [...new Set(bind.flatMap((f) => rivalOf(f)))],
    display: bind.some((f) => kindOf(f) === 'graphics' && rivalOf(f).length > 0),
    restore: bind.map((f) => ({ f, driver: f.driver })),
  }
}

function boundToVfio({ op, result }: Step): string[] {
  return isBind(op) && op.driver === 'vfio-pci' && succeeded(result) ? [op.device] : []
}

function isBind(op: Op): op is Extract<Op, { op: 'bind' | 'driver_override' }> {
  return op.op === 'bind' || op.op === 'driver_override'
}

function sameIds(a: PciFunction, b: PciFunction): boolean {
  return a.vendor !== undefined && a.vendor === b.vendor && a.device === b.device
}

/** The host's driver that would take a function at boot. */
function rivalOf({ driver, native }: PciFunction): string[] {
  const rival = driver !== null && driverFamily(driver) === 'native' ? driver : native
  return rival === null ? [] : [rival]
}
