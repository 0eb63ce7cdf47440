import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Machine } from '../../sim/machine.ts'
import { nic } from '../../sim/nic.test-helper.ts'
import { isOpKind, type Op, type OpKind } from '../../sim/op.ts'
import { OK, refuse } from '../../sim/result.ts'
import { compileOp, compileWorld } from '../../sim/world.ts'
import { arbitraryOp, namesOf } from '../document/arbitrary.test-helper.ts'
import { opsOf } from '../script/play.test-helper.ts'
import { printOpLine } from '../../sim/op-line.ts'
import { Names } from './dialect.ts'
import { possibleOps, translator } from './translate.ts'

const F0 = '0000:01:00.0'
const F1 = '0000:01:00.1'
const machine: Machine = { id: 'nic', title: 'A card', devices: [nic(F0), nic(F1)], groups: { '3': [F0, F1] } }
const processes = [
  { name: 'qemu', user: 'root' },
  { name: 'vm2', user: 'root' },
]

function kinds(words: string): ReadonlySet<OpKind> {
  return new Set(words.split(/\s+/).filter(isOpKind))
}

const DRIVERS = 'bind unbind driver_override drivers_probe hot_add close exit dma_probe'
const DEVICE = 'device_get_info device_access device_reset device_hot_reset'
const GROUPS = `open_container open_group get_api_version check_extension group_get_status group_set_container
  group_unset_container set_iommu iommu_get_info map_dma unmap_dma group_get_device_fd kvm_group_add kvm_group_del chown_group`
const SPACES = 'open_iommufd ioas_alloc ioas_map ioas_unmap ioas_destroy attach detach'
const CDEVS = 'open_cdev bind_iommufd'

const ABIS = {
  containers: kinds(`${DRIVERS} ${DEVICE} ${GROUPS}`),
  both: kinds(`${DRIVERS} ${DEVICE} ${GROUPS} ${SPACES} ${CDEVS} hwpt_alloc hwpt_destroy`),
  devices: kinds(`${DRIVERS} ${DEVICE} ${SPACES} ${CDEVS} unbind_iommufd`),
  groupBind: kinds(
    `${DRIVERS} ${DEVICE} ${SPACES} open_group chown_group group_bind_iommufd group_unbind_iommufd group_get_device_fd`,
  ),
}

/** What is asked for each operation, `=` before what is asked as it is; in place of nothing asked, the reason. */
function asked(abi: keyof typeof ABIS, script: string, refused: Readonly<Record<string, number>> = {}): string[] {
  const ops = opsOf(script, processes)
  const names = new Names(ops)
  const setup = { machine, boot: { iommu: 'nopt' } as const, processes }
  const next = translator(ABIS[abi], compileWorld(setup, ops), ops, names)
  // How often each call is still refused.
  const left = new Map(Object.entries(refused))
  return ops.map((op) => {
    const made: string[] = []
    const translation = next(op, (each) => {
      const line = printOpLine(each)
      const count = left.get(line) ?? 0
      left.set(line, count - 1)
      made.push(count > 0 ? `${line} ✗` : line)
      return count > 0 ? refuse('EPERM') : OK
    })
    if ('why' in translation) {
      expect(made).toEqual([])
      return `${translation.kind} ${translation.why}`
    }
    expect(made.length).toBeGreaterThan(0)
    return `${translation.kind === 'same' ? '= ' : ''}${made.join('; ')}`
  })
}

/** Lines of a script as they are printed when nothing is translated. */
function asIs(script: string): string[] {
  return opsOf(script).map((op) => `= ${printOpLine(op)}`)
}

const LEGACY = `g1 = open_group 3
  c1 = open_container
  group_set_container g1 c1
  set_iommu c1 type1v2
  map_dma c1 0x0 2M
  d1 = group_get_device_fd g1 01:00.1
  device_access d1
  close d1
  group_unset_container g1`

const MODERN = `i1 = open_iommufd
  d1 = open_cdev 01:00.1
  bind_iommufd d1 i1
  a1 = ioas_alloc i1
  ioas_map i1 a1 0x0 2M
  attach d1 ioas=a1
  device_access d1
  detach d1
  close d1`

