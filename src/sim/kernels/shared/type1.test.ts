/** The backend of containers across releases: what it says of itself, and ranges that wrap. */
import { expect, test } from 'vitest'
import { linux510 } from '../linux-5.10/index.ts'
import { linux612iommufd } from '../linux-6.12-iommufd/index.ts'
import { linux612 } from '../linux-6.12/index.ts'
import { linux61 } from '../linux-6.1/index.ts'
import { answers, play } from '../play.test-helper.ts'

const LAST_PAGE = '0xfffffffffffff000'
const WINDOW = '0x0-0xfedfffff,0xfef00000-0x7fffffffff'
const STAND_IN = 'both; g = open_group G; I = open_iommufd; group_set_container g I'

test.each([
  [linux510, `use; iommu_get_info c`, `=3/0xfffffffffffff000/${WINDOW}/65535`],
  [linux61, `use; iommu_get_info c`, `=3/0x40201000/${WINDOW}/65535`],
  [linux612, `use; map_dma c 0 4096; iommu_get_info c`, `=3/0x40201000/${WINDOW}/65534`],
  [linux612iommufd, `use; iommu_get_info c`, `=3/0x40201000/${WINDOW}/65535`],
])('%o: page sizes, ranges and mappings left: %s', (kernel, script, expected) => {
  expect(answers(play(kernel, `half; ${script}`), 1)).toBe(expected)
})

test.each([
  ['nothing attached', '', '=3/0xfffffffffffff000/0x0-0xffffffffffffffff/4294967295'],
  ['a device attached', 'd = group_get_device_fd g f1;', `=3/0x40201000/${WINDOW}/4294967295`],
])('an iommufd in place of a container says so too: %s', (_, script, expected) => {
  expect(answers(play(linux612iommufd, `${STAND_IN}; ${script} iommu_get_info I`), 1)).toBe(expected)
})

test.each([
  ['wraps', `map_dma c ${LAST_PAGE} 8192`, 'EINVAL'],
  ['wraps by its memory only', `map_dma c 0 ${LAST_PAGE}`, 'EINVAL'],
  ['ends with the last address', `map_dma c ${LAST_PAGE} 4096`, 'EINVAL'],
  ['wraps, to unmap', `unmap_dma c ${LAST_PAGE} 8192`, 'EINVAL'],
  ['wraps by less than a number can say', `unmap_dma c 0xfffffffffffff800 4096`, 'EINVAL'],
])('a range that %s', (_, script, expected) => {
  expect(answers(play(linux612, `half; use; ${script}`), 1)).toBe(expected)
})

test.each([
  ['a size of 0', 'ioas_map I A 0 0', 'EINVAL'],
  ['a size within a page of 2^64', 'ioas_map I A 0 0xfffffffffffff800', 'EINVAL'],
  ['memory that wraps', 'ioas_map I A 0 0xffff900000000000', 'EOVERFLOW'],
  ['a range that wraps', `ioas_map I A ${LAST_PAGE} 8192`, 'EOVERFLOW'],
])('IOMMU_IOAS_MAP: %s', (_, script, expected) => {
  expect(answers(play(linux612iommufd, `I = open_iommufd; A = ioas_alloc I; ${script}`), 1)).toBe(expected)
})
