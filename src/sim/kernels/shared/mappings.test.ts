/** Which ranges a container, or an iommufd in its place, takes and gives back: neighbours, overlaps, the interrupt window and the end of the aperture. */
import { describe, expect, test } from 'vitest'
import { linux510 } from '../linux-5.10/index.ts'
import { linux61 } from '../linux-6.1/index.ts'
import { linux612iommufd } from '../linux-6.12-iommufd/index.ts'
import { answers, pair, play } from '../play.test-helper.ts'

const V2 = 'half; use'
const V1 = 'half; join; set_iommu c type1'

/** The answers to the last operations of a script, as many as are expected. */
function last(script: string, expected: string, iovaBits = 39): string {
  return answers(play(linux510, script, { machine: { ...pair, iovaBits } }), expected.split(' ').length)
}

// prettier-ignore
describe.each([V2, V1])('%s', (start) => {
  test.each([
    ['neighbours', 'map_dma c 4096 4096; map_dma c 0 4096; map_dma c 8192 4096', 'ok ok ok'],
    ['the same twice', 'map_dma c 4096 4096; map_dma c 4096 4096', 'ok EEXIST'],
    ['the last page of one', 'map_dma c 0 8192; map_dma c 4096 4096', 'ok EEXIST'],
    ['the first page of one', 'map_dma c 4096 8192; map_dma c 0 8192', 'ok EEXIST'],
    ['around one', 'map_dma c 4096 4096; map_dma c 0 12288', 'ok EEXIST'],
    ['up to the interrupt window, within it, and from its end on', 'map_dma c 0xfedff000 4096; map_dma c 0xfee00000 4096; map_dma c 0xfeeff000 4096; map_dma c 0xfef00000 4096', 'ok EINVAL EINVAL ok'],
    ['into it, out of it, and across', 'map_dma c 0xfedff000 8192; map_dma c 0xfeeff000 8192; map_dma c 0xfedff000 0x102000', 'EINVAL EINVAL EINVAL'],
    ['up to the end of the aperture, behind it, and across', 'map_dma c 0x7ffffff000 4096; map_dma c 0x8000000000 4096; map_dma c 0x7fffffe000 12288', 'ok EINVAL EEXIST'],
    ['all that is in a range goes, and what is beside it stays', 'map_dma c 0 4096; map_dma c 4096 4096; map_dma c 16384 4096; unmap_dma c 0 16384; unmap_dma c 0 32768', 'ok ok ok =8192 =4096'],
    ['nothing is there', 'unmap_dma c 0 4096', '=0'],
    ['gone ones can be mapped again', 'map_dma c 0 8192; unmap_dma c 0 8192; map_dma c 4096 4096', 'ok =8192 ok'],
  ])('%s: %s', (_, script, expected) => expect(last(`${start}; ${script}`, expected)).toBe(expected))
})

// prettier-ignore
test.each([
  ['v2 cuts nothing, at the start', V2, 'map_dma c 0 8192; unmap_dma c 4096 4096', 'ok EINVAL'],
  ['... nor at the end', V2, 'map_dma c 0 8192; unmap_dma c 0 4096', 'ok EINVAL'],
  ['... and then leaves what fits, too', V2, 'map_dma c 0 4096; map_dma c 4096 8192; unmap_dma c 0 8192; unmap_dma c 0 12288', 'ok ok EINVAL =12288'],
  ['v1 takes a whole mapping that begins inside', V1, 'map_dma c 0 8192; unmap_dma c 0 4096', 'ok =8192'],
  ['... and none that begins before', V1, 'map_dma c 0 8192; unmap_dma c 4096 4096; unmap_dma c 0 8192', 'ok =0 =8192'],
  ['... nor those behind such a one', V1, 'map_dma c 0 8192; map_dma c 8192 4096; unmap_dma c 4096 8192; unmap_dma c 0 12288', 'ok ok =0 =12288'],
])('%s', (_, start, script, expected) => expect(last(`${start}; ${script}`, expected)).toBe(expected))

