/** What a snapshot shows of iommufds. */
import { contextsOf } from '../../../iommu/hardware.ts'
import type {
  DeviceView,
  DomainView,
  FdView,
  GroupView,
  HwptView,
  IoasView,
  IommufdView,
  Snapshot,
} from '../../../snapshot.ts'
import { CDEV_FD, HWPT_OBJECT, IOAS_OBJECT, IOMMUFD_FD } from '../files.ts'
import { at } from '../machine-state.ts'
import { ownedGroupView } from '../ownership/views.ts'
import { containersOf, devicesOf, domainsOf, fdsOf, mappingsOf, pendingOf, processesOf, slotsOf } from '../views.ts'
import { hasCdev } from './device.ts'
import { hwptDomain, ioasOfHwpt, iommufdOfIoas, isAlive, mappingRow, type IommufdState } from './state.ts'

export function snapshotOf(state: IommufdState): Snapshot {
  return {
    dead: false,
    processes: processesOf(state),
    fds: fdsOf(state).map((fd) => fileView(state, fd)),
    containers: containersOf(state),
    iommufds: iommufdViews(state),
    ioases: ioasViews(state),
    hwpts: hwptViews(state),
    groups: state.world.groups.map((_, group) => groupView(state, group)),
    devices: devicesOf(state).map((device) => deviceView(state, device)),
    contexts: contextsOf(state),
    domains: allDomains(state),
    pending: pendingOf(state),
  }
}

function fileView(state: IommufdState, fd: FdView): FdView {
  return at(state.fdKind, fd.slot) === CDEV_FD ? { ...fd, access: false } : fd
}

function iommufdViews(state: IommufdState): IommufdView[] {
  const views: IommufdView[] = []
  for (let iommufd = 0; iommufd < state.iommufdOpen.length; iommufd++) {
    if (isAlive(state, iommufd)) views.push({ iommufd, slots: slotsOf(state, IOMMUFD_FD, iommufd) })
  }
  return views
}

function ioasViews(state: IommufdState): IoasView[] {
  return Array.from(state.ioasIommufd.keys())
    .filter((ioas) => iommufdOfIoas(state, ioas) >= 0)
    .map((ioas): IoasView => {
      const iommufd = iommufdOfIoas(state, ioas)
      return {
        ioas,
        iommufd,
        number: at(state.ioasNumber, ioas),
        slots: slotsOf(state, IOAS_OBJECT, ioas),
        compat: state.compatIoas[iommufd] === ioas + 1,
        mappings: mappingsOf(state, mappingRow(state, ioas)),
      }
    })
}

function hwptViews(state: IommufdState): HwptView[] {
  return Array.from(state.hwptIoas.keys())
    .filter((hwpt) => ioasOfHwpt(state, hwpt) >= 0)
    .map((hwpt) => hwptView(state, hwpt))
}

function hwptView(state: IommufdState, hwpt: number): HwptView {
  const ioas = ioasOfHwpt(state, hwpt)
  const indices = (column: Uint16Array): number[] =>
    Array.from(column.keys()).filter((index) => column[index] === hwpt + 1)
  return {
    hwpt,
    iommufd: iommufdOfIoas(state, ioas),
    ioas,
    number: at(state.hwptNumber, hwpt),
    slots: slotsOf(state, HWPT_OBJECT, hwpt),
    auto: state.hwptManual[hwpt] === 0,
    devices: indices(state.attached),
    groups: indices(state.groupHwpt),
    domain: hwptDomain(state, hwpt),
  }
}

/** Domains of containers and of page tables. */
export function allDomains(state: IommufdState): DomainView[] {
  const tables = hwptViews(state).map(({ hwpt, ioas, domain }): DomainView => {
    return { domain, owner: { kind: 'hwpt', index: hwpt }, mappings: mappingsOf(state, mappingRow(state, ioas)) }
  })
  return [...domainsOf(state), ...tables]
}

function groupView(state: IommufdState, group: number): GroupView {
  const view = ownedGroupView(state, group)
  const compat = at(state.compat, group) - 1
  const iommufd = at(state.ownerIommufd, group) - 1
  const ownership =
    view.ownership !== null && iommufd >= 0 ? { ...view.ownership, owner: 'iommufd' as const, iommufd } : view.ownership
  return { ...view, compat, viable: view.viable || compat >= 0, ownership }
}

function deviceView(state: IommufdState, view: DeviceView): DeviceView {
  const { device } = view
  const iommufd = at(state.bound, device) - 1
  const binding =
    iommufd < 0 ? null : { iommufd, number: at(state.boundNumber, device), hwpt: at(state.attached, device) - 1 }
  return {
    ...view,
    opens: view.opens + at(state.cdevOpens, device),
    cdev: hasCdev(state, device),
    binding,
  }
}
