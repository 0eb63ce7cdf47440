/** What can be seen of a state of the policies. */
import { BLOCKED_CONTEXT, contextOf } from '../../iommu/context.ts'
import { contextsOf } from '../../iommu/hardware.ts'
import type {
  DeviceView,
  DomainView,
  FdView,
  GroupView,
  HwptView,
  IoasView,
  IommufdView,
  Snapshot,
} from '../../snapshot.ts'
import { IOAS_OBJECT, IOMMUFD_FD } from './files.ts'
import { deviceOfFile, groupOf, type IoasidState } from './ioasid-state.ts'
import { at } from './machine-state.ts'
import { devicesOf, fdsOf, mappingsOf, membersOf, pendingOf, processesOf } from './views.ts'

/** What a policy says for itself. */
export interface Verdicts {
  /** The user can drive the device through this file now. */
  access(state: IoasidState, file: number): boolean
  /** Its own test of a group, for one member: the rule that decided, and whether that is good. */
  member(state: IoasidState, device: number): { readonly good: boolean; readonly code: string }
  /** A device has a file in /dev/vfio/devices. */
  cdev(state: IoasidState, device: number): boolean
  /** The iommu_fd that a device is bound to, by itself or with its group; -1: none. */
  binding(state: IoasidState, device: number): number
  /** /dev/vfio/N exists. */
  node(state: IoasidState, group: number): boolean
  /** Who owns a group, where groups are owned. */
  ownership(state: IoasidState, group: number): GroupView['ownership']
}

export function ioasidSnapshot(state: IoasidState, verdicts: Verdicts): Snapshot {
  return {
    dead: state.dead[0] === 1,
    processes: processesOf(state),
    fds: fdViews(state, verdicts),
    containers: [],
    iommufds: iommufdViews(state),
    ioases: ioasViews(state),
    hwpts: pageTableViews(state),
    groups: state.world.groups.map((_, group) => groupView(state, group, verdicts)),
    devices: deviceViews(state, verdicts),
    contexts: contextsOf(state),
    domains: ioasDomains(state),
    pending: pendingOf(state),
  }
}

function fdViews(state: IoasidState, verdicts: Verdicts): FdView[] {
  return fdsOf(state).map((fd) => {
    if (fd.kind !== 'cdev' && fd.kind !== 'device') return fd
    return { ...fd, object: deviceOfFile(state, fd.object), access: verdicts.access(state, fd.object) }
  })
}

/** Names of what is of a kind and an index. */
function slotsOf(state: IoasidState, kind: number, object: number): number[] {
  const slots: number[] = []
  for (let slot = 0; slot < state.fdKind.length; slot++) {
    if (state.fdKind[slot] === kind && state.fdObject[slot] === object) slots.push(slot)
  }
  return slots
}

function iommufdViews(state: IoasidState): IommufdView[] {
  const views: IommufdView[] = []
  for (let iommufd = 0; iommufd < state.iommufdOpen.length; iommufd++) {
    const kept = state.fileIommufd.includes(iommufd + 1) || state.groupIommufd.includes(iommufd + 1)
    if (state.iommufdOpen[iommufd] === 1 || kept) views.push({ iommufd, slots: slotsOf(state, IOMMUFD_FD, iommufd) })
  }
  return views
}

function ioasViews(state: IoasidState): IoasView[] {
  const views: IoasView[] = []
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    const iommufd = at(state.ioasIommufd, ioas) - 1
    if (iommufd < 0) continue
    views.push({
      ioas,
      iommufd,
      number: at(state.ioasNumber, ioas),
      slots: slotsOf(state, IOAS_OBJECT, ioas),
      compat: false,
      mappings: mappingsOf(state, ioas),
    })
  }
  return views
}

/** The proposals know no page tables beside address spaces: each that something is attached to has one. */
function pageTableViews(state: IoasidState): HwptView[] {
  return ioasViews(state).flatMap(({ ioas, iommufd, number }): HwptView[] => {
    const devices = state.world.devices.flatMap((_, device) => (state.attached[device] === ioas + 1 ? [device] : []))
    if (devices.length === 0) return []
    const groups = [...new Set(devices.map((device) => groupOf(state, device)))]
    return [{ hwpt: ioas, iommufd, ioas, number, slots: [], auto: true, devices, groups, domain: ioas }]
  })
}

/** Page tables of all address spaces. */
export function ioasDomains(state: IoasidState): DomainView[] {
  const domains: DomainView[] = []
  for (let ioas = 0; ioas < state.ioasIommufd.length; ioas++) {
    if (state.ioasIommufd[ioas] === 0) continue
    domains.push({ domain: ioas, owner: { kind: 'ioas', index: ioas }, mappings: mappingsOf(state, ioas) })
  }
  return domains
}

function groupView(state: IoasidState, group: number, verdicts: Verdicts): GroupView {
  const members = membersOf(state, group).map((device) => ({ device, ...verdicts.member(state, device) }))
  return {
    group,
    node: verdicts.node(state, group),
    owner: state.world.users[at(state.owner, group)] ?? 'root',
    opened: state.opened[group] === 1,
    container: -1,
    compat: -1,
    users: 0,
    kvm: [],
    viable: members.every(({ good }) => good),
    members,
    context: contextOf(state.world, commonRecord(state, group)),
    ownership: verdicts.ownership(state, group),
  }
}

/** There is no belief about groups in these policies but what their members have in common; blocked if nothing. */
function commonRecord(state: IoasidState, group: number): number {
  const members = membersOf(state, group)
  const record = at(state.record, members[0] ?? -1)
  return members.every((device) => state.record[device] === record) ? record : BLOCKED_CONTEXT
}

function deviceViews(state: IoasidState, verdicts: Verdicts): DeviceView[] {
  return devicesOf(state).map((view) => {
    const iommufd = verdicts.binding(state, view.device)
    return {
      ...view,
      cdev: verdicts.cdev(state, view.device),
      binding: iommufd < 0 ? null : { iommufd, number: 0, hwpt: at(state.attached, view.device) - 1 },
      ...(view.present ? { context: contextOf(state.world, at(state.record, view.device)) } : {}),
    }
  })
}
