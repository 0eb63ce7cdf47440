/** What an importer finds in a pasted text. The form is that of the expected files in src/import/fixtures. */

/** Access Control Services as printed (`SrcValid+ TransBlk- ...`); empty if only the capability's name was printed. */
export interface ImportedAcs {
  readonly cap?: string
  readonly ctl?: string
}

/** A PCI function that the text names. Null and absent mean: the text does not say. */
export interface ImportedDevice {
  /** Four hexadecimal digits each. */
  readonly class: string | null
  readonly vendor: string | null
  readonly device: string | null
  /** Null with `driverKnown`: the text shows that no driver is bound. Null without: unknown. */
  readonly driver: string | null
  readonly driverKnown?: true
  /** A PCI-to-PCI bridge; host and ISA bridges are not. */
  readonly bridge: boolean | null
  readonly className?: string
  /** Vendor and device in words, as the text has them. */
  readonly name?: string
  /** Port type as lspci words it. */
  readonly pcieType?: string
  /** Buses behind a bridge, two hexadecimal digits. */
  readonly secondary?: string
  readonly subordinate?: string
  readonly acs?: ImportedAcs
  /** The record shows the extended capabilities, so what it lacks (ACS) the function lacks; `denied`: not run as root. */
  readonly capabilities?: 'read' | 'denied'
}

/** Number of an IOMMU group, decimal → addresses, sorted. */
export type ImportedGroups = Readonly<Record<string, readonly string[]>>

/** A failure to open a group that the text reports. */
export interface ImportedError {
  readonly bdf: string | null
  readonly group: string | null
  readonly kind: 'not-viable'
}

/** Where a statement stands in what was pasted. */
export interface ImportPlace {
  /** Counted from 1 in the pasted text (in its paste, if there are several). */
  readonly line: number
  /** Which paste, counted from 0; absent if it is the first. */
  readonly paste?: number
}

/** What a line tells of a function; `name` is the line that names it, `buses` and `parent` its place in the tree. */
export type Told =
  'name' | 'class' | 'ids' | 'driver' | 'group' | 'parent' | 'buses' | 'port' | 'acs' | 'capabilities' | 'state'

/** A line from which a function was read. */
export interface ImportSource extends ImportPlace {
  readonly tells: readonly Told[]
}

/**
 * Why a line with an address, a driver or a group was not read. `prose`: a sentence, or a form that no reader knows;
 * `command`: a prompt or a command; `log`: a line of the kernel log that tells nothing of groups, drivers or states;
 * `detail`: part of a record that tells nothing more; `document`: part of a JSON, YAML or XML document that tells nothing
 * of a function; `address`: it
 * names a device without its address, or one that could not be completed; `not-pci`: it names a device on another bus; `long`: the
 * line is too long and was cut; `other`: it belongs to another machine (see `others`); `more`: there are too many such
 * lines, this is the first that is not listed.
 */
export type PassedOverWhy =
  'prose' | 'command' | 'log' | 'detail' | 'document' | 'address' | 'not-pci' | 'long' | 'other' | 'more'

/** A line that was not read although it has an address, a driver or a group. */
export interface PassedOver extends ImportPlace {
  /** The line, or its beginning. */
  readonly text: string
  readonly why: PassedOverWhy
}

/**
 * What the text tells besides functions and groups.
 *
 * The system: `kernel` (value: the release), `distribution` (value: an id as in /etc/os-release, or `proxmox`, `unraid`,
 * `harvester`, `truenas`), `command-line` (value: the whole), `board` (value: maker and model), `module` (value: a loaded
 * module), `hypervisor` (value: `xen`, `kvm`, `vmware`, `hyperv`; the log is a guest's, or of Xen's first domain),
 * `configuration` (value: a line of modprobe.d or of a similar file that is about VFIO).
 * The IOMMU: `iommu-on`, `iommu-off` (value: why), `iommu-given-up` (it was started and gave up), `no-groups` (sysfs shows
 * no group of a PCI function), `remapping-on`, `remapping-off` (of interrupts), `acs-override`, `group-failed` (value: errno;
 * a function that could not join its group), `rmrr` (memory that the firmware reserves for a function).
 * A function's state: `dead` (it answers with ones only), `d3cold` (it does not come back from sleep), `bar-reserved` (value:
 * the range; something else has the BAR's memory), `bar-unassigned`, `no-reset`, `reset-failed`, `probe-failed` (value: driver
 * and errno), `boot-display`, `disk` (value: a disk on it, or where it is mounted), `network` (value: its interface),
 * `in-use` (a network interface that is up, or a display in use), `sriov` (value: numbers of functions, `2/63`), `aer` (an error
 * of the link), `memory` (value: range and owner; a line of /proc/iomem), `fault` (a DMA that the IOMMU refused),
 * `numa` (value: node), `mdev` (value: type), `assigned` (value: by what; a guest's configuration or a command hands the
 * function over), `topology` (value: two cards of nvidia-smi's matrix that have a switch in common, `GPU0 GPU1 PIX`), `error` (a message of a hypervisor or of a tool around it about a function or a group).
 */
