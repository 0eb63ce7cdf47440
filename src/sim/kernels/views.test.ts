/** What can be seen of a state (`Snapshot`), kernel by kernel. */
import { expect, test } from 'vitest'
import type { Kernel } from '../kernel.ts'
import type { MappingView, Snapshot } from '../snapshot.ts'
import type { World } from '../world.ts'
import { ioasidG } from './ioasid-g/index.ts'
import { ioasidW } from './ioasid-w/index.ts'
import { linux510 } from './linux-5.10/index.ts'
import { linux61 } from './linux-6.1/index.ts'
import { linux612iommufd } from './linux-6.12-iommufd/index.ts'
import { play } from './play.test-helper.ts'

const processes = [
  { name: 'p', user: 'root' },
  { name: 'q', user: 'alice' },
]
const NAMES: Readonly<Record<string, string>> = { '0000:01:00.0': 'f0', '0000:01:00.1': 'f1', '0000:02:00.0': 's' }

const word = (yes: boolean | undefined, text: string): string => (yes === true ? ` ${text}` : '')
const mappingsOf = (mappings: readonly MappingView[]): string =>
  mappings.map(({ iova, size, process }) => ` ${iova}+${size}/${processes[process]?.name ?? '?'}`).join('')

/** Lines about what is open, made, bound and waiting; of groups only that of f0 and f1, and no untouched devices. */
function linesOf(world: World, seen: Snapshot): string[] {
  const slots = (list: readonly number[]): string => list.map((slot) => ` ${world.slots[slot] ?? '?'}`).join('')
  const device = (index: number): string => NAMES[world.devices[index]?.spec.bdf ?? ''] ?? '?'
  const lines: string[] = []
  for (const { slot, kind, object, process, number, access, dead } of seen.fds) {
    const who = `${processes[process]?.name ?? '?'}${number}`
    const state = word(access === false, 'idle') + word(dead, 'dead')
    lines.push(`${world.slots[slot] ?? '?'}: ${kind} ${object} ${who}${state}`)
  }
  for (const { container, slots: open, iommu, groups, domain } of seen.containers) {
    lines.push(`container ${container}:${slots(open)} ${iommu ?? '-'} [${groups.join()}] ${domain}`)
  }
  for (const { iommufd, slots: open } of seen.iommufds) lines.push(`iommufd ${iommufd}:${slots(open)}`)
  for (const { ioas, iommufd, number, slots: open, compat, mappings } of seen.ioases) {
    lines.push(`ioas ${ioas}: ${iommufd}/${number}${slots(open)}${word(compat, 'compat')}${mappingsOf(mappings)}`)
  }
  for (const { hwpt, iommufd, number, slots: open, ioas, auto, devices, groups } of seen.hwpts) {
    const held = `${devices.map(device).join()} [${groups.join()}]`
    lines.push(`hwpt ${hwpt}: ${iommufd}/${number}${slots(open)} of ${ioas}${word(auto, 'auto')} ${held}`)
  }
  for (const { owner, mappings } of seen.domains) {
    lines.push(`domain of ${owner.kind} ${owner.index}${mappingsOf(mappings)}`)
  }
  const group = seen.groups[2]
  if (group !== undefined) {
    const { node, owner, opened, viable, container, compat, users, kvm, ownership, members } = group
    const flags = word(node, `node ${owner}`) + word(opened, 'opened') + word(viable, 'viable')
    const owned = ownership === null ? '' : ` ${ownership.owner} ${ownership.count}`
    const judged = members.map((one) => ` ${device(one.device)}${one.good ? '+' : '-'}${one.code}`).join('')
    lines.push(`group:${flags} ${container} ${compat} users ${users} kvm ${kvm.join()}${owned}${judged}`)
  }
  for (const { device: index, opens, leaving, cdev, binding } of seen.devices) {
    if (opens === 0 && !leaving && !cdev) continue
    const bound = binding === null ? '' : ` ${binding.iommufd}/${binding.number} on ${binding.hwpt}`
    lines.push(`${device(index)}: opens ${opens}${word(leaving, 'leaving')}${word(cdev, 'cdev')}${bound}`)
  }
  for (const call of seen.pending) lines.push(`${call.call} ${device(call.device)} waits for ${call.waitsFor}`)
  return lines
}

const USE = 'half; g = open_group G; c = open_container; group_set_container g c; set_iommu c type1v2; map_dma c 0 8192'
const CDEV =
  'both; I = open_iommufd; D = open_cdev f0; E = open_cdev f1; bind_iommufd D I; A = ioas_alloc I; ioas_map I A 0 8192; attach D ioas=A'

