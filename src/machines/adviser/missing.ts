/** What a listing leaves open, and the one command that tells it. */
import { rich, type Words } from '../../explain/words.ts'
import type { ImportResult } from '../import/index.ts'

export interface Missing {
  readonly what: 'groups' | 'drivers' | 'tree' | 'acs'
  readonly words: Words
  readonly command: string
}

/** In the order in which they matter. Nothing is said to be missing that the text tells, even in part. */
export function missingFrom({ devices, groups, unnumberedGroups = [], parents = {} }: ImportResult): Missing[] {
  const all = Object.values(devices)
  if (all.length === 0) return []
  const missing: Missing[] = []
  if (Object.keys(groups).length + unnumberedGroups.length === 0) {
    missing.push({
      what: 'groups',
      words: [
        'No groups in the text: those here are estimated from the tree. This prints the real ones (nothing at all if the IOMMU is off):',
      ],
      command: 'find /sys/kernel/iommu_groups -type l',
    })
  }
  const unknown = all.filter(({ driver, driverKnown }) => driver === null && driverKnown !== true).length
  if (unknown > 0) {
    missing.push({
      what: 'drivers',
      words: rich`${unknown === all.length ? 'The text names no drivers' : `The text does not say which driver ${unknown} of ${all.length} devices have`}. Unknown is not “none”: such a device counts as held by the host. This tells:`,
      command: 'lspci -nnk',
    })
  }
  const bridges = Object.entries(devices).filter(([, { bridge }]) => bridge === true)
  const isCovered = bridges.every(
    ([bdf, { secondary }]) => secondary !== undefined || Object.values(parents).includes(bdf),
  )
  const treeTold = Object.keys(parents).length > 0 || (bridges.length > 0 && isCovered)
  if (!treeTold && all.length > 1) {
    missing.push({
      what: 'tree',
      words: ['The tree of buses is guessed from the addresses. Ports and what isolates (ACS) show as root with:'],
      command: 'sudo lspci -vvnn',
    })
  } else if (all.some(({ capabilities }) => capabilities === 'denied') && all.every(({ acs }) => acs === undefined)) {
    missing.push({
      what: 'acs',
      words: ['The capabilities were hidden, so what isolates (ACS) is not known. As root they show:'],
      command: 'sudo lspci -vvnn',
    })
  }
  return missing
}
