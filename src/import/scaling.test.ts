/** The time to read a text grows with its length, not with the square of it: each input is tried at two lengths. */
import { expect, test } from 'vitest'
import { leastGrowth } from '../sim/growth.test-helper.ts'
import { deviceLine, takeDevice } from './device-line.ts'
import { Context } from './context.ts'
import { Machine } from './facts.ts'
import { importListing } from './index.ts'
import { linesOf } from './lines.ts'

/** Four times the length may take this many times as long: linear is 4, quadratic 16. */
const MOST = 9

/** Milliseconds of processor time, the least of three attempts: others may want the processor as well. */
function cost(work: () => void): number {
  let least = Infinity
  for (let attempt = 0; attempt < 3; attempt++) {
    const start = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(start)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

/** The cost of four times the length, as a multiple; what takes no time at all is 1. */
function growth(work: (size: number) => () => void, size: number): number {
  work(size)()
  const small = cost(work(size))
  const large = cost(work(size * 4))
  return large < 40 ? 1 : large / Math.max(small, 1)
}

const DEVICE = '01:00.0 VGA compatible controller [0300]: NVIDIA '

test.each(['(', '[(', ' ', '  (', 'driver: ', '[10de:2204] ', '(rev a1) ', 'x', ': ', '00:01.0/', '|', '*'])(
  'a device line of %j',
  (piece) => {
    const work = (size: number) => (): void => {
      const text = `${DEVICE}${piece.repeat(size / piece.length)} driver: x`
      const parsed = deviceLine(text)
      const [line] = linesOf('x')
      if (parsed !== null && line !== undefined) takeDevice(parsed, line, new Context(new Machine()))
    }
    expect(leastGrowth(() => growth(work, 16_000), MOST)).toBeLessThan(MOST)
  },
)

const LINES: readonly string[] = [
  'IOMMU Group 1 01:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]\n',
  '01:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]\n\tKernel driver in use: x\n',
  'Address: 0000:01:00.0\nDriver: x\n',
  'key: value\n',
  'key: value\n\n',
  '- a: b\n',
  '- address: 0000:01:00.0\n',
  '  *-display\n       bus info: pci@0000:01:00.0\n',
  '25: PCI 100.0: 0300 VGA\n',
  '| BDF | Driver |\n|---|---|\n| 01:00.0 | x |\n',
  '| BDF | Driver |\n',
  'Device-1: NVIDIA driver: nvidia bus-ID: 01:00.0\n',
  'Device-1: NVIDIA\n  driver: nvidia\n',
  '  +- pci_0000_00_01_0\n',
  '  |\n',
  '$ lspci -s 01:00.0 -k\n',
  'Module Size Used by\nx 1 0\n',
  '== /sys/devices/pci0000:00/0000:01:00.0 ==\n',
  '00000000-00000fff : 0000:01:00.0\n',
  '[    1.0] pci 0000:01:00.0: Adding to iommu group 1\n[    0.5] x\n',
  'vfio 0000:01:00.0: failed to open /dev/vfio/1\n',
  'O1:OO.O VGA compatible controller: x\n',
  'a =3D b=\n',
  'IOMMU Group\n1:\n',
  'AMD-Vi: failed ',
  'fail vfio ',
  'my card 01:00.0 x\n',
]

test.each(LINES)('a text of %j', (piece) => {
  const work = (size: number): (() => void) => {
    const text = piece.repeat(Math.ceil(size / piece.length))
    return () => void importListing(text)
  }
  expect(leastGrowth(() => growth(work, 10_000), MOST)).toBeLessThan(MOST)
})
