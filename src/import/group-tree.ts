/** Groups drawn as a tree: `tree /sys/kernel/iommu_groups`, and tools that draw the same with lspci's descriptions. */
import { fullAddress } from './address.ts'
import type { Reader } from './context.ts'
import { deviceLine, takeDevice } from './device-line.ts'
import type { Line } from './lines.ts'
import { chain } from './sysfs.ts'

const ROOT = /^(?:IOMMU(?: groups)?:?|\S{0,80}iommu_groups\/?|\.)$/i
/** The branches in front of a name; back-ticks of plain ASCII trees are gone by now. */
const BRANCH = /^[│├└─|+\\ -]*(?:──|--) ?(?=\S)/
const LINK = /^(\S{1,80})(?: -> (\S+))?$/

/** The line of the first branch: below the root, or at once where the paste begins below it. -1: no such tree. */
function firstBranch(lines: readonly Line[], at: number): number {
  const bare = lines[at]?.bare ?? ''
  const next = lines[at + 1]?.bare ?? ''
  if (ROOT.test(bare) && BRANCH.test(next)) return at + 1
  const isGroup = BRANCH.test(bare) && /^\d{1,6}$/.test(bare.replace(BRANCH, ''))
  return isGroup && /^devices\/?$/.test(next.replace(BRANCH, '')) ? at : -1
}

export const readGroupTree: Reader = (lines, at, context) => {
  const first = firstBranch(lines, at)
  if (first < 0) return 0
  const { machine } = context
  let group: string | null = null
  let end = first
  context.boundary()
  for (let line = lines[end]; line !== undefined && !line.fence; line = lines[++end]) {
    const name = line.bare.replace(BRANCH, '')
    if (name === line.bare) break
    if (/^\d{1,6}$/.test(name)) {
      group = name
      continue
    }
    if (group === null) continue
    const [, entry = '', target = ''] = LINK.exec(name) ?? []
    const bdf = fullAddress(entry)
    if (bdf !== null) {
      machine.format('sysfs-tree')
      machine.member(bdf, group, line)
      chain(target, machine, line)
    } else if (target.includes('/devices/')) {
      machine.format('sysfs-tree')
      machine.nonPciMember(entry, group)
    } else {
      const parsed = deviceLine(name)
      const device =
        parsed === null || parsed.description.evidence === 'none' ? null : takeDevice(parsed, line, context)
      if (device !== null) {
        context.openListing(line).marks.add('lsiommu-tree')
        context.openListing(line).members++
        machine.member(device.facts.bdf, group, line)
      }
    }
  }
  context.boundary()
  return end - at
}
