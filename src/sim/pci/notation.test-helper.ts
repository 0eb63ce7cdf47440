import type { PciFunction, PciKind } from '../machine.ts'
import { parseBdf, REQUIRED_ACS } from './topology.ts'

const TOKEN = /([0-9a-f]{2}:[0-9a-f]{2}\.[0-7])([a-z0-9]+)([+%-]?)(~?)(?:=([0-9a-f.,]+))?(!?)(\*?)|([[\]])/g

/**
 * Topologies in one line, for tests: `00:01.0rp+[01:00.0ep- 01:00.1ep-]` is a root port with ACS and a two-function
 * endpoint without below it. After address and kind: `+` ACS capability with all required bits, `%` the same switched off,
 * `-` none, `~` not multifunction although the slot has several functions (an SR-IOV virtual function), `=00.1,00.2`
 * aliases, `!` a quirk says that it isolates, `*` it has memory of its own. Functions of one slot are multifunction; a bridge's secondary bus is that of its children.
 */
export function parseTopology(text: string): PciFunction[] {
  const functions: PciFunction[] = []
  const open: string[] = []
  let last = ''
  for (const match of text.matchAll(TOKEN)) {
    const [, address = '', kind = '', acs = '', single = '', aliases = '', quirk = '', memory = '', bracket = ''] =
      match
    if (bracket === '[') open.push(last)
    else if (bracket === ']') open.pop()
    else {
      last = `0000:${address}`
      functions.push({
        bdf: last,
        kind: kindNamed(kind),
        bridge: false,
        parent: open.at(-1) ?? null,
        multifunction: single === '',
        acsCap: acs === '+' || acs === '%' ? REQUIRED_ACS : null,
        ...(acs === '%' ? { acsCtrl: [] } : {}),
        ...(aliases === '' ? {} : { aliases: aliases.split(',').map((alias) => devfn(alias)) }),
        ...(quirk === '' ? {} : { acsQuirk: true }),
        ...(memory === '' ? {} : { memory: true }),
        driver: null,
        native: null,
      })
    }
  }
  return functions.map((f) => {
    const slot = f.bdf.slice(0, -1)
    const child = functions.find((other) => other.parent === f.bdf)
    const secondary = child === undefined ? undefined : parseBdf(child.bdf)?.bus
    return {
      ...f,
      bridge: secondary !== undefined,
      ...(secondary === undefined ? {} : { secondary }),
      multifunction: f.multifunction && functions.filter((other) => other.bdf.startsWith(slot)).length > 1,
    }
  })
}

const KINDS: readonly PciKind[] = ['pci', 'ep', 'legep', 'rciep', 'rcec', 'rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie']

function kindNamed(word: string): PciKind {
  const kind = KINDS.find((known) => known === word)
  if (kind === undefined) throw new Error(`no such kind: ${word}`)
  return kind
}

function devfn(text: string): number {
  const [slot = '0', fn = '0'] = text.split('.')
  return Number.parseInt(slot, 16) * 8 + Number(fn)
}
