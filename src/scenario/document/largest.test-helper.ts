/** The longest documents of one kind of operation that `readScenario` lets in. Nothing that ships imports this. */
import { isOp, keysOf, OP_KINDS, type Op, type OpKind } from '../../sim/op.ts'
import { LIMITS } from './scenario.ts'

const PAGE = 4096
const DEVICES = ['0000:01:00.0', '0000:01:00.1']

/** Something of everything that is open: the operations find what they are about. */
const OPENED: readonly Op[] = [
  ...DEVICES.flatMap((device): Op[] => [
    { op: 'unbind', device },
    { op: 'bind', device, driver: 'vfio-pci' },
  ]),
  { op: 'open_container', as: 'c' },
  { op: 'open_group', group: '3', as: 'g' },
  { op: 'group_set_container', group_fd: 'g', container_fd: 'c' },
  { op: 'set_iommu', container_fd: 'c', type: 'type1v2' },
  { op: 'group_get_device_fd', group_fd: 'g', device: '0000:01:00.0', as: 'd' },
  { op: 'open_iommufd', as: 'i' },
  { op: 'ioas_alloc', iommufd: 'i', as: 'a' },
  { op: 'open_cdev', device: '0000:01:00.1', as: 'e' },
  { op: 'bind_iommufd', device_fd: 'e', iommufd: 'i' },
]

const NAMED: Readonly<Record<string, string>> = {
  container_fd: 'c',
  group_fd: 'g',
  iommufd: 'i',
  ioas: 'a',
  hwpt: 'h0',
}

/**
 * `count` operations of a kind after a few others, with as many names and ranges as there may be.
 * @param distinct how many different names, and ranges, they use
 */
export function manyOf(kind: OpKind, count: number, distinct: number): Op[] {
  const ops = Array.from({ length: count }, (_, index): Op => {
    const fields: Record<string, string | number> = { op: kind }
    for (const [key, role] of keysOf(kind)) {
      const number = index % distinct
      if (role === 'as' || role === 'fd')
        fields[key] = key === 'as' || key === 'fd' ? `n${number}` : (NAMED[key] ?? (index % 2 === 0 ? 'd' : 'e'))
      else if (role === 'other?' && key === 'hwpt') continue
      else if (role === 'other' || role === 'other?') fields[key] = NAMED[key] ?? 'c'
      else if (role === 'third') fields[key] = 'e'
      else if (role === 'device') fields[key] = DEVICES[index % 2] ?? ''
      else if (role === 'driver' || role === 'override') fields[key] = index % 3 === 0 ? 'vfio-pci' : `driver${number}`
      else if (role === 'group') fields[key] = '3'
      else if (role === 'user') fields[key] = `user${number}`
      else if (role === 'arg') fields[key] = 'type1v2'
      else if (role === 'iova') fields[key] = 2 * number * PAGE
      else if (role === 'size') fields[key] = PAGE
    }
    if (!isOp(fields)) throw new Error(`no operation: ${JSON.stringify(fields)}`)
    return fields
  })
  return [...OPENED, ...ops]
}

/** Maps of one range and cuts of it, which leave pieces of every length. */
export function mapAndCuts(cuts: number): Op[] {
  const map: Op = { op: 'map_dma', container_fd: 'c', iova: 0, size: 2 ** 30 }
  return [
    map,
    ...Array.from({ length: cuts }, (_, cut): Op => ({
      op: 'unmap_dma',
      container_fd: 'c',
      iova: (2 * cut + 1) * PAGE,
      size: PAGE,
    })),
  ]
}

/** The longest document of each kind of operation. */
export const LARGEST: readonly (readonly [OpKind, readonly Op[]])[] = OP_KINDS.map((kind) => {
  const maps = keysOf(kind).some(([, role]) => role === 'iova')
  const distinct = maps ? LIMITS.ranges : LIMITS.names - OPENED.length
  return [kind, manyOf(kind, LIMITS.ops - OPENED.length, distinct)]
})
