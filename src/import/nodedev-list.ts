/** `virsh nodedev-list`: the tree that `--tree` draws, and plain lists of names (`--cap pci`). */
import type { Context, Reader } from './context.ts'
import type { Line } from './lines.ts'
import { addressOfName } from './nodedev.ts'

const BRANCH = /^([ |]*)(?:\+-|\\-|`-|└─|├─)[- ]{0,3}(\S+)$/
const TRUNK = /^[ |│]*$/
const NAME = /^pci_[0-9a-f]{4,8}_[0-9a-f]{2}_[01][0-9a-f]_[0-7]$/i

interface Level {
  readonly column: number
  readonly bdf: string | null
}

export const readNodedevList: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  if (line.bare === 'computer' || isBranch(line)) return readTree(lines, at, context)
  if (!NAME.test(line.bare)) return 0
  const bdf = addressOfName(line.bare)
  if (bdf === null) return 0
  if (context.block !== null || context.group !== null) context.boundary()
  context.machine.format('libvirt-nodedev-list')
  context.machine.device(bdf, line)
  return 1
}

function isBranch(line: Line): boolean {
  const name = BRANCH.exec(line.text)?.[2]
  return name !== undefined && NAME.test(name)
}

function readTree(lines: readonly Line[], at: number, context: Context): number {
  const { machine } = context
  let end = lines[at]?.bare === 'computer' ? at + 1 : at
  const levels: Level[] = []
  const leaves = new Map<string, Line>()
  for (let line = lines[end]; line !== undefined && !line.fence; line = lines[++end]) {
    if (line.bare === '' || TRUNK.test(line.text)) {
      // A blank line within the drawing is a trunk whose bar was lost.
      const next = lines[end + 1]
      if (next !== undefined && (BRANCH.test(next.text) || TRUNK.test(next.text)) && next.bare !== '') continue
      break
    }
    const match = BRANCH.exec(line.text)
    if (match === null) break
    const column = match[1]?.length ?? 0
    while ((levels.at(-1)?.column ?? -1) >= column) levels.pop()
    const bdf = addressOfName(match[2] ?? '')
    if (bdf !== null) {
      if (end === at || levels.length === 0) context.closeBlock()
      machine.format('libvirt-nodedev-tree')
      const above = levels.findLast((level) => level.bdf !== null)?.bdf ?? null
      machine.device(bdf, line)
      machine.parent(bdf, above, line)
      if (above !== null) leaves.delete(above)
      leaves.set(bdf, line)
    }
    levels.push({ column, bdf: bdf ?? levels.at(-1)?.bdf ?? null })
  }
  if (end === at || (end === at + 1 && lines[at]?.bare === 'computer')) return 0
  // A switch has ports below it: what has nothing below it and hangs at a root port is no bridge.
  for (const bdf of leaves.keys()) if (machine.isBelowRootPort(bdf)) machine.device(bdf).bridge ??= false
  context.boundary()
  return end - at
}
