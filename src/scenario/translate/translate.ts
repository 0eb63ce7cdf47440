/**
 * One intent, three interfaces. A scenario written for VFIO's groups and containers can be put to a kernel that has only
 * device files and iommufds, and the other way round: what the caller wants is the same, the calls are not.
 *
 * A translator goes on from what the kernel answered, as a program would: where the first of two calls is refused, the
 * second is not made, and what was opened for it is closed again.
 */
import type { Kernel } from '../../sim/kernel.ts'
import type { Op, OpKind } from '../../sim/op.ts'
import type { Setup, World } from '../../sim/world.ts'
import { NO_CALL, SAME, type Ask, type Dialect, type Names, type Surroundings, type Translation } from './dialect.ts'
import { ToContainers } from './to-containers.ts'
import { ToDevices } from './to-devices.ts'
import { ToGroupBind } from './to-group-bind.ts'

const DEVICE_FILES: ReadonlySet<OpKind> = new Set(['open_cdev', 'bind_iommufd', 'unbind_iommufd'])
const GROUP_FILES: ReadonlySet<OpKind> = new Set([
  'open_group',
  'chown_group',
  'group_get_device_fd',
  'group_bind_iommufd',
  'group_unbind_iommufd',
])

/**
 * What a kernel can be asked for on a machine that was booted in some way: the proposal that has group files and device
 * files has one or the other, as it was booted.
 */
export function abiOf(kernel: Kernel, setup: Setup): ReadonlySet<OpKind> {
  const { abi } = kernel
  if (!abi.includes('group_bind_iommufd') || !abi.includes('open_cdev')) return new Set(abi)
  const absent = setup.boot.policy?.lockstep === true ? GROUP_FILES : DEVICE_FILES
  return new Set(abi.filter((kind) => !absent.has(kind)))
}

/**
 * Makes a translator.
 * @param names made of the same operations
 */
export function translator(
  abi: ReadonlySet<OpKind>,
  world: World,
  ops: readonly Op[],
  names: Names,
): (op: Op, ask: Ask) => Translation {
  const surroundings: Surroundings = {
    groupOf: (bdf) => world.groups[world.devices[world.deviceIndex.get(bdf) ?? -1]?.group ?? -1]?.id,
    names,
    first: world.setup.processes[0]?.name ?? '',
    abi,
    boundAsGroups: new Set(ops.flatMap((op) => (op.op === 'group_bind_iommufd' ? [op.group_fd] : []))),
  }
  const dialect = dialectFor(surroundings)
  return (op, ask) => {
    const made = dialect?.next(op, ask) ?? null
    if (made !== null) return made
    if (!abi.has(op.op)) return NO_CALL
    ask(op)
    return SAME
  }
}

function dialectFor(surroundings: Surroundings): Dialect | undefined {
  const { abi } = surroundings
  if (abi.has('open_cdev')) return new ToDevices(surroundings)
  if (abi.has('group_bind_iommufd')) return new ToGroupBind(surroundings)
  if (abi.has('group_set_container')) return new ToContainers(surroundings)
  return undefined
}

/** Everything that translating operations may ask for, at most: a world compiled for these has room for it. */
export function possibleOps(ops: readonly Op[], names: Names): Op[] {
  return ops.flatMap((op): Op[] => {
    switch (op.op) {
      case 'open_container':
        return [
          op,
          { op: 'open_iommufd', as: op.as },
          { op: 'ioas_alloc', iommufd: op.as, as: names.of(op.as, 'ioas') },
        ]
      case 'open_iommufd':
        return [op, { op: 'open_container', as: op.as }]
      case 'ioas_alloc':
        return [op, { op: 'open_container', as: op.as }]
      case 'open_cdev':
        return [op, { op: 'open_group', group: op.device, as: names.of(op.as, 'group') }]
      case 'map_dma':
        return [op, { ...mappingOf(op), op: 'ioas_map', iommufd: op.container_fd, ioas: op.container_fd }]
      case 'ioas_map':
        return [op, { ...mappingOf(op), op: 'map_dma', container_fd: op.iommufd }]
      // Cuts of another kind leave other pieces.
      case 'unmap_dma':
        return [op, { ...mappingOf(op), op: 'ioas_unmap', iommufd: op.container_fd, ioas: op.container_fd }]
      case 'ioas_unmap':
        return [op, { ...mappingOf(op), op: 'unmap_dma', container_fd: op.iommufd }]
      default:
        return [op]
    }
  })
}

function mappingOf({ iova, size }: { readonly iova: number; readonly size: number }): { iova: number; size: number } {
  return { iova, size }
}
