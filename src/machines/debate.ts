import type { Machine } from '../sim/machine.ts'
import { machineFromNotation } from './notation.ts'

/** Machines for the situations that the IOASID debate of June 2021 thought of, and that the recorded ones lack. */
export const DEBATE: readonly Machine[] = [
  // Devices A, B and C: one group, because the card's functions have no ACS.
  machineFromNotation(
    'triple-e1000e',
    'Three-function PCIe network card',
    `
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
  01:00.1 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection
  01:00.2 ep  8086:10d3 020000 e1000e  82574L Gigabit Network Connection`,
  ),
  aliased(
    // Devices X and Y: the DMA of this controller's function 0 also appears as function 1 (quirk_dma_func1_alias).
    machineFromNotation(
      'sata-alias',
      'SATA controller whose DMA also appears as its other function',
      `
00:02.0 rp+  1b36:000c 060400 pcieport  QEMU PCIe Root port
  01:00.0 ep  1b4b:9128 010601 ahci  88SE9128 PCIe SATA 6 Gb/s RAID controller
  01:00.1 ep  1b4b:91a4 01018f pata_marvell  88SE912x IDE Controller`,
    ),
    '0000:01:00.0',
    1,
  ),
]

/** The machine with a DMA alias for one of its functions. */
function aliased(machine: Machine, bdf: string, devfn: number): Machine {
  const devices = machine.devices.map((f) => (f.bdf === bdf ? { ...f, aliases: [devfn] } : f))
  return { ...machine, devices }
}
