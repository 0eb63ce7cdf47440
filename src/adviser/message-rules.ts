/** The lines that tell of trouble, as the kernel, lspci, QEMU, libvirt and other tools word them. */

/**
 * Groups: `not-viable`: a member of the group has a driver of the host; `no-file`: the group has no file in /dev/vfio;
 * `busy`: somebody has the group open; `permission`: the file belongs to another user; `no-group`: the device is in no
 * group; `group-failed`: the kernel could not put it into one; `spaces`: members of one group for two address spaces;
 * `rmrr`: the firmware reserves memory for it; `bridges`: a tool wants bridges on vfio-pci; `in-use`: another guest has
 * it; `not-bound`: it is on no VFIO driver; `container`: the kernel refused to put the group under an IOMMU domain of the
 * guest; `acs`: a tool refuses what is behind a port without ACS; `bridge`: a tool refuses bridges.
 * The IOMMU: `iommu-off`: switched off or absent; `iommu-failed`: given up during boot; `interrupts`: interrupts are not
 * remapped; `fault`: the device touched memory that it must not.
 * The device: `dead`: every read of it answers with ones; `asleep`: the same, but it may be powered down only;
 * `no-power`: it does not come back from D3; `not-ready`: it does not come back from a reset; `no-reset`: nothing resets
 * it alone; `reset-others`: a reset would hit a device that the guest does not have; `bar-held`: its memory window is
 * taken; `bar-space`: no room for its window; `probe`: a driver refused it; `vfs-on`: it has virtual functions in use;
 * `driver-name`: there is no driver of that name; `absent`: nothing is at that address; `network-active`: the host's
 * network goes over it; `shared-irq`: it shares its interrupt line; `rom`: its ROM cannot be read; `x-vga`: QEMU finds no
 * VGA regions; `memory`: the guest's memory could not be pinned or mapped; `no-kvm`: the processor's virtualisation is off.
 */
export type MessageCode =
  | 'not-viable'
  | 'no-file'
  | 'busy'
  | 'permission'
  | 'no-group'
  | 'group-failed'
  | 'spaces'
  | 'rmrr'
  | 'bridges'
  | 'in-use'
  | 'not-bound'
  | 'container'
  | 'acs'
  | 'bridge'
  | 'iommu-off'
  | 'iommu-failed'
  | 'interrupts'
  | 'fault'
  | 'dead'
  | 'asleep'
  | 'no-power'
  | 'not-ready'
  | 'no-reset'
  | 'reset-others'
  | 'bar-held'
  | 'bar-space'
  | 'probe'
  | 'vfs-on'
  | 'driver-name'
  | 'absent'
  | 'network-active'
  | 'shared-irq'
  | 'rom'
  | 'x-vga'
  | 'memory'
  | 'no-kvm'

interface LineRule {
  readonly code: MessageCode
  /** Named parts: `group`, `value`, `driver`. */
  readonly pattern: RegExp
  /** Lines that look alike and mean something else. */
  readonly unless?: RegExp
  /**
   * Where the device comes from if the line has none: `record`, the lspci record it stands in; `above`, the command on the
   * line above; `nobody`: never a device.
   */
  readonly from?: 'record' | 'above' | 'nobody'
}

