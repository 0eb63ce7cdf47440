/** What sentences need to know of the rest of the text: the kernel, its command line, who holds the boot screen. */
import type { Reading } from './reading.ts'
import { vendorOf } from './vendor.ts'

export interface Setting {
  /** The kernel that the text names last, as `6.8.4-2-pve`; null: none. */
  readonly release: string | null
  /** Whether the running kernel's command line asks for Intel's IOMMU; null: the text does not show it. */
  readonly asked: boolean | null
  /** The log shows the firmware's table of Intel's IOMMU, which is there where VT-d is on in its setup. */
  readonly table: boolean
  readonly vendor: 'intel' | 'amd' | null
  /** Functions in the text have groups, so the IOMMU works. */
  readonly groups: boolean
  /** Who holds the memory of the boot screen: `simpledrm`, `efifb`; null: not told. */
  readonly framebuffer: string | null
}

/** Nothing is told. */
export const NO_SETTING: Setting = {
  release: null,
  asked: null,
  table: false,
  vendor: null,
  groups: false,
  framebuffer: null,
}

export function settingOf({ surroundings, machine, result }: Reading): Setting {
  const { kernels, running, iommuAsked, firmwareTable, vendor, framebuffer } = surroundings
  return {
    release: kernels.at(-1)?.value ?? null,
    asked: iommuAsked !== null || askedFor(running.map(({ name, value }) => `${name}=${value}`)),
    table: firmwareTable !== null,
    vendor: vendor ?? (machine === null ? null : vendorOf(machine)),
    groups: Object.keys(result.groups).length > 0,
    framebuffer: framebuffer?.value ?? null,
  }
}

/** A whole command line of the kernel has more than the one parameter that somebody writes about. */
const WHOLE = 3

function askedFor(parameters: readonly string[]): boolean | null {
  if (parameters.some((parameter) => /^intel[-_]iommu=on\b/.test(parameter))) return true
  return parameters.length >= WHOLE ? false : null
}