const WHOLE = `g1 = open_group 3
  i1 = open_iommufd
  a1 = ioas_alloc i1
  group_bind_iommufd g1 i1
  d1 = group_get_device_fd g1 01:00.1
  attach d1 ioas=a1
  close d1
  group_unbind_iommufd g1`

describe('what is asked in place of an operation', () => {
  test.each<[string, keyof typeof ABIS, string, string[]]>([
    ['groups, where there are groups', 'containers', LEGACY, asIs(LEGACY)],
    ['groups, where there are both', 'both', LEGACY, asIs(LEGACY)],
    ['devices, where there are both', 'both', MODERN, asIs(MODERN)],
    [
      'groups, where there are devices',
      'devices',
      LEGACY,
      [
        'nothing later',
        'c1 = open_iommufd; c1-ioas = ioas_alloc c1',
        'nothing later',
        'nothing earlier',
        'ioas_map c1 c1-ioas 0x0 2M',
        'd1 = open_cdev 0000:01:00.1; bind_iommufd d1 c1; attach d1 ioas=c1-ioas',
        '= device_access d1',
        '= close d1',
        'nothing needless',
      ],
    ],
    [
      'groups, where groups are bound',
      'groupBind',
      LEGACY,
      [
        '= g1 = open_group 3',
        'c1 = open_iommufd; c1-ioas = ioas_alloc c1',
        'group_bind_iommufd g1 c1',
        'nothing earlier',
        'ioas_map c1 c1-ioas 0x0 2M',
        'd1 = group_get_device_fd g1 0000:01:00.1; attach d1 ioas=c1-ioas',
        '= device_access d1',
        '= close d1',
        'group_unbind_iommufd g1',
      ],
    ],
    [
      'devices, where there are groups',
      'containers',
      MODERN,
      [
        'i1 = open_container',
        'd1-group = open_group 3',
        'group_set_container d1-group i1',
        'nothing earlier',
        'nothing later',
        'set_iommu i1 type1v2; map_dma i1 0x0 2M; d1 = group_get_device_fd d1-group 0000:01:00.1',
        '= device_access d1',
        'missing call',
        'close d1; close d1-group',
      ],
    ],
    [
      'devices, where groups are bound',
      'groupBind',
      MODERN,
      [
        '= i1 = open_iommufd',
        'd1-group = open_group 3',
        'group_bind_iommufd d1-group i1; d1 = group_get_device_fd d1-group 0000:01:00.1',
        '= a1 = ioas_alloc i1',
        '= ioas_map i1 a1 0x0 2M',
        '= attach d1 ioas=a1',
        '= device_access d1',
        '= detach d1',
        'close d1; close d1-group',
      ],
    ],
    [
      'bound groups, where there are containers',
      'containers',
      WHOLE,
      [
        '= g1 = open_group 3',
        'i1 = open_container',
        'nothing earlier',
        'group_set_container g1 i1',
        'set_iommu i1 type1v2; d1 = group_get_device_fd g1 0000:01:00.1',
        'nothing earlier',
        '= close d1',
        'group_unset_container g1',
      ],
    ],
    [
      'bound groups, where there are devices and groups',
      'both',
      WHOLE,
      [
        'nothing later',
        '= i1 = open_iommufd',
        '= a1 = ioas_alloc i1',
        'nothing later',
        'd1 = open_cdev 0000:01:00.1; bind_iommufd d1 i1',
        '= attach d1 ioas=a1',
        '= close d1',
        'nothing needless',
      ],
    ],
    [
      'a question that nobody answers',
      'devices',
      'g1 = open_group 3; group_get_status g1',
      ['nothing later', 'missing call'],
    ],
    [
      'a device before its group is anywhere',
      'devices',
      'g1 = open_group 3; d1 = group_get_device_fd g1 01:00.1',
      ['nothing later', 'd1 = open_cdev 0000:01:00.1'],
    ],
    [
      'two devices of a group',
      'containers',
      `i1 = open_iommufd; d0 = open_cdev 01:00.0; d1 = open_cdev 01:00.1; bind_iommufd d0 i1; bind_iommufd d1 i1
        a1 = ioas_alloc i1; attach d0 ioas=a1; attach d1 ioas=a1; close d0; close d1`,
      [
        'i1 = open_container',
        'd0-group = open_group 3',
        'nothing earlier',
        'group_set_container d0-group i1',
        'nothing earlier',
        'nothing earlier',
        'set_iommu i1 type1v2; d0 = group_get_device_fd d0-group 0000:01:00.0',
        'd1 = group_get_device_fd d0-group 0000:01:00.1',
        'close d0',
        'close d1; close d0-group',
      ],
    ],
    [
      'a second address space is a second container',
      'containers',
      `i1 = open_iommufd; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; a1 = ioas_alloc i1; a2 = ioas_alloc i1
        attach d1 ioas=a2`,
      [
        'i1 = open_container',
        'd1-group = open_group 3',
        'group_set_container d1-group i1',
        'nothing earlier',
        'a2 = open_container',
        'group_set_container d1-group a2; set_iommu a2 type1v2; d1 = group_get_device_fd d1-group 0000:01:00.1',
      ],
    ],
    [
      'a page table of its own',
      'devices',
      `i1 = open_iommufd; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; a1 = ioas_alloc i1; h1 = hwpt_alloc i1 d1 a1
        attach d1 hwpt=h1; hwpt_destroy i1 h1`,
      [
        '= i1 = open_iommufd',
        '= d1 = open_cdev 0000:01:00.1',
        '= bind_iommufd d1 i1',
        '= a1 = ioas_alloc i1',
        'nothing later',
        'attach d1 ioas=a1',
        'missing call',
      ],
    ],
    [
      'unbinding is closing, where there is no call for it',
      'both',
      'i1 = open_iommufd; vm2: d1 = open_cdev 01:00.1; bind_iommufd d1 i1; unbind_iommufd d1',
      [
        '= i1 = open_iommufd',
        '= vm2: d1 = open_cdev 0000:01:00.1',
        '= bind_iommufd d1 i1',
        'close d1; vm2: d1 = open_cdev 0000:01:00.1',
      ],
    ],
    [
      'the last device that is unbound takes its group out',
      'containers',
      `i1 = open_iommufd; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; a1 = ioas_alloc i1; attach d1 ioas=a1
        unbind_iommufd d1; bind_iommufd d1 i1`,
      [
        'i1 = open_container',
        'd1-group = open_group 3',
        'group_set_container d1-group i1',
        'nothing earlier',
        'set_iommu i1 type1v2; d1 = group_get_device_fd d1-group 0000:01:00.1',
        'close d1; group_unset_container d1-group',
        'group_set_container d1-group i1',
      ],
    ],
    [
      'a device of another process has another group file',
      'containers',
      'd0 = open_cdev 01:00.0; vm2: d1 = open_cdev 01:00.1; close d1; close d0',
      ['d0-group = open_group 3', 'vm2: d1-group = open_group 3', 'close d1-group', 'close d0-group'],
    ],
    [
      'what is not open yet cannot be used',
      'containers',
      'd1 = open_cdev 01:00.1; device_reset d1',
      ['d1-group = open_group 3', 'missing object'],
    ],
    [
      'a hot reset names the group',
      'containers',
      `i1 = open_iommufd; a1 = ioas_alloc i1; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; attach d1 ioas=a1; device_hot_reset d1`,
      [
        'i1 = open_container',
        'nothing earlier',
        'd1-group = open_group 3',
        'group_set_container d1-group i1',
        'set_iommu i1 type1v2; d1 = group_get_device_fd d1-group 0000:01:00.1',
        'device_hot_reset d1 group_fd=d1-group',
      ],
    ],
    [
      'names that are taken',
      'devices',
      'c1-ioas = open_container; c1 = open_container',
      ['c1-ioas = open_iommufd; c1-ioas-ioas = ioas_alloc c1-ioas', 'c1 = open_iommufd; c1-ioas-2 = ioas_alloc c1'],
    ],
    [
      'a process that ends has nothing open',
      'devices',
      'g1 = open_group 3; vm2: g2 = open_group 3; vm2: exit; close g1; close g2',
      ['nothing later', 'nothing later', '= vm2: exit', 'nothing needless', '= close g2'],
    ],
  ])('%s', (_, abi, script, expected) => {
    expect(asked(abi, script)).toEqual(expected)
  })
})

