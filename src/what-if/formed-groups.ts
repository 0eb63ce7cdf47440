import type { Machine, PciFunction } from '../sim/machine.ts'
import { agreementOf } from './agreement.ts'

/**
 * The machine with groups that form from its tree, as they must once the tree is another than the one that was listed.
 * What the listing reported is kept to be compared with; quirks that explain it are kept as such, so that what changes
 * afterwards is what was changed.
 */
export function withFormedGroups(machine: Machine): Machine {
  const { groups, ...rest } = machine
  if (groups === undefined) return machine
  const verdicts = new Map<string, boolean>()
  for (const { cause, about } of agreementOf(machine, { iommu: 'nopt' })?.differences ?? []) {
    if (cause === 'port-quirk' || cause === 'quirk') for (const bdf of about) verdicts.set(bdf, true)
    if (cause === 'whole-slot') for (const bdf of about) verdicts.set(bdf, false)
  }
  const devices = rest.devices.map((f): PciFunction => {
    const acsQuirk = verdicts.get(f.bdf)
    return acsQuirk === undefined ? f : { ...f, acsQuirk }
  })
  return { ...rest, devices, reported: groups }
}
