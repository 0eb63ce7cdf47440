/** The backend of containers across releases: what it says of itself, and ranges that wrap. */
import { expect, test } from 'vitest'
import { linux510 } from '../linux-5.10/index.ts'
import { linux612iommufd } from '../linux-6.12-iommufd/index.ts'
import { linux612 } from '../linux-6.12/index.ts'
import { linux61 } from '../linux-6.1/index.ts'
import { linux73 } from '../linux-7.3/index.ts'
import { linux73iommufd } from '../linux-7.3-iommufd/index.ts'
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
  ['wraps', `map_dma c ${LAST_PAGE} 8192`, 'EINVAL', 'EOVERFLOW'],
  ['wraps and is not of whole pages', `map_dma c ${LAST_PAGE} 0x1800`, 'EINVAL', 'EOVERFLOW'],
  ['wraps by its memory only', `map_dma c 0 ${LAST_PAGE}`, 'EINVAL', 'EOVERFLOW'],
  ['ends with the last address', `map_dma c ${LAST_PAGE} 4096`, 'EINVAL', 'EINVAL'],
  ['is empty', 'map_dma c 0 0', 'EINVAL', 'EINVAL'],
  ['is no whole page', 'map_dma c 0 2048', 'EINVAL', 'EINVAL'],
  ['wraps, to unmap', `unmap_dma c ${LAST_PAGE} 8192`, 'EINVAL', 'EOVERFLOW'],
  ['wraps and is not of whole pages, to unmap', `unmap_dma c 0xfffffffffffff800 4096`, 'EINVAL', 'EINVAL'],
])('a range that %s', (_, script, before, since) => {
  expect(answers(play(linux612, `half; use; ${script}`), 1)).toBe(before)
  expect(answers(play(linux73, `half; use; ${script}`), 1)).toBe(since)
})

test.each([
  ['5.10', linux510, '=0 =0 EINVAL'],
  ['6.1', linux61, '=0 =0 EINVAL'],
  ['6.12', linux612, '=0 =0 EINVAL'],
  ['7.3', linux73, '=0 =0 EOVERFLOW'],
])('%s: to unmap the last page of all, the last two, and what goes on past it', (_, kernel, expected) => {
  const script = `unmap_dma c ${LAST_PAGE} 4096; unmap_dma c 0xffffffffffffe000 8192; unmap_dma c 0xffffffffffffe000 0x3000`
  expect(answers(play(kernel, `half; use; ${script}`), 3)).toBe(expected)
})

test.each([
  ['check_extension c type1_nesting', '=1', '=0'],
  ['set_iommu c type1_nesting', 'EINVAL', 'ENODEV'],
  ['set_iommu c type1_nesting; set_iommu c type1v2', 'EINVAL ok', 'ENODEV ok'],
])('nesting is gone in 7.3: %s', (script, before, since) => {
  const count = before.split(' ').length
  expect(answers(play(linux612, `half; join; ${script}`), count)).toBe(before)
  expect(answers(play(linux73, `half; join; ${script}`), count)).toBe(since)
})

test.each([
  ['a size of 0', 'ioas_map I A 0 0', 'EINVAL', 'EINVAL'],
  ['a size within a page of 2^64', 'ioas_map I A 0 0xfffffffffffff800', 'EINVAL', 'EOVERFLOW'],
  ['memory that wraps', 'ioas_map I A 0 0xffff900000000000', 'EOVERFLOW', 'EOVERFLOW'],
  ['a range that wraps', `ioas_map I A ${LAST_PAGE} 8192`, 'EOVERFLOW', 'EOVERFLOW'],
])('IOMMU_IOAS_MAP: %s', (_, script, before, since) => {
  const whole = `I = open_iommufd; A = ioas_alloc I; ${script}`
  expect(answers(play(linux612iommufd, whole), 1)).toBe(before)
  expect(answers(play(linux73iommufd, whole), 1)).toBe(since)
})
