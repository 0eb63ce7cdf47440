/** What the cards of devices say: name, driver, who has them open, where their DMA goes. */
import { contextWords } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { classLabel, shortName } from '../../machines/short-name.ts'
import type { Snapshot } from '../../sim/snapshot.ts'
import type { World } from '../../sim/world.ts'
import { nodeId } from './ids.ts'
import type { Tag } from './looks.ts'
import type { DeviceCard, Forms } from './cards.ts'
import { landsIn } from './space-cards.ts'

interface Member {
  readonly device: number
  readonly view: Snapshot['groups'][number]
  readonly holders: readonly string[]
}

/** A device of a group; null: the machine has none of this index. */
export function deviceCard(world: World, snapshot: Snapshot, { device, view, holders }: Member): DeviceCard | null {
  const deviceView = snapshot.devices[device]
  const spec = world.devices[device]?.spec
  if (deviceView === undefined || spec === undefined) return null
  const reach = contextWords(world, snapshot, device)
  const good = isGoodMember(view, device)
  const { name: driver = '' } = world.drivers[deviceView.link] ?? {}
  const state =
    deviceView.binding === null ? '' : deviceView.binding.hwpt === -1 ? ', bound to an iommufd' : ', attached'
  const held = holders.length === 0 ? '' : `, open as ${holders.join(', ')}${state}`
  const bdf = shortBdf(spec.bdf)
  return {
    id: nodeId.device(device),
    key: `device ${bdf}`,
    label: `Device ${bdf}, ${spec.name ?? 'unnamed'}, ${driver === '' ? 'no driver' : `driver ${driver}`}, ${reach.short}${held}`,
    device,
    bdf,
    name: [shortName(spec), classLabel(spec)].filter((form) => form !== ''),
    holders: holders.length === 0 ? [] : holders.length === 1 ? holderForms(holders[0] ?? '') : several(holders),
    present: deviceView.present,
    good,
    driver: driverOf(world, snapshot, device),
    reach: { tone: REACH[reach.tone], forms: reachForms(reach.short, reach.tone === 'danger') },
    lands: landsIn(world, snapshot, device),
    harm: reach.tone === 'danger',
  }
}

function holderForms(holder: string): Forms {
  return [holder, holder.split(' ')[0] ?? '', 'open']
}

function several(holders: readonly string[]): Forms {
  return [holders.join(', '), `open ×${holders.length}`, `×${holders.length}`]
}

const REACH = { host: 'host', user: 'ctx', none: 'none', danger: 'bad' } as const

/** Short words of what DMA reaches, in the forms that a chip may have. */
function reachForms(short: string, isHarm: boolean): Forms {
  const mark = isHarm ? '⚠ ' : ''
  const target = short === '→ host DMA' ? '→ host memory' : short === 'all host memory' ? '→ all host memory' : short
  if (!target.startsWith('→'))
    return [
      `${mark}${target}`,
      ...(target === 'not plugged in' ? ['unplugged'] : [`${mark}${target.replace('DMA ', '')}`]),
    ]
  const near = target.replace(' host memory', target.includes(' all ') ? ' memory' : ' host')
  const all = target.includes(' all ') ? [`${mark}→ all`] : []
  return [`${mark}DMA ${target}`, `${mark}DMA ${near}`, `${mark}${target}`, `${mark}${near}`, ...all]
}

/** What is said of a device's driver: its name, or that there is none, or that it cannot be known. */
export function driverOf(world: World, snapshot: Snapshot, device: number): Tag {
  const target = world.devices[device]
  const view = snapshot.devices[device]
  if (target === undefined || view?.present !== true) return { tone: 'none', text: 'empty slot' }
  if (view.leaving) return { tone: 'warn', text: '… leaving' }
  const { name = '', family = 'none' } = world.drivers[view.link] ?? {}
  const isAssumed = target.spec.assumed?.includes('driver') === true && view.link === target.bootDriver
  const group = snapshot.groups[target.group]
  return driverTag(name, family, group === undefined || isGoodMember(group, device), isAssumed)
}

/** Whether a member of a group passes the test of viability. */
function isGoodMember({ members }: Snapshot['groups'][number], device: number): boolean {
  return members.find((member) => member.device === device)?.good !== false
}

function driverTag(driver: string, family: string, good: boolean, assumed: boolean): Tag {
  if (family === 'unknown') return { tone: 'warn', text: '? unknown' }
  if (driver === '') return { tone: 'none', text: assumed ? 'no driver?' : 'no driver' }
  return { tone: !good ? 'bad' : family === 'vfio' ? 'ok' : 'plain', text: `${good ? '' : '✗ '}${driver}` }
}
