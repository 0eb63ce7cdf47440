/** `pvesh get /nodes/NODE/hardware/pci`: a table with one function in each row, its right side cut by the terminal. */
import { fullAddress } from './address.ts'
import type { Reader } from './context.ts'
import type { Line } from './lines.ts'

const BORDER = /^[─━═┌┐└┘├┤┬┴┼╞╡╪╒╕╘╛╤╧╔╗╚╝╠╣╦╩╬|+=-]{3,}/

export const readPvesh: Reader = (lines, at, context) => {
  const table = header(lines[at])
  if (table === null) return 0
  context.boundary()
  const { machine } = context
  machine.format('pvesh-table')
  // Bridges and more are hidden unless the class filter is emptied: a group may have other members.
  const first = lines[at]
  if (first !== undefined) machine.warn('filtered', first)
  let next = at + 1
  for (let line = lines[next]; line !== undefined && !line.fence; line = lines[++next]) {
    if (BORDER.test(line.bare)) continue
    const cells = table.cut(line)
    const cell = (name: string): string => cells[table.columns.indexOf(name)]?.trim() ?? ''
    const bdf = fullAddress(cell('id'))
    if (bdf === null) break
    const facts = machine.device(bdf, line)
    const code = /^0x([0-9a-f]{6})$/i.exec(cell('class'))?.[1]
    machine.classOf(facts, code?.toLowerCase() ?? null, '', line)
    machine.ids(facts, id(cell('vendor')), id(cell('device')), line)
    const name = `${cell('vendor_name')} ${cell('device_name')}`.trim()
    if (name !== '') facts.name = name
    // -1: in no group.
    if (/^\d{1,6}$/.test(cell('iommugroup'))) machine.member(bdf, cell('iommugroup'), line)
  }
  context.boundary()
  return next - at
}

interface Table {
  /** Names of the columns. */
  readonly columns: readonly string[]
  /** The cells of a row. */
  cut(row: Line): string[]
}

/** A table by the names in its head: between bars, or in a table without borders from word to word. */
function header(line: Line | undefined): Table | null {
  if (line === undefined || !line.bare.includes('iommugroup') || !/\bid\b/.test(line.bare)) return null
  const bar = ['│', '|', '┃'].find((mark) => line.bare.includes(mark))
  if (bar !== undefined) {
    return { columns: line.bare.split(bar).map((name) => name.trim()), cut: (row) => row.bare.split(bar) }
  }
  const words = [...line.text.matchAll(/\S+/g)]
  return {
    columns: words.map(([name]) => name),
    cut: ({ text }) =>
      words.map(({ 0: name, index }, place) =>
        // Numbers are set to the right: they end where their column's name ends.
        name === 'iommugroup'
          ? (/\S{0,8}$/.exec(text.slice(Math.max(0, index - 8), index + name.length))?.[0] ?? '')
          : text.slice(index, words[place + 1]?.index),
      ),
  }
}

function id(cell: string): string | null {
  return /^0x([0-9a-f]{4})$/i.exec(cell)?.[1]?.toLowerCase() ?? null
}