describe('after a refusal', () => {
  test.each<[string, keyof typeof ABIS, string, Record<string, number>, string[]]>([
    [
      'what was opened is closed again, and the next attempt begins anew',
      'devices',
      'c1 = open_container; g1 = open_group 3; group_set_container g1 c1; d1 = group_get_device_fd g1 01:00.1; d1 = group_get_device_fd g1 01:00.1',
      { 'bind_iommufd d1 c1': 1 },
      [
        'c1 = open_iommufd; c1-ioas = ioas_alloc c1',
        'nothing later',
        'nothing later',
        'd1 = open_cdev 0000:01:00.1; bind_iommufd d1 c1 ✗; close d1',
        'd1 = open_cdev 0000:01:00.1; bind_iommufd d1 c1; attach d1 ioas=c1-ioas',
      ],
    ],
    [
      'a group that could not join joins later',
      'containers',
      'i1 = open_iommufd; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; bind_iommufd d1 i1',
      { 'group_set_container d1-group i1': 1 },
      [
        'i1 = open_container',
        'd1-group = open_group 3',
        'group_set_container d1-group i1 ✗',
        'group_set_container d1-group i1',
      ],
    ],
    [
      'a group that somebody else has open',
      'containers',
      'i1 = open_iommufd; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; close d1',
      { 'd1-group = open_group 3': 1 },
      ['i1 = open_container', 'd1-group = open_group 3 ✗', 'missing object', '= close d1'],
    ],
    [
      'no mapping without a type',
      'containers',
      'i1 = open_iommufd; a1 = ioas_alloc i1; ioas_map i1 a1 0x0 4K; d1 = open_cdev 01:00.1; bind_iommufd d1 i1; attach d1 ioas=a1; attach d1 ioas=a1',
      { 'set_iommu i1 type1v2': 1 },
      [
        'i1 = open_container',
        'nothing earlier',
        'nothing later',
        'd1-group = open_group 3',
        'group_set_container d1-group i1',
        'set_iommu i1 type1v2 ✗',
        'set_iommu i1 type1v2; map_dma i1 0x0 4K; d1 = group_get_device_fd d1-group 0000:01:00.1',
      ],
    ],
  ])('%s', (_, abi, script, refused, expected) => {
    expect(asked(abi, script, refused)).toEqual(expected)
  })
})

test('a world compiled for what is possible has room for what is asked, and its names are names', () => {
  const op = arbitraryOp({ ...namesOf(machine), processes: ['qemu', 'vm2'] })
  const setup = { machine, boot: { iommu: 'nopt' } as const, processes }
  fc.assert(
    fc.property(
      fc.array(op, { maxLength: 60 }),
      fc.constantFrom(...Object.values(ABIS)),
      fc.infiniteStream(fc.boolean()),
      (ops: readonly Op[], abi, luck) => {
        const names = new Names(ops)
        const world = compileWorld(setup, possibleOps(ops, names))
        const next = translator(abi, world, ops, names)
        for (const each of ops) {
          const { kind } = next(each, (call) => {
            expect(compileOp(world, call), printOpLine(call)).not.toBeNull()
            expect(abi.has(call.op), printOpLine(call)).toBe(true)
            expect(opsOf(printOpLine(call), processes)).toEqual([call])
            return luck.next().value === true ? OK : refuse('EPERM')
          })
          expect(abi.has(each.op) || kind !== 'same').toBe(true)
        }
      },
    ),
  )
})
