/** What the host would miss if a device went that can go: the only one of its kind, or one that the host uses now. */
import { driverFamily } from '../sim/drivers.ts'
import type { PciFunction } from '../sim/machine.ts'
import type { Advice, Loss } from './advice-types.ts'

const VITAL = ['disk', 'display', 'network'] as const
type VitalKind = (typeof VITAL)[number]

/** Without a driver of the host nothing runs from a disk or over a network; a boot screen needs none. */
function isUsable({ f, kind, used }: Loss): boolean {
  if (used !== undefined) return true
  const family = f.driver === null ? 'none' : driverFamily(f.driver)
  return family === 'native' || family === 'unknown' || (kind === 'display' && family === 'none')
}

/**
 * Losses that the host would feel at once, the worst kind first: its only disk controller, graphics device or network
 * device by the listing, or one that the text shows in use.
 */
export function missedBy(losses: readonly Loss[]): Loss[] {
  const felt = losses.filter((loss) => (loss.last || loss.used !== undefined) && isUsable(loss))
  return VITAL.flatMap((kind) => felt.filter((loss) => loss.kind === kind))
}

/** The only disk controller of a listing, still with a driver of the host: the host probably runs from it. */
export function isLikelyHostDisk(losses: readonly Loss[], f: PciFunction): boolean {
  return missedBy(losses).some((loss) => loss.f === f && loss.kind === 'disk')
}

/** What is missed where the device can go all the same; null: nothing, or the verdict says more than this. */
export function missedFrom({ verdict, losses }: Pick<Advice, 'verdict' | 'losses'>): Loss | null {
  if (verdict !== 'yes' && verdict !== 'ready') return null
  return missedBy(losses)[0] ?? null
}

const IN_USE: Readonly<Record<VitalKind, string>> = {
  disk: 'the host’s disk',
  display: 'the host’s display',
  network: 'the network in use',
}
const ONLY: Readonly<Record<VitalKind, string>> = {
  disk: 'the only disk',
  display: 'the only display',
  network: 'the only network',
}

/** `the only display`, `the network in use`; empty for a kind that is not vital. */
export function missedName({ kind, used }: Loss): string {
  const vital = VITAL.find((each) => each === kind)
  if (vital === undefined) return ''
  return used === undefined ? ONLY[vital] : IN_USE[vital]
}
