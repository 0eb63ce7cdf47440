/** Names of the forms of text that the importers tell apart, as a person knows them. */
const NAMES: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(?:qemu-error|error)$/, 'an error of QEMU or the kernel'],
  [/^(?:arch-multiline|one-line|mixed-one-line|group-|hash-group|star-group)/, 'a list of IOMMU groups'],
  [/^ls-iommu/, 'output of ls-iommu'],
  [/^unraid/, 'Unraid’s list of devices'],
  [/^iommu-unit-tree/, 'a tree of IOMMUs and groups'],
  [/^lspci-tv?$/, 'a tree of lspci -t'],
  [/^lspci-mm|^lspci-vm/, 'records of lspci -mm'],
  [/^lspci/, 'output of lspci'],
  [/^sysfs-find/, 'a list of sysfs paths by find'],
  [/^sysfs/, 'a listing of sysfs'],
  [/^libvirt-nodedev/, 'libvirt’s list of devices (virsh)'],
  [/^libvirt-domain/, 'a libvirt guest’s configuration'],
  [/^pvesh/, 'Proxmox VE’s list of devices (pvesh)'],
  [/^dmesg/, 'a kernel log'],
  [/^lshw/, 'output of lshw'],
  [/^inxi/, 'output of inxi'],
  [/^iomem/, '/proc/iomem'],
  [/^dpdk-devbind/, 'output of dpdk-devbind'],
  [/^nvidia-smi/, 'output of nvidia-smi'],
  [/^(driverctl|mdevctl|ubuntu-drivers|hwinfo)/, 'output of $1'],
  [/^(?:markdown|csv|table)/, 'a table of devices'],
  [/^json/, 'JSON'],
  [/^yaml/, 'YAML'],
  [/^records/, 'records of devices'],
]

/**
 * What a text was read as, in plain words. @param format names as in the result of an import, joined by `+`
 * @returns each name once; one that has no words here stays as it is
 */
export function formatWords(format: string): string {
  const names = format.split('+').map((each) => {
    const [pattern, name] = NAMES.find(([known]) => known.test(each)) ?? []
    const [, part = ''] = pattern?.exec(each) ?? []
    return name?.replace('$1', part) ?? each
  })
  return [...new Set(names)].join(', ')
}
