/**
 * Tools that name functions in forms of their own: nvidia-smi, mdevctl, `lshw -businfo` with and without `-short`, ubuntu-drivers, /proc/iomem, lsmod.
 */
import { BDF, fullAddress } from './address.ts'
import type { Reader } from './context.ts'
import { takeModalias } from './modalias.ts'
import { chain } from './sysfs.ts'

/** `|   0  NVIDIA GeForce RTX 3090      On  | 00000000:01:00.0  On |`, `GPU 00000000:01:00.0` of `-q`. */
const NVIDIA =
  /^\|? {0,6}(?:GPU {1,4}|(\d{1,2}) {1,4}(\S.{0,60}?) {2,40}(?:On|Off|N\/A)? {0,8}\| {0,6})([0-9a-f]{8}:[0-9a-f]{2}:[01][0-9a-f]\.[0-7])(?: {1,8}(On|Off|N\/A))?(?: {0,40}\|.{0,60})?$/i
const MDEV = new RegExp(
  `^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12} (${BDF}) (\\S{1,60})(?: (?:manual|auto))?(?: \\(?\\w+\\)?)?$`,
  'i',
)
const BUSINFO = new RegExp(
  `^(?:/\\d[\\w./:-]{0,60} {1,40})?pci@(${BDF})(?: {1,40}(/dev/\\S{1,40}|[a-z][\\w.:-]{1,20}))?? {1,40}(bridge|display|network|storage|multimedia|bus|generic|communication|memory|input|processor|disk|volume|power|system|printer)(?: {1,40}(.{0,120}))?$`,
  'i',
)
const UBUNTU_DRIVERS = /^== {0,2}(\/sys\/devices\/\S{5,200}?) {0,2}==(.*)$/
const IOMEM = new RegExp(`^([0-9a-f]{4,16}-[0-9a-f]{4,16}) : (\\S.{0,60})$`, 'i')
const ONLY_ADDRESS = new RegExp(`^${BDF}$`, 'i')
const MODULES_HEAD = /^Module +Size +Used by/i
const MODULE = /^([a-z][\w-]{0,60}) +\d{3,10} +(?:-?\d{1,6})(?: +(\S{1,400}))?$/

export const readSystemTools: Reader = (lines, at, context) => {
  const line = lines[at]
  if (line === undefined) return 0
  const { bare } = line
  const { machine } = context

  const nvidia = bare.includes(':') ? NVIDIA.exec(bare) : null
  const gpu = fullAddress(nvidia?.[3] ?? '')
  if (gpu !== null) {
    context.closeBlock()
    machine.format('nvidia-smi')
    const facts = machine.device(gpu, line)
    // It speaks to the driver, and lists what that has.
    machine.driver(facts, 'nvidia', line)
    machine.ids(facts, '10de', null, line)
    const name = nvidia?.[2]?.replace(/\s{2,}.*$/, '')
    if (name !== undefined && facts.name === '') facts.name = name
    if (nvidia?.[4]?.toLowerCase() === 'on') machine.fact({ kind: 'in-use', bdf: gpu, value: 'display' }, line)
    return 1
  }

  const mdev = MDEV.exec(bare)
  const parent = fullAddress(mdev?.[1] ?? '')
  if (parent !== null) {
    machine.format('mdevctl')
    machine.device(parent, line)
    machine.fact({ kind: 'mdev', bdf: parent, value: mdev?.[2] ?? '' }, line)
    return 1
  }
  if (ONLY_ADDRESS.test(bare) && /^ {2,}\S+[-_]\S+$/.test(lines[at + 1]?.text ?? '')) {
    const types = /^ +(?:Available instances|Device API|Name|Description): /.test(lines[at + 2]?.text ?? '')
    const bdf = fullAddress(bare)
    if (types && bdf !== null) {
      context.boundary()
      machine.format('mdevctl')
      machine.device(bdf, line)
      let end = at + 1
      for (let next = lines[end]; next !== undefined && next.indent > line.indent; next = lines[++end]) {
        if (/^\S+[-_]\S+$/.test(next.bare)) machine.fact({ kind: 'mdev', bdf, value: next.bare }, next)
      }
      return end - at
    }
  }

  const businfo = bare.includes('pci@') ? BUSINFO.exec(bare) : null
  const described = fullAddress(businfo?.[1] ?? '')
  if (described !== null && businfo !== null) {
    context.closeBlock()
    machine.format('lshw-businfo')
    const facts = machine.device(described, line)
    const [, , device = '', kind = '', name = ''] = businfo
    if (name !== '') facts.name = name.trim()
    facts.bridge ??= kind === 'bridge' ? null : false
    if (/^(?:en|eth|wl|ib)\w+$/.test(device)) machine.fact({ kind: 'network', bdf: described, value: device }, line)
    else if (/^\/dev\/(?:nvme|sd)/.test(device)) machine.fact({ kind: 'disk', bdf: described, value: device }, line)
    return 1
  }

  const drivers = UBUNTU_DRIVERS.exec(bare)
  if (drivers !== null) {
    const bdf = fullAddress(drivers[1]?.split('/').at(-1) ?? '')
    if (bdf === null) return 0
    context.boundary()
    machine.format('ubuntu-drivers')
    const facts = machine.device(bdf, line)
    facts.bridge ??= false
    chain(drivers[1] ?? '', machine, line)
    takeModalias(drivers[2] ?? '', facts, line, machine)
    let end = at + 1
    // The drivers here are packages that could be installed, none of them is bound.
    for (
      let next = lines[end];
      next !== undefined && /^(?:modalias|vendor|model|driver|manual_install) {0,4}:/.test(next.bare);
      next = lines[++end]
    ) {
      machine.understood(next)
      if (next.bare.startsWith('modalias')) takeModalias(next.bare, facts, next, machine)
    }
    return end - at
  }

  const memory = IOMEM.exec(bare)
  if (memory !== null) {
    const [, range = '', owner = ''] = memory
    const bdf = fullAddress(owner)
    if (bdf !== null) {
      context.iomem = { indent: line.indent, bdf }
      machine.device(bdf, line)
      machine.format('iomem')
    } else if (context.iomem !== null && line.indent > context.iomem.indent) {
      machine.fact({ kind: 'memory', bdf: context.iomem.bdf, value: `${range} ${owner}` }, line)
    } else {
      context.iomem = null
      if (/efifb|vesafb|simple-?fb|simple-?framebuffer|BOOTFB|efi-framebuffer/i.test(owner)) {
        machine.fact({ kind: 'memory', value: `${range} ${owner}` }, line)
      }
    }
    return 1
  }

  if (!MODULES_HEAD.test(bare)) return 0
  let end = at + 1
  for (let next = lines[end]; next !== undefined; next = lines[++end]) {
    const module = MODULE.exec(next.bare)?.[1]
    if (module === undefined) break
    machine.fact({ kind: 'module', value: module }, next)
  }
  return end - at
}
