/** Messages that a group is not viable, as QEMU of all versions, libvirt, Kubernetes, Proxmox and DPDK pass them on. */
import { BDF, fullAddress } from './address.ts'
import type { Reader } from './context.ts'

const NOT_VIABLE = new RegExp(`(?:(${BDF}): {1,2})?(?:error[,:] )?group (\\d{1,6}) is not viable`, 'gi')
const DPDK = new RegExp(`(${BDF}) VFIO group is not viable`, 'gi')
/** The device that QEMU was told to assign: `-device vfio-pci,host=01:00.0` or in JSON `"host":"0000:09:00.0"`. */
const HOST = new RegExp(`host["']?[=:] {0,2}["']?(${BDF})`, 'i')

export const readVfioErrors: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined || !line.bare.includes('viable')) return 0
  const { machine } = context
  let found = false
  for (const [, word = '', group = ''] of line.bare.matchAll(NOT_VIABLE)) {
    const bdf = fullAddress(word) ?? fullAddress(HOST.exec(line.bare)?.[1] ?? '')
    machine.error(bdf, group)
    found = true
  }
  for (const [, word = ''] of line.bare.matchAll(DPDK)) {
    machine.error(fullAddress(word), null)
    found = true
  }
  if (!found) return 0
  machine.format('error')
  context.boundary()
  return 1
}
