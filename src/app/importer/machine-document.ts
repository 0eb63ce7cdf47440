/**
 * What the page “My machine” is about, as a document: kept by the browser, and sent in a link.
 *
 *     #m1.<base64url(deflate-raw(utf8(json)))>
 *
 * The digit is the version of the document. No server sees what stands behind the `#`.
 */
import type { Kept } from '../store/kept.ts'
import { deflateSync, Inflate, strFromU8, strToU8 } from 'fflate'
import { SYSTEMS, type SystemId } from '../../adviser/system.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { KERNELS } from '../../sim/kernels/registry.ts'
import { MACHINE_HASH } from '../store/address.ts'
import { joinBytes } from '../../scenario/link/bytes.ts'

export interface MachineDocument {
  readonly pastes: readonly { readonly name: string; readonly text: string }[]
  /** Address of the device that is asked about. */
  readonly wanted: string | null
  /** What the person corrected, by address. */
  readonly drivers: Readonly<Record<string, string | null>>
  readonly groups: Readonly<Record<string, string | null>>
  readonly classes: Readonly<Record<string, string>>
  /** Null: as the text suggests. */
  readonly system: SystemId | null
  readonly kernel: KernelId | null
}

const PREFIX = MACHINE_HASH.slice(1)
/** Characters of a link, and of the texts in it. */
const MOST_LINK = 60_000
const MOST_TEXT = 1_000_000
const ADDRESS = /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/

/** Whether a hash is such a link's, whatever it holds. */
export function isMachineHash(hash: string): boolean {
  return hash.startsWith(MACHINE_HASH)
}

export const BROKEN_MACHINE_LINK =
  'The link does not open: its end is missing, or it was damaged on its way. Ask for it again, or for the text itself'

/** The hash of a link, without the `#`; undefined: too long for one. */
export function encodeMachine(document: MachineDocument): string | undefined {
  // What nobody could read is not packed first.
  if (document.pastes.reduce((sum, { text }) => sum + text.length, 0) > MOST_TEXT) return undefined
  const bytes = deflateSync(strToU8(JSON.stringify(document)), { level: 9 })
  const words = btoa(strFromU8(bytes, true)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  return words.length > MOST_LINK ? undefined : PREFIX + words
}

/** Reads a link; null: it is damaged. Never throws, and unfolds no more than a text may have. */
export function decodeMachine(hash: string): MachineDocument | null {
  try {
    const words = hash
      .slice(PREFIX.length + 1)
      .replaceAll('-', '+')
      .replaceAll('_', '/')
    if (words.length > MOST_LINK) return null
    return readMachineDocument(JSON.parse(strFromU8(unfolded(strToU8(atob(words), true)))))
  } catch {
    return null
  }
}

function unfolded(packed: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let length = 0
  const inflate = new Inflate((part) => {
    length += part.length
    if (length > MOST_TEXT * 2) throw new RangeError('the text is too long')
    parts.push(part)
  })
  inflate.push(packed, true)
  return joinBytes(parts)
}

/** Takes what has the form of a document, from anywhere; null: it has not. */
export function readMachineDocument(value: unknown): MachineDocument | null {
  const fields = fieldsOf(value)
  const list = fields.get('pastes')
  if (!Array.isArray(list)) return null
  const pastes = list.flatMap((paste: unknown) => {
    const own = fieldsOf(paste)
    const [name, text] = [own.get('name'), own.get('text')]
    return typeof name === 'string' && typeof text === 'string' ? [{ name: name.slice(0, 80), text }] : []
  })
  if (pastes.length === 0 || pastes.reduce((sum, { text }) => sum + text.length, 0) > MOST_TEXT) return null
  const wanted = fields.get('wanted')
  return {
    pastes,
    wanted: typeof wanted === 'string' && ADDRESS.test(wanted) ? wanted : null,
    drivers: told(fields.get('drivers'), /^(?:\?|[\w.-]{1,64})$/),
    groups: told(fields.get('groups'), /^\d{1,6}$/),
    classes: Object.fromEntries(
      Object.entries(told(fields.get('classes'), /^[0-9a-f]{4}$/)).flatMap(([bdf, code]) =>
        code === null ? [] : [[bdf, code] as const],
      ),
    ),
    system: SYSTEMS.find(({ id }) => id === fields.get('system'))?.id ?? null,
    kernel: KERNELS.find(({ id }) => id === fields.get('kernel'))?.id ?? null,
  }
}

function fieldsOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map<string, unknown>(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** Corrections by address whose values have a form; null stands for none. */
function told(value: unknown, form: RegExp): Record<string, string | null> {
  const good = [...fieldsOf(value)].flatMap(([bdf, each]) =>
    ADDRESS.test(bdf) && (each === null || (typeof each === 'string' && form.test(each))) ? [[bdf, each] as const] : [],
  )
  return Object.fromEntries(good.slice(0, 5000))
}

const KEY = 'iommu-playground.machine.v1'

/** Where a machine is kept: in the tab for a reload, beside what another tab has; in the browser for the next visit. */
export interface MachineShelves {
  readonly session: Kept
  readonly kept: Kept
}

/** @returns false if the next visit will not find it: the browser keeps nothing, or the texts are too long */
export function keepMachine(document: MachineDocument | null, { session, kept }: MachineShelves): boolean {
  const length = document?.pastes.reduce((sum, { text }) => sum + text.length, 0) ?? 0
  if (length > MOST_TEXT) return false
  session.change(KEY, () => document)
  return kept.change(KEY, () => document)
}

/** What this tab had, else what was kept last in this browser. */
export function keptMachine({ session, kept }: MachineShelves): MachineDocument | null {
  const own = session.read(KEY)
  const found = own.kind === 'value' ? own : kept.read(KEY)
  return found.kind === 'value' ? readMachineDocument(found.value) : null
}
