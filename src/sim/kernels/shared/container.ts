/** Calls on the container file: drivers/vfio/vfio.c, from 6.1 on drivers/vfio/container.c, the same in all versions. */
import { OK, refuse, type Result } from '../../result.ts'
import { check, type Trace } from '../../trace.ts'
import type { Call } from '../../world.ts'
import type { FileKind } from './assemble.ts'
import type { SharedCheck, SharedEffect } from './codes.ts'
import { openFile, CONTAINER_FD } from './files.ts'
import type { IommuCore } from './iommu-core.ts'
import { at } from './machine-state.ts'
import { attachGroup, detachGroup, getInfo, mapDma, unmapDma, type Type1Rules } from './type1.ts'
import { freeContainer, groupAt, groupCount, IOMMU_TYPES, leaveContainer, type VfioState } from './vfio-state.ts'

type SharedTrace = Trace<SharedCheck, SharedEffect>

/**
 * The container file. Of the extensions VFIO_DMA_CC_IOMMU is missing: the emulated IOMMU of the recordings has no snoop
 * control.
 */
export function containerFile<S extends VfioState>(core: IommuCore<S>, rules: Type1Rules): FileKind<S> {
  return {
    ioctls: ['get_api_version', 'check_extension', 'set_iommu', 'iommu_get_info', 'map_dma', 'unmap_dma'],
    ioctl(state, container, process, call, trace) {
      if (call.op !== 'check_extension') return containerIoctl(core, rules, state, container, process, call, trace)
      const backend = at(state.containerType, container) > 0
      return rules.types.includes(call.arg) || rules.hasExtension(call.arg, backend) ? YES : NO
    },
    release: (state, container, _, trace) => closeContainer(state, container, trace),
  }
}

/** vfio_fops_open. Anybody may; each open makes a new container. */
export function openContainer<S extends VfioState>(state: S, call: Call, trace?: SharedTrace): Result {
  const container = freeContainer(state)
  if (container < 0) return refuse('ENOMEM')
  state.containerOpen[container] = 1
  trace?.effect('container.made', { kind: 'container', container })
  openFile(state, call.as, CONTAINER_FD, container, call.by, trace)
  return OK
}

/** vfio_fops_release: only the file goes; groups, domain and mappings stay. */
function closeContainer(state: VfioState, container: number, trace?: SharedTrace): void {
  state.containerOpen[container] = 0
  if (groupCount(state, container) === 0) trace?.effect('container.freed', { kind: 'container', container })
}

const API_VERSION: Result = { ok: true, value: 0 }
const YES: Result = { ok: true, value: 1 }
const NO: Result = { ok: true, value: 0 }

/** 1 + the index into IOMMU_TYPES of a type that the backend knows, else 0. */
function typeNumber(rules: Type1Rules, name: string): number {
  return rules.types.includes(name) ? IOMMU_TYPES.findIndex((type) => type === name) + 1 : 0
}

/**
 * An ioctl on a container file, whatever it is: VFIO's own, then the backend's. Numbers that the backend does not know
 * are EINVAL without one and ENOTTY with one.
 */
function containerIoctl<S extends VfioState>(
  core: IommuCore<S>,
  rules: Type1Rules,
  state: S,
  container: number,
  process: number,
  call: Call,
  trace?: SharedTrace,
): Result {
  switch (call.op) {
    case 'get_api_version':
      return API_VERSION
    case 'set_iommu':
      return setIommu(core, rules, state, container, call, trace)
    default:
      break
  }
  if (!check(trace, 'L.IO.1', at(state.containerType, container) > 0, { kind: 'container', container }))
    return refuse('EINVAL')
  switch (call.op) {
    case 'map_dma':
      return mapDma(rules, state, container, process, call, trace)
    case 'unmap_dma':
      return unmapDma(rules, state, container, process, call, trace)
    case 'iommu_get_info':
      return getInfo(rules, state, container)
    case 'device_hot_reset':
      // The same ioctl number as VFIO_IOMMU_MAP_DMA, with a structure that is too short for it.
      return refuse('EINVAL')
    default:
      return refuse('ENOTTY')
  }
}

/** vfio_ioctl_set_iommu: nobody asks whether the groups are viable. */
function setIommu<S extends VfioState>(
  core: IommuCore<S>,
  rules: Type1Rules,
  state: S,
  container: number,
  call: Call,
  trace?: SharedTrace,
): Result {
  const subject = { kind: 'container', container } as const
  const groups = groupCount(state, container)
  if (!check(trace, 'L.SI.1', groups > 0, subject)) return refuse('EINVAL')
  const backend = at(state.containerType, container) > 0
  if (!check(trace, 'L.SI.2', !backend, subject)) return refuse('EINVAL')
  const type = typeNumber(rules, call.arg)
  if (!check(trace, 'L.SI.3', type > 0, { kind: 'word', word: call.arg })) return refuse('ENODEV')

  state.containerType[container] = type
  trace?.effect('backend.set', subject)
  for (let place = groups; place > 0; place--) {
    const errno = attachGroup(core, state, container, groupAt(state, container, place), trace)
    if (errno === null) continue
    // __vfio_container_attach_groups: those attached before are detached again, the last one first.
    for (let done = place + 1; done <= groups; done++) {
      detachGroup(core, state, container, groupAt(state, container, done), trace)
    }
    state.containerType[container] = 0
    trace?.effect('backend.released', subject)
    return refuse(errno)
  }
  return OK
}

/**
 * Takes a group out of its container: the backend lets it go, and is released itself with the last group; a container
 * that is not open either is gone then (the common end of __vfio_group_unset_container and vfio_group_detach_container).
 */
export function removeFromContainer<S extends VfioState>(
  core: IommuCore<S>,
  state: S,
  group: number,
  trace?: SharedTrace,
): void {
  const container = at(state.container, group) - 1
  const subject = { kind: 'container', container } as const
  if (at(state.containerType, container) > 0) detachGroup(core, state, container, group, trace)
  leaveContainer(state, group)
  trace?.effect('container.left', { kind: 'group', group, container })
  if (groupCount(state, container) > 0) return
  if (at(state.containerType, container) > 0) {
    state.containerType[container] = 0
    trace?.effect('backend.released', subject)
  }
  if (state.containerOpen[container] === 0) trace?.effect('container.freed', subject)
}
