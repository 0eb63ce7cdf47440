/** Which virtual machines hold which groups, where several processes have one each. */
import { describe, expect, test } from 'vitest'
import type { Kernel } from '../kernel.ts'
import type { Result } from '../result.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612 } from './linux-6.12/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { linux73 } from './linux-7.3/index.ts'
import { linux73iommufd } from './linux-7.3-iommufd/index.ts'
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

const OPENED = `half; g = open_group G; c = open_container; group_set_container g c; set_iommu c type1v2;
  d = group_get_device_fd g f1;`

/** The answers to a script behind one that opens a device; late answers stand behind the step in which they came. */
function answers(kernel: Kernel, script: string): string {
  const { steps } = play(kernel, `${OPENED} ${script}`, { processes: processes.slice(0, 2) })
  const word = (result: Result): string =>
    'ok' in result ? (result.ok ? 'ok' : result.errno) : 'blocked' in result ? 'blocked' : 'bug'
  return steps
    .slice(-script.split(';').length)
    .map(({ result, completes }) => [word(result), ...completes.map((late) => `+${word(late.result)}`)].join(''))
    .join(' ')
}

describe('a device file that a virtual machine holds', () => {
  test.each([
    [linux510, 'kvm_group_add d', 'EINVAL'],
    [linux61, 'kvm_group_add d; kvm_group_del d', 'EINVAL ENOENT'],
  ])('$id takes none: %s', (kernel, script, expected) => expect(answers(kernel, script)).toBe(expected))

  describe.each([linux612, linux73, linux612iommufd, linux73iommufd])('$id', (kernel) => {
    test.each([
      ['kvm_group_add d; kvm_group_add d', 'ok EEXIST'],
      ['kvm_group_add d; kvm_group_del d; kvm_group_del d', 'ok ok ENOENT'],
      ['kvm_group_add c', 'EINVAL'],
      // Each open of a device is a file of its own.
      [
        'kvm_group_add d; e = group_get_device_fd g f1; kvm_group_add e; kvm_group_del d; kvm_group_del e',
        'ok ok ok ok ok',
      ],
      ['kvm_group_add d; close d; unbind f1; exit', 'ok ok blocked ok+ok'],
      ['kvm_group_add d; kvm_group_del d; close d; unbind f1', 'ok ok ok ok'],
      ['kvm_group_add d; close d; group_unset_container g', 'ok ok EBUSY'],
      ['kvm_group_add d; close d; close g; q: h = open_group G; exit; q: h = open_group G', 'ok ok ok EBUSY ok ok'],
      // A name that is given to a new file closes the old one, but the machine holds it.
      ['kvm_group_add d; d = group_get_device_fd g f1; close d; unbind f1; exit', 'ok ok ok blocked ok+ok'],
    ])('%s', (script, expected) => expect(answers(kernel, script)).toBe(expected))
  })

  describe.each([linux612iommufd, linux73iommufd])('$id, its own file', (kernel) => {
    test.each([
      ['e = open_cdev s; kvm_group_add e; close e; unbind s; exit', 'ok ok ok blocked ok+ok'],
      [
        'i = open_iommufd; e = open_cdev s; kvm_group_add e; bind_iommufd e i; close e; q: g2 = open_group H; exit; q: g2 = open_group H',
        'ok ok ok ok ok EBUSY ok ok',
      ],
      [
        'i = open_iommufd; e = open_cdev s; bind_iommufd e i; kvm_group_add e; kvm_group_del e; close e; unbind s',
        'ok ok ok ok ok ok ok',
      ],
    ])('%s', (script, expected) =>
      expect(answers(kernel, `single; ${script}`).split(' ').slice(1).join(' ')).toBe(expected),
    )
  })
})
