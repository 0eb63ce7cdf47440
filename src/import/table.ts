/**
 * Tables whose head names the columns, in any order: Markdown, boxes drawn by tools, values between commas or tabs, and
 * columns that are lined up with spaces.
 */
import { BDF, fullAddress } from './address.ts'
import type { Context, Reader } from './context.ts'
import { addressIn, fieldOf, takeFields, type Field } from './fields.ts'
import type { Line } from './lines.ts'

/** The columns of a table that tell something, and how its rows are cut. */
interface Table {
  readonly format: string
  readonly columns: readonly (Field | undefined)[]
  cut(row: Line): readonly string[]
}

/** Lines between head and rows, and the borders of boxes. */
const RULER = /^[\s─━═┌┐└┘├┤┬┴┼╞╡╪╒╕╘╛╤╧╔╗╚╝╠╣╦╩╬│|+=:-]{3,}$/
const BARS = ['|', '│', '┃', '║'] as const
/** The rows of `lshw -businfo`, with `-short` or without, are known by themselves. */
const LSHW = /^(?:H\/W path {2,})?Bus info {2,}Device {2,}Class/i
const ADDRESS = new RegExp(`(?<![\\w.:])(?:pci@)?${BDF}(?!\\w|:\\w|\\.\\d)`, 'i')

export const readTable: Reader = (lines, at, context) => {
  const head = lines[at]
  if (head === undefined || head.bare.length > 600 || LSHW.test(head.bare) || ADDRESS.test(head.bare)) return 0
  const table = tableOf(head)
  if (table === null || !hasRows(lines, at, table)) return 0
  context.boundary()
  let next = at + 1
  let previous: string | null = null
  context.machine.understood(head)
  for (let line = lines[next]; line !== undefined && !line.fence; line = lines[++next]) {
    if (RULER.test(line.bare)) continue
    const bdf = readRow(line, table, previous, context)
    if (bdf === null) break
    previous = bdf
  }
  context.boundary()
  return next - at
}

/** Below the head, after rulers, stands a row with an address in its column. */
function hasRows(lines: readonly Line[], at: number, table: Table): boolean {
  for (let next = at + 1; next <= at + 3; next++) {
    const line = lines[next]
    if (line === undefined || line.fence) return false
    if (RULER.test(line.bare)) continue
    return addressOfRow(table.cut(line), table) !== null
  }
  return false
}

function addressOfRow(cells: readonly string[], { columns }: Table): string | null {
  const at = columns.indexOf('address')
  const cell = cells[at] ?? ''
  // Several functions in one cell are read one by one.
  return addressIn(cell) ?? fullAddress(ADDRESS.exec(cell)?.[0].replace(/^pci@/i, '') ?? '')
}

/** Takes a row; null if it is none. A row without address goes on with the one above it. */
function readRow(line: Line, table: Table, previous: string | null, context: Context): string | null {
  const { machine } = context
  const cells = table.cut(line)
  const bdf = addressOfRow(cells, table)
  if (bdf === null) {
    // The name or another cell is wrapped onto a row of its own.
    const wrapped = table.format === 'markdown-table' && previous !== null && line.bare.startsWith('|')
    return wrapped && (cells[table.columns.indexOf('address')] ?? '').trim() === '' ? previous : null
  }
  machine.format(table.format)
  const facts = machine.device(bdf, line)
  const told = table.columns.flatMap((field, column): [Field, string][] =>
    field === undefined || field === 'address' ? [] : [[field, plain(cells[column] ?? '')]],
  )
  takeFields(facts, told, line, machine)
  return bdf
}

/** A cell without what marks it: back-ticks are gone by now. */
function plain(cell: string): string {
  return cell
    .trim()
    .replace(/^[*_]{1,3}|[*_]{1,3}$/g, '')
    .trim()
}

function tableOf(head: Line): Table | null {
  const bar = BARS.find((mark) => head.bare.includes(mark))
  if (bar !== undefined) return known('markdown-table', split(head.bare, bar), (row) => split(row.bare, bar))
  for (const mark of [',', ';'] as const) {
    if (head.bare.includes(mark)) {
      const table = known('csv', quoted(head.bare, mark), (row) => quoted(row.bare, mark))
      if (table !== null) return table
    }
  }
  return linedUp(head)
}

/** A table if its head names an address and something else. */
function known(format: string, heads: readonly string[], cut: Table['cut']): Table | null {
  const columns = heads.map((head) => fieldOf(head))
  // Of two columns that might be the address (`ID`, `Slot`) the first name in the list of fields counts.
  return columns.includes('address') && columns.filter((field) => field !== undefined).length > 1
    ? { format, columns, cut }
    : null
}

function split(row: string, bar: string): string[] {
  const cells = row.split(bar)
  if (cells[0]?.trim() === '') cells.shift()
  return cells
}

/** Values between commas, with or without quotes. */
function quoted(row: string, mark: ',' | ';'): string[] {
  const pattern = mark === ',' ? /\s*(?:"([^"]*)"|([^,]*))\s*(?:,|$)/y : /\s*(?:"([^"]*)"|([^;]*))\s*(?:;|$)/y
  const cells: string[] = []
  while (pattern.lastIndex < row.length) {
    const match = pattern.exec(row)
    if (match === null) break
    cells.push(match[1] ?? match[2] ?? '')
  }
  return cells
}

/** Columns lined up with spaces: a head ends where two spaces stand, a cell where the next head begins. */
function linedUp(head: Line): Table | null {
  const heads = [...head.text.matchAll(/\S+(?: \S+)*/g)]
  if (heads.length < 2) return null
  const starts = heads.map(({ index }) => index)
  return known(
    'table',
    heads.map(([word]) => word),
    ({ text }) => starts.map((start, column) => cellAt(text, column === 0 ? 0 : start, starts[column + 1])),
  )
}

/** The words that begin between two heads; one that is set to the right may begin before its head and end below it. */
function cellAt(text: string, from: number, to: number | undefined): string {
  const start = text[from] !== ' ' && from > 0 && text[from - 1] !== ' ' ? text.lastIndexOf(' ', from) + 1 : from
  if (to === undefined) return text.slice(start)
  const end = text[to] !== ' ' && text[to - 1] !== ' ' && to < text.length ? text.lastIndexOf(' ', to) : to
  return text.slice(start, Math.max(start, end))
}
