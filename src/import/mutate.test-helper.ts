/** Pieces of which listings are made, for heaps that look like listings and are none. */
export const SNIPPETS: readonly string[] = [
  '\n',
  '\r\n',
  ' ',
  '\t',
  '  ',
  '\u00a0',
  '> ',
  '```',
  '`',
  '**',
  '\\[',
  '\u001b[01;31m',
  '\u001b[K',
  '&lt;',
  '<br>',
  '[B]',
  'IOMMU Group 1',
  'IOMMU group 12:',
  'Group:  3   ',
  '### Group 5 ###',
  ': ',
  ':',
  '1',
  '0',
  'f',
  '.',
  '/',
  '-',
  '00:01.0',
  '0000:01:00.0',
  '0001:00:1f.6',
  '10000:e1:00.0',
  '00:01.0/01:00.0',
  ' VGA compatible controller',
  ' [0300]: ',
  'NVIDIA Corporation',
  ' [10de:2204]',
  ' (rev a1)',
  'PCI bridge [0604]: Intel [8086:1901]',
  'Subsystem: x [1:2]\n',
  '\tKernel driver in use: vfio-pci\n',
  'Kernel driver in use:',
  'Kernel modules: nouveau\n',
  'Flags: IOMMU group 4\n',
  '\tControl: I/O+\n',
  '\tIOMMU group: 7\n',
  '\tBus: primary=00, secondary=01, subordinate=02\n',
  '\tCapabilities: [40] Express (v2) Root Port (Slot+), x\n',
  '\tCapabilities: <access denied>\n',
  '\t\tACSCap:\tSrcValid+\n',
  '/sys/kernel/iommu_groups/4/devices/',
  '/sys/bus/pci/devices/',
  ' -> ../../../../devices/pci0000:00/0000:00:01.0/',
  '0000:01:00.0/iommu_group',
  'total 0\n',
  'lrwxrwxrwx 1 root root 0 Jun 12 13:05 ',
  ': Adding to iommu group 2',
  ': Removing from iommu group 2',
  'iommu: Adding device ',
  ' to group 9',
  '[    1.5] ',
  'pci ',
  '-[0000:00]-+-00.0\n',
  '-+-[0000:80]-',
  '           +-01.0-[01]----00.0\n',
  '           \\-1f.0  Intel\n',
  ' |  ',
  'Slot:\t',
  'Class:\t',
  'Driver:\tx\n',
  'IOMMUGroup:\t5\n',
  'Device:\t',
  '<device>\n',
  '</device>\n',
  "<capability type='pci'>",
  '<bus>1</bus><slot>0</slot>',
  '<domain>0</domain><function>0</function>',
  "<iommuGroup number='3'>",
  "<address domain='0x0' bus='0x1' slot='0' function='1'/>",
  '│ class │ id │ iommugroup │\n',
  '│ 0x030000 │ 0000:01:00.0 │ 12 │\n',
  'group 1 is not viable',
  'vfio 0000:01:00.0: ',
  "0000:44:00.0 'X710 1572' drv=vfio-pci unused=i40e\n",
  '0000:00:1f.3 (none)\n',
  '(...)\n',
  '...\n',
  '--\n',
  '$ lspci -k | grep x\n',
  '[8086:1901] ',
  '[R] ',
  'USB:\t',
  '01:00.0 "VGA [0300]" "N [10de]" "G [2204]"',
  'Driver: ',
  'IOMMU: dmar0\n',
  'Group Device: ',
  '{"id":"0000:01:00.0","iommugroup":1}',
  '[',
  ']',
]

/** The same numbers from the same seed (mulberry32). */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below)
  }
}

/** A listing with one to six wounds: characters lost, doubled or changed, lines moved, pieces of other texts put in. */
export function mutated(text: string, others: readonly string[], seed: number): string {
  const below = randomNumbers(seed)
  let out = text
  for (let wound = below(6); wound >= 0; wound--) {
    const at = below(out.length)
    const to = Math.min(out.length, at + below([2, 20, 400][below(3)] ?? 2))
    const other = others[below(others.length)] ?? ''
    const from = below(other.length)
    switch (below(9)) {
      case 0:
        out = out.slice(0, at) + out.slice(to)
        break
      case 1:
        out = out.slice(0, at) + out.slice(at, to) + out.slice(at)
        break
      case 2:
        out = out.slice(0, at) + String.fromCharCode(below([128, 65536][below(2)] ?? 128)) + out.slice(at + 1)
        break
      case 3:
        out = out.slice(0, at) + (SNIPPETS[below(SNIPPETS.length)] ?? '') + out.slice(at)
        break
      case 4:
        out = out.slice(0, at) + other.slice(from, from + below(2000)) + out.slice(at)
        break
      case 5:
        out = out.slice(0, at)
        break
      case 6:
        out = out.replaceAll('\n', [' ', '\r\n', '\n\n', '\n> ', ''][below(5)] ?? ' ')
        break
      case 7: {
        const lines = out.split('\n')
        const [line = ''] = lines.splice(below(lines.length), 1)
        lines.splice(below(lines.length), 0, line)
        out = lines.join('\n')
        break
      }
      default:
        out = out.replaceAll(/[0-9a-f]/g, (digit) => (below(40) === 0 ? below(16).toString(16) : digit))
    }
  }
  return out.slice(0, 60_000)
}