export type FactKind =
  | 'kernel'
  | 'distribution'
  | 'command-line'
  | 'board'
  | 'module'
  | 'hypervisor'
  | 'configuration'
  | 'iommu-on'
  | 'iommu-off'
  | 'iommu-given-up'
  | 'no-groups'
  | 'remapping-on'
  | 'remapping-off'
  | 'acs-override'
  | 'group-failed'
  | 'rmrr'
  | 'dead'
  | 'd3cold'
  | 'bar-reserved'
  | 'bar-unassigned'
  | 'no-reset'
  | 'reset-failed'
  | 'probe-failed'
  | 'boot-display'
  | 'disk'
  | 'network'
  | 'in-use'
  | 'sriov'
  | 'aer'
  | 'memory'
  | 'fault'
  | 'numa'
  | 'mdev'
  | 'assigned'
  | 'topology'
  | 'error'

/** A statement of the text, see FactKind. */
export interface ImportedFact extends ImportPlace {
  readonly kind: FactKind
  /** The line, or its beginning. */
  readonly text: string
  /** The function that it is about, as in `devices`; it may not be among them. */
  readonly bdf?: string
  readonly group?: string
  readonly value?: string
}

/**
 * Another machine in the same text, which has been kept apart. `machine`: its functions contradict those of the one in
 * `devices`; `guest`: what a guest sees of its own hardware.
 */
export interface OtherMachine extends ImportPlace {
  readonly kind: 'machine' | 'guest'
  readonly groups: ImportedGroups
  readonly devices: Readonly<Record<string, ImportedDevice>>
}

/**
 * `unread`: a line with an address that no reader understood. `cut`: a line or record that ends in the middle.
 * `elided`: the author left something out. `filtered`: grep or a class filter hides lines. `conflict`: two lines say
 * different things of one function, the later counts. `moved`: another state of the machine starts here.
 * `long`: a line too long to be a listing's was cut. `columns`: a tree whose columns are broken. `corrected`: an address
 * with a letter for a digit (O for 0, l for 1) that can be meant in one way only. `machine`: another machine, or a
 * guest, begins here (see `others`).
 */
export type WarningCode =
  'unread' | 'cut' | 'elided' | 'filtered' | 'conflict' | 'moved' | 'long' | 'columns' | 'corrected' | 'machine'

export interface ImportWarning extends ImportPlace {
  readonly code: WarningCode
  /** The line, or its beginning. */
  readonly text: string
}

export interface ImportResult {
  /** Names of the formats recognised, joined by `+`; empty if there were none. */
  readonly format: string
  readonly groups: ImportedGroups
  /** By address, `dddd:bb:dd.f` in lower case, in ascending order. */
  readonly devices: Readonly<Record<string, ImportedDevice>>
  /** Bridge above each function, null on a root bus; only where the text shows it. */
  readonly parents?: Readonly<Record<string, string | null>>
  /** Group → devices that are not on PCI. */
  readonly nonPciMembers?: ImportedGroups
  /** Addresses that share a group whose number the text does not tell. */
  readonly unnumberedGroups?: readonly (readonly string[])[]
  /** Groups of an earlier state of the machine in the same text: `before`, then `before 2`, ... */
  readonly alternatives?: Readonly<Record<string, ImportedGroups>>
  readonly errors?: readonly ImportedError[]
  /** At most MAX_WARNINGS. */
  readonly warnings: readonly ImportWarning[]
  /** By address, the lines from which each function was read, in their order; at most MAX_SOURCES a function. */
  readonly sources: Readonly<Record<string, readonly ImportSource[]>>
  /** In the order of the text; at most MAX_FACTS. */
  readonly facts: readonly ImportedFact[]
  /** Every line with an address, a driver or a group that is not among `sources` or `facts`; at most MAX_PASSED_OVER. */
  readonly passedOver: readonly PassedOver[]
  readonly others?: readonly OtherMachine[]
}

export const MAX_WARNINGS = 200
export const MAX_SOURCES = 200
export const MAX_FACTS = 2000
export const MAX_PASSED_OVER = 5000
