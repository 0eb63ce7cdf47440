/** Tools that tell of cards without their addresses: `lshw -short`, and the matrix of `nvidia-smi topo -m`. */
import type { Reader } from './context.ts'

const LSHW_HEAD = /^H\/W path +(?:Device +)?Class +Description/i
/** A row below lshw's host bridge: a PCI function by its place, without its bus. */
const LSHW_PCI_ROW = /^\/0\/1[0-9a-f]{2}(?:[/\s]|$)/
const LSHW_ROW = /^(?:\/\d[\w./:-]*|  {3,}\S)/
const TOPO_HEAD =
  /^(?:(?:GPU|NIC)\d{1,3}|mlx\d_\d{1,3})(?: +(?:(?:GPU|NIC)\d{1,3}|mlx\d_\d{1,3}))*(?: +(?:CPU|NUMA|GPU NUMA).*)?$/
const TOPO_ROW = /^((?:GPU|NIC)\d{1,3}|mlx\d_\d{1,3}) +((?:(?:X|NV\d{1,3}|PIX|PXB|PHB|NODE|SYS|SOC)(?: +|$))+)(.*)$/
/** Devices in one row are not more. */
const MOST = 64

export const readShortForms: Reader = (lines, at, context) => {
  const head = lines[at]
  if (head === undefined) return 0
  const { machine } = context
  if (LSHW_HEAD.test(head.bare)) {
    machine.format('lshw-short')
    let end = at + 1
    for (let row = lines[end]; row !== undefined; row = lines[++end]) {
      if (!/^=+$/.test(row.bare) && !LSHW_ROW.test(row.text)) break
      if (LSHW_PCI_ROW.test(row.bare)) machine.passOver('address', row, true)
    }
    return end - at
  }
  const next = lines[at + 1]
  if (next === undefined || !TOPO_ROW.test(next.bare) || !TOPO_HEAD.test(head.bare)) return 0
  const names = head.bare.split(/ +/).filter((word) => /^(?:(?:GPU|NIC)\d|mlx)/.test(word))
  machine.format('nvidia-smi-topo')
  let end = at + 1
  for (let row = lines[end]; row !== undefined; row = lines[++end]) {
    const [, name = '', cells = ''] = TOPO_ROW.exec(row.bare) ?? []
    if (name === '') break
    machine.passOver('address', row, true)
    // Each pair stands in the matrix twice.
    const own = names.indexOf(name)
    for (const [column, cell] of cells.trim().split(/ +/).slice(0, MOST).entries()) {
      const other = names[column]
      if (other !== undefined && column > own && /^(?:PIX|PXB)$/.test(cell)) {
        machine.fact({ kind: 'topology', value: `${name} ${other} ${cell}` }, row)
      }
    }
  }
  return end - at
}
