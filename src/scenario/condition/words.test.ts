import { expect, test } from 'vitest'
import { atomsOf, parseCondition } from './parse.ts'
import { TERM_NAMES } from './terms.ts'
import { conditionWords } from './words.ts'

function wordsOf(condition: string): string {
  const reading = parseCondition(condition)
  if (!reading.ok) throw new Error(`${condition}: ${reading.column}: ${reading.words}`)
  return conditionWords(reading.formula)
}

// prettier-ignore
const SENTENCES: readonly (readonly [condition: string, yes: string, no: string])[] = [
  ['bug', 'the kernel stops itself with a BUG_ON', 'the kernel does not stop itself'],
  ['blocked', 'a call does not return at once', 'a call returns at once'],
  ['blocked:unbind@01:00.0', 'unbind on 01:00.0 does not return at once', 'unbind on 01:00.0 returns at once'],
  ['stuck:unbind', 'unbind waits for ever', 'unbind does not wait for ever'],
  ['errno:EBUSY', 'a call is refused with EBUSY', 'a call is not refused with EBUSY'],
  ['errno:EBUSY:open_group@qemu', 'open_group of qemu is refused with EBUSY', 'open_group of qemu is not refused with EBUSY'],
  ['ok:unbind@01:00.0,qemu', 'unbind on 01:00.0 of qemu succeeds', 'unbind on 01:00.0 of qemu does not succeed'],
  ['returned:viable=true', 'a call returns viable=true', 'a call does not return viable=true'],
  ['releases', 'a call lets a waiting call return', 'a call does not let a waiting call return'],
  ['releases:3', 'a call lets the call of step 3 return', 'a call does not let the call of step 3 return'],
  ['device-fd', 'a process holds a file that drives a device', 'no process holds a file that drives a device'],
  ['device-fd@01:00.1,qemu', 'qemu holds a file that drives 01:00.1', 'qemu does not hold a file that drives 01:00.1'],
  ['group-fd', 'a process holds a file of the group', 'no process holds a file of the group'],
  ['group-fd@3', 'a process holds a file of group 3', 'no process holds a file of group 3'],
  ['group-opened@01:00.0', 'the kernel counts the group of 01:00.0 as opened', 'the kernel does not count the group of 01:00.0 as opened'],
  ['shared@3', 'two processes drive devices of group 3', 'no two processes drive devices of group 3'],
  ['user-reaches-host@3', 'a process drives a device of group 3 whose DMA reaches memory of the host', 'no process drives a device of group 3 whose DMA reaches memory of the host'],
  ['viable@3', 'the kernel calls group 3 viable', 'the kernel does not call group 3 viable'],
  ['isolated@3', 'group 3 is isolated', 'group 3 is not isolated'],
  ['host@3', 'group 3 is in the host’s hands', 'group 3 is not in the host’s hands'],
  ['finding:two-users@3', 'the judge finds two-users in group 3', 'the judge does not find two-users in group 3'],
  ['node@3', 'the file of group 3 is there', 'the file of group 3 is not there'],
  ['container@3', 'group 3 is in a container', 'group 3 is in no container'],
  ['owner:iommufd@3', 'the DMA of group 3 is owned by iommufd', 'the DMA of group 3 is not owned by iommufd'],
  ['driver:none@01:00.0', '01:00.0 has no driver', '01:00.0 has a driver'],
  ['driver:none@3', 'a device of group 3 has no driver', 'every device of group 3 has a driver'],
  ['driver:vfio-pci@01:00.0', '01:00.0 is bound to vfio-pci', '01:00.0 is not bound to vfio-pci'],
  ['driver:vfio-pci@3', 'a device of group 3 is bound to vfio-pci', 'no device of group 3 is bound to vfio-pci'],
  ['iommufd-bound@01:00.0', '01:00.0 is bound to an iommufd', '01:00.0 is not bound to an iommufd'],
  ['attached', 'a device is attached to an address space', 'no device is attached to an address space'],
  ['context:blocked@01:00.0', 'the IOMMU blocks DMA of 01:00.0', 'the IOMMU does not block DMA of 01:00.0'],
  ['context:identity@01:00.0', 'the IOMMU passes on unchanged DMA of 01:00.0', 'the IOMMU does not pass on unchanged DMA of 01:00.0'],
  ['context:dma@01:00.0', 'the IOMMU translates by the host’s default domain DMA of 01:00.0', 'the IOMMU does not translate by the host’s default domain DMA of 01:00.0'],
  ['context:domain@3', 'the IOMMU translates by an address space of userspace DMA of a device of group 3', 'the IOMMU does not translate by an address space of userspace DMA of a device of group 3'],
  ['through:c1@01:00.0', 'DMA of 01:00.0 goes through c1', 'DMA of 01:00.0 does not go through c1'],
  ['reaches:nothing@01:00.0', 'DMA of 01:00.0 can land nowhere', 'DMA of 01:00.0 cannot land nowhere'],
  ['reaches:all-memory@3', 'DMA of a device of group 3 can land anywhere in the host’s memory', 'DMA of a device of group 3 cannot land anywhere in the host’s memory'],
  ['reaches:host-buffers@01:00.0', 'DMA of 01:00.0 can land in buffers of the host’s drivers', 'DMA of 01:00.0 cannot land in buffers of the host’s drivers'],
  ['reaches:qemu@01:00.0', 'DMA of 01:00.0 can land in memory of qemu', 'DMA of 01:00.0 cannot land in memory of qemu'],
  ['waiting@01:00.0', 'a call about 01:00.0 is waiting', 'no call about 01:00.0 is waiting'],
  ['waiting@3', 'a call about group 3 is waiting', 'no call about group 3 is waiting'],
  ['same-group@01:00.0,01:00.1', '01:00.0 and 01:00.1 are in one group', '01:00.0 and 01:00.1 are not in one group'],
  ['same-context@01:00.0,01:00.1', 'the IOMMU treats DMA of 01:00.0 and 01:00.1 alike', 'the IOMMU does not treat DMA of 01:00.0 and 01:00.1 alike'],
  ['any-waiting', 'a call is waiting', 'no call is waiting'],
  ['holds:c1', 'c1 is open', 'c1 is not open'],
  ['holds:c1@qemu', 'qemu holds c1', 'qemu does not hold c1'],
  ['files:3', 'all processes together hold 3 files and objects', 'all processes together do not hold 3 files and objects'],
  ['files:3@qemu', 'qemu holds 3 files and objects', 'qemu does not hold 3 files and objects'],
]

test.each(SENTENCES)('%s: %s', (condition, yes, no) => {
  expect([wordsOf(condition), wordsOf(`!${condition}`)]).toEqual([yes, no])
})

test('every term has a sentence here', () => {
  const terms = SENTENCES.flatMap(([condition]) => {
    const reading = parseCondition(condition)
    return reading.ok ? atomsOf(reading.formula).map(({ term }) => term) : []
  })
  expect(TERM_NAMES.filter((term) => !terms.includes(term))).toEqual([])
})

test.each([
  ['viable & !isolated', 'of one and the same group: the kernel calls the group viable, and the group is not isolated'],
  ['viable@3 & !isolated', 'the kernel calls group 3 viable, and the group is not isolated'],
  [
    '(bug | ok) & viable@3',
    '(the kernel stops itself with a BUG_ON, or a call succeeds), and the kernel calls group 3 viable',
  ],
])('%s: %s', (condition, words) => expect(wordsOf(condition)).toBe(words))
