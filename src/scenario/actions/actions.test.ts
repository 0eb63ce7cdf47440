import { describe, expect, test } from 'vitest'
import { machineById } from '../../machines/index.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import { printOpLine } from '../../sim/op-line.ts'
import type { Op } from '../../sim/op.ts'
import { play } from '../script/play.test-helper.ts'
import { dropDriver, wireIntent, type WireEnd } from './intents.ts'
import {
  containerOffers,
  deviceOffers,
  groupOffers,
  iommufdOffers,
  namesIn,
  type Offer,
  type Situation,
  offersOn,
} from './offers.ts'

const PROCESSES = [
  { name: 'qemu', user: 'root' },
  { name: 'other', user: 'alice' },
]
const HALF = 'unbind 01:00.0; unbind 01:00.1; bind 01:00.1 vfio-pci'
const BOTH = `${HALF}; bind 01:00.0 vfio-pci`
const OPEN = `${HALF}; g1 = open_group 3; c1 = open_container; group_set_container g1 c1; set_iommu c1 type1v2; map_dma c1 0x0 2M; d1 = group_get_device_fd g1 01:00.1`
const CDEV = `${BOTH}; i1 = open_iommufd; d1 = open_cdev 01:00.1`

/** What there is after a script on a machine with two network functions in group 3. */
function situationAfter(kernelId: KernelId, script: string): Situation {
  const machine = machineById('dual-e1000e')
  const kernel = kernelById(kernelId)
  if (machine === undefined || kernel === undefined) throw new Error('no such machine or kernel')
  const run = play(kernel, machine, script, { processes: PROCESSES })
  const names = namesIn(run.steps.map(({ op }) => op))
  return { kernel, world: run.world, snapshot: run.snapshotAt(run.steps.length), names }
}

/** `device 01:00.0`, `group 3`, `process qemu`, `container 0`, `new-container`: as an end of a wire. */
function endOf({ world }: Situation, about: string): WireEnd {
  const [kind = '', name = ''] = about.split(' ')
  switch (kind) {
    case 'device':
      return { kind, device: world.deviceIndex.get(`0000:${name}`) ?? -1 }
    case 'group':
      return { kind, group: world.groupIndex.get(Number(name)) ?? -1 }
    case 'process':
      return { kind, process: world.processIndex.get(name) ?? -1 }
    case 'container':
      return { kind, container: Number(name) }
    case 'iommufd':
      return { kind, iommufd: Number(name) }
    case 'new-container':
    case 'new-iommufd':
      return { kind }
    default:
      throw new Error(`no end of a wire: ${about}`)
  }
}

function offersFor(situation: Situation, about: string): readonly Offer[] {
  const end = endOf(situation, about)
  return end.kind === 'new-container' || end.kind === 'new-iommufd' ? [] : offersOn(situation, end)
}

function lineOf(ops: readonly Op[]): string {
  return ops.map(printOpLine).join('; ').replaceAll('0000:', '')
}

