import { describe, expect, test } from 'vitest'
import { machineById } from '../../machines/index.ts'
import { plain } from '../../explain/index.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import type { Boot, Machine } from '../../sim/machine.ts'
import { compare } from './compare.ts'
import { notesOn } from './compare-notes.ts'
import { LIBRARY } from '../library/index.ts'
import { opsOf } from '../script/play.test-helper.ts'
import { setupOf } from '../document/scenario.ts'

const ROOT = [{ name: 'qemu', user: 'root' }]

function machine(id: string): Machine {
  const found = machineById(id)
  if (found === undefined) throw new Error(`${id} does not ship`)
  return found
}

/** The notes of the last row of a script, by their names; `kernels` by the beginning of their ids. */
function notes(script: string, kernels: string, on = 'dual-e1000e', boot: Boot = { iommu: 'nopt' }): string {
  const chosen = KERNELS.filter(({ id }) => kernels.split(' ').includes(id.replace('linux-', '')))
  expect(chosen).toHaveLength(kernels.split(' ').length)
  const comparison = compare(chosen, { machine: machine(on), boot, processes: ROOT }, opsOf(script))
  const row = comparison.rows.length - 1
  return notesOn(comparison, row)
    .map(({ id }) => id)
    .join(' ')
}

const VFIO = 'unbind 01:00.1; bind 01:00.1 vfio-pci; g1 = open_group 3; c1 = open_container'
const FREE = `unbind 01:00.0; ${VFIO}`
const FILE = 'unbind 01:00.1; bind 01:00.1 vfio-pci; i1 = open_iommufd; d1 = open_cdev 01:00.1'
const BOUND = `unbind 01:00.0; ${FILE}; bind_iommufd d1 i1; a1 = ioas_alloc i1`
const BOTH = `unbind 01:00.0; bind 01:00.0 vfio-pci; ${FILE}; d0 = open_cdev 01:00.0; bind_iommufd d0 i1; bind_iommufd d1 i1
  a1 = ioas_alloc i1; attach d0 ioas=a1`

