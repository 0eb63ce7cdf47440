/** Words for a POSIX shell. */
import { shortBdf } from '../explain/words.ts'
import { shortName } from '../machines/short-name.ts'
import type { PciFunction } from '../sim/machine.ts'

/** A word that the shell takes as it is, whatever it holds. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`
}

/** A comment of one line, whatever a listing had in its names. */
export function comment(text: string): string {
  return `# ${text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()}`
}

/** `# 01:00.0 VGA · GeForce GTX 1060 6GB` */
export function commentOn(f: PciFunction): string {
  return comment(`${shortBdf(f.bdf)} ${shortName(f)}`)
}

/** Directory of a function in sysfs. */
export function sysfsDirectory(bdf: string): string {
  return quoted(`/sys/bus/pci/devices/${bdf}`)
}
