/** What the host uses now: the disk that it runs from, and its network. */
import { BDF, fullAddress } from '../import/address.ts'
import type { Place, Told } from './surroundings.ts'

/** What has been read so far. */
export interface HostUse {
  /** Name of the disk of the root file system. */
  rootName: Told<string> | null
  /** Controllers by the names of their disks. */
  disks: Map<string, string>
  /** The disk that a tree of lsblk is at. */
  lastDisk: string
  /** Functions by the names of their interfaces. */
  interfaces: Map<string, string>
  activeNames: Told<string>[]
  active: Told<string>[]
}

export function newHostUse(): HostUse {
  return { rootName: null, disks: new Map(), lastDisk: '', interfaces: new Map(), activeNames: [], active: [] }
}

/** The controller of the root file system, else the name of its disk; null: not told. */
export function rootDiskOf({ rootName, disks }: HostUse): Told<string> | null {
  if (rootName === null) return null
  return { ...rootName, value: disks.get(rootName.value.replace(/n\d{1,3}$/, '')) ?? rootName.value }
}

/** Network functions that are up. */
export function networkOf({ active, activeNames, interfaces }: HostUse): Told<string>[] {
  const named = activeNames.flatMap((told) => {
    const bdf = interfaces.get(told.value)
    return bdf === undefined ? [] : [{ ...told, value: bdf }]
  })
  return [...active, ...named]
}

const DISK_ON: readonly RegExp[] = [
  new RegExp(`(?<disk>nvme\\d{1,3}): pci function (?<bdf>${BDF})`, 'i'),
  new RegExp(`(?<bdf>${BDF})/nvme/(?<disk>nvme\\d{1,3})\\b`, 'i'),
  new RegExp(`pci-(?<bdf>${BDF})-nvme-\\d{1,3} -> \\S{0,40}(?<disk>nvme\\d{1,3})n`, 'i'),
  new RegExp(`pci-(?<bdf>${BDF})-(?:ata|sas|scsi)-\\S{1,60} -> \\S{0,40}(?<disk>sd[a-z]{1,2})\\b`, 'i'),
  new RegExp(`(?<bdf>${BDF})/(?:ata\\d{1,3}/)?host\\d{1,3}/[^ ]{1,120}/block/(?<disk>sd[a-z]{1,2})\\b`, 'i'),
]
const INTERFACE_ON: readonly RegExp[] = [
  new RegExp(`(?<bdf>${BDF}) '.*\\bif=(?<name>[\\w.@-]{2,20})`, 'i'),
  new RegExp(`(?<bdf>${BDF}) (?<name>[a-z][\\w-]{2,15}): renamed from`, 'i'),
  new RegExp(`(?<bdf>${BDF})/net/(?<name>[a-z][\\w-]{2,15})`, 'i'),
]

/** Named parts of the first pattern that matches. */
function firstMatch(patterns: readonly RegExp[], line: string): Readonly<Record<string, string | undefined>> {
  for (const pattern of patterns) {
    const match = pattern.exec(line)
    if (match !== null) return match.groups ?? {}
  }
  return {}
}

const DISK = /(?<![\w/-])(nvme\d{1,3}n\d{1,3}|sd[a-z]{1,2}|vd[a-z])(?:p?\d{1,3})?(?![\w])/
const ON_ROOT: readonly RegExp[] = [
  /\/dev\/(nvme\d{1,3}n\d{1,3}|sd[a-z]{1,2}|vd[a-z])(?:p?\d{1,3})? on \/ type /,
  /^\/dev\/(nvme\d{1,3}n\d{1,3}|sd[a-z]{1,2}|vd[a-z])(?:p?\d{1,3})? .* \/$/,
  /\broot=\/dev\/(nvme\d{1,3}n\d{1,3}|sd[a-z]{1,2}|vd[a-z])(?:p?\d{1,3})?\b/,
  /\bID-\d{1,2}: \/ .{0,160}dev: \/dev\/(nvme\d{1,3}n\d{1,3}|sd[a-z]{1,2})/,
]

/** Takes up which disk hangs on which controller, and which holds the root file system. */
export function noteDisks(line: string, place: Place, use: HostUse): void {
  if (!/nvme|sd[a-z]|vd[a-z]|lvm|crypt/.test(line)) return
  const { disk, bdf } = firstMatch(DISK_ON, line)
  if (disk !== undefined && bdf !== undefined) use.disks.set(disk, fullAddress(bdf) ?? bdf)
  const own = DISK.exec(line)?.[1]
  if (own !== undefined) use.lastDisk = own
  const root =
    ON_ROOT.map((pattern) => pattern.exec(line)?.[1]).find((name) => name !== undefined) ??
    (/\b(?:part|lvm|crypt|disk|raid\d) +(?:\/|.* \/)$/.test(line.trimEnd()) && use.lastDisk !== ''
      ? use.lastDisk
      : undefined)
  if (root !== undefined) use.rootName = { ...place, value: root }
}

/** Takes up which interface belongs to which function, and which is up. */
export function noteNetwork(line: string, place: Place, use: HostUse): void {
  if (!/\b(?:if=|dev |IF: |bridge[-_]ports|renamed from|routing table)|\/net\//.test(line)) return
  const routed = new RegExp(`routing table indicates that interface (${BDF}) is active`, 'i').exec(line)?.[1]
  if (routed !== undefined) use.active.push({ ...place, value: fullAddress(routed) ?? routed })
  const { bdf, name } = firstMatch(INTERFACE_ON, line)
  if (bdf !== undefined && name !== undefined) {
    use.interfaces.set(name, fullAddress(bdf) ?? bdf)
    if (line.includes('*Active*')) use.active.push({ ...place, value: fullAddress(bdf) ?? bdf })
  }
  const active =
    /\bdefault via \S{3,40} dev ([a-z][\w-]{1,15})/.exec(line)?.[1] ??
    /\bbridge[-_]ports ([a-z][\w-]{2,15})/.exec(line)?.[1] ??
    /\bIF: ([a-z][\w-]{2,15}) state: up\b/.exec(line)?.[1]
  if (active !== undefined) use.activeNames.push({ ...place, value: active })
}
