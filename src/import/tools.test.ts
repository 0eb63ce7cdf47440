/** Formats of tools beside lspci, each in several versions, orders, spacings and languages. */
import { describe, expect, test } from 'vitest'
import { importListing } from './index.ts'

/** What was read of each function: `01:00.0 0300 10de:2204 nvidia g14 <00:01.0`; what is not told is left out. */
function read(text: string): string {
  const { devices, groups, parents } = importListing(text)
  const groupOf = new Map(Object.entries(groups).flatMap(([group, list]) => list.map((bdf) => [bdf, group] as const)))
  return Object.entries(devices)
    .map(([bdf, device]) => {
      const group = groupOf.get(bdf)
      const parent = parents?.[bdf]
      return [
        short(bdf),
        device.class,
        device.vendor === null && device.device === null ? null : `${device.vendor ?? '?'}:${device.device ?? '?'}`,
        device.driver ?? (device.driverKnown === true ? 'none' : null),
        group === undefined ? null : `g${group}`,
        parent === undefined ? null : parent === null ? '<root' : `<${short(parent)}`,
      ]
        .filter((part) => part !== null)
        .join(' ')
    })
    .join(', ')
}

function facts(text: string): string[] {
  return importListing(text).facts.map(({ kind, bdf, value }) =>
    [kind, bdf === undefined ? undefined : short(bdf), value].filter((part) => part !== undefined).join(' '),
  )
}

function short(bdf: string): string {
  return bdf.startsWith('0000:') ? bdf.slice(5) : bdf
}

describe('tables whose head names the columns', () => {
  // prettier-ignore
  test.each([
    ['another order', '| IOMMU Group | Driver | Device | PCI address |\n|---|:---:|---|--:|\n| 14 | vfio-pci | RTX 3090 [10de:2204] | 01:00.0 |\n| 15 | nvme | SSD | 0000:02:00.0 |'],
    ['no bars at the ends', 'PCI | Name [ids] | Treiber | Gruppe\n---|---|---|---\n01:00.0 | RTX [10de:2204] | vfio-pci | 14\n02:00.0 | SSD | nvme | 15'],
    ['German', '| Adresse | Gerät | Treiber | IOMMU-Gruppe |\n|---|---|---|---|\n| `0000:01:00.0` | RTX `[10de:2204]` | **vfio-pci** | 14 |\n| `0000:02:00.0` | SSD | nvme | 15 |'],
    ['Chinese', '| 地址 | 设备 | 驱动 | IOMMU 组 |\n|---|---|---|---|\n| 01:00.0 | RTX [10de:2204] | vfio-pci | 14 |\n| 02:00.0 | SSD | nvme | 15 |'],
    ['Russian', '| Адрес | Устройство | Драйвер | Группа IOMMU |\n|---|---|---|---|\n| 01:00.0 | RTX [10de:2204] | vfio-pci | 14 |\n| 02:00.0 | SSD | nvme | 15 |'],
    ['French', '| Adresse PCI | Périphérique | Pilote | Groupe IOMMU |\n|---|---|---|---|\n| 01:00.0 | RTX [10de:2204] | vfio-pci | 14 |\n| 02:00.0 | SSD | nvme | 15 |'],
    ['a box', '┌─────────┬─────────────────┬──────────┬───────┐\n│ Slot    │ Device          │ Driver   │ Group │\n├─────────┼─────────────────┼──────────┼───────┤\n│ 01:00.0 │ RTX [10de:2204] │ vfio-pci │    14 │\n│ 02:00.0 │ SSD             │ nvme     │    15 │\n└─────────┴─────────────────┴──────────┴───────┘'],
    ['values between commas', 'bdf,driver,"device name",iommu_group,ids\n0000:01:00.0,vfio-pci,"GA102, RTX",14,10de:2204\n0000:02:00.0,nvme,SSD,15,'],
    ['lined up with spaces', 'GROUP  ADDRESS       DRIVER    DEVICE\n14     0000:01:00.0  vfio-pci  RTX 3090 [10de:2204]\n15     0000:02:00.0  nvme      SSD'],
    ['numbers to the right', 'Address       Group  Driver    Device\n0000:01:00.0     14  vfio-pci  RTX [10de:2204]\n0000:02:00.0     15  nvme      SSD'],
    ['with the version of the driver', '| BDF | Driver | IOMMU | Chip |\n|-|-|-|-|\n| 01:00.0 | vfio-pci (6.8.0) | group 14 | [10DE:2204] |\n| 02:00.0 | nvme 1.0 | 15 | SSD |'],
  ])('%s', (_, text) => {
    expect(read(text)).toBe('01:00.0 10de:2204 vfio-pci g14, 02:00.0 nvme g15')
  })

  test.each([
    ['-', 'none'],
    ['—', 'none'],
    ['(none)', 'none'],
    ['n/a', 'none'],
    ['keiner', 'none'],
    ['', ''],
    ['?', ''],
    ['unknown', ''],
  ])('a driver cell with %j', (cell, expected) => {
    expect(read(`| BDF | Driver |\n|---|---|\n| 01:00.0 | ${cell} |`)).toBe(`01:00.0 ${expected}`.trim())
  })

  test('a table of other things is none', () => {
    expect(read('| Property | Value |\n|---|---|\n| Slot | 1 |')).toBe('')
    expect(importListing('| What | Where |\n|---|---|\n| GPU | 01:00.0 |').passedOver).toMatchObject([{ line: 3 }])
  })
})

