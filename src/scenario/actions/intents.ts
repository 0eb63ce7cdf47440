import type { Op } from '../../sim/op.ts'
import {
  bindOps,
  by,
  containerOffers,
  deviceOffers,
  freshName,
  groupOffers,
  type OfferedOn,
  type Situation,
} from './offers.ts'

/** An end of a wire that a person draws or cuts on the canvas. Numbers are indices into the world's tables. */
export type WireEnd = OfferedOn | { readonly kind: 'new-container' } | { readonly kind: 'new-iommufd' }

/** What drawing a wire means: operations, or why it means nothing yet. */
export type Intent = { readonly ops: readonly Op[] } | { readonly missing: Missing }

/** What is not there yet, or that the two ends have nothing to do with each other. */
export type Missing = 'group-fd' | 'device-fd' | 'container-fd' | 'no-meaning'

function first(ops: readonly Op[] | undefined, missing: Missing): Intent {
  return ops === undefined ? { missing } : { ops }
}

/**
 * What a wire between two things asks for, whichever end it was drawn from: process–new container opens one,
 * process–group opens the group, container–group puts it in, process–device gets the device fd (the device cdev where
 * the kernel has only that).
 */
export function wireIntent(situation: Situation, a: WireEnd, b: WireEnd): Intent {
  const forward = directed(situation, a, b)
  return 'missing' in forward && forward.missing === 'no-meaning' ? directed(situation, b, a) : forward
}

function directed(situation: Situation, from: WireEnd, to: WireEnd): Intent {
  const { world, snapshot } = situation
  if (from.kind === 'process') {
    const doer = by(world, from.process)
    if (to.kind === 'new-container') {
      return { ops: [{ op: 'open_container', as: freshName(situation, 'container'), ...doer }] }
    }
    if (to.kind === 'new-iommufd') {
      return { ops: [{ op: 'open_iommufd', as: freshName(situation, 'iommufd'), ...doer }] }
    }
    if (to.kind === 'group') {
      const id = world.groups[to.group]?.id ?? -1
      return { ops: [{ op: 'open_group', group: String(id), as: freshName(situation, 'group'), ...doer }] }
    }
    if (to.kind === 'device') {
      const group = world.devices[to.device]?.group ?? -1
      const held = snapshot.fds.find((fd) => fd.kind === 'group' && fd.object === group && fd.process === from.process)
      const offers = deviceOffers(situation, to.device)
      const get = held === undefined ? undefined : offers.find((offer) => offer.id === `get-device-fd ${held.slot}`)
      const open = offers.find((offer) => offer.id === `open-cdev ${from.process}`)
      return first((get ?? open)?.ops, 'group-fd')
    }
  }
  if (from.kind === 'container' && to.kind === 'group') {
    const held = snapshot.fds.some((fd) => fd.kind === 'group' && fd.object === to.group)
    if (!held) return { missing: 'group-fd' }
    const container = snapshot.containers.find((c) => c.container === from.container)
    const offers = [...groupOffers(situation, to.group), ...containerOffers(situation, from.container)]
    const set = offers.find(({ ops: [op] }) => {
      if (op?.op !== 'group_set_container') return false
      return container?.slots.some((slot) => world.slots[slot] === op.container_fd) === true
    })
    return first(set?.ops, 'container-fd')
  }
  if (from.kind === 'iommufd' && to.kind === 'device') {
    const slots = snapshot.iommufds
      .find((view) => view.iommufd === from.iommufd)
      ?.slots.map((slot) => world.slots[slot])
    const wanted = deviceOffers(situation, to.device).find(({ ops: [op] }) => {
      if (op?.op === 'bind_iommufd') return slots?.includes(op.iommufd) === true
      return op?.op === 'attach'
    })
    return first(wanted?.ops, 'device-fd')
  }
  if (from.kind === 'iommufd' && to.kind === 'group') {
    const held = snapshot.fds.find((fd) => fd.kind === 'group' && fd.object === to.group)
    const slot = snapshot.iommufds.find((view) => view.iommufd === from.iommufd)?.slots[0]
    if (held === undefined) return { missing: 'group-fd' }
    if (slot === undefined) return { missing: 'container-fd' }
    const files = { group_fd: world.slots[held.slot] ?? '', iommufd: world.slots[slot] ?? '' }
    return situation.kernel.abi.includes('group_bind_iommufd')
      ? { ops: [{ op: 'group_bind_iommufd', ...files }] }
      : { ops: [{ op: 'group_set_container', group_fd: files.group_fd, container_fd: files.iommufd }] }
  }
  return { missing: 'no-meaning' }
}

/** What dropping a driver on a device asks for; an empty name unbinds. Nothing when it is bound already. */
export function dropDriver(situation: Situation, device: number, driver: string): readonly Op[] {
  const bound = situation.world.drivers[situation.snapshot.devices[device]?.link ?? 0]?.name ?? ''
  return bound === driver ? [] : bindOps(situation, device, driver)
}
