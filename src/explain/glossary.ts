/** The field's terms, for the cards that appear over them. */

const TABLE = {
  // IOMMU core.
  'IOMMU group':
    'The smallest set of devices that the hardware can keep apart from all others. Nobody chooses it: the kernel works it out from how the devices are connected.',
  'Singleton group': 'A group with exactly one device.',
  Isolation:
    'A group’s DMA reaches only what its IOMMU context allows, and no device outside reaches into it. Inside a group there is none.',
  'IOMMU domain': 'One address space for DMA with its page tables. Devices are attached to it.',
  'IOMMU context': 'What the IOMMU does with a device’s DMA just now: which domain it is attached to, or blocked.',
  'Default domain':
    'The domain that the kernel gives a group for its ordinary drivers. The boot option decides whether it translates or is identity.',
  'Identity domain':
    'A domain without translation: every address of a DMA is a physical address, so the device reaches all memory. The default with iommu=pt.',
  'DMA domain':
    'A default domain that translates. It holds what drivers have mapped through the DMA API, and nothing else.',
  'Unmanaged domain': 'A domain whose mappings are made by its owner, such as a VFIO container, and not by drivers.',
  'Blocked domain':
    'A domain in which every DMA faults. Linux 5.10 does not use one; later kernels put a group there when a user claims it.',
  'iommu=pt':
    'Boot option that makes default domains identity: fast for the host’s own drivers, and without protection.',
  'DMA API':
    'The functions by which ordinary drivers map memory for their device. The mappings go to the default domain.',
  'DMA ownership':
    'Since Linux 5.19 the IOMMU core counts who uses a group: ordinary drivers, or one user. Whoever comes second is refused.',
  driver_managed_dma:
    'A flag by which a driver says that it does not use the DMA API. Binding such a driver does not claim the group for the host (5.19 and later).',
  'Security context':
    'The unit inside which sharing is allowed. In legacy VFIO a user’s containers, with /dev/iommu the iommufd.',
  'block-DMA':
    'In the proposals of 2021: the state of a device that may not do DMA until it is attached to an address space.',
  // Hardware.
  BDF: 'Bus, device and function: the address of a PCI function, written 0000:01:00.1. The part in front is the segment.',
  devfn: 'The lower half of a PCI address in one byte: five bits for the device in its slot, three for the function.',
  RID: 'Requester ID: the bus, device and function that a DMA carries as its sender. The IOMMU looks up the translation by it.',
  'RID sharing':
    'Several functions whose DMA arrives with the same requester ID, usually because a bridge puts in its own. The IOMMU cannot tell them apart, so they have one translation together.',
  'DMA alias':
    'A further requester ID under which a function’s DMA may arrive, because of a bridge or of a quirk of the device. It must get the same translation as the function itself.',
  'Conventional PCI':
    'The old parallel bus. Its devices send no requester ID, can see each other’s traffic, and know nothing of ACS.',
  ACS: 'Access Control Services: makes a port or a device with several functions send traffic between its devices up to the IOMMU instead of passing it straight across. Linux asks for four of its bits together: SV, RR, CR and UF.',
  'Peer-to-peer DMA':
    'DMA from one device directly to another. Where it may bypass the IOMMU, both devices are in one group.',
  'Multifunction device':
    'One slot with several functions. Without ACS they may exchange DMA inside the chip, so they share a group.',
  Bridge:
    'A PCI function that connects buses; its header type is not “normal”. Linux 5.10 takes it for harmless in a user’s group whatever its driver.',
  IOMMU:
    'Hardware between devices and memory: it translates the addresses of DMA and refuses those that nobody mapped.',
  DMA: 'Direct memory access: a device reads or writes memory by itself, without the processor.',
  IOVA: 'I/O virtual address: the address that a device uses in its DMA. The IOMMU turns it into an address of real memory.',
  PASID: 'A tag in a DMA that lets one device use several address spaces at a time.',
  'Interrupt remapping':
    'Keeps a device from forging interrupts by writing to the interrupt window. Without it VFIO refuses the device unless told that unsafe interrupts are acceptable.',
  RMRR: 'Memory that the firmware wants a device to reach at all times, mapped one to one. Such a device cannot be given away.',
  'Reserved region': 'Addresses that must not be mapped for a group, such as the window for interrupts.',
  'Bus mastering': 'The switch in a PCI device that lets it start DMA. vfio-pci turns it off when it opens the device.',
  // Drivers.
  'Native driver':
    'The ordinary driver of a device, such as e1000e for a network card. It uses the device for the host.',
  'vfio driver': 'A driver that offers its device to userspace through VFIO: vfio-pci and its variants.',
  'vfio-pci': 'The driver that takes a PCI device from the host and lets a process drive it through VFIO.',
  'pci-stub': 'A driver that does nothing. It keeps other drivers away from a device, and VFIO accepts it.',
  pcieport: 'The kernel’s driver for PCI Express ports.',
  uio_pci_generic:
    'A driver that hands a device to userspace without any IOMMU protection. VFIO does not accept it in a group.',
  'Driver-less': 'No driver is bound to the device.',
  driver_override:
    'A file of each PCI device in sysfs: only the driver with the name written there may take the device.',
  // VFIO and iommufd.
  VFIO: 'The part of Linux that gives devices to processes, such as virtual machines, safely with the help of the IOMMU.',
  Viable:
    'VFIO’s word for a group that may be given to a user. In Linux 5.10: each of its devices has no driver, a vfio driver, pci-stub, or is a bridge.',
  'VFIO group':
    'VFIO’s object for an IOMMU group. It exists while a vfio driver has a device of the group, or somebody has it open.',
  'group fd': 'The open file /dev/vfio/N. Only one at a time.',
  container:
    'What an open of /dev/vfio/vfio makes: one address space for the devices of all groups that are put into it.',
  backend: 'The code behind a container that makes its mappings. On x86 and ARM it is vfio_iommu_type1.',
  container_users:
    'VFIO’s counter of a group: 1 for being in a container, 1 more for each open device file and for KVM. While it is not 0 the group is in use.',
  'device fd': 'The open file by which a process drives a device.',
  cdev: 'The file of a single device, /dev/vfio/devices/vfioN, which can be opened without its group (6.6 and later).',
  unbound_list:
    'Linux 5.10: devices that are just leaving their vfio driver. Each counts as viable until that is done.',
  'group notifier':
    'Linux 5.10: tells VFIO of each driver that is bound or unbound in a group. It can only watch, not refuse; a bad binding ends in a BUG.',
  BUG_ON:
    'A test in the kernel for what must never happen. If it happens, the running task is killed, or the whole machine stops.',
  WARN: 'A message with a call trace in the kernel log; the kernel goes on.',
  iommufd: 'The newer interface, /dev/iommu: a process makes address spaces in it and binds devices to it.',
  IOASID: 'In the proposals of 2021: a number that names an address space of an iommufd.',
  IOAS: 'An address space of an iommufd: memory mapped once, for any number of devices.',
  HWPT: 'Hardware page table: an iommufd’s object around one IOMMU domain. A group’s devices are attached to one and the same.',
  Lockstep: 'All devices of a group change their IOMMU context together.',
  KVM: 'The kernel’s virtual machine monitor. QEMU tells it which groups a guest uses.',
  'Hot reset': 'The reset of a whole slot or bus. The caller must own every device that it affects.',
} as const satisfies Readonly<Record<string, string>>

/** Explanations of one or two sentences, by term. */
export const GLOSSARY: Readonly<Record<string, string>> = TABLE

const byLowerCase = new Map(Object.entries(GLOSSARY).map(([term, text]) => [term.toLowerCase(), { term, text }]))

/** The entry of a term, however it is capitalised; undefined if there is none. */
export function glossaryEntry(term: string): { readonly term: string; readonly text: string } | undefined {
  return byLowerCase.get(term.toLowerCase())
}
