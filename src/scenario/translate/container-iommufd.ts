/** What two translators share: a container is an iommufd with one address space. */
import type { OpOf } from '../../sim/op.ts'
import { succeeded } from '../../sim/result.ts'
import type { Ask, Surroundings, Translation } from './dialect.ts'
import { EARLIER, TRANSLATED, doneBy } from './dialect.ts'

export class ContainerIommufds {
  private readonly around: Surroundings
  /** Container → its address space. */
  private readonly spaces = new Map<string, string>()

  constructor(around: Surroundings) {
    this.around = around
  }

  /** The address space of a container; undefined: the container is none that was opened here. */
  spaceOf(container: string | undefined): string | undefined {
    return container === undefined ? undefined : this.spaces.get(container)
  }

  open(op: OpOf<'open_container'>, ask: Ask): Translation {
    const by = op.by ?? this.around.first
    if (!succeeded(ask({ op: 'open_iommufd', ...doneBy(this.around, by), as: op.as }))) return TRANSLATED
    const ioas = this.around.names.of(op.as, 'ioas')
    ask({ op: 'ioas_alloc', iommufd: op.as, as: ioas })
    this.spaces.set(op.as, ioas)
    return TRANSLATED
  }

  /** An operation on a container; null: it is none that was opened here. */
  use(op: OpOf<'set_iommu'> | OpOf<'map_dma'> | OpOf<'unmap_dma'>, ask: Ask): Translation | null {
    const ioas = this.spaces.get(op.container_fd)
    if (ioas === undefined) return null
    if (op.op === 'set_iommu') return EARLIER
    const { iova, size } = op
    ask({ op: op.op === 'map_dma' ? 'ioas_map' : 'ioas_unmap', iommufd: op.container_fd, ioas, iova, size })
    return TRANSLATED
  }
}
