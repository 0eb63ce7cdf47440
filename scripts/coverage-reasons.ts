/** Why outcomes that the simulated kernels give are in no recording; the first rule that fits. */
interface Rule {
  /** Operations and outcomes, each a pattern of the whole word. */
  readonly op: RegExp
  readonly outcome: RegExp
  readonly reason: string
}

const WRONG_FILE = /^(?:EBADF|ENOTTY|EINVAL|ENODEV|EEXIST|EPERM|EBADFD|EBUSY|ENOENT|EACCES|ENOSPC)$/
const NEW = 'not asked of this build yet: the sequences for it are in recorder/sequences'

const RULES: readonly Rule[] = [
  {
    op: /^(?:open_group|open_cdev|open_iommufd)$/,
    outcome: /^EACCES$/,
    reason:
      'needs a user that is not root; the files of form 1 know root only (recorder/sequences/*-of-another-user.txt)',
  },
  {
    op: /^(?:map_dma|ioas_map)$/,
    outcome: /^ENOMEM$/,
    reason: 'needs a user without CAP_IPC_LOCK (recorder/sequences/memory-limit-*.txt)',
  },
  {
    op: /^(?:map_dma|unmap_dma|ioas_map|ioas_unmap)$/,
    outcome: /^EOVERFLOW$/,
    reason:
      'an address range that wraps at 2^64 (recorder/sequences/addresses-that-wrap.txt, objects-of-an-iommufd-on-other-files.txt)',
  },
  {
    op: /^hot_add$/,
    outcome: /^(?:EEXIST|ENODEV)$/,
    reason:
      'cannot be: the recorder has no call for a function that is there already or that no slot has; it scans all buses',
  },
  {
    op: /^(?:driver_override|drivers_probe)$/,
    outcome: /^ENODEV$/,
    reason: 'needs a function that the machine does not have, and a script can name none',
  },
  {
    op: /^chown_group$/,
    outcome: /^ENOENT$/,
    reason: 'needs a group that has no file yet, or any more: no sequence gives one away then',
  },
  {
    op: /^hot_add$/,
    outcome: /^ok$/,
    reason: 'not asked yet: a script cannot say which function is out of its slot, only a recording can (`unplugged`)',
  },
  {
    op: /^dma_probe$/,
    outcome: /^ENODEV$/,
    reason: 'the device has no DMA engine; the recorder probes the one that has',
  },
  {
    op: /^dma_probe$/,
    outcome: /./,
    reason: 'no DMA facts of this build yet: a machine with a DMA engine cannot be saved, so each probe boots anew',
  },
  {
    op: /^(?:driver_override|drivers_probe|hot_add|chown_group|chown_iommu|get_api_version|iommu_get_info|kvm_group_add|kvm_group_del|device_access|device_hot_reset|exit)$/,
    outcome: /./,
    reason: NEW,
  },
  {
    op: /^(?:ioas_alloc|ioas_map|ioas_unmap|ioas_destroy|hwpt_alloc|hwpt_destroy)$/,
    outcome: WRONG_FILE,
    reason:
      'a file of another kind, or an object that is none (recorder/sequences/objects-of-an-iommufd-on-other-files.txt)',
  },
  {
    op: /^(?:check_extension|group_\w+|set_iommu|map_dma|unmap_dma|device_reset)$/,
    outcome: WRONG_FILE,
    reason:
      'a file of another kind or a call out of order: recorded of the group build of the same release, which has the same code (recorder/sequences/calls-on-other-files.txt)',
  },
  {
    op: /^bind$/,
    outcome: /^ENOENT$/,
    reason: 'no driver of that name is loaded; recorded of the group builds, whose driver core is the same',
  },
]

/** The reason; undefined: nobody has given one. */
export function reasonFor(op: string, outcome: string): string | undefined {
  return RULES.find((rule) => rule.op.test(op) && rule.outcome.test(outcome))?.reason
}
