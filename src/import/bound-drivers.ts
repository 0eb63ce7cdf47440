/** Tools that list which driver has which function: `dpdk-devbind.py --status` and `driverctl list-devices`. */
import { BDF, fullAddress } from './address.ts'
import type { Reader } from './context.ts'

const DPDK = new RegExp(`^(${BDF}) '([^']{0,200})'(?: (.*))?$`, 'i')
const DRIVERCTL = new RegExp(`^(${BDF}) (\\(none\\)|[a-z][\\w-]{1,40})(?: \\[\\*\\])?(?: \\((.{0,200})\\))?$`, 'i')

/** `0000:01:00.0 'I350 Gigabit Network Connection 1521' if=eno1 drv=igb unused=vfio-pci *Active*` */
export const readDpdkDevbind: Reader = (lines, at, context) => {
  const line = lines[at]
  const match = line === undefined ? null : DPDK.exec(line.bare)
  // Mail wraps the line before any of its fields.
  const next = lines[at + 1]?.bare ?? ''
  const tail = /^(?:drv|unused|if|numa_node)=/.test(next) ? ` ${next}` : ''
  const bdf = fullAddress(match?.[1] ?? '')
  if (line === undefined || match === null || bdf === null) return 0
  const [, , words = '', own = ''] = match
  const fields = own + tail
  if (!/\b(?:drv|unused|if|numa_node)=/.test(fields) && fields !== '') return 0
  const { machine } = context
  context.closeBlock()
  context.group = null
  machine.format('dpdk-devbind')
  const facts = machine.device(bdf, line)
  // The device id closes the name; the vendor's is not printed.
  const name = words.replace(/ (?:Device )?[0-9a-f]{4}$/i, '')
  if (name !== '') facts.name = name
  facts.device ??= /(?:^| )([0-9a-f]{4})$/i.exec(words)?.[1]?.toLowerCase() ?? null
  const driver = /\bdrv=([\w-]{1,60})/.exec(fields)?.[1]
  machine.driver(facts, driver ?? null, /\bdrv=/.test(own) ? line : (lines[at + 1] ?? line))
  if (tail !== '') machine.understood(lines[at + 1] ?? line)
  const network = /\bif=([\w,]{1,60})/.exec(fields)?.[1]
  if (network !== undefined) machine.fact({ kind: 'network', bdf, value: network }, line)
  if (fields.includes('*Active*')) machine.fact({ kind: 'in-use', bdf, value: network ?? 'network' }, line)
  return tail === '' ? 1 : 2
}

/** `0000:01:00.0 vfio-pci [*]`, `0000:00:1f.3 (none)`, with `-v` a name in brackets behind it */
export const readDriverctl: Reader = (lines, at, context) => {
  const line = lines[at]
  const match = line === undefined ? null : DRIVERCTL.exec(line.bare)
  const bdf = fullAddress(match?.[1] ?? '')
  if (line === undefined || match === null || bdf === null) return 0
  const [, , driver = '', name = ''] = match
  // The same shape in running text: a driver's name has an underscore, a hyphen or a digit, or the neighbour is a line like it.
  const neighbour = [lines[at - 1], lines[at + 1]].some((next) => next !== undefined && DRIVERCTL.test(next.bare))
  if (!neighbour && !/\[\*\]|\(none\)|[_-]/.test(line.bare)) return 0
  const { machine } = context
  context.closeBlock()
  context.group = null
  machine.format('driverctl')
  const facts = machine.device(bdf)
  // `driverctl -v` has names.
  if (name !== '' && facts.name === '') facts.name = name
  machine.driver(facts, driver === '(none)' ? null : driver, line)
  return 1
}