/** Lines are separated by bars. */
// prettier-ignore
const CASES: readonly (readonly [kernel: Kernel, script: string, expected: string])[] = [
  // The group's own file, the device's and the virtual machine are users; the device is on the unbound_list.
  [linux510, `${USE}; d = group_get_device_fd g f1; kvm_group_add g; unbind f1`,
    'g: group 2 p3 | c: container 0 p4 | d: device 3 p5 | container 0: c type1v2 [2] 0 | domain of container 0 0+8192/p | group: node root opened viable 0 -1 users 3 kvm 0 f0+L.V.2 f1+L.V.1 | f1: opens 1 leaving | unbind f1 waits for device-fds'],
  [linux510, 'half; chown_group G alice; q: g = open_group G',
    'g: group 2 q3 | group: node alice opened viable -1 -1 users 0 kvm  f0+L.V.2 f1+L.V.5'],
  [linux61, `${USE}; d = group_get_device_fd g f1`,
    'g: group 2 p3 | c: container 0 p4 | d: device 3 p5 | container 0: c type1v2 [2] 0 | domain of container 0 0+8192/p | group: node root opened viable 0 -1 users 2 kvm  vfio-group 1 f0+O.V.none f1+O.V.managed | f1: opens 1'],
  // The group is an iommufd's, so a user of the group's file would not find it viable.
  [linux612iommufd, `${CDEV}; H = hwpt_alloc I D A`,
    'I: iommufd 0 p3 | D: cdev 2 p4 | E: cdev 3 p5 idle | A: ioas 0 p2 | H: hwpt 1 p4 | iommufd 0: I | ioas 0: 0/2 A 0+8192/p | hwpt 0: 0/3 of 0 auto f0 [2] | hwpt 1: 0/4 H of 0  [] | domain of hwpt 0 0+8192/p | domain of hwpt 1 0+8192/p | group: node root -1 -1 users 0 kvm  iommufd 1 f0+O.V.managed f1+O.V.managed | f0: opens 1 cdev 0/1 on 0 | f1: opens 1 cdev'],
  [linux612iommufd, 'both; g = open_group G; I = open_iommufd; group_set_container g I; map_dma I 0 8192; d = group_get_device_fd g f0',
    'g: group 2 p3 | I: iommufd 0 p4 | d: device 2 p5 | iommufd 0: I | ioas 0: 0/1 compat 0+8192/p | hwpt 0: 0/3 of 0 auto f0 [2] | domain of hwpt 0 0+8192/p | group: node root opened viable -1 0 users 0 kvm  iommufd 1 f0+O.V.managed f1+O.V.managed | f0: opens 1 cdev 0/2 on 0 | f1: opens 0 cdev'],
  [ioasidG, `${CDEV}; unbind f1`,
    'I: iommufd 0 p3 | D: cdev 2 p4 | E: cdev 3 p5 idle | A: ioas 0 p1 | iommufd 0: I | ioas 0: 0/1 A 0+8192/p | hwpt 0: 0/1 of 0 auto f0 [2] | domain of ioas 0 0+8192/p | group: node root viable -1 -1 users 0 kvm  iommufd 1 f0+P.S.vfio f1+P.S.leaving | f0: opens 1 cdev 0/0 on 0 | f1: opens 1 leaving | unbind f1 waits for device-fds'],
  [ioasidW, 'both; I = open_iommufd; g = open_group G; group_bind_iommufd g I; d = group_get_device_fd g f0; A = ioas_alloc I; ioas_map I A 0 8192; attach d ioas=A',
    'I: iommufd 0 p3 | g: group 2 p4 | d: device 2 p5 | A: ioas 0 p1 | iommufd 0: I | ioas 0: 0/1 A 0+8192/p | hwpt 0: 0/1 of 0 auto f0 [2] | domain of ioas 0 0+8192/p | group: node root opened viable -1 -1 users 0 kvm  iommufd 1 f0+P.S.vfio f1+P.S.vfio | f0: opens 1 0/0 on 0'],
]

test.each(CASES.map(([kernel, script, expected]) => [kernel.id, script, kernel, expected] as const))(
  '%s: %s',
  (_, script, kernel, expected) => {
    const run = play(kernel, script, { processes })
    expect(linesOf(run.world, run.snapshotAt(run.steps.length))).toEqual(expected.split(' | '))
  },
)
