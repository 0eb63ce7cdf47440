import type { Machine, PciFunction } from '../sim/machine.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { REQUIRED_ACS } from '../sim/pci/topology.ts'
import { completed } from './notation.ts'

/** What sits behind the ports of the made-up server, in turn: functions of one card, and whether their port has ACS. */
const CARDS = [
  { port: true, functions: [['020000', '8086', '1521', 'igb', 'I350 Gigabit Network Connection']] },
  {
    port: true,
    functions: [
      ['030000', '10de', '2204', 'nvidia', 'GA102 [GeForce RTX 3090]'],
      ['040300', '10de', '1aef', 'snd_hda_intel', 'GA102 High Definition Audio Controller'],
    ],
  },
  { port: true, functions: [['010802', '144d', 'a808', 'nvme', 'NVMe SSD Controller SM981/PM981/PM983']] },
  {
    port: false,
    functions: [
      ['020000', '8086', '1572', 'i40e', 'Ethernet Controller X710 for 10GbE SFP+'],
      ['020000', '8086', '1572', 'i40e', 'Ethernet Controller X710 for 10GbE SFP+'],
      ['020000', '8086', '1572', 'i40e', 'Ethernet Controller X710 for 10GbE SFP+'],
      ['020000', '8086', '1572', 'i40e', 'Ethernet Controller X710 for 10GbE SFP+'],
    ],
  },
] as const

/** Root ports that fit on a root bus: slots 1 to 31 with 8 functions each. */
const PORTS_PER_SEGMENT = 31 * 8

/**
 * A machine with exactly `count` functions, for benchmarks: root ports with and without ACS, cards with one, two and
 * four functions behind them, over as many segments as that takes. Deterministic; groups form from the topology.
 */
export function manyDevices(count: number): Machine {
  const functions: PciFunction[] = []
  for (let card = 0; functions.length < count; card++) {
    const segment = hex(Math.floor(card / PORTS_PER_SEGMENT), 4)
    const place = card % PORTS_PER_SEGMENT
    const port = `${segment}:00:${hex(1 + Math.floor(place / 8), 2)}.${place % 8}`
    const kind = CARDS[card % CARDS.length] ?? CARDS[0]
    functions.push({
      bdf: port,
      kind: 'rp',
      bridge: true,
      parent: null,
      secondary: place + 1,
      multifunction: true,
      acsCap: kind.port ? REQUIRED_ACS : null,
      vendor: '8086',
      device: '2030',
      class: '060400',
      name: 'Sky Lake-E PCI Express Root Port',
      driver: 'pcieport',
      native: 'pcieport',
    })
    kind.functions.forEach(([code, vendor, device, driver, name], fn) => {
      functions.push({
        bdf: `${segment}:${hex(place + 1, 2)}:00.${fn}`,
        kind: 'ep',
        bridge: false,
        parent: port,
        multifunction: false,
        acsCap: null,
        vendor,
        device,
        class: code,
        name,
        driver,
        native: driver,
      })
    })
  }
  const devices = scanOrder(completed(functions.slice(0, count)))
  return { id: `many-${count}`, title: `Server with ${count} functions`, devices }
}

function hex(value: number, width: number): string {
  return value.toString(16).padStart(width, '0')
}
