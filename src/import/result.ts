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

/**
 * `unread`: a line with an address that no reader understood. `cut`: a line or record that ends in the middle.
 * `elided`: the author left something out. `filtered`: grep or a class filter hides lines. `conflict`: two lines say
 * different things of one function, the later counts. `moved`: another state of the machine starts here.
 * `long`: a line too long to be a listing's was cut. `columns`: a tree whose columns are broken.
 */
export type WarningCode = 'unread' | 'cut' | 'elided' | 'filtered' | 'conflict' | 'moved' | 'long' | 'columns'

export interface ImportWarning {
  /** Counted from 1 in the pasted text (in its paste, if there are several). */
  readonly line: number
  /** Which paste, counted from 0; absent if there is only one. */
  readonly paste?: number
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
}

export const MAX_WARNINGS = 200
