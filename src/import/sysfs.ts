/** Paths and directory listings of sysfs: groups, links of devices and drivers. */
import { BDF, fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import type { Machine, Place } from './facts.ts'
import type { Line } from './lines.ts'

const MEMBER = new RegExp(`iommu_groups/(\\d{1,6})/devices/(?:(${BDF})|([\\w.@-]+(?::[\\w.]+)*))`, 'gi')
/** `find` within the directory of groups, or `ls` of it: `./13/devices/0000:00:1f.0`. */
const RELATIVE = new RegExp(`^(?:\\./)?(\\d{1,6})/devices/(${BDF})(?![\\w.:])`, 'i')
const DIRECTORY = /iommu_groups\/(\d{1,6})(?:\/devices)?\/?(?=["'\s:;*)#$%&|>]|$)/i
const OWN_DIRECTORY = new RegExp(`(?:devices/)?(${BDF})/iommu_group/devices/?(?=["'\\s:;*)]|$)`, 'i')
const LINK = new RegExp(
  `devices/(${BDF})/(iommu_group|driver) -> \\S*?/(?:iommu_groups/(\\d{1,6})|drivers/([\\w.-]+))/?$`,
  'i',
)
const DRIVER_DIRECTORY = new RegExp(
  `^(?:[ldrwx.+-]{10,11} .{0,80})?/sys/bus/pci/drivers/([\\w.-]+)/(${BDF})(?: -> \\S+)?$`,
  'i',
)
const LIST_HERE = /^(?:\S{0,80} ?[$#%❯➜»>] ?)?ls(?: -\w{1,8}){0,3}$/
const READLINK = new RegExp(`\\breadlink\\b.{0,120}devices/(${BDF})/(iommu_group|driver)\\b`, 'i')
/** `ls` of a driver's directory: its devices, beside files by which it is steered. */
const LIST_DRIVER = /\bls\b[^|;]{0,40} \/sys\/bus\/pci\/drivers\/([\w.-]{1,60})\/?$/
const STEERING = /\b(?:bind|unbind|module|new_id|remove_id|uevent)\b/g
const LONG_LISTING = /^[ldrwxst.+-]{10,11} +\d+ .{1,200}? (\S+)(?: -> (\S+))?$/
const ADDRESSES = new RegExp(`^(?:${BDF}[@/]?\\s{0,8})+$`, 'i')

export const readSysfs: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  const { bare } = line
  const asked = bare.includes('readlink') ? readAnswer(bare, lines[at + 1], context) : false
  if (asked) return 2
  if (bare.includes('/') && readPaths(bare, line, context)) return 1
  const driver = LIST_DRIVER.exec(bare)?.[1]
  if (driver !== undefined) {
    openDriver(context, driver)
    return 1
  }
  const { directory } = context
  if (directory === null) return 0
  // The directory may have been entered first.
  if (/^total \d+$/.test(bare) || LIST_HERE.test(bare)) return 1
  if (ADDRESSES.test(bare.replace(STEERING, '').trim())) {
    for (const word of bare.split(/\s+/)) {
      const bdf = fullAddress(word.replace(/[@/]$/, ''))
      if (bdf !== null) directory.add(bdf, line)
    }
    return 1
  }
  const entry = LONG_LISTING.exec(bare)
  if (entry === null) return 0
  const [, name = '', target = ''] = entry
  const bdf = fullAddress(name)
  if (bdf !== null) directory.add(bdf, line)
  else if (target.includes('/devices/') && !name.includes(':0')) directory.other(name)
  chain(target, context.machine, line)
  return 1
}

function readPaths(bare: string, place: Place, context: Context): boolean {
  const { machine } = context
  if (bare.includes('iommu_groups/')) {
    let found = false
    for (const [whole, group = '', word = '', name = ''] of bare.matchAll(MEMBER)) {
      const bdf = fullAddress(word)
      if (bdf !== null) {
        start(context, 'sysfs-find')
        machine.member(bdf, group, place)
        found = true
      } else if (name !== '' && bare.startsWith('/') && bare.split(' ', 2)[0]?.endsWith(whole) === true) {
        start(context, 'sysfs-find')
        machine.nonPciMember(name, group)
        found = true
      }
    }
    if (found) {
      const arrow = bare.indexOf(' -> ')
      if (arrow >= 0) chain(bare.slice(arrow + 4), machine, place)
      return true
    }
    const link = LINK.exec(bare)
    if (link === null) {
      const directory = DIRECTORY.exec(bare)
      if (directory?.[1] === undefined) return false
      openDirectory(context, directory[1])
      return true
    }
  }
  const link = bare.includes(' -> ') ? LINK.exec(bare) : null
  if (link !== null) {
    const [, word = '', what = '', group, driver] = link
    const bdf = fullAddress(word)
    if (bdf === null) return false
    // One function's link names its group, and not who else is in it.
    start(context, what.toLowerCase() === 'iommu_group' ? 'sysfs-link' : 'sysfs-ls')
    const facts = machine.device(bdf, place)
    if (what.toLowerCase() === 'iommu_group' && group !== undefined) machine.member(bdf, group, place)
    else if (driver !== undefined) machine.driver(facts, driver, place)
    return true
  }
  const own = bare.includes('/iommu_group') ? OWN_DIRECTORY.exec(bare) : null
  if (own !== null) {
    openDirectory(context, null)
    return true
  }
  const bound = bare.includes('/drivers/') ? DRIVER_DIRECTORY.exec(bare) : null
  if (bound !== null) {
    const bdf = fullAddress(bound[2] ?? '')
    if (bdf === null) return false
    start(context, 'sysfs-ls')
    machine.driver(machine.device(bdf), bound[1] ?? '', place)
    return true
  }
  const relative = RELATIVE.exec(bare)
  const bdf = fullAddress(relative?.[2] ?? '')
  if (relative?.[1] === undefined || bdf === null) return false
  start(context, 'sysfs-find')
  machine.member(bdf, relative[1], place)
  return true
}

/** `readlink .../0000:01:00.0/iommu_group`, on the next line its answer: a path, or with `basename` the end of one. */
function readAnswer(bare: string, answer: Line | undefined, context: Context): boolean {
  const [, word = '', what = ''] = READLINK.exec(bare) ?? []
  const bdf = fullAddress(word)
  if (bdf === null || answer === undefined) return false
  const { machine } = context
  if (what.toLowerCase() === 'iommu_group') {
    const group = /^(?:\S{0,80}\/iommu_groups\/)?(\d{1,6})$/.exec(answer.bare)?.[1]
    if (group === undefined) return false
    start(context, 'sysfs-link')
    machine.member(bdf, group, answer)
    return true
  }
  const driver = /^(?:\S{0,80}\/drivers\/)?([\w-]{1,60})$/.exec(answer.bare)?.[1]
  if (driver === undefined) return false
  start(context, 'sysfs-ls')
  machine.driver(machine.device(bdf), driver, answer)
  return true
}

function start(context: Context, format: string | null): void {
  context.closeBlock()
  context.group = null
  context.directory = null
  if (format !== null) context.machine.format(format)
}

/** A command, or `ls` itself, names the directory whose entries follow; null: a group without number. */
function openDirectory(context: Context, group: string | null): void {
  const { machine } = context
  start(context, null)
  // Only what really has entries is a format and a group.
  const unnumbered = group === null ? machine.unnumberedGroup() : null
  context.directory = {
    add: (bdf, place) => {
      machine.format('sysfs-ls')
      if (group !== null) machine.member(bdf, group, place)
      else unnumbered?.add(bdf, place)
    },
    other: (name) => {
      if (group !== null) machine.nonPciMember(name, group)
    },
  }
}

function openDriver(context: Context, driver: string): void {
  const { machine } = context
  start(context, null)
  context.directory = {
    add: (bdf, place) => {
      machine.format('sysfs-ls')
      machine.driver(machine.device(bdf), driver, place)
    },
    other: () => undefined,
  }
}

/** Bridges on the way to a device, from the target of its link: `.../pci0000:00/0000:00:1c.6/0000:03:00.0`. */
export function chain(path: string, machine: Machine, place: Place): void {
  let above: string | null = null
  let onPci = false
  for (const part of path.split('/')) {
    const bdf = fullAddress(part)
    if (/^pci[0-9a-f]{4,8}:[0-9a-f]{2}$/i.test(part)) {
      onPci = true
      above = null
    } else if (bdf !== null && onPci) {
      machine.device(bdf)
      machine.parent(bdf, above, place)
      above = bdf
    } else if (onPci && part !== '') return
  }
}