describe('inxi', () => {
  // prettier-ignore
  test.each([
    ['new', 'Graphics:\n  Device-1: NVIDIA GA102 [GeForce RTX 3090] vendor: ASUSTeK driver: nvidia\n    v: 535.129.03 arch: Ampere pcie: gen: 4 speed: 16 GT/s lanes: 16 ports:\n    active: none off: DP-1 empty: HDMI-A-1 bus-ID: 01:00.0 chip-ID: 10de:2204\n    class-ID: 0300\n', '01:00.0 0300 10de:2204 nvidia'],
    ['2.3', 'Graphics:  Card: NVIDIA GM204 [GeForce GTX 970] bus-ID: 01:00.0 chip-ID: 10de:13c2\n', '01:00.0 0300 10de:13c2'],
    ['3.0', 'Graphics:\n  Device-1: NVIDIA GP104 driver: nouveau v: kernel bus ID: 01:00.0 \n  chip ID: 10de:1b80 \n', '01:00.0 0300 10de:1b80 nouveau'],
    ['one line', 'Audio:     Device-1: Intel Cannon Lake PCH cAVS driver: snd_hda_intel v: kernel bus ID: 00:1f.3 chip ID: 8086:a348 \n', '00:1f.3 0403 8086:a348 snd_hda_intel'],
    ['one key to a line', 'Graphics:\n  Device-1: Intel UHD Graphics 630\n    vendor: Dell\n    driver: i915\n    v: kernel\n    bus-ID: 00:02.0\n    chip-ID: 8086:3e92\n', '00:02.0 0300 8086:3e92 i915'],
    ['none', 'Graphics:\n  Device-1: NVIDIA GK208B driver: N/A alternate: nouveau bus-ID: 05:00.0\n', '05:00.0 0300 none'],
    ['several', 'Network:\n  Device-1: Intel I211 driver: igb v: 5.6.0-k port: e000 bus ID: 04:00.0\n  IF: enp4s0 state: up speed: 1000 Mbps\n  Device-2: Realtek RTL8125 driver: vfio-pci v: N/A bus ID: 05:00.0\n  IF: x state: down\n', '04:00.0 igb, 05:00.0 vfio-pci'],
    ['domain', 'Graphics:  Device-1: NVIDIA TU104 driver: vfio-pci v: 0.2 bus-ID: 0001:01:00.0\n', '0001:01:00.0 0300 vfio-pci'],
    ['quoted, bold', '> **Graphics:**\n>   Device-1: AMD Navi 21 driver: amdgpu v: kernel bus-ID: 0b:00.0 chip-ID: 1002:73bf\n', '0b:00.0 0300 1002:73bf amdgpu'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })

  test('what has no address is said, and what is on USB is not taken', () => {
    const text =
      'Graphics:\n  Device-1: Intel UHD Graphics 630 driver: i915\nBluetooth:\n  Device-1: Intel AX200 type: USB driver: btusb v: 0.8 bus-ID: 1-14:3\n'
    expect(importListing(text)).toMatchObject({
      devices: {},
      passedOver: [
        { line: 2, why: 'address' },
        { line: 4, why: 'not-pci' },
      ],
    })
  })

  test('the network that is up', () => {
    expect(
      facts('Network:\n  Device-1: Intel I211 driver: igb bus-ID: 04:00.0\n  IF: enp4s0 state: up speed: 1000 Mbps\n'),
    ).toEqual(['network 04:00.0 enp4s0', 'in-use 04:00.0 enp4s0'])
  })
})

const LSHW = `  *-core
       description: Motherboard
     *-pci:0
          description: Host bridge
          product: 8th Gen Core Processor
          bus info: pci@0000:00:00.0
        *-pci:0
             description: PCI bridge
             bus info: pci@0000:00:01.0
             configuration: driver=pcieport
           *-display UNCLAIMED
                description: VGA compatible controller
                product: GA102 [10DE:2204]
                vendor: NVIDIA Corporation [10DE]
                bus info: pci@0000:01:00.0
                configuration: latency=0
        *-network
             description: Ethernet interface
             bus info: pci@0000:00:1f.6
             logical name: eno1
             configuration: broadcast=yes driver=e1000e driverversion=6.8 latency=0
`

describe('lshw', () => {
  test('its tree', () => {
    expect(read(LSHW)).toBe(
      '00:00.0 0600, 00:01.0 0604 pcieport <root, 00:1f.6 0200 e1000e <root, 01:00.0 0300 10de:2204 none <00:01.0',
    )
    expect(facts(LSHW)).toContain('network 00:1f.6 eno1')
  })

  test.each([
    ['quoted', LSHW.replaceAll(/^/gm, '> ')],
    ['in a fence', `\`\`\`\n${LSHW}\`\`\``],
    ['DOS', LSHW.replaceAll('\n', '\r\n')],
  ])('%s', (_, text) => {
    expect(read(text)).toBe(read(LSHW))
  })

  // prettier-ignore
  test.each([
    ['-businfo', 'Bus info          Device      Class          Description\n========================================================\npci@0000:00:00.0              bridge         Host bridge\npci@0000:01:00.0  /dev/fb0    display        GA102 [GeForce RTX 3090]\npci@0000:04:00.0  enp4s0      network        I211\nusb@1:2           input          Mouse\n', '00:00.0, 01:00.0, 04:00.0'],
    ['-json', '[{"id":"display","class":"display","claimed":true,"handle":"PCI:0000:01:00.0","description":"VGA compatible controller","product":"GA102","vendor":"NVIDIA","businfo":"pci@0000:01:00.0","configuration":{"driver":"nvidia","latency":"0"}}]', '01:00.0 0300 nvidia'],
    ['-json, unclaimed', '{"id":"display","class":"display","claimed":false,"description":"VGA compatible controller","businfo":"pci@0000:01:00.0","configuration":{"latency":"0"}}', '01:00.0 0300 none'],
    [
      '-json, tree',
      '{"id":"pci","class":"bridge","description":"Host bridge","businfo":"pci@0000:00:00.0","children":[{"id":"pci:0","class":"bridge","description":"PCI bridge","businfo":"pci@0000:00:01.0","configuration":{"driver":"pcieport"},"children":[{"id":"display","class":"display","description":"VGA compatible controller","businfo":"pci@0000:01:00.0","configuration":{"driver":"vfio-pci"}}]}]}',
      '00:00.0 0600, 00:01.0 0604 pcieport <root, 01:00.0 0300 vfio-pci <00:01.0',
    ],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('hwinfo', () => {
  const CARD = `25: PCI 100.0: 0300 VGA compatible controller (VGA)
  [Created at pci.386]
  Unique ID: VCu0.abc
  SysFS ID: /devices/pci0000:00/0000:00:01.0/0000:01:00.0
  SysFS BusID: 0000:01:00.0
  Hardware Class: graphics card
  Model: "nVidia GeForce GTX 770"
  Vendor: pci 0x10de "nVidia Corporation"
  Device: pci 0x1184 "GK104"
  SubVendor: pci 0x3842 "eVga"
  SubDevice: pci 0x2774
  Driver: "nvidia"
  Driver Modules: "nvidia"
  Module Alias: "pci:v000010DEd00001184sv00003842sd00002774bc03sc00i00"
  Driver Info #0:
    Driver Status: nouveau is not active
  Config Status: cfg=new, avail=yes, need=no, active=unknown
  Attached to: #14 (PCI bridge)
`
  // prettier-ignore
  test.each([
    ['bound', CARD, '00:01.0 <root, 01:00.0 0300 10de:1184 nvidia <00:01.0'],
    ['not bound', CARD.replace(/ {2}Driver: .*\n/, ''), '00:01.0 <root, 01:00.0 0300 10de:1184 none <00:01.0'],
    ['cut', CARD.slice(0, CARD.indexOf('  Driver:')), '00:01.0 <root, 01:00.0 0300 10de:1184 <00:01.0'],
    ['indentation lost', CARD.replaceAll(/^ +/gm, ''), '00:01.0 <root, 01:00.0 0300 10de:1184 nvidia <00:01.0'],
    ['two', `${CARD}\n${CARD.replaceAll('01:00.0', '02:00.0').replace('0000:00:01.0', '0000:00:02.0').replace('nvidia"', 'vfio-pci"').replace('26', '27')}`, '00:01.0 <root, 00:02.0 <root, 01:00.0 0300 10de:1184 nvidia <00:01.0, 02:00.0 0300 10de:1184 vfio-pci <00:02.0'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('virsh nodedev-list', () => {
  const TREE =
    'computer\n  |\n  +- net_lo_00_00\n  +- pci_0000_00_00_0\n  +- pci_0000_00_01_0\n  |   |\n  |   +- pci_0000_01_00_0\n  |   |   |\n  |   |   +- drm_card0\n  |   +- pci_0000_01_00_1\n  |\n  +- pci_0000_00_1f_0\n'
  const EXPECTED = '00:00.0 <root, 00:01.0 <root, 00:1f.0 <root, 01:00.0 <00:01.0, 01:00.1 <00:01.0'
  // prettier-ignore
  test.each([
    ['tree', TREE, EXPECTED],
    ['tree, quoted', TREE.replaceAll(/^/gm, '> '), EXPECTED],
    ['tree, below its command', `# virsh nodedev-list --tree\n${TREE}`, EXPECTED],
    ['tree, blank lines for trunks', TREE.replaceAll(/^[ |]+$/gm, ''), EXPECTED],
    ['list', 'pci_0000_00_00_0\npci_0000_01_00_0\npci_0000_01_00_1\n', '00:00.0, 01:00.0, 01:00.1'],
    ['list with a prompt', '$ virsh nodedev-list --cap pci\n  pci_0000_00_00_0\n  pci_0001_01_00_0', '00:00.0, 0001:01:00.0'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('commands that name a function', () => {
  // prettier-ignore
  test.each([
    ['short address', '$ lspci -s 1:0.0 -k | grep -i driver\n\tKernel driver in use: vfio-pci\n', '01:00.0 vfio-pci'],
    ['with domain', '# lspci -nnks 0000:01:00.0|grep -A2 Kernel\n        Kernel driver in use: nvidia\n        Kernel modules: nouveau\n', '01:00.0 nvidia'],
    ['the group', 'root@pve:~# lspci -vs 0a:00.1 | grep -i "iommu group"\nIOMMU group: 17\n', '0a:00.1 g17'],
    ['quoted address', "lspci -v -s '01:00.0' | grep use\n\tKernel driver in use: nvidia\n", '01:00.0 nvidia'],
    ['no line is no proof', '$ lspci -s 1:0.0 -k | grep -i kernel\n\tKernel modules: nouveau\n', '01:00.0'],
    ['all functions of a slot', '$ lspci -s 01:00 -k | grep driver\n\tKernel driver in use: nvidia\n', ''],
    ['cat', '$ cat /sys/bus/pci/devices/0000:01:00.0/vendor\n0x10de\n$ cat /sys/bus/pci/devices/0000:01:00.0/class\n0x030000\n', '01:00.0 0300 10de:?'],
    ['grep', '/sys/bus/pci/devices/0000:01:00.0/vendor:0x10de\n/sys/bus/pci/devices/0000:01:00.0/device:0x2204\n', '01:00.0 10de:2204'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('resources of LXD and Incus', () => {
  const CARD =
    'GPUs:\n  Card 0:\n    NUMA node: 0\n    Vendor: NVIDIA Corporation (10de)\n    Product: GA102 [GeForce RTX 3090] (2204)\n    PCI address: 0000:01:00.0\n    Driver: nvidia (535.129.03)\n    DRM:\n      ID: 0\n      Card: card0 (226:0)\n  Card 1:\n    NUMA node: 0\n    Vendor: Intel Corporation (8086)\n    Product: UHD Graphics 630 (3e92)\n    PCI address: 0000:00:02.0\n    Driver: i915 (6.8.0)\n'
  // prettier-ignore
  test.each([
    ['two', CARD, '00:02.0 8086:3e92 i915, 01:00.0 10de:2204 nvidia'],
    ['one', 'GPU:\n  NUMA node: 0\n  Vendor: NVIDIA Corporation (10de)\n  Product: GA102 (2204)\n  PCI address: 0000:01:00.0\n  Driver: nvidia (535)\n', '01:00.0 10de:2204 nvidia'],
    ['German', 'Grafikkarte 0:\n  Hersteller: NVIDIA Corporation (10de)\n  Produkt: GA102 (2204)\n  PCI-Adresse: 0000:01:00.0\n  Treiber: nvidia (535)\n', '01:00.0 10de:2204 nvidia'],
    ['group', 'PCI devices:\n  Device 0:\n    Address: 0000:01:00.0\n    Vendor: NVIDIA (10de)\n    IOMMU group: 14\n    Driver: vfio-pci (6.8)\n  Device 1:\n    Address: 0000:02:00.0\n    Driver: nvme (6.8)\n    IOMMU group: 15\n', '01:00.0 10de:? vfio-pci g14, 02:00.0 nvme g15'],
    ['lxc query', '{"gpu":{"cards":[{"driver":"nvidia","driver_version":"535","pci_address":"0000:01:00.0","vendor":"NVIDIA Corporation","vendor_id":"10de","product":"GA102","product_id":"2204","numa_node":0}]}}', '01:00.0 10de:2204 nvidia'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('YAML', () => {
  // prettier-ignore
  test.each([
    ['pvesh', "---\n- class: '0x030000'\n  device: '0x2204'\n  device_name: GA102\n  id: '0000:01:00.0'\n  iommugroup: 14\n  vendor: '0x10de'\n- class: '0x010802'\n  id: '0000:02:00.0'\n  iommugroup: -1\n", '01:00.0 0300 10de:2204 g14, 02:00.0 0108'],
    [
      'Harvester',
      'apiVersion: devices.harvesterhci.io/v1beta1\nkind: PCIDevice\nmetadata:\n  name: node1-000001000\nstatus:\n  address: "0000:01:00.0"\n  classId: "0300"\n  description: "VGA compatible controller: NVIDIA Corporation GP106"\n  deviceId: 1e84\n  iommuGroup: "14"\n  kernelDriverInUse: nouveau\n  nodeName: node1\n  resourceName: nvidia.com/GP106\n  vendorId: 10de\n',
      '01:00.0 0300 10de:1e84 nouveau g14',
    ],
    ['SR-IOV operator', 'status:\n  interfaces:\n  - deviceID: 158b\n    driver: i40e\n    pciAddress: 0000:19:00.0\n    totalvfs: 64\n    numVfs: 2\n    vendor: "8086"\n    Vfs:\n    - deviceID: 154c\n      driver: vfio-pci\n      pciAddress: 0000:19:02.0\n      vendor: "8086"\n', '19:00.0 8086:158b i40e, 19:02.0 8086:154c vfio-pci'],
    ['by group', 'groups:\n  "14":\n    - 0000:01:00.0\n    - 0000:01:00.1\n', '01:00.0 g14, 01:00.1 g14'],
    ['flow style, comments', 'devices:\n  # the card\n  - {address: "0000:01:00.0", driver: vfio-pci, iommu_group: 14}\n  - address: 0000:02:00.0\n    driver: nvme\n', '01:00.0 vfio-pci g14, 02:00.0 nvme'],
    ['no driver', '- address: 0000:01:00.0\n  driver: null\n- address: 0000:02:00.0\n  driver: ""\n', '01:00.0 none, 02:00.0 none'],
    ['indentation lost', 'address: 0000:01:00.0\ndriver: vfio-pci\niommu_group: 14\naddress: 0000:02:00.0\ndriver: nvme\n', '01:00.0 vfio-pci g14, 02:00.0 nvme'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })
})

describe('other tools', () => {
  // prettier-ignore
  test.each([
    ['systool', 'Bus = "pci"\n\n  Device = "0000:01:00.0"\n  Device path = "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0"\n    class               = "0x030000"\n    device              = "0x2204"\n    vendor              = "0x10de"\n', '00:01.0 <root, 01:00.0 0300 10de:2204 <00:01.0'],
    ['ethtool -i', 'driver: i40e\nversion: 6.8\nfirmware-version: 9.20\nexpansion-rom-version: \nbus-info: 0000:3b:00.0\nsupports-statistics: yes\n', '3b:00.0 i40e'],
    ['driverctl list-overrides', '0000:01:00.0 vfio-pci\n0000:01:00.1 vfio-pci\n', '01:00.0 vfio-pci, 01:00.1 vfio-pci'],
    ['driverctl -v', '0000:01:00.0 vfio-pci [*] (GA102 [GeForce RTX 3090])\n0000:02:00.0 nvme (NVMe SSD Controller)', '01:00.0 vfio-pci, 02:00.0 nvme'],
    ['nvidia-smi', '|   0  NVIDIA GeForce RTX 3090        On  |   00000000:01:00.0  On |                  N/A |', '01:00.0 10de:? nvidia'],
    ['nvidia-smi, old', '|   0  GeForce GTX 1080    Off  | 00000000:0A:00.0 Off |                  N/A |', '0a:00.0 10de:? nvidia'],
    ['nvidia-smi -q', 'GPU 00000000:01:00.0', '01:00.0 10de:? nvidia'],
    ['nvidia-smi, queried', 'index, name, pci.bus_id\n0, NVIDIA GeForce RTX 3090, 00000000:01:00.0', '01:00.0'],
    ['mdevctl list', '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 0000:00:02.0 i915-GVTg_V5_4 manual (defined)', '00:02.0'],
    ['mdevctl types', '0000:00:02.0\n  i915-GVTg_V5_4\n    Available instances: 1\n    Device API: vfio-pci\n    Name: GVTg_V5_4\n', '00:02.0'],
    ['ubuntu-drivers', '== /sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0 ==\nmodalias : pci:v000010DEd00002204sv00001043sd000087B5bc03sc00i00\nvendor   : NVIDIA Corporation\nmodel    : GA102\ndriver   : nvidia-driver-535 - distro non-free recommended\n', '00:01.0 <root, 01:00.0 0300 10de:2204 <00:01.0'],
    ['/proc/iomem', '90000000-afffffff : PCI Bus 0000:01\n  90000000-9fffffff : 0000:01:00.0\n    90000000-902fffff : efifb\n', '01:00.0'],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toBe(expected)
  })

  // prettier-ignore
  test.each([
    ['/proc/iomem', '  90000000-9fffffff : 0000:01:00.0\n    90000000-902fffff : BOOTFB\n', 'memory 01:00.0 90000000-902fffff BOOTFB'],
    ['lsmod', 'Module                  Size  Used by\nvfio_pci               16384  0\nnvidia              62451712  1234 nvidia_modeset\n', 'module nvidia'],
    ['mdevctl', '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001 0000:00:02.0 i915-GVTg_V5_4 auto', 'mdev 00:02.0 i915-GVTg_V5_4'],
    ['the screen in use', '|   0  NVIDIA GeForce RTX 3090        On  |   00000000:01:00.0  On |                  N/A |', 'in-use 01:00.0 display'],
    ['QEMU', 'qemu-system-x86_64 -device vfio-pci,host=01:00.0,multifunction=on', 'assigned 01:00.0 vfio-pci'],
    ['Proxmox', 'hostpci0: 0000:01:00,pcie=1,x-vga=1', 'assigned 01:00.0 hostpci0'],
    ['QEMU with iommufd', 'qemu-system-x86_64: -device vfio-pci,host=0000:01:00.0,iommufd=iommufd0: vfio 0000:01:00.0: error bind device fd=28 to iommufd=27: Device or resource busy', 'error 01:00.0'],
    ['libvirt', 'error: internal error: QEMU unexpectedly closed the monitor: vfio 0000:01:00.0: failed to open /dev/vfio/devices/vfio0: Permission denied', 'error 01:00.0'],
    ['cloud-hypervisor', 'cloud-hypervisor: Error booting VM: VfioCreate(OpenGroup("/dev/vfio/14")): failed for --device path=/sys/bus/pci/devices/0000:01:00.0', 'error 01:00.0'],
    ['crosvm', '[ERROR:crosvm] failed to create vfio device /sys/bus/pci/devices/0000:01:00.0: failed to open iommu group 14', 'error 01:00.0'],
  ])('facts of %s', (_, text, fact) => {
    expect(facts(text)).toContain(fact)
  })

  test('devices that are not on PCI are in the group of the last line', () => {
    const text =
      '[ 1.0] platform 7ffc0000.usb: Adding to iommu group 3\n[ 2.0] platform 7ffc0000.usb: Removing from iommu group 3\n[ 3.0] dwc3 7ffc0000.usb: Adding to iommu group 5\n[ 3.1] x a.b: Adding to iommu group 5\n[ 4.0] x a.b: Adding to iommu group 6\n'
    expect(importListing(text).nonPciMembers).toEqual({ '5': ['7ffc0000.usb'], '6': ['a.b'] })
  })
})

describe('what mail, forums and scanners make of a listing', () => {
  const LISTING =
    'IOMMU Group 14:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 3090] [10de:2204] (rev a1)\nIOMMU Group 15:\n\t02:00.0 Non-Volatile memory controller [0108]: Samsung NVMe SSD [144d:a808]\n'
  const EXPECTED = '01:00.0 0300 10de:2204 g14, 02:00.0 0108 144d:a808 g15'
  const heading = (words: (group: number) => string): string =>
    LISTING.replaceAll(/IOMMU Group (\d+):/g, (_, group: string) => words(Number(group)))
  test.each([
    ['as it is', LISTING],
    ['quoted-printable', LISTING.replaceAll('[GeForce', '=\n[GeForce').replaceAll('(rev', '(=\nrev') + 'a =3D b\n'],
    ['bars around each line', LISTING.replaceAll(/^(.*)$/gm, '| $1 |')],
    ['bold', LISTING.replaceAll(/^(\s*)(.+)$/gm, '$1**$2**')],
    ['bold forum tags', LISTING.replaceAll(/^(.+)$/gm, '[B]$1[/B]')],
    ['German', heading((n) => `IOMMU-Gruppe ${n}:`)],
    ['French', heading((n) => `Groupe IOMMU ${n} :`)],
    ['Chinese', heading((n) => `IOMMU 组 ${n}：`)],
    ['Chinese, without a space', heading((n) => `IOMMU组${n}：`)],
    ['Russian', heading((n) => `Группа IOMMU ${n}:`)],
    ['Russian, the other order', heading((n) => `IOMMU группа ${n}`)],
    ['Japanese', heading((n) => `IOMMU グループ ${n}:`)],
    ['the number on a line of its own', heading((n) => `IOMMU Group\n${n}:`)],
    [
      'a tree before',
      `-[0000:00]-+-00.0  Intel\n           \\-1f.0  Intel\n${LISTING}`.replace(
        '-[0000:00]-+-00.0  Intel\n           \\-1f.0  Intel\n',
        '',
      ),
    ],
    [
      'scanned',
      LISTING.replace('01:00.0', 'O1:OO.O')
        .replace('02:00.0', 'O2:0O.0')
        .replace('[0300]', '[O3OO]')
        .replace('10de', 'lOde'),
    ],
    ['curly quotes around', `“${LISTING.trim()}”\n`],
    ['characters of full width', LISTING.replaceAll('[', '［').replaceAll(']', '］')],
  ])('%s', (_, text) => {
    expect(read(text)).toBe(EXPECTED)
  })

  test('one line each, the number wrapped', () => {
    expect(
      read(
        'IOMMU Group\n14 01:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]\nIOMMU Group\n15 02:00.0 Non-Volatile memory controller [0108]: x [144d:a808]\n',
      ),
    ).toBe(EXPECTED)
  })

  test('a corrected address is said; what could be two things is not corrected', () => {
    expect(importListing('O1:OO.O VGA compatible controller [0300]: NVIDIA [10de:2204]').warnings).toMatchObject([
      { line: 1, code: 'corrected' },
    ])
    expect(read('B1:SO.0 VGA compatible controller [0300]: NVIDIA [10de:2204]')).toBe('')
    expect(read('lo:ll.o is a word')).toBe('')
  })

  test('names cut by an ellipsis', () => {
    expect(
      read(
        'IOMMU Group 14:\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 30…\n\t01:00.1 Audio device [0403]: NVIDIA Corporation GA102 High Definition Audio Contr…\n',
      ),
    ).toBe('01:00.0 0300 g14, 01:00.1 0403 g14')
    expect(
      read(
        '01:00.0 VGA compatible controller [0300]: NVIDIA Corporation GA102 [GeForce RTX 3…\n  090] [10de:2204] (rev a1)\n',
      ),
    ).toBe('01:00.0 0300 10de:2204')
  })
})

describe('more than one machine, more than one state', () => {
  const MACHINE = (vendor: string): string =>
    `00:00.0 Host bridge [0600]: X [${vendor}:0001] (rev 01)\n00:01.0 PCI bridge [0604]: X [${vendor}:0002] (rev 01)\n01:00.0 VGA compatible controller [0300]: NVIDIA [10de:2204]\n`

  test('two machines are kept apart', () => {
    const result = importListing(`${MACHINE('8086')}\nand the other one:\n\n${MACHINE('1022')}`)
    expect(result.devices['0000:00:00.0']?.vendor).toBe('1022')
    expect(result.others).toMatchObject([{ kind: 'machine', line: 1 }])
    expect(result.others?.[0]?.devices['0000:00:00.0']?.vendor).toBe('8086')
    expect(result.warnings).toContainEqual({
      line: 7,
      code: 'machine',
      text: '00:00.0 Host bridge [0600]: X [1022:0001] (rev 01)',
    })
  })

  test('a guest never comes first', () => {
    const guest =
      '00:00.0 Host bridge [0600]: Intel 440FX [8086:1237] (rev 02)\n00:01.0 ISA bridge [0601]: Intel PIIX3 [8086:7000]\n00:02.0 VGA compatible controller [0300]: QEMU [1234:1111]\n'
    const result = importListing(`${MACHINE('8086')}\nIn the guest:\n\n${guest}`)
    expect(Object.keys(result.devices)).toContain('0000:01:00.0')
    expect(result.others).toMatchObject([{ kind: 'guest', line: 7 }])
  })

  test('one card that was swapped is no other machine', () => {
    expect(
      importListing(`${MACHINE('8086')}\nlater:\n\n${MACHINE('8086').replace('10de:2204', '10de:1b80')}`).others,
    ).toBeUndefined()
  })

  test('of two boots in a log the later counts', () => {
    const boot = (group: number): string =>
      `[    0.0] Linux version 6.${group}\n[    1.5] pci 0000:01:00.0: Adding to iommu group ${group}\n[    9.9] x 0000:01:00.0: y\n`
    expect(importListing(boot(1) + boot(2))).toMatchObject({
      groups: { '2': ['0000:01:00.0'] },
      alternatives: { before: { '1': ['0000:01:00.0'] } },
    })
  })
})
