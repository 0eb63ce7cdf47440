/** Questions put to every kernel: what each of them says, side by side. */
import type { Scenario } from '../scenario/document/scenario.ts'
import type { KernelId } from '../sim/kernel.ts'
import { recordOf } from '../sim/kernels/list.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import type { Op, OpKind } from '../sim/op.ts'
import type { AlphabetOptions } from './alphabet.ts'
import { Exploration, type ExploreRequest, type ExploreResult } from './exploration.ts'

/** A question of a table: a request whose kernel is still open. */
export interface TableQuestion {
  readonly id: string
  /** What is asked, as a heading. */
  readonly title: string
  readonly request: ExploreRequest
}

/** The request of a question under one kernel. */
export function requestFor({ request }: TableQuestion, kernel: KernelId): ExploreRequest {
  const { scenario, options = {} } = request
  const without = [...(options.without ?? []), ...leftOut(kernel)]
  return { ...request, scenario: { ...scenario, kernel }, options: { ...options, without } }
}

/** What a kernel has of another one that the table also asks: once is enough. */
function leftOut(kernel: KernelId): readonly OpKind[] {
  // Containers are the same as in the same release with groups.
  return recordOf(kernel).interface === 'iommufd' ? ['open_container'] : []
}

/**
 * Puts a question to kernels, one after the other.
 * @throws ExploreError
 */
export function askAll(
  question: TableQuestion,
  now: () => number,
  kernels: readonly KernelId[] = KERNELS.map(({ id }) => id),
): { readonly kernel: KernelId; readonly result: ExploreResult }[] {
  return kernels.flatMap((kernel) => {
    const exploration = new Exploration(requestFor(question, kernel), now)
    while (exploration.running) exploration.advance(100_000)
    const result = exploration.result()
    return result === null ? [] : [{ kernel, result }]
  })
}

// ---- The table of questions -------------------------------------------------------------------------------------

const FUNCTIONS = ['0000:01:00.0', '0000:01:00.1'] as const

/** Both functions of the network card are handed over before users act. */
const HANDED_OVER: readonly Op[] = FUNCTIONS.flatMap((device): Op[] => [
  { op: 'unbind', device },
  { op: 'bind', device, driver: 'vfio-pci' },
])

/** What the table is about: a card with two functions in one group, and two processes. */
const SCENARIO: Scenario = {
  title: 'A card with two functions, two processes',
  machine: 'dual-e1000e',
  kernel: 'linux-5.10',
  boot: { iommu: 'nopt' },
  processes: [
    { name: 'qemu', user: 'root' },
    { name: 'other', user: 'root' },
  ],
  ops: HANDED_OVER,
  cursor: HANDED_OVER.length,
}

/** Of each kind one for a process; what is mapped changes none of the answers. */
const OPTIONS: AlphabetOptions = {
  devices: FUNCTIONS,
  names: { container: 1, group: 1, device: 1, iommufd: 1, ioas: 1 },
  without: ['map_dma', 'unmap_dma', 'ioas_map', 'ioas_unmap'],
}

/** Both functions are handed over; the administrator does nothing any more. */
const alone = (id: string, title: string, goal: string): TableQuestion => ({
  id: `${id}-alone`,
  title: `${title}, by users alone`,
  request: { scenario: SCENARIO, from: 'here', goal, options: { ...OPTIONS, actors: ['user'] } },
})
/** From boot, with whatever mistakes the administrator makes. */
const both = (id: string, title: string, goal: string): TableQuestion => ({
  id,
  title,
  request: { scenario: SCENARIO, from: 'boot', goal, options: OPTIONS },
})
/** The same, where idle functions reach all memory. */
const passThrough = (id: string, title: string, goal: string): TableQuestion => ({
  id: `${id}-pt`,
  title: `${title}, with iommu=pt`,
  request: { scenario: { ...SCENARIO, boot: { iommu: 'pt' } }, from: 'boot', goal, options: OPTIONS },
})

/** The questions of the documented table. */
export const TABLE: readonly TableQuestion[] = [
  both('device-fd', 'Device fd in hand: the shortest legal set-up', 'device-fd'),
  alone('host-memory', 'DMA of a process’s device reaches the host', 'user-reaches-host'),
  both('host-memory', 'DMA of a process’s device reaches the host', 'user-reaches-host'),
  passThrough('host-memory', 'DMA of a process’s device reaches the host', 'user-reaches-host'),
  alone('shared', 'Two processes drive one group', 'shared'),
  both('shared', 'Two processes drive one group', 'shared'),
  alone('bug', 'BUG_ON', 'bug'),
  both('bug', 'BUG_ON, by the administrator’s mistake', 'bug'),
  both('viable-not-isolated', 'Viable, not isolated', 'viable & !isolated'),
  passThrough('viable-not-isolated', 'Viable, not isolated', 'viable & !isolated'),
  both('isolated-not-viable', 'Isolated, not viable', 'isolated & !viable'),
  both('blocked', 'A call waits', 'blocked'),
  both('stuck', 'A call waits for ever', 'stuck'),
]
