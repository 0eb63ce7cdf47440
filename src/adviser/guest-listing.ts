/** Whether a listing was made in a virtual machine: its functions are not the host's. */
import type { Machine } from '../sim/machine.ts'
import type { Reading } from './reading.ts'

/** Red Hat (virtio, QEMU), QEMU's display, VMware, VirtualBox, Xen, Microsoft, Google, Amazon. */
const VIRTUAL_VENDORS = new Set(['1af4', '1b36', '1234', '15ad', '80ee', '5853', '1414', '1ae0', '1d0f'])
const VIRTUAL_NAMES =
  /\bVirtio\b|\bQEMU\b|\bVMware\b|\bVirtualBox\b|\bInnoTek\b|\bHyper-V\b|\bRed Hat, Inc\b|440FX|XenSource/i

export function isGuestListing(machine: Machine, { surroundings }: Reading): boolean {
  if (surroundings.platform?.value === 'guest') return true
  return machine.devices.some(({ vendor, name = '' }) => VIRTUAL_VENDORS.has(vendor ?? '') || VIRTUAL_NAMES.test(name))
}
