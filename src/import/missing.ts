import type { ImportResult } from './result.ts'

/** What a listing may lack, and the one command that prints it. */
export interface Missing {
  readonly what: 'groups' | 'drivers' | 'ids' | 'tree' | 'acs'
  readonly command: string
}

/** Prints groups, drivers, tree and ACS at once, with what every distribution has. */
export const COMPLETE_COMMAND = 'find /sys/kernel/iommu_groups/ -type l; sudo lspci -Dnnvvv'

/** Names what a result lacks for a full picture of the machine, the most important first. */
export function missingFrom(result: ImportResult): Missing[] {
  const devices = Object.entries(result.devices)
  const missing: Missing[] = []
  if (Object.keys(result.groups).length === 0) {
    missing.push({ what: 'groups', command: 'find /sys/kernel/iommu_groups/ -type l' })
  }
  if (devices.length === 0 || devices.some(([, { driverKnown, bridge }]) => driverKnown !== true && bridge !== true)) {
    missing.push({ what: 'drivers', command: 'lspci -nnk' })
  }
  if (devices.some(([, { vendor }]) => vendor === null)) missing.push({ what: 'ids', command: 'lspci -nn' })
  const busesBelow = new Set(
    devices.flatMap(([bdf, { secondary }]) => (secondary === undefined ? [] : [`${bdf.split(':')[0]}:${secondary}`])),
  )
  const placed = devices.every(([bdf]) => {
    const bus = bdf.slice(0, bdf.lastIndexOf(':'))
    return bus.endsWith(':00') || busesBelow.has(bus) || result.parents?.[bdf] !== undefined
  })
  if (!placed) missing.push({ what: 'tree', command: 'lspci -t' })
  if (
    devices.some(([, { bridge, acs, capabilities }]) => bridge === true && acs === undefined && capabilities !== 'read')
  ) {
    missing.push({ what: 'acs', command: 'sudo lspci -vvv' })
  }
  return missing
}
