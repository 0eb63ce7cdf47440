/** The commands of a plan for one tool: what to type, what to see afterwards, and how to go back. */
export interface Sheet {
  readonly id:
    | 'driverctl'
    | 'sysfs'
    | 'boot'
    | 'qemu'
    | 'libvirt'
    | 'virsh'
    | 'proxmox'
    | 'nixos'
    | 'unraid'
    | 'kubevirt'
    | 'dpdk'
    | 'xen'
  readonly title: string
  /** When one takes this, in a sentence. */
  readonly about: string
  readonly blocks: readonly Block[]
}

export interface Block {
  readonly title: string
  /** Ends with a newline. */
  readonly text: string
}

/** Lines of a block; false ones are left out. */
export function block(title: string, lines: readonly (string | false)[]): Block {
  return { title, text: `${lines.filter((line) => line !== false).join('\n')}\n` }
}
