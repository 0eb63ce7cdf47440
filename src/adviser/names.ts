/** Names of devices in sentences. */
import { list, rich, shortBdf, type Span, type Words } from '../explain/words.ts'
import { shortName } from '../machines/short-name.ts'
import type { PciFunction } from '../sim/machine.ts'

/** An address; the page may make it a way to the device. */
export function at(f: PciFunction): Span {
  return { kind: 'device', text: shortBdf(f.bdf) }
}

/** `01:00.0 (VGA · GeForce GTX 1060 6GB)`; the address alone where nothing else is told. */
export function named(f: PciFunction): Words {
  const name = shortName(f)
  return name === 'unnamed' ? [at(f)] : rich`${at(f)} (${name})`
}

const MOST = 6

/** The first few by name, and how many more. */
export function some(functions: readonly PciFunction[], name: (f: PciFunction) => Span | Words = named): Words {
  const first = functions.slice(0, MOST).map(name)
  const more = functions.length - first.length
  return more > 0 ? rich`${list([...first, `${more} more`])}` : list(first)
}
