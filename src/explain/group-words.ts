/** Words of checks of groups, containers and other files that several kernels make alike. */
import { countIn, fileIn, groupIn, type CheckWords, type Scene } from './kernel-words.ts'
import { rich, type Span } from './words.ts'

/** Opening a group's file, which can be open once at a time. */
export function groupOpenOnce(fn: string): CheckWords {
  return {
    fn,
    ask: (scene) => rich`nobody has ${groupIn(scene)} open`,
    fail: 'no: it is open already',
    why: (scene) => rich`${groupIn(scene)} is open already, and its file can be open only once at a time.`,
    remedy: 'Close the other group file first, or use it.',
  }
}

/** VFIO_GROUP_SET_CONTAINER: the group is in no container yet. */
export function inNoContainerYet(fn: string): CheckWords {
  return {
    fn,
    ask: (scene) => rich`${groupIn(scene)} is in no container yet`,
    fail: 'no: it is in one',
    why: (scene) => rich`${groupIn(scene)} is in a container already, and it can be in one only.`,
    remedy: 'Take it out with VFIO_GROUP_UNSET_CONTAINER first.',
  }
}

/** VFIO_GROUP_UNSET_CONTAINER: the group is in a container. */
export function inContainer(fn: string): CheckWords {
  return {
    fn,
    ask: (scene) => rich`${groupIn(scene)} is in a container`,
    why: (scene) => rich`${groupIn(scene)} is in no container, so there is none to leave.`,
  }
}

/** VFIO_GROUP_UNSET_CONTAINER: nobody uses a device of the group. */
export function groupUnused(fn: string, words: Pick<CheckWords, 'why' | 'remedy'>): CheckWords {
  return {
    fn,
    ask: (scene) => rich`nobody uses a device of ${groupIn(scene)}`,
    fail: (scene) => rich`no: container_users is ${String(countIn(scene) ?? 2)}`,
    ...words,
  }
}

/** The group is in a container. */
export function containerThere(fn: string): CheckWords {
  return {
    fn,
    ask: 'group has a container',
    fail: 'no: VFIO_GROUP_SET_CONTAINER was never called',
    why: 'The group is in no container, so there is no address space for its devices.',
    remedy: 'Put the group into a container, and give the container an IOMMU type.',
  }
}

/** The container has an IOMMU driver. */
export function backendThere(fn: string, why: string): CheckWords {
  return {
    fn,
    ask: 'container has an IOMMU driver',
    fail: 'no: VFIO_SET_IOMMU was never called',
    why,
    remedy: 'Call VFIO_SET_IOMMU on the container first.',
  }
}

/** A file that a request names as an argument: how a scene names it, what it must be a file of, what it must be. */
export interface FileArgument {
  readonly file: (scene: Scene) => Span
  readonly path: string
  readonly is: string
  /** Why another file does not do, behind its name. */
  readonly isNot: string
}

/** The container that VFIO_GROUP_SET_CONTAINER names. */
export const CONTAINER_ARGUMENT: FileArgument = {
  file: (scene) => fileIn(scene, 'container_fd'),
  path: '/dev/vfio/vfio',
  is: 'a container',
  isNot: 'is not a container',
}

/** Something is open under the name; `so` is what follows if nothing is. */
export function openAtAll(fn: string, { file, path }: FileArgument, so: string): CheckWords {
  return {
    fn,
    ask: (scene) => rich`${file(scene)} is open`,
    fail: 'no: the kernel is given -1',
    why: (scene) => rich`Nothing is open under the name ${file(scene)}, so ${so}.`,
    remedy: `Open ${path} and give that file.`,
  }
}

/** The process that calls has the file open itself. */
export function openInCaller(fn: string, { file, path }: FileArgument): CheckWords {
  return {
    fn,
    ask: (scene) => rich`the process itself has ${file(scene)} open`,
    fail: 'no: another process has, and the kernel is given -1',
    why: (scene) => rich`${file(scene)} is open in another process, not in the one that calls.`,
    remedy: `Open ${path} in this process.`,
  }
}

/** The file is one of the right kind. */
export function fileOfKind(fn: string, { file, path, is, isNot }: FileArgument): CheckWords {
  return {
    fn,
    ask: (scene) => rich`${file(scene)} is ${is}`,
    fail: 'no: it is something else',
    why: (scene) => rich`${file(scene)} ${isNot}.`,
    remedy: `Open ${path} and give that file.`,
  }
}