describe('which note belongs to a row', () => {
  test.each<[string, string, string, string?, Boot?]>([
    ['refused-before-probe', `${FREE}; group_set_container g1 c1; bind 01:00.0 e1000e`, '5.10 6.1'],
    ['', `${FREE}; group_set_container g1 c1; bind 01:00.0 e1000e`, '6.1 6.12'],
    ['claim-at-set-container', `${VFIO}; group_set_container g1 c1`, '5.10 6.1'],
    [
      'status-counts',
      `${VFIO}; close c1; bind 01:00.0 e1000e; c1 = open_container; group_set_container g1 c1; group_get_status g1`,
      '5.10 6.1',
    ],
    ['unbind-does-not-wait', `${FREE}; group_set_container g1 c1; unbind 01:00.1`, '5.10 6.1'],
    ['group-gone', `${FREE}; unbind 01:00.1; group_get_status g1`, '5.10 6.1'],
    ['group-gone', `${FREE}; unbind 01:00.1; group_set_container g1 c1`, '5.10 6.1'],
    ['group-gone', `${FREE}; unbind 01:00.1; bind 01:00.1 vfio-pci; g2 = open_group 3`, '5.10 6.1'],
    ['blocking-domain', `${FREE}; group_set_container g1 c1`, '5.10 6.1', 'dual-e1000e', { iommu: 'pt' }],
    [
      'blocking-domain',
      `${FREE}; group_set_container g1 c1; dma_probe 01:00.1 0x1000`,
      '5.10 6.12',
      'dual-e1000e',
      { iommu: 'pt' },
    ],
    ['bind-errnos', `${FREE}; bind 01:00.1 vfio-pci`, '5.10 6.1'],
    ['file-before-state', `${FREE}; group_set_container g1 c1; group_set_container g1 nothing`, '5.10 6.1'],
    ['device-before-container', `${FREE}; d0 = group_get_device_fd g1 01:00.0`, '5.10 6.1'],
    ['not-a-container', `${FREE}; group_set_container g1 g1`, '6.1 6.12'],
    [
      'leaving-device',
      `${FREE}; group_set_container g1 c1; set_iommu c1 type1v2; d1 = group_get_device_fd g1 01:00.1; unbind 01:00.1
        d2 = group_get_device_fd g1 01:00.1`,
      '6.1 6.12',
    ],
    ['kvm-holds-the-file', `${FREE}; kvm_group_add g1`, '5.10 6.1'],
    ['extensions', 'c1 = open_container; check_extension c1 unmap_all', '5.10 6.12'],
    ['nesting-errno', `${FREE}; group_set_container g1 c1; set_iommu c1 type1_nesting`, '5.10 6.1'],
    ['follows', `${VFIO}; group_set_container g1 c1; set_iommu c1 type1v2`, '5.10 6.1'],
    ['claim-at-set-container', `${VFIO}; group_set_container g1 c1`, '5.10 6.1 6.12'],
    ['claim-at-bind', `${FILE}; bind_iommufd d1 i1`, '5.10 6.12-iommufd'],
    ['', `${FILE}; bind_iommufd d1 i1`, '6.12 6.12-iommufd'],
    ['address-space-of-its-own', `${FREE}; group_set_container g1 c1; map_dma c1 0x0 4K`, '6.1 ioasid-w'],
    ['iommufd-as-container', `${VFIO}; i1 = open_iommufd; group_set_container g1 i1`, '6.1 6.12-iommufd'],
    [
      'files-lock-each-other-out',
      `unbind 01:00.0; ${FILE}; g1 = open_group 3; bind_iommufd d1 i1`,
      '6.12-iommufd ioasid-g',
    ],
    ['one-binding', `${BOUND}; d2 = open_cdev 01:00.1; bind_iommufd d2 i1`, '6.12-iommufd ioasid-w'],
    ['one-container', `${BOUND}; a2 = ioas_alloc i1; attach d1 ioas=a1; attach d1 ioas=a2`, '6.12 6.12-iommufd'],
    ['one-page-table attached-one-by-one', `${BOTH}; a2 = ioas_alloc i1; attach d1 ioas=a2`, '6.12-iommufd ioasid-g'],
    ['open-file-holds-the-driver', `${FILE}; unbind 01:00.1`, '6.12 6.12-iommufd'],
    ['access-with-bind', `unbind 01:00.0; ${FILE}; device_get_info d1`, '6.12-iommufd ioasid-t'],
    ['no-driver-no-file', `${FREE}; d0 = group_get_device_fd g1 01:00.0`, '5.10 ioasid-t'],
    ['t-asks-at-open', FILE, '6.12-iommufd ioasid-t'],
    ['g-asks-at-bind', `${FILE}; bind_iommufd d1 i1`, '5.10 ioasid-g'],
    ['w-asks-at-group-bind', `${VFIO}; group_set_container g1 c1`, '5.10 ioasid-w'],
    ['proposals-have-a-notifier', `${BOUND}; bind 01:00.0 e1000e`, '6.12-iommufd ioasid-g'],
    ['detach-first', `${BOUND}; attach d1 ioas=a1; attach d1 ioas=a1`, '6.12-iommufd ioasid-g'],
    ['iommufd-came', `${BOUND}; ioas_destroy i1 a1`, '6.1 6.12-iommufd'],
    ['device-files-came', `${BOUND}; detach d1`, '6.1 6.12-iommufd'],
    ['page-tables-came', `${BOUND}; h1 = hwpt_alloc i1 d1 a1; hwpt_destroy i1 h1`, '6.1 6.12-iommufd'],
    ['no-group-calls', 'c1 = open_container; get_api_version c1', '6.1 ioasid-t'],
  ])('%s: %s (%s)', (expected, script, kernels, on, boot) => {
    expect(notes(script, kernels, on, boot)).toBe(expected)
  })
})

test('a bridge with a driver of its own', () => {
  const entry = LIBRARY.find(({ id }) => id === 'bridge-any-driver')
  if (entry === undefined || typeof entry.scenario.machine !== 'string') throw new Error('the library has changed')
  const setup = setupOf(entry.scenario, machine(entry.scenario.machine))
  const kernels = KERNELS.filter(({ id }) => id === 'linux-5.10' || id === 'linux-6.1')
  const comparison = compare(kernels, setup, entry.scenario.ops)
  const row = comparison.rows.findIndex(({ difference }) => difference === 'answers')
  expect(notesOn(comparison, row).map(({ id }) => id)).toEqual(['bridge-counts'])
})

test.each(LIBRARY.map((entry) => [entry.id, entry.scenario] as const))(
  'every difference in %s has a note',
  (_, scenario) => {
    if (typeof scenario.machine !== 'string') throw new Error('a machine of its own')
    const comparison = compare(KERNELS, setupOf(scenario, machine(scenario.machine)), scenario.ops)
    comparison.rows.forEach(({ op, difference }, row) => {
      const found = notesOn(comparison, row)
      expect(found.length > 0, `step ${row + 1}, ${op.op}: ${difference ?? 'no difference'}`).toBe(difference !== null)
      for (const note of found) {
        expect(plain(note.words)).toMatch(/^[A-Z].*\.$/)
        if (note.id !== 'follows')
          expect(`${note.since} ${note.source}`).toMatch(/^(by )?(Linux \d\.\d+|June 2021) .*\w/)
      }
    })
  },
)
