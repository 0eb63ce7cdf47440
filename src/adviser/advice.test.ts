import { expect, test } from 'vitest'
import { plain } from '../explain/words.ts'
import { machineFromImport } from '../import/from-import.ts'
import { importListing } from '../import/index.ts'
import { adviceFor } from './advice.ts'
import { likelyWanted } from './likely.ts'
import { readPastes } from './reading.ts'
import { adviceWords } from './words.ts'

test('a bridge passes for pcieport, and not for another driver', () => {
  const text = (driver: string): string => `IOMMU Group 1:
	00:1e.0 PCI bridge [0604]: Intel Corporation 82801 PCI Bridge [8086:244e] (rev 92)
	Kernel driver in use: ${driver}
	05:00.0 Ethernet controller [0200]: Intel Corporation 82541PI Gigabit Ethernet Controller [8086:107c] (rev 05)
	Kernel driver in use: vfio-pci
`
  const about = (driver: string): string => {
    const advice = adviceFor(machineFromImport(importListing(text(driver)), 'x'), '0000:05:00.0')
    if (advice === null) return ''
    const [first] = adviceWords(advice, 'linux-6.12').members
    return `${advice.verdict}: ${first?.need ?? ''}: ${first === undefined ? '' : plain(first.why)}`
  }
  expect(about('pcieport')).toMatch(/^ready: leave alone: A bridge/)
  expect(about('shpchp')).toMatch(/^yes: unbind: A bridge, but with shpchp/)
})

test.each([
  ['the card in the slot, not the processor’s graphics', '', '01:00.0'],
  ['what an error names', 'vfio 0000:00:1f.6: group 9 is not viable', '00:1f.6'],
  ['the first of the group that an error names', 'vfio: error, group 9 is not viable, please ensure', '00:1f.6'],
])('the device that is asked about: %s', (_, error, expected) => {
  const text = `IOMMU Group 0 00:02.0 VGA compatible controller [0300]: Intel Corporation HD Graphics 530 [8086:1912]
IOMMU Group 1 01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [10de:1c03] (rev a1)
IOMMU Group 9 00:1f.6 Ethernet controller [0200]: Intel Corporation I219-V [8086:15b8] (rev 31)
`
  const reading = readPastes([text, error], 'x')
  expect(reading.machine && likelyWanted(reading.machine, reading)).toBe(`0000:${expected}`)
})
