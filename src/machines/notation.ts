import type { Machine, PciFunction, PciKind } from '../sim/machine.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { parseBdf, REQUIRED_ACS } from '../sim/pci/topology.ts'

/**
 * Machines as text: a line a function, indented below its bridge.
 *
 *     00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
 *       01:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
 *
 * Address (segment 0000), kind with `+` if it has an ACS capability with all required bits or `!` if
 * a quirk of the kernel says that it isolates, ids, class, driver, name.
 * Driver: `-` none, `e1000e` bound at boot and native, `vfio-pci/nvidia` or `-/ahci` bound at boot and native.
 * Throws on a line that is not like that: the notation is for data that ships.
 */
export function machineFromNotation(id: string, title: string, text: string): Machine {
  const open: { indent: number; bdf: string }[] = []
  const functions = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): PciFunction => {
      const match = LINE.exec(line)
      if (match === null) throw new Error(`machine ${id}: cannot read "${line}"`)
      const [, space = '', address = '', kind = '', acs, vendor = '', device = '', code = '', drivers = '', name = ''] =
        match
      while ((open.at(-1)?.indent ?? -1) >= space.length) open.pop()
      const bdf = `0000:${address}`
      const parent = open.at(-1)?.bdf ?? null
      open.push({ indent: space.length, bdf })
      const [bound = '-', native = bound] = drivers.split('/')
      return {
        bdf,
        kind: kindNamed(kind),
        bridge: /^06(?:04|07|09)/.test(code),
        parent,
        multifunction: false,
        acsCap: acs === '+' ? REQUIRED_ACS : null,
        ...(acs === '!' ? { acsQuirk: true } : {}),
        vendor,
        device,
        class: code,
        name,
        driver: bound === '-' ? null : bound,
        native: native === '-' ? null : native,
      }
    })
  return { id, title, devices: scanOrder(completed(functions)) }
}

const LINE =
  /^( *)([0-9a-f]{2}:[0-9a-f]{2}\.[0-7]) +([a-z0-9]+)([+!]?) +([0-9a-f]{4}):([0-9a-f]{4}) +([0-9a-f]{6}) +(\S+) +(.+)$/

const KINDS: readonly PciKind[] = ['pci', 'ep', 'legep', 'rciep', 'rcec', 'rp', 'usp', 'dsp', 'pcie2pci', 'pci2pcie']

function kindNamed(word: string): PciKind {
  const kind = KINDS.find((known) => known === word)
  if (kind === undefined) throw new Error(`no such kind of function: ${word}`)
  return kind
}

/** Fills in what follows from the whole: `slotsAndBuses`, and what can be reset alone. */
export function completed(functions: readonly PciFunction[]): PciFunction[] {
  const onBus = counts(functions.map((f) => busOf(f.bdf)))
  return slotsAndBuses(functions).map((f) => {
    const resettable = f.resettable ?? resetsAlone(f, onBus.get(busOf(f.bdf)) ?? 1)
    return resettable ? f : { ...f, resettable }
  })
}

/** Fills in the buses below bridges, and that slots with several functions are multifunction. */
export function slotsAndBuses(functions: readonly PciFunction[]): PciFunction[] {
  const inSlot = counts(functions.map((f) => slotOf(f.bdf)))
  const busBelow = new Map<string, number>()
  for (const f of functions) {
    const bus = parseBdf(f.bdf)?.bus
    if (f.parent !== null && bus !== undefined) busBelow.set(f.parent, Math.min(bus, busBelow.get(f.parent) ?? bus))
  }
  return functions.map((f) => {
    const secondary = f.secondary ?? busBelow.get(f.bdf)
    return {
      ...f,
      ...(secondary === undefined ? {} : { secondary }),
      multifunction: f.multifunction || (inSlot.get(slotOf(f.bdf)) ?? 1) > 1 || !f.bdf.endsWith('.0'),
    }
  })
}

function counts(keys: readonly string[]): Map<string, number> {
  const counted = new Map<string, number>()
  for (const key of keys) counted.set(key, (counted.get(key) ?? 0) + 1)
  return counted
}

/**
 * Conventional functions know no reset of their own. A reset of the bus stands in where nothing else is on it; a root
 * bus cannot be reset (pci_parent_bus_reset).
 */
function resetsAlone(f: PciFunction, functionsOnBus: number): boolean {
  return f.bridge || f.kind !== 'pci' || (f.parent !== null && functionsOnBus === 1)
}

function slotOf(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf('.'))
}

function busOf(bdf: string): string {
  return bdf.slice(0, bdf.lastIndexOf(':'))
}
