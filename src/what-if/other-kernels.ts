/** The groups of a machine as other kernels would form them, beside those that form today. */
import type { Machine, PciFunction } from '../sim/machine.ts'
import type { GroupAlgorithm } from '../sim/grouping/algorithm.ts'
import { groupingChanges, type GroupingChange } from '../sim/grouping/changes.ts'
import { formAs, formKnown, possibilitiesOf, type FormedKnown, type Possibilities } from '../sim/grouping/form.ts'
import { parseAcsOverride } from '../sim/pci/acs.ts'
import { withFormedGroups } from './formed-groups.ts'

export interface OtherKernels {
  /** The machine's functions, with quirks that groups of its listing gave away. */
  readonly functions: readonly PciFunction[]
  /** Groups as Linux forms them, without boot options: what the others are compared with. */
  readonly today: FormedKnown
  /** Groups under another algorithm, and what is otherwise. */
  form(algorithm: GroupAlgorithm): { readonly formed: FormedKnown; readonly changes: readonly GroupingChange[] }
}

const TODAY: GroupAlgorithm = { id: 'linux', option: '' }

const known = new WeakMap<Machine, Map<string, OtherKernels>>()

/**
 * @param bootedWith value of pcie_acs_override that the machine was started with when its groups were listed; `''`: none
 */
export function otherKernels(machine: Machine, bootedWith = ''): OtherKernels {
  const byOption = known.get(machine) ?? new Map<string, OtherKernels>()
  known.set(machine, byOption)
  const found = byOption.get(bootedWith) ?? build(machine, bootedWith)
  byOption.set(bootedWith, found)
  return found
}

function build(machine: Machine, bootedWith: string): OtherKernels {
  const formed = withFormedGroups(machine)
  const override = bootedWith === '' ? undefined : parseAcsOverride(bootedWith)
  const possibilities: Possibilities = possibilitiesOf(formed.devices, formed.reported !== undefined, override)
  // Groups that were reported are those that the kernel of the machine made, whatever of its ACS is not told.
  const today =
    formed.reported === undefined
      ? formKnown(possibilities, TODAY)
      : { ...formAs(formed.devices, TODAY), unknown: new Set<number>(), wanted: [] }
  return {
    functions: formed.devices,
    today,
    form: (algorithm) => {
      const other = algorithm.id === 'linux' ? today : formKnown(possibilities, algorithm)
      const unknown = new Set([...today.unknown, ...other.unknown])
      return { formed: other, changes: groupingChanges(today, other, unknown) }
    },
  }
}
