/**
 * Messages about VFIO that people paste with a question, as QEMU of all versions, the kernel, DPDK and tools word them,
 * and as libvirt, Kubernetes and Proxmox pass them on.
 */
import { BDF, fullAddress } from './address.ts'
import { linesOf, type Line } from './lines.ts'

/**
 * `not-viable`: a device of the group is held by a driver other than VFIO's. `no-group-file`: /dev/vfio/N is not there,
 * nothing of the group is bound to vfio-pci. `group-busy`: somebody else has it open. `no-permission`: it may not be
 * opened. `no-iommu`: the device is in no group, the IOMMU is off. `address-spaces`: members of one group are given to two
 * guests or address spaces. `rmrr`: the firmware reserves memory of the device. `strict-tool`: a tool's own check that all
 * members are on vfio-pci, bridges too, which the kernel does not ask for.
 */
export type VfioErrorKind =
  | 'not-viable'
  | 'no-group-file'
  | 'group-busy'
  | 'no-permission'
  | 'no-iommu'
  | 'address-spaces'
  | 'rmrr'
  | 'strict-tool'

export interface VfioError {
  readonly kind: VfioErrorKind
  readonly bdf: string | null
  /** The kernel's number of the group. */
  readonly group: string | null
  /** Counted from 1 in the pasted text. */
  readonly line: number
}

/** Each with the number of the group, if the message has one. */
const MESSAGES: readonly (readonly [kind: VfioErrorKind, pattern: RegExp])[] = [
  ['not-viable', /\bgroup (\d{1,6}) is not viable/gi],
  ['not-viable', /\bVFIO group is not viable/gi],
  ['group-busy', /\/dev\/vfio\/(\d{1,6})['"]?: Device or resource busy/gi],
  ['no-permission', /\/dev\/vfio\/(\d{1,6})['"]?: (?:Permission denied|Operation not permitted)/gi],
  [
    'no-group-file',
    /\bopen(?:ing)? (?:the )?['"]?\/dev\/vfio\/(\d{1,6})(?!\d|['"]?: (?:Device or|Permission|Operation))/gi,
  ],
  ['no-group-file', /\/dev\/vfio\/(\d{1,6})['"]? does not exist/gi],
  ['no-iommu', /\bno iommu_group found/gi],
  ['no-iommu', /\bno IOMMU detected/gi],
  ['no-iommu', /\bhost doesn't support passthrough of host PCI devices/gi],
  ['address-spaces', /\bgroup (\d{1,6}) used in multiple address spaces/gi],
  ['rmrr', /\bineligible for IOMMU domain attach due to platform RMRR requirement/gi],
  ['strict-tool', /\ball devices in an IOMMU group must be bound to vfio-pci/gi],
]
/** Something of every message: most lines have none, and take no time. */
const ANY = /viable|\/dev\/vfio\/|no iommu|of host pci|address spaces|RMRR|must be bound/i
const ADDRESS = new RegExp(`(?<![\\w:.])${BDF}(?![\\w.]|:\\w)`, 'gi')
/** The device that QEMU was told to assign. */
const HOST = new RegExp(`\\bhost=(${BDF})(?![\\w:.])`, 'gi')

/** The messages that begin in a line, which may go on in the next; `taken`: on how many lines they stand. */
export function errorsAt(
  lines: readonly Line[],
  at: number,
): { readonly errors: readonly VfioError[]; readonly taken: number } {
  const errors: VfioError[] = []
  const line = lines[at]
  if (line === undefined || line.bare === '') return { errors, taken: 1 }
  const text = `${line.bare} ${lines[at + 1]?.bare ?? ''}`
  if (!ANY.test(text)) return { errors, taken: 1 }
  let taken = 1
  for (const [kind, pattern] of MESSAGES) {
    for (const match of text.matchAll(pattern)) {
      if (match.index >= line.bare.length) continue
      if (match.index + match[0].length > line.bare.length) taken = 2
      const bdf = addressBefore(text.slice(0, match.index), lines[at - 1])
      errors.push({ kind, bdf, group: match[1] ?? null, line: line.no })
    }
  }
  return { errors, taken }
}

/** The address nearest before a message; in old messages only the `-device` has one, perhaps on a line of its own. */
function addressBefore(text: string, above: Line | undefined): string | null {
  const own = [...text.matchAll(ADDRESS)].at(-1)?.[0]
  if (own !== undefined) return fullAddress(own)
  if (text.length > 30 || above === undefined) return null
  const given = [...above.bare.matchAll(HOST)]
  return given.length === 1 ? fullAddress(given[0]?.[1] ?? '') : null
}

/** All messages of a text, in its order, each once. */
export function errorsIn(text: string): VfioError[] {
  const lines = linesOf(text)
  const found = new Map<string, VfioError>()
  for (let at = 0; at < lines.length;) {
    const { errors, taken } = errorsAt(lines, at)
    for (const error of errors) {
      const key = `${error.kind} ${error.bdf ?? ''} ${error.group ?? ''}`
      if (!found.has(key)) found.set(key, error)
    }
    at += taken
  }
  return [...found.values()]
}
