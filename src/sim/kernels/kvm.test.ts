/** Which virtual machines hold which groups, where several processes have one each. */
import { describe, expect, test } from 'vitest'
import type { Kernel } from '../kernel.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612 } from './linux-6.12/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { play } from './play.test-helper.ts'

const processes = ['p', 'q', 'r'].map((name) => ({ name, user: 'root' }))
const SETUP = `half; single;
  q: g = open_group G; q: c = open_container; q: group_set_container g c; q: set_iommu c type1v2;
  r: h = open_group H; r: e = open_container; r: group_set_container h e; r: set_iommu e type1v2`

/** The processes whose virtual machines hold the groups G and H after a script, e.g. `G:q H:`. */
function holders(kernel: Kernel, script: string): string {
  const run = play(kernel, `${SETUP}; ${script}`, { processes })
  const groups = run.snapshotAt(run.steps.length).groups
  const names = (group: number): string =>
    (groups[group]?.kvm ?? []).map((process) => processes[process]?.name ?? '?').join()
  return `G:${names(2)} H:${names(3)}`
}

describe.each([linux510, linux61, linux612, linux612iommufd])('$id', (kernel) => {
  test.each([
    ['p: get_api_version c', 'G: H:'],
    ['q: kvm_group_add g', 'G:q H:'],
    ['r: kvm_group_add h', 'G: H:r'],
    ['q: kvm_group_add g; r: kvm_group_add h', 'G:q H:r'],
    ['q: kvm_group_add g; r: kvm_group_add h; q: kvm_group_del g', 'G: H:r'],
    ['q: kvm_group_add g; r: kvm_group_add h; r: kvm_group_del h', 'G:q H:'],
    ['q: kvm_group_add g; r: kvm_group_add h; p: exit', 'G:q H:r'],
    ['q: kvm_group_add g; r: kvm_group_add h; q: exit', 'G: H:r'],
    ['q: kvm_group_add g; r: kvm_group_add h; r: exit', 'G:q H:'],
  ])('%s: %s', (script, expected) => expect(holders(kernel, script)).toBe(expected))
})
