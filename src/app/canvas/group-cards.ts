/** What the cards of groups say: the kernel’s verdict, isolation, and what the kernel keeps of the group. */
import { isolationWords, plain, viabilityWords, type ViabilityState } from '../../explain/index.ts'
import { containerName } from '../../explain/contexts.ts'
import { judge, type Judgement } from '../../sim/isolation.ts'
import type { Kernel } from '../../sim/kernel.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { nodeId } from './ids.ts'
import type { Standing } from './looks.ts'
import type { GroupCard } from './cards.ts'
import { deviceCard } from './device-cards.ts'

/** What groups say that have a card of their own, in the order given. */
export function groupCards(kernel: Kernel, world: World, snapshot: Snapshot, groups: readonly number[]): GroupCard[] {
  const judgements = judge(world, snapshot)
  const holders = holdersOf(world, snapshot)
  const known = quietCards.get(world.setup) ?? new Map<number, { key: string; card: GroupCard }>()
  quietCards.set(world.setup, known)
  const made = cardsOfState.get(snapshot) ?? new Map<number, GroupCard>()
  cardsOfState.set(snapshot, made)
  return groups.flatMap((group) => {
    const same = made.get(group)
    if (same !== undefined) return [same]
    const view = snapshot.groups[group]
    const judgement = judgements[group]
    if (view === undefined || judgement === undefined) return []
    const key = quietKey(kernel, world, snapshot, { view, judgement, holders })
    const before = known.get(group)
    const isAsBefore = key !== null && before?.key === key
    const card = isAsBefore ? before.card : groupCard(kernel, world, snapshot, { view, judgement, holders })
    if (card === null) return []
    made.set(group, card)
    if (key !== null) known.set(group, { key, card })
    return [card]
  })
}

interface Subject {
  readonly view: Snapshot['groups'][number]
  readonly judgement: Judgement
  /** Who has each device open. */
  readonly holders: ReadonlyMap<number, readonly string[]>
}

/** Cards by the state that they show: another size of the view says the same words. */
const cardsOfState = new WeakMap<Snapshot, Map<number, GroupCard>>()

/** Cards of groups in the host's hands as they were last, so that a step of a large machine describes only what it touched. */
const quietCards = new WeakMap<World['setup'], Map<number, { key: string; card: GroupCard }>>()

/** All that the card of a group in the host's hands is made of; null: userspace has a part in it. */
function quietKey(
  kernel: Kernel,
  world: World,
  snapshot: Snapshot,
  { view, judgement, holders }: Subject,
): string | null {
  const { group, node, opened, container, compat, kvm, ownership } = view
  const isOwned = ownership?.owner === 'iommufd' || ownership?.owner === 'vfio-group'
  if (node || opened || container >= 0 || compat >= 0 || kvm.length > 0 || isOwned) return null
  const devices = world.groups[group]?.devices ?? []
  const parts: unknown[] = [kernel.id, view, judgement]
  for (const device of devices) {
    const deviceView = snapshot.devices[device]
    if (deviceView === undefined || deviceView.binding !== null || holders.has(device)) return null
    for (const rid of world.devices[device]?.rids ?? []) {
      const context = snapshot.contexts[rid]
      if (context === undefined || context.kind === 'domain' || (context.kind === 'dma' && context.group !== group))
        return null
      parts.push(context.kind)
    }
    // A driver's number means another driver in another run.
    parts.push(deviceView, world.drivers[deviceView.link]?.name, world.drivers[deviceView.driver]?.name)
  }
  return JSON.stringify(parts)
}

function groupCard(
  kernel: Kernel,
  world: World,
  snapshot: Snapshot,
  { view, judgement, holders }: Subject,
): GroupCard | null {
  const { group } = view
  const target = world.groups[group]
  if (target === undefined) return null
  const verdict = viabilityWords(kernel.id, world, view, snapshot)
  const isolation = isolationWords(world, judgement)
  const estimated = world.setup.machine.estimated === true
  const words = plain(verdict.words)
  const facts = groupFacts(world, snapshot, target.id, view)
  const reason = firstSentence(words)
  const standing = standingOf(view, verdict.state)
  return {
    id: nodeId.group(group),
    key: `group ${target.id}`,
    label: `IOMMU group ${target.id}: ${estimated ? 'estimated, ' : ''}${verdict.title}. ${isolation.title}. ${words}`,
    group,
    number: target.id,
    standing,
    status: verdict.title.toUpperCase(),
    estimated,
    isolation: judgement.verdict === 'host' ? 'host’s own' : isolation.title.toLowerCase(),
    verdict: judgement.verdict,
    foot: standing === 'viable' || standing === 'taken' ? [facts] : [reason, facts],
    words: [facts, words].filter((part) => part !== '').join(' · '),
    devices: target.devices.flatMap(
      (device) => deviceCard(world, snapshot, { device, view, holders: holders.get(device) ?? [] }) ?? [],
    ),
  }
}

function firstSentence(words: string): string {
  const end = words.indexOf('. ')
  return end < 0 ? words : words.slice(0, end + 1)
}

function standingOf(view: Snapshot['groups'][number], state: ViabilityState): Standing {
  if (state !== 'not-viable') return state
  return !view.node && !view.opened && view.container < 0 && view.compat < 0 ? 'quiet' : 'not-viable'
}

/** Where the group is and who holds it, in a few words: what the kernel keeps. */
function groupFacts(world: World, snapshot: Snapshot, id: number, view: Snapshot['groups'][number]): string {
  const { node, opened, ownership, container, compat } = view
  const owner = ownership?.owner ?? 'nobody'
  const count = ownership?.count ?? 0
  const facts = [
    container >= 0 ? `in container ${containerName(snapshot, world, container)}` : '',
    compat >= 0 ? `uses iommufd ${iommufdName(world, snapshot, compat)}` : '',
    container < 0 && compat < 0 ? (opened ? 'its file is open' : node ? `/dev/vfio/${id}` : '') : '',
    owner === 'drivers' ? `DMA used by ${count} driver${count === 1 ? '' : 's'}` : '',
    owner === 'iommufd' ? `iommufd ${iommufdName(world, snapshot, ownership?.iommufd ?? -1)} owns its DMA` : '',
    owner === 'vfio-group' ? 'VFIO owns its DMA' : '',
  ]
  return facts.filter((fact) => fact !== '').join(' · ')
}

function iommufdName(world: World, snapshot: Snapshot, iommufd: number): string {
  const slot = snapshot.iommufds.find((view) => view.iommufd === iommufd)?.slots[0]
  return slot === undefined ? `#${iommufd + 1}` : (world.slots[slot] ?? '')
}

/** Who has each device open: names of descriptors with their process. */
function holdersOf(world: World, snapshot: Snapshot): ReadonlyMap<number, readonly string[]> {
  const holders = new Map<number, string[]>()
  for (const fd of snapshot.fds) {
    if (fd.kind !== 'device' && fd.kind !== 'cdev') continue
    const words = `${world.slots[fd.slot] ?? ''} ${world.setup.processes[fd.process]?.name ?? ''}`
    holders.set(fd.object, [...(holders.get(fd.object) ?? []), words])
  }
  return holders
}