/** The first that matches counts. */
export const LINE_RULES: readonly LineRule[] = [
  {
    code: 'not-viable',
    pattern:
      /group (?<group>\d{1,6}) is not viable|VFIO group is not viable|\bGroupViable\b|group is inviable|Verify all devices in group (?<group2>\d{1,6}) are bound to vfio/i,
  },
  {
    code: 'busy',
    pattern:
      /\/dev\/vfio\/(?<group>\d{1,6})\b[^\n]{0,40}Device or resource busy|OpenGroup\(Os \{ code: 16,[^"]{0,90}"(?<group2>\d{1,6})"/i,
  },
  {
    code: 'permission',
    pattern:
      /\/dev\/vfio\/(?<group>\d{1,6})\b[^\n]{0,40}(?:Permission denied|Operation not permitted)|OpenGroup\(Os \{ code: 13,[^"]{0,90}"(?<group2>\d{1,6})"|\/dev\/(?:iommu|vfio\/vfio|vfio\/devices\/\S{1,20})\b[^\n]{0,40}(?:Permission denied|Operation not permitted)/i,
  },
  {
    code: 'no-file',
    pattern:
      /(?:failed to open|could not open|cannot (?:open|access)|unable to open|error opening)[^\n]{0,24}\/dev\/vfio\/(?<group>\d{1,6})\b|\/dev\/vfio\/(?<group2>\d{1,6})\b[^\n]{0,24}(?:does not exist|No such file)|OpenGroup\(Os \{ code: 2,(?:[^\n]{0,90}\}, "(?<group3>\d{1,6})")?/i,
  },
  {
    code: 'not-bound',
    pattern:
      /\/vfio-dev['"]?: No such file|couldn'?t open directory [^\n]{0,90}vfio-dev|is not bound to (?:the )?vfio|not managed by VFIO driver|no such host device.{0,20}vfio/i,
  },
  {
    code: 'in-use',
    pattern:
      /is in use by (?:driver (?<value>[\w-]{1,30})|domain)|error bind device fd=\d{1,9} to iommufd=\d{1,9}: Device or resource busy|already in use by (?:VM|domain|CT)/i,
  },
  {
    code: 'group-failed',
    pattern: /Failed to add to iommu group (?<group>\d{1,6})(?:: ?(?<value>-\d{1,3}))?/i,
  },
  {
    code: 'no-group',
    pattern:
      /no iommu_?group (?:found|available)|missing (?:iommu )?group for (?:address|device)|No IOMMU (?:detected|found)|host doesn'?t support (?:passthrough of host PCI devices|VFIO PCI)|Failed to find (?:the )?iommu[_ ]group|IOMMU not present|(?:failed to get|cannot open|can'?t open) iommu_?group|\/iommu_group['"]?:? ?(?:\)|No such file)|VfioNoIommuGroup|not in an? (?:IOMMU|iommu) group|(?:has|have) no IOMMU ?group|Cannot find any IOMMU|no IOMMU(?:[- ]group)? support/i,
  },
  { code: 'spaces', pattern: /group (?<group>\d{1,6}) used in multiple address spaces/i },
  {
    code: 'rmrr',
    pattern:
      /ineligible for IOMMU domain attach due to platform RMRR|is not supported due to (?:RMRR|platform reserved)|requested this device have a 1:1 IOMMU mapping|requires? (?:a )?1:1 (?:IOMMU )?mapping/i,
  },
  { code: 'bridges', pattern: /All devices (?:in|within) (?:an|the) IOMMU group must be bound to (?:the )?vfio/i },
  { code: 'acs', pattern: /behind a switch lacking ACS/i },
  { code: 'bridge', pattern: /Non-endpoint PCI devices cannot be assigned/i },
  {
    code: 'interrupts',
    pattern:
      /No interrupt remapping (?:support|for)|Disabling interrupt remapping|interrupt remapping (?:is )?(?:not (?:enabled|supported)|(?:being )?disabled|hardware is broken)|does not support interrupt remapping|Not enabling? interrupt remapping|allow_unsafe_interrupts.{0,40}to enable|failed to set iommu for container: Operation not permitted|cannot set IOMMU type, error 1\b/i,
    from: 'nobody',
  },
  {
    code: 'iommu-failed',
    pattern:
      /(?:DMAR|IOMMU|AMD-Vi|VT-d)\b[^\n]{0,40}(?:Initialization failed|initializ?ation failure|Failed to (?:init|enable|allocate domain|map dmar))|DMAR: (?:\[Firmware Bug\]: )?No DRHD structure|Failed to initialize (?:DMAR|AMD-Vi|IOMMU)|Your BIOS is broken; DMAR reported/i,
    from: 'nobody',
  },
  {
    code: 'iommu-off',
    pattern:
      /No ACPI DMAR table found|IOMMU appears to be disabled|IOMMU either disabled in BIOS or not supported|AMD IOMMU (?:functionality )?(?:is )?(?:disabled|not (?:available|found))|DMAR: IOMMU disabled|VT-d (?:is )?(?:disabled|not (?:enabled|supported))|IOMMU (?:is )?(?:not enabled|disabled)\b|IOMMU:? +(?:not (?:enabled|active)|Disabled)|no IVRS table|DMAR: Disabled|iommu_groups['/]{0,2}: (?:No such file|empty)|HVM:[^\n]{0,40}; IOMMU: (?:not|Available)|I\/O virtuali[sz]ation disabled/i,
    unless: /unless|if the IOMMU is/i,
    from: 'nobody',
  },
  {
    code: 'no-kvm',
    pattern:
      /kvm(?:_intel|_amd)?: disabled by bios|VMX \(outside TXT\) disabled by BIOS|SVM disabled \(by BIOS\)|(?:VT-x|AMD-V|SVM)[^\n]{0,24}(?:not enabled|disabled)|Could not access KVM kernel module|failed to initialize kvm: (?:No such|Operation)/i,
    from: 'nobody',
  },
  {
    code: 'fault',
    pattern:
      /DMAR: \[DMA (?:Read|Write)[^\n]{0,30}\] Request device|AMD-Vi: Event logged \[?IO_PAGE_FAULT|IO_PAGE_FAULT (?:device|domain)/i,
  },
  { code: 'dead', pattern: /Unknown (?:PCI )?header type '?(?<value>7f|ff|127|255)\b/i, from: 'record' },
  { code: 'dead', pattern: /GPU has fallen off the bus/i },
  { code: 'asleep', pattern: /\(rev ff\)/i, from: 'record' },
  {
    code: 'no-power',
    pattern:
      /(?:unable|refused|can'?t|cannot|failed) to change power state|can'?t change power state|invalid power transition|Unable to power on device, stuck in D3|device inaccessible|stuck in D3(?:cold|hot)?\b/i,
  },
  {
    code: 'not-ready',
    pattern:
      /not ready \d{1,7} ?ms after (?<value>resume|[\w ]{2,20}?)(?:;|$)|timed out waiting for pending transaction|still not ready after reset|giving up on (?:the )?reset|FLR (?:timed out|failed)|IOTLB_INV_TIMEOUT device=/i,
  },
  {
    code: 'reset-others',
    pattern:
      /Cannot reset device[^\n]{0,60}depends on group (?<group>\d{1,6}) which is not owned|Active [^\n]{0,40}devices on bus with/i,
  },
  {
    code: 'no-reset',
    pattern:
      /no (?:available )?reset (?:mechanism|method)|no FLR, PM reset or bus reset available|Unable to reset PCI device|(?:failed|can'?t|cannot) (?:to )?reset PCI device|\/reset['"]?: (?:Inappropriate ioctl|Invalid argument|Function not implemented)|doesn'?t support reset from sysfs/i,
  },
  {
    code: 'bar-held',
    pattern:
      /(?<value>BAR ?\d)(?: \[[^\]]{1,80}\])?: can'?t reserve|(?<value2>BAR ?\d)(?: \[[^\]]{1,80}\])?: cannot reserve|can'?t reserve \[mem |vfio_region_(?:read|write)[^\n]{0,90}Device or resource busy|Failed to mmap [^\n]{0,60}BAR \d/i,
  },
  {
    code: 'bar-space',
    pattern:
      /(?<value>BAR ?\d{1,2})(?: \[[^\]]{1,80}\])?: (?:no space for|failed to assign|can'?t assign|cannot assign)|not enough MMIO resources|(?<value2>BAR ?\d) is 0M/i,
  },
  {
    code: 'driver-name',
    pattern:
      /\/bus\/pci\/drivers\/(?<driver>[\w-]{2,40})\/(?:bind|new_id|unbind)\b['"]?(?::[^\n]{0,20}(?:No such file|Permission denied)|$)|Cannot open \/sys\/bus\/pci\/drivers\/(?<driver2>[\w-]{2,40})\//i,
    unless: /^(?:\S{0,60}[$#] )?(?:sudo |echo |tee |cat )/,
    from: 'above',
  },
  {
    code: 'vfs-on',
    pattern: /Cannot bind to PF with SRIOV enabled|(?<value>\d{1,3}) VFs? (?:is|are) (?:still )?enabled/i,
  },
  {
    code: 'probe',
    pattern:
      /(?<driver>[\w-]{1,40}): probe of \S{1,40} failed with error (?<value>-\d{1,3})|probe with driver (?<driver2>[\w-]{1,40}) failed with error (?<value2>-\d{1,3})/i,
  },
  {
    code: 'probe',
    pattern:
      /(?:Failed to bind|Unable to bind|Error binding|cannot bind|bind failed for)[^\n]{0,60}(?<driver>vfio-pci)(?:[^\n]{0,20}(?<value>\[Errno \d{1,3}\]|No such device|Device or resource busy|Invalid argument))?|\/drivers\/(?<driver2>vfio-pci)\/(?:bind|new_id)['"]?: ?(?<value2>no such device|device or resource busy|invalid argument)/i,
  },
  {
    code: 'probe',
    pattern: /write error: (?<value>No such device|Device or resource busy|Invalid argument)/i,
    from: 'above',
  },
  {
    code: 'absent',
    pattern:
      /no PCI device found for|could not access \/sys\/bus\/pci\/devices\/\S{5,20}\/config: No such file|Could not find matching device 'pci_|no node device with matching name 'pci_|Device \S{4,16} not found: could not access|Unknown device: (?:0000:)?[0-9a-f]{2}:[0-9a-f]{2}/i,
  },
  { code: 'network-active', pattern: /routing table indicates that interface \S{4,20} is active/i },
  {
    code: 'shared-irq',
    pattern:
      /Flags mismatch irq \d{1,4}\.[^\n]{0,30}\(vfio-intx|Failed to (?:setup|set up|enable) INTx[^\n]{0,60}busy/i,
  },
  { code: 'x-vga', pattern: /does not support requested feature x-vga/i },
  {
    code: 'rom',
    pattern:
      /Invalid PCI ROM (?:header|data) signature|No more image in the PCI ROM|(?:Failed to read|error reading|cannot read) (?:device )?rom|Device option ROM contents are probably invalid/i,
  },
  {
    code: 'memory',
    pattern:
      /VFIO_MAP_DMA[^\n]{0,40}(?:Cannot allocate memory|Invalid argument|Bad address)|vfio_(?:container_)?dma_map\([^\n]{0,120} = -\d{1,3}|IOMMU_IOAS_MAP failed|RLIMIT_MEMLOCK \(\d{1,20}\) exceeded|memory listener initiali[sz]ation failed|IommuDmaMap\(/i,
  },
  {
    code: 'container',
    pattern:
      /failed to (?:setup|set up) container for group (?<group>\d{1,6})(?:[^\n]{0,60}(?<value>Input\/output error|Invalid argument))?|failed to set iommu for container|(?:cannot|failed to) add vfio group to container|failed to select IOMMU type|cannot set IOMMU type|SetContainer\(|VFIO_SET_IOMMU\b[^\n]{0,40}(?:fail|error|Invalid|Input)|error attach(?:ing)? [^\n]{0,60}(?:Invalid argument|to id=|ioas)/i,
  },
]
