import type { PciFunction } from '../sim/machine.ts'

/** What a short name is made from: a function of a machine, or as much of it as a listing told. */
export interface Named {
  readonly class?: string | null
  readonly vendor?: string | null
  readonly device?: string | null
  readonly name?: string | undefined
  readonly className?: string | undefined
  readonly kind?: PciFunction['kind']
  readonly bridge?: boolean | null
}

/**
 * What a function is, and which one, as people say it: `VGA · GeForce GTX 1060 6GB`. Vendors, chip names beside a
 * product's, and words that every device of a class bears are left out; the whole name belongs in a title.
 */
export function shortName(f: Named): string {
  const label = classLabel(f)
  const model = modelOf(f, label)
  if (label === '') return model === '' ? idsOf(f) : model
  if (model !== '') return `${label} · ${model}`
  const ids = idsOf(f)
  return ids === 'unnamed' ? label : `${label} · ${ids}`
}

/** The kind of device in a word or two; empty if neither class nor place in the tree is known. */
export function classLabel({ class: code, kind, bridge, className }: Named): string {
  if (bridge === true && code?.startsWith('0607') !== true) {
    if (kind === 'rp') return 'Root port'
    if (kind === 'usp') return 'Switch, upstream'
    if (kind === 'dsp') return 'Switch port'
    if (kind === 'pcie2pci') return 'PCIe-to-PCI bridge'
    return 'PCI bridge'
  }
  if (typeof code !== 'string') return className ?? ''
  return LABELS[code.slice(0, 4)] ?? LABELS[code.slice(0, 2)] ?? className ?? ''
}

/** By class, else by its first half. */
const LABELS: Readonly<Record<string, string>> = {
  '0101': 'IDE',
  '0104': 'RAID',
  '0106': 'SATA',
  '0107': 'SAS',
  '0108': 'NVMe',
  '01': 'Storage',
  '0200': 'Ethernet',
  '0207': 'InfiniBand',
  '0280': 'Wi-Fi',
  '02': 'Network',
  '0300': 'VGA',
  '0302': '3D',
  '03': 'Display',
  '0400': 'Video',
  '04': 'Audio',
  '05': 'Memory',
  '0600': 'Host bridge',
  '0601': 'ISA bridge',
  '0607': 'CardBus bridge',
  '06': 'Bridge',
  '0700': 'Serial port',
  '0780': 'Communication',
  '07': 'Serial port',
  '0805': 'SD card reader',
  '0806': 'IOMMU',
  '0807': 'Event collector',
  '08': 'System',
  '09': 'Input',
  '0b': 'Co-processor',
  '0c00': 'FireWire',
  '0c03': 'USB',
  '0c04': 'Fibre Channel',
  '0c05': 'SMBus',
  '0c80': 'Serial bus',
  '0d': 'Wireless',
  '1080': 'Crypto',
  '10': 'Crypto',
  '1101': 'Counters',
  '1180': 'Signal processing',
  '11': 'Signal processing',
  '12': 'Accelerator',
  '1200': 'Accelerator',
  '1300': 'Dummy function',
}

/** The end of a company's name: `Realtek Semiconductor Co., Ltd.`, `Broadcom Inc. and subsidiaries`, `... [AMD/ATI]`. */
const COMPANY =
  /^(?:[\w&./()'-]+,? ){0,4}?(?:(?:Corporation|Corp|Incorporated|Inc|Ltd|Limited|LLC|L\.L\.C|GmbH|Computing|Technologies|Technology|Semiconductors?|Electronics|Microelectronics|Systems|Logic|Networks)\b\.?,?(?: Corporation\b)?(?: (?:Corporation|Corp|Inc|Co|Ltd|Limited|LLC|Systems)\b\.?,?)*(?: and subsidiaries)?)(?: \((?!rev)[^)]{1,40}\))?(?: \[[^\]]{1,30}\](?=.))?(?: |$)/
/** Companies whose names have no such end. */
const BARE =
  /^(?:Intel|NVIDIA|VMware|Red Hat|Micron|SK hynix|Kingston|ASPEED|Apple|Sandisk|Phison|Marvell|Qualcomm|Mellanox)\b (?=\S)/i

const NOISE: readonly RegExp[] = [
  / \(rev [0-9a-f]{1,2}\).*$/i,
  / \(prog-if .*$/i,
  / \[(?:[^\]]*mode[^\]]*|e?spi)\]$/i,
  / (?:Host )?(?:Controller|Adapter)(?: #\d+)?$/i,
  / (?:Family|Series Chipset|Chipset Family)$/i,
]

function modelOf({ class: code, name = '', className = '' }: Named, label: string): string {
  let text = name.replaceAll(/\s+/g, ' ').trim()
  for (const noise of NOISE.slice(0, 2)) text = text.replace(noise, '')
  const vendorless = text.replace(COMPANY, '').replace(BARE, '').trim()
  text = vendorless === '' ? '' : vendorless
  if (/^(?:Device|\[[^\]]*\])?$/i.test(text)) return ''
  const product = /\[([^\]]{2,})\]?$/.exec(text)?.[1]
  // Graphics chips are sold under another name than the chip's.
  const graphics = code?.startsWith('03') === true || /GeForce|Radeon (?!High)|Graphics/.test(product ?? '')
  if (product !== undefined && graphics && !/Audio|USB/i.test(text)) return firstProduct(product)
  if (product !== undefined) text = text.replace(/ \[[^\]]*\]?$/, '')
  for (const noise of NOISE) text = text.replace(noise, '')
  text = text
    .replace(/\bHigh Definition Audio\b/i, 'HD Audio')
    .replace(/\bGigabit Network Connection\b/i, 'Gigabit')
    .replace(/\bPCI Express Gigabit Ethernet\b/i, 'Gigabit')
    .replace(/\bPCI Express\b/i, 'PCIe')
    .replace(/ Non-Volatile memory$/i, '')
    .replace(/^Ethernet (?:Connection|Controller) (?:\(\d+\) )?(?=\S)/i, '')
  // What the label says already.
  const tails: Readonly<Record<string, RegExp>> = {
    USB: / ?x?HCI(?: Host)?$/i,
    SMBus: / SMBus$/i,
    NVMe: / NVMe(?: SSD| PCIe SSD)?$/i,
    SATA: / SATA(?: AHCI)?(?: \d)?$/i,
    'Host bridge': / Host Bridge(?:\/DRAM Registers)?$/i,
    'ISA bridge': / (?:LPC|ISA)(?: Bridge)?$/i,
    'Root port': / (?:PCIe )?Root Port/i,
    Ethernet: / Ethernet$/i,
    IOMMU: / I\/O Memory Management Unit$/i,
  }
  const tail = tails[label]
  if (tail !== undefined) text = text.replace(tail, '')
  text = text.trim()
  if (text.toLowerCase() === label.toLowerCase() || text === className) return ''
  return text
}

/** `Radeon RX 5500/5500M / Pro 5500M` names one chip's products: the first will do. */
function firstProduct(product: string): string {
  return (product.split(' / ')[0] ?? product).trim()
}

function idsOf({ vendor, device }: Named): string {
  return typeof vendor === 'string' && typeof device === 'string' ? `${vendor}:${device}` : 'unnamed'
}
