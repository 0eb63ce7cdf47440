/** What the shared columns are about, for those who look at states without knowing the kernel. */
import type { ColumnShape, Space } from '../../shape.ts'
import type { MachineColumns } from './machine-state.ts'
import type { VfioColumns } from './vfio-state.ts'

/** What the kinds of file in the column `fdKind` are open on. */
export const FD_OBJECTS: readonly Space[] = [
  'container',
  'group',
  'device',
  'iommufd',
  'device',
  'group',
  'group',
  'group',
  'group',
  'device',
  'ioas',
  'hwpt',
]

export const MACHINE_SHAPE: Readonly<Record<keyof MachineColumns, ColumnShape>> = {
  dead: { by: ['one'] },
  context: { by: ['rid'], holds: 'context' },
  mapped: { by: ['domain', 'range'], holds: 'process', base: 1 },
  present: { by: ['device'] },
  driver: { by: ['device'] },
  link: { by: ['device'] },
  // `bind` writes it before it looks.
  override: { by: ['device'], readBy: ['drivers_probe', 'hot_add'] },
  leaving: { by: ['device'] },
  opens: { by: ['device'] },
  fdKind: { by: ['slot'], holds: 'kind' },
  fdObject: { by: ['slot'], holds: 'object', where: 'fdKind' },
  fdProcess: { by: ['slot'], holds: 'process', where: 'fdKind' },
  // Files are closed in the order of their numbers.
  fdNumber: { by: ['slot'], readBy: ['exit'] },
  fdHeld: { by: ['slot'] },
  exited: { by: ['process'] },
  pendingCall: { by: ['place'], holds: 'call' },
  pendingDevice: { by: ['place'], holds: 'device', where: 'pendingCall' },
  pendingDriver: { by: ['place'] },
}

export const VFIO_SHAPE: Readonly<Record<keyof VfioColumns, ColumnShape>> = {
  groupDomain: { by: ['group'], holds: 'context' },
  node: { by: ['group'] },
  owner: { by: ['group'] },
  opened: { by: ['group'] },
  container: { by: ['group'], holds: 'container', base: 1 },
  joined: { by: ['group'] },
  users: { by: ['group'] },
  kvm: { by: ['process', 'group'] },
  containerOpen: { by: ['container'] },
  containerType: { by: ['container'] },
}