describe('what is offered, in order; + stands behind "more"', () => {
  test.each<[KernelId, string, about: string, expected: string]>([
    [
      'linux-5.10',
      '',
      'device 01:00.0',
      `
      unbind 01:00.0
      unbind 01:00.0; bind 01:00.0 vfio-pci
      + unbind 01:00.0; bind 01:00.0 pci-stub
      + unbind 01:00.0; bind 01:00.0 uio_pci_generic
      dma_probe 01:00.0 0x0`,
    ],
    [
      'linux-5.10',
      '',
      'group 3',
      `
      unbind 01:00.0; bind 01:00.0 vfio-pci; unbind 01:00.1; bind 01:00.1 vfio-pci
      unbind 01:00.0
      unbind 01:00.0; bind 01:00.0 vfio-pci
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 vfio-pci`,
    ],
    [
      'linux-5.10',
      '',
      'process qemu',
      `
      qemu: c1 = open_container
      + qemu: exit`,
    ],
    [
      'linux-5.10',
      HALF,
      'group 3',
      `
      bind 01:00.0 e1000e
      + bind 01:00.0 vfio-pci
      qemu: g1 = open_group 3
      other: g1 = open_group 3
      + chown_group 3 alice`,
    ],
    [
      'linux-5.10',
      HALF,
      'device 01:00.1',
      `
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-5.10',
      `${HALF}; g1 = open_group 3`,
      'group 3',
      `
      bind 01:00.0 e1000e
      + bind 01:00.0 vfio-pci
      d1 = group_get_device_fd g1 01:00.1
      group_get_status g1
      + qemu: g2 = open_group 3
      + other: g2 = open_group 3
      + chown_group 3 alice
      close g1
      + kvm_group_add g1
      + kvm_group_del g1`,
    ],
    [
      'linux-5.10',
      `${HALF}; g1 = open_group 3`,
      'device 01:00.1',
      `
      d1 = group_get_device_fd g1 01:00.1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-5.10',
      `${HALF}; g1 = open_group 3; c1 = open_container`,
      'group 3',
      `
      group_set_container g1 c1
      bind 01:00.0 e1000e
      + bind 01:00.0 vfio-pci
      d1 = group_get_device_fd g1 01:00.1
      group_get_status g1
      + qemu: g2 = open_group 3
      + other: g2 = open_group 3
      + chown_group 3 alice
      close g1
      + kvm_group_add g1
      + kvm_group_del g1`,
    ],
    [
      'linux-5.10',
      `${HALF}; g1 = open_group 3; c1 = open_container`,
      'container 0',
      `
      set_iommu c1 type1v2
      + set_iommu c1 type1
      group_set_container g1 c1
      + map_dma c1 0x0 2M
      + check_extension c1 type1v2
      + iommu_get_info c1
      close c1`,
    ],
    [
      'linux-5.10',
      `${HALF}; g1 = open_group 3; c1 = open_container`,
      'process qemu',
      `
      + qemu: c2 = open_container
      + qemu: g2 = open_group 3
      group_set_container g1 c1
      close g1
      close c1
      + qemu: exit`,
    ],
    [
      'linux-5.10',
      OPEN,
      'group 3',
      `
      group_unset_container g1
      bind 01:00.0 e1000e
      + bind 01:00.0 vfio-pci
      d2 = group_get_device_fd g1 01:00.1
      group_get_status g1
      + qemu: g2 = open_group 3
      + other: g2 = open_group 3
      + chown_group 3 alice
      close g1
      + kvm_group_add g1
      + kvm_group_del g1`,
    ],
    [
      'linux-5.10',
      OPEN,
      'device 01:00.1',
      `
      d2 = group_get_device_fd g1 01:00.1
      close d1
      + device_get_info d1
      + device_reset d1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-5.10',
      OPEN,
      'container 0',
      `
      + set_iommu c1 type1v2
      + set_iommu c1 type1
      map_dma c1 0x200000 2M
      unmap_dma c1 0x0 2M
      + check_extension c1 type1v2
      + iommu_get_info c1
      close c1`,
    ],
    [
      'linux-5.10',
      OPEN,
      'process qemu',
      `
      + qemu: c2 = open_container
      + qemu: g2 = open_group 3
      close g1
      close c1
      close d1
      + qemu: exit`,
    ],
    [
      'linux-5.10',
      OPEN,
      'process other',
      `
      other: c2 = open_container
      other: g2 = open_group 3
      + other: exit`,
    ],
    [
      'linux-5.10',
      'exit',
      'process qemu',
      `
`,
    ],
    [
      'linux-6.12-iommufd',
      '',
      'process other',
      `
      other: c1 = open_container
      other: i1 = open_iommufd
      + chown_iommu alice
      + other: exit`,
    ],
    [
      'linux-6.12-iommufd',
      BOTH,
      'device 01:00.1',
      `
      qemu: d1 = open_cdev 01:00.1
      other: d1 = open_cdev 01:00.1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-6.12-iommufd',
      BOTH,
      'process qemu',
      `
      qemu: c1 = open_container
      qemu: i1 = open_iommufd
      qemu: d1 = open_cdev 01:00.0
      qemu: d1 = open_cdev 01:00.1
      qemu: g1 = open_group 3
      + qemu: exit`,
    ],
    [
      'linux-6.12-iommufd',
      CDEV,
      'device 01:00.1',
      `
      + qemu: d2 = open_cdev 01:00.1
      other: d2 = open_cdev 01:00.1
      bind_iommufd d1 i1
      close d1
      + device_get_info d1
      + device_reset d1
      + kvm_group_add d1
      + kvm_group_del d1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-6.12-iommufd',
      CDEV,
      'iommufd 0',
      `
      a1 = ioas_alloc i1
      close i1`,
    ],
    [
      'linux-6.12-iommufd',
      `${CDEV}; bind_iommufd d1 i1; a1 = ioas_alloc i1`,
      'device 01:00.1',
      `
      + qemu: d2 = open_cdev 01:00.1
      other: d2 = open_cdev 01:00.1
      attach d1 ioas=a1
      + detach d1
      close d1
      + device_get_info d1
      + device_reset d1
      + kvm_group_add d1
      + kvm_group_del d1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-6.12-iommufd',
      `${CDEV}; bind_iommufd d1 i1; a1 = ioas_alloc i1; ioas_map i1 a1 0x0 2M; h1 = hwpt_alloc i1 d1 a1; attach d1 hwpt=h1`,
      'device 01:00.1',
      `
      + qemu: d2 = open_cdev 01:00.1
      other: d2 = open_cdev 01:00.1
      attach d1 ioas=a1
      attach d1 hwpt=h1
      detach d1
      close d1
      + device_get_info d1
      + device_reset d1
      + kvm_group_add d1
      + kvm_group_del d1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
    [
      'linux-6.12-iommufd',
      `${CDEV}; bind_iommufd d1 i1; a1 = ioas_alloc i1; ioas_map i1 a1 0x0 2M; h1 = hwpt_alloc i1 d1 a1; attach d1 hwpt=h1`,
      'iommufd 0',
      `
      a2 = ioas_alloc i1
      ioas_map i1 a1 0x200000 2M
      ioas_unmap i1 a1 0x0 2M
      + h2 = hwpt_alloc i1 d1 a1
      + ioas_destroy i1 a1
      + hwpt_destroy i1 h1
      close i1`,
    ],
    [
      'linux-6.12',
      `${BOTH}; g1 = open_group 3; i1 = open_iommufd`,
      'group 3',
      `
      d1 = group_get_device_fd g1 01:00.0
      d1 = group_get_device_fd g1 01:00.1
      group_get_status g1
      + qemu: g2 = open_group 3
      + other: g2 = open_group 3
      + chown_group 3 alice
      close g1
      + kvm_group_add g1
      + kvm_group_del g1`,
    ],
    [
      'ioasid-w',
      `${BOTH}; g1 = open_group 3; i1 = open_iommufd`,
      'group 3',
      `
      group_bind_iommufd g1 i1
      d1 = group_get_device_fd g1 01:00.0
      d1 = group_get_device_fd g1 01:00.1
      + qemu: g2 = open_group 3
      + other: g2 = open_group 3
      + chown_group 3 alice
      close g1`,
    ],
    [
      'ioasid-w',
      `${BOTH}; g1 = open_group 3; i1 = open_iommufd; group_bind_iommufd g1 i1`,
      'group 3',
      `
      group_unbind_iommufd g1
      d1 = group_get_device_fd g1 01:00.0
      d1 = group_get_device_fd g1 01:00.1
      + qemu: g2 = open_group 3
      + other: g2 = open_group 3
      + chown_group 3 alice
      close g1`,
    ],
    [
      'ioasid-w',
      `${BOTH}; g1 = open_group 3; i1 = open_iommufd; group_bind_iommufd g1 i1; d1 = group_get_device_fd g1 01:00.1; a1 = ioas_alloc i1`,
      'device 01:00.1',
      `
      d2 = group_get_device_fd g1 01:00.1
      attach d1 ioas=a1
      + detach d1
      close d1
      + device_get_info d1
      + device_reset d1
      unbind 01:00.1
      unbind 01:00.1; bind 01:00.1 e1000e
      + unbind 01:00.1; bind 01:00.1 pci-stub
      + unbind 01:00.1; bind 01:00.1 uio_pci_generic
      dma_probe 01:00.1 0x0`,
    ],
  ])('%s after "%s": %s', (kernel, script, about, expected) => {
    const lines = offersFor(situationAfter(kernel, script), about).map(
      ({ ops, common }) => `${common ? '' : '+ '}${lineOf(ops)}`,
    )
    expect(lines).toEqual(
      expected
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== ''),
    )
  })

  test.each<[KernelId, string, about: string]>([
    ['linux-5.10', '', 'device 01:00.0'],
    ['linux-5.10', OPEN, 'group 3'],
    ['linux-5.10', OPEN, 'container 0'],
    ['linux-5.10', OPEN, 'process qemu'],
    ['linux-6.12-iommufd', CDEV, 'device 01:00.1'],
    ['linux-6.12-iommufd', CDEV, 'iommufd 0'],
  ])('ids differ: %s after "%s", %s', (kernel, script, about) => {
    const ids = offersFor(situationAfter(kernel, script), about).map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('nothing is offered for what is not there', () => {
    const situation = situationAfter('linux-6.12-iommufd', CDEV)
    expect(deviceOffers(situation, 99)).toEqual([])
    expect(groupOffers(situation, 99)).toEqual([])
    expect(containerOffers(situation, 5)).toEqual([])
    expect(iommufdOffers(situation, 5)).toEqual([])
  })
})

describe('what a wire asks for, from whichever end it is drawn', () => {
  const GROUP = `${HALF}; g1 = open_group 3`
  test.each<[KernelId, string, a: string, b: string, expected: string]>([
    ['linux-5.10', '', 'process other', 'new-container', 'other: c1 = open_container'],
    ['linux-5.10', 'c1 = open_container', 'process qemu', 'new-container', 'qemu: c2 = open_container'],
    ['linux-6.12-iommufd', '', 'process qemu', 'new-iommufd', 'qemu: i1 = open_iommufd'],
    ['linux-5.10', HALF, 'process other', 'group 3', 'other: g1 = open_group 3'],
    ['linux-5.10', HALF, 'process qemu', 'device 01:00.1', 'group-fd'],
    ['linux-5.10', GROUP, 'process qemu', 'device 01:00.1', 'd1 = group_get_device_fd g1 01:00.1'],
    ['linux-5.10', GROUP, 'process other', 'device 01:00.1', 'group-fd'],
    ['linux-6.12-iommufd', BOTH, 'process other', 'device 01:00.1', 'other: d1 = open_cdev 01:00.1'],
    ['linux-5.10', `${HALF}; c1 = open_container`, 'container 0', 'group 3', 'group-fd'],
    ['linux-5.10', `${GROUP}; c1 = open_container`, 'container 0', 'group 3', 'group_set_container g1 c1'],
    [
      'linux-5.10',
      `${GROUP}; c1 = open_container; c2 = open_container`,
      'container 1',
      'group 3',
      'group_set_container g1 c2',
    ],
    ['linux-5.10', OPEN, 'container 0', 'group 3', 'container-fd'],
    ['linux-6.12-iommufd', `${BOTH}; i1 = open_iommufd`, 'iommufd 0', 'device 01:00.1', 'device-fd'],
    ['linux-6.12-iommufd', CDEV, 'iommufd 0', 'device 01:00.1', 'bind_iommufd d1 i1'],
    [
      'linux-6.12-iommufd',
      `${CDEV}; bind_iommufd d1 i1; a1 = ioas_alloc i1`,
      'iommufd 0',
      'device 01:00.1',
      'attach d1 ioas=a1',
    ],
    ['linux-6.12-iommufd', `${CDEV}; g1 = open_group 3`, 'iommufd 0', 'group 3', 'group_set_container g1 i1'],
    ['ioasid-w', `${BOTH}; i1 = open_iommufd`, 'iommufd 0', 'group 3', 'group-fd'],
    ['ioasid-w', `${BOTH}; i1 = open_iommufd; g1 = open_group 3`, 'iommufd 0', 'group 3', 'group_bind_iommufd g1 i1'],
    ['linux-5.10', OPEN, 'device 01:00.0', 'device 01:00.1', 'no-meaning'],
    ['linux-5.10', OPEN, 'process qemu', 'container 0', 'no-meaning'],
  ])('%s after "%s": %s and %s', (kernel, script, a, b, expected) => {
    const situation = situationAfter(kernel, script)
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const intent = wireIntent(situation, endOf(situation, from), endOf(situation, to))
      expect('missing' in intent ? intent.missing : lineOf(intent.ops)).toBe(expected)
    }
  })
})

test.each([
  ['', '01:00.0', 'e1000e', ''],
  ['', '01:00.0', 'vfio-pci', 'unbind 01:00.0; bind 01:00.0 vfio-pci'],
  ['', '01:00.0', '', 'unbind 01:00.0'],
  [HALF, '01:00.0', 'vfio-pci', 'bind 01:00.0 vfio-pci'],
  [HALF, '01:00.0', '', ''],
])('after "%s", dropping on %s the driver "%s" asks for "%s"', (script, address, driver, expected) => {
  const situation = situationAfter('linux-5.10', script)
  const device = situation.world.deviceIndex.get(`0000:${address}`) ?? -1
  expect(lineOf(dropDriver(situation, device, driver))).toBe(expected)
})