// prettier-ignore
test.each([
  ['31', '0x0-0x7fffffff', 'map_dma c 0x7ffff000 4096; map_dma c 0x80000000 4096', 'ok EINVAL'],
  ['32', '0x0-0xfedfffff,0xfef00000-0xffffffff', 'map_dma c 0xfffff000 4096; map_dma c 0x100000000 4096', 'ok EINVAL'],
])('an IOMMU with addresses of %s bits takes %s', (bits, ranges, script, expected) => {
  expect(last(`${V2}; ${script}`, expected, Number(bits))).toBe(expected)
  expect(last(`${V2}; iommu_get_info c`, '=', Number(bits))).toBe(`=3/0xfffffffffffff000/${ranges}/65535`)
})

// prettier-ignore
test.each([
  ['type1', '=1 =1'], ['type1v2', '=1 =1'], ['type1_nesting', '=1 =1'], ['noiommu', '=0 =0'],
  ['unmap_all', '=0 =1'], ['update_vaddr', '=0 =1'],
])('VFIO_CHECK_EXTENSION %s on 5.10 and 6.1 with a backend: %s', (name, expected) => {
  const said = [linux510, linux61].map((kernel) => answers(play(kernel, `${V2}; check_extension c ${name}`), 1))
  expect(said.join(' ')).toBe(expected)
})

const STAND_IN = 'both; g = open_group G; I = open_iommufd; group_set_container g I'
const SMALL = `${STAND_IN}; set_iommu I type1`
const LARGE = `${STAND_IN}; set_iommu I type1v2`

// prettier-ignore
test.each([
  ['v1 cuts mappings, in the middle and then at both ends', SMALL, 'map_dma I 0 12288; unmap_dma I 4096 4096; unmap_dma I 0 4096; unmap_dma I 8192 4096; unmap_dma I 0 12288', 'ok =4096 =4096 =4096 =0'],
  ['... whose pieces keep their places', SMALL, 'map_dma I 0 12288; unmap_dma I 4096 4096; map_dma I 0 4096; map_dma I 8192 4096; map_dma I 4096 4096', 'ok =4096 EEXIST EEXIST ok'],
  ['... across two of them', SMALL, 'map_dma I 0 8192; map_dma I 8192 8192; unmap_dma I 4096 8192; unmap_dma I 0 16384', 'ok ok =8192 =8192'],
  ['... between pages only', SMALL, 'map_dma I 0 8192; unmap_dma I 2048 4096; unmap_dma I 0 2048; unmap_dma I 8192 2048', 'ok EINVAL EINVAL =0'],
  ['... as devices see it', SMALL, 'd = group_get_device_fd g f0; map_dma I 0 12288; unmap_dma I 4096 4096; dma_probe f0 0; dma_probe f0 4096; dma_probe f0 8192', 'ok ok =4096 =blocked/ok =blocked/blocked =blocked/ok'],
  ['v2 takes whole ones', LARGE, 'map_dma I 0 8192; unmap_dma I 0 4096; unmap_dma I 4096 4096; unmap_dma I 0 8192; unmap_dma I 0 8192', 'ok ENOENT ENOENT =8192 =0'],
  ['v1 comes too late where the hardware has mappings', STAND_IN, 'map_dma I 0 8192; d = group_get_device_fd g f0; set_iommu I type1', 'ok ok EINVAL'],
  ['... not where it has none', STAND_IN, 'd = group_get_device_fd g f0; set_iommu I type1; map_dma I 0 8192; unmap_dma I 0 4096', 'ok ok ok =4096'],
  ['... nor before', STAND_IN, 'map_dma I 0 8192; set_iommu I type1; unmap_dma I 0 4096', 'ok ok =4096'],
])('an iommufd in place of a container: %s', (_, start, script, expected) => {
  expect(answers(play(linux612iommufd, `${start}; ${script}`), expected.split(' ').length)).toBe(expected)
})
