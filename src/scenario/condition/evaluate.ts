/** What each term looks at: one function for terms about the last answer, one for groups, one for the whole state. */
import type { Errno } from '../../sim/errno.ts'
import { wireContext } from '../../sim/iommu/landing.ts'
import type { Context } from '../../sim/iommu/context.ts'
import { succeeded, type Result, type Value } from '../../sim/result.ts'
import { spaceName } from './context-word.ts'
import { PLACES, type TermAbout } from './terms.ts'
import type { AnsweredCall, View } from './view.ts'

/** What a term is about, as indices into the world's tables; -1: not named. */
export interface About {
  readonly device: number
  /** The named group, or that of the named device. */
  readonly group: number
  readonly process: number
  /** The other device of a pair. */
  readonly second: number
}

/** Whether a term about the last answer holds. Null: nothing has been asked yet. */
export function holdsOfAnswer(
  term: TermAbout<'answer'>,
  [first = '', second = '']: readonly string[],
  about: About,
  call: AnsweredCall | null,
  view: View,
): boolean {
  // A kernel that has stopped gives the BUG as answer to whatever follows, so that the state is looked at only without one.
  if (term === 'bug') return call === null ? view.snapshot.dead : isBug(call)
  if (call === null) return false
  const { result, completes, op } = call
  if ((about.device >= 0 && call.device !== about.device) || (about.process >= 0 && call.by !== about.process)) {
    return false
  }
  const isOp = first === '' || op === first
  switch (term) {
    case 'blocked':
      return 'blocked' in result && isOp
    case 'stuck':
      return 'blocked' in result && isOp && call.canReturn?.() === false
    case 'errno': {
      const wanted = (each: Result): boolean => 'ok' in each && !each.ok && isErrno(each.errno, first)
      if (second !== '') return op === second && wanted(result)
      return wanted(result) || completes.some((late) => wanted(late.result))
    }
    case 'ok':
      return succeeded(result) && isOp
    case 'returned':
      return succeeded(result) && isValue(result.value, first)
    case 'releases':
      return completes.some(({ step }) => first === '' || step === Number(first) - 1)
  }
}

function isBug({ result, completes }: AnsweredCall): boolean {
  return 'bug' in result || completes.some((late) => 'bug' in late.result)
}

function isErrno(errno: Errno, wanted: string): boolean {
  return errno === wanted
}

/** Whether a call returned a number, or has `key=value` in what it returned. */
function isValue(value: Value | undefined, wanted: string): boolean {
  const [key = '', text] = wanted.split('=')
  if (typeof value !== 'object') return text === undefined && value === Number(wanted)
  return Object.hasOwn(value, key) && String(value[key]) === text
}

/** Whether a term holds of a group; null where it does not apply, and its contrary neither. */
export function holdsOfGroup(
  term: TermAbout<'group'>,
  args: readonly string[],
  { device, process }: About,
  view: View,
  group: number,
): boolean | null {
  const { snapshot, world } = view
  const isAbout = (each: number): boolean => device < 0 || each === device
  const isBy = (each: number): boolean => process < 0 || each === process
  const [first = ''] = args
  switch (term) {
    case 'device-fd':
      return view.driving(group).some((file) => isAbout(file.device) && isBy(file.process))
    case 'group-fd':
      return snapshot.fds.some((fd) => fd.kind === 'group' && fd.object === group && isBy(fd.process))
    case 'group-opened':
      return snapshot.groups[group]?.opened === true
    case 'shared':
      return new Set(view.driving(group).map((file) => file.process)).size > 1
    case 'user-reaches-host':
      return view.driving(group).some((file) => isAbout(file.device) && view.reachesHost(file.device))
    case 'viable':
      return snapshot.groups[group]?.viable === true
    case 'isolated': {
      const verdict = view.judgement(group)?.verdict
      return verdict === undefined || verdict === 'host' ? null : verdict === 'isolated'
    }
    case 'host':
      return view.judgement(group)?.verdict === 'host'
    case 'finding':
      return view.judgement(group)?.findings.some((each) => each.how === first && isAbout(each.device)) === true
    case 'node':
      return snapshot.groups[group]?.node === true
    case 'container':
      return (snapshot.groups[group]?.container ?? -1) >= 0
    case 'owner':
      return snapshot.groups[group]?.ownership?.owner === first
    case 'waiting':
      return snapshot.pending.some((call) => isAbout(call.device) && world.devices[call.device]?.group === group)
    default:
      return (world.groups[group]?.devices ?? []).some(
        (each) => isAbout(each) && holdsOfDevice(term, first, view, each),
      )
  }
}

/** Terms about a group that hold if they hold of a device in it. */
type DeviceTerm = 'driver' | 'iommufd-bound' | 'attached' | 'context' | 'through' | 'reaches'

function holdsOfDevice(term: DeviceTerm, first: string, view: View, device: number): boolean {
  const { snapshot, world } = view
  const found = snapshot.devices[device]
  switch (term) {
    case 'driver':
      return (world.drivers[found?.driver ?? 0]?.name || 'none') === first
    case 'iommufd-bound':
      return (found?.binding ?? null) !== null
    case 'attached':
      return (found?.binding?.hwpt ?? -1) >= 0
    case 'context':
      return wireContext(world, snapshot, device).kind === first
    case 'through': {
      const context = wireContext(world, snapshot, device)
      return context.kind === 'domain' && spaceName(world, snapshot, context.domain) === first
    }
    case 'reaches': {
      const process = PLACES.some((place) => place === first) ? undefined : world.processIndex.get(first)
      return process === undefined ? view.placeOf(device) === first : view.reachesProcess(device, process)
    }
  }
}

/** Whether a term about the whole state holds. */
export function holdsOfMachine(
  term: TermAbout<'machine'>,
  [first = '']: readonly string[],
  { device, second, process }: About,
  view: View,
): boolean {
  const { snapshot, world } = view
  switch (term) {
    case 'same-group':
      return world.devices[device]?.group === world.devices[second]?.group
    case 'same-context':
      return isSameContext(wireContext(world, snapshot, device), wireContext(world, snapshot, second))
    case 'any-waiting':
      return snapshot.pending.length > 0
    case 'holds':
      return snapshot.fds.some((fd) => world.slots[fd.slot] === first && (process < 0 || fd.process === process))
    case 'files':
      return snapshot.fds.filter((fd) => process < 0 || fd.process === process).length === Number(first)
  }
}

function isSameContext(a: Context, b: Context): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
