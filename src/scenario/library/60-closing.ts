import { SINGLE_OPENED } from './beginnings.ts'
import { define, type LibraryScenario } from './define.ts'

type End = 'container' | 'group' | 'device'

const FDS: Readonly<Record<End, string>> = { container: 'c1', group: 'g1', device: 'd1' }

const KEPT = 'Device first: one user less. The group stays where it is, with all mappings.'
const GROUP_GONE = 'The group fd goes; the open device keeps the group in the container.'
const CONTAINER_GONE = 'The container fd goes first. Nothing else happens: mappings and DMA live on.'
const DETACHED = 'the group leaves the container and returns to its default domain'
const ALL_GONE = `The last one: ${DETACHED}, and the container is gone.`
const NO_EFFECT = 'An empty container closes without any effect.'

/** An order of closing with what each close does, and the close (from 0) with which the group leaves the container. */
interface Order {
  readonly closes: readonly [fd: End, words: string][]
  readonly detaches: number
}

const ORDERS: readonly Order[] = [
  {
    closes: [
      ['device', KEPT],
      ['group', `The group fd was the last that held it: ${DETACHED}.`],
      ['container', NO_EFFECT],
    ],
    detaches: 1,
  },
  {
    closes: [
      ['device', KEPT],
      ['container', 'The container fd goes, but not the container: its group keeps it, and the mappings with it.'],
      ['group', ALL_GONE],
    ],
    detaches: 2,
  },
  {
    closes: [
      ['group', GROUP_GONE],
      ['device', `The device was the last that held it: ${DETACHED}.`],
      ['container', NO_EFFECT],
    ],
    detaches: 1,
  },
  {
    closes: [
      ['group', GROUP_GONE],
      ['container', 'Only the device is left, and it still does DMA through mappings that nobody can change any more.'],
      ['device', ALL_GONE],
    ],
    detaches: 2,
  },
  {
    closes: [
      ['container', CONTAINER_GONE],
      ['device', 'The device is closed. The group fd still holds the group in a container that has no handle.'],
      ['group', ALL_GONE],
    ],
    detaches: 2,
  },
  {
    closes: [
      ['container', CONTAINER_GONE],
      ['group', 'Now the group fd. The open device alone keeps everything as it was.'],
      ['device', ALL_GONE],
    ],
    detaches: 2,
  },
]

/** What is said of the group before the first close and after the last. */
const FREE = 'viable@4 & isolated@4'

/** Steps before the first close. */
const SETUP = 8

/** Between the closes somebody tries to open the group when its fd is closed, and to reach the mapping after the second. */
function closing({ closes, detaches }: Order): LibraryScenario {
  const lines: string[] = []
  const expect: Record<number, string> = { [SETUP]: FREE }
  const step = (words: string, line: string): number => SETUP + lines.push(`#: ${words}\n${line}`)

  closes.forEach(([fd, words], index) => {
    step(words, `close ${FDS[fd]}`)
    if (fd === 'group' && index < detaches) {
      expect[step('The group fd is closed, and still nobody can open the group: it is in use.', 'g2 = open_group 4')] =
        'errno:EBUSY'
    }
    if (index !== 1) return
    const gone = index >= detaches
    const seen = gone ? 'The mapping is gone.' : 'The mapping is alive: the device reaches the memory of the process.'
    expect[step(seen, 'dma_probe 01:00.0 0x0')] = `returned:physical=blocked & returned:iova=${gone ? 'blocked' : 'ok'}`
  })
  expect[step('The group is free for the next one.', 'g3 = open_group 4')] = FREE

  const order = closes.map(([fd]) => fd)
  return define({
    id: `close-${order.join('-')}`,
    chapter: 'Closing in any order',
    summary: `Close the ${order.join(' fd, then the ')} fd: who keeps what alive?`,
    script: `
      title Closing ${order.join(', ')}
      machine two-singletons
      kernel linux-5.10
      process qemu user=root
      cursor ${SETUP}

      ${SINGLE_OPENED}
      group_set_container g1 c1
      set_iommu c1 type1v2
      map_dma c1 0x0 2M
      #: All three are open: container, group, device. Which one keeps the others alive?
      d1 = group_get_device_fd g1 01:00.0
      ${lines.join('\n')}
    `,
    expect,
  })
}

export const closings: readonly LibraryScenario[] = ORDERS.map(closing)
