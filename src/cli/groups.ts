import { readFileSync } from 'node:fs'
import { readTopologies } from '../machines/topology-file.ts'
import { formGroups } from '../sim/pci/groups.ts'
import { topologyOf } from '../sim/pci/topology.ts'
import { print, printError } from './terminal.ts'

/**
 * `groups FILE`: forms the IOMMU groups of every topology in a file of the form of conformance/topologies-random.json,
 * without a look at the groups recorded there, and prints `{topology: {group number: [address, ...]}}`.
 * Exit code 1 with a line on stderr if the file cannot be read.
 */
export async function run(args: readonly string[]): Promise<number> {
  const [file] = args
  if (file === undefined) {
    printError('usage: groups FILE')
    return 2
  }
  try {
    const parsed: unknown = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'))
    const answer: Record<string, Record<string, string[]>> = {}
    for (const { name, machine } of readTopologies(parsed)) {
      const groups: Record<string, string[]> = {}
      formGroups(topologyOf(machine.devices)).groups.forEach((group, index) => {
        const members = (groups[group] ??= [])
        members.push(machine.devices[index]?.bdf ?? '')
      })
      answer[name] = groups
    }
    print(JSON.stringify(answer, null, 1))
    return 0
  } catch (error) {
    printError(`groups: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}
