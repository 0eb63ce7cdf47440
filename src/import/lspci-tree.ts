/**
 * The tree that `lspci -t` draws. Each line goes on where the lines above left off, so columns matter: the functions of
 * a bus hang below one another, in the column of the first one's `+`.
 */
import type { Context, Reader } from './context.ts'
import { parseDescription } from './description.ts'
import type { Line } from './lines.ts'

/** A bus whose functions are being listed. */
interface Branch {
  /** Column at which its further functions hang. */
  readonly column: number
  /** Its last function has been read. */
  ended: boolean
  /** Null: the list of root buses. */
  readonly bus: { readonly domain: string; readonly number: string; readonly bridge: string | null } | null
}

const START = /^ {0,80}-(?:\+-)?\[(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}\]-/i
/** Spaces and the trunks of outer branches, then the branch of this line. */
const NEXT = /^[ |]{0,240}[+\\]-/
const ROOT_BUS = /^\[(?:([0-9a-f]{4,8}):)?([0-9a-f]{2})\]/i
const BUSES_BELOW = /^-\[(?:[0-9a-f]{4,8}:)?([0-9a-f]{2})(?:-([0-9a-f]{2}))?\]/i
const FUNCTION = /^([01][0-9a-f])\.([0-7])/i

/** With `-n` a leaf has ids instead of a name. */
const NUMERIC = /^ {1,3}([0-9a-f]{4}):([0-9a-f]{4})$/i

export const readTree: Reader = (lines, at, context) => {
  const first = lines[at]
  if (first === undefined) return 0
  const rootless = isRootless(lines, at, context)
  if (!rootless && !START.test(first.text)) return 0
  context.boundary()
  context.machine.format(
    /\d\.[0-7] {1,3}\S/.test(first.text) || /\d\.[0-7] {1,3}\S/.test(lines[at + 1]?.text ?? '')
      ? 'lspci-tv'
      : 'lspci-t',
  )
  const tree = new Tree(context)
  if (rootless) tree.hangFrom(first)
  tree.read(first)
  let next = at + 1
  for (let line = lines[next]; line !== undefined && !line.fence; line = lines[++next]) {
    if (!NEXT.test(line.text)) {
      // A blank line ends the tree; the tail of a wrapped name stands at the margin.
      const goesOn = line.bare !== '' && NEXT.test(lines[next + 1]?.text ?? '')
      if (!goesOn || START.test(line.text)) break
      continue
    }
    tree.read(line)
  }
  context.boundary()
  return next - at
}

/** A tree whose first line was not pasted: its functions are those of bus 00 that the text names elsewhere. */
function isRootless(lines: readonly Line[], at: number, { machine }: Context): boolean {
  const here = lines[at]
  const next = lines[at + 1]
  if (here === undefined || next === undefined || !NEXT.test(here.text) || !NEXT.test(next.text)) return false
  return [here, next].some(({ text }) => {
    const name = /^[ |]{0,240}[+\\]-([01][0-9a-f]\.[0-7])(?:-\[| {1,3}\S|$)/i.exec(text)?.[1]
    return name !== undefined && machine.has(`0000:00:${name.toLowerCase()}`)
  })
}

class Tree {
  private branches: Branch[] = []
  private broken = false
  private readonly context: Context

  constructor(context: Context) {
    this.context = context
  }

  /** The root bus hangs above the first line, which is one of its functions. */
  hangFrom({ text }: Line): void {
    const bus = { domain: '0000', number: '00', bridge: null }
    this.branches.push({ column: text.search(/[+\\]/), ended: false, bus })
  }

  read(line: Line): void {
    const { text } = line
    if (START.test(text)) {
      this.branches = []
      const dash = text.indexOf('-')
      const several = text.startsWith('-+-', dash)
      if (several) this.branches.push({ column: dash + 1, ended: false, bus: null })
      this.readRootBus(text, dash + (several ? 3 : 1), line)
      return
    }
    const column = text.search(/[+\\]/)
    const root = text[column + 2] === '['
    const branch =
      (this.broken ? null : this.branchAt(column, root)) ?? this.branchByTrunks(text.slice(0, column), line)
    if (branch === null || (branch.bus === null) !== root) return
    if (text[column] === '\\') branch.ended = true
    if (branch.bus === null) this.readRootBus(text, column + 2, line)
    else this.readFunction(text, column + 2, branch.bus, line)
  }

  /** The branch that hangs in a column, give or take what a lost quote mark shifts; deeper ones have ended. */
  private branchAt(column: number, root: boolean): Branch | null {
    const open = this.branches.filter((branch) => branch.column <= column + 1)
    const branch = open.at(-1)
    if (branch === undefined || column - branch.column > 2 || (branch.bus === null) !== root) return null
    this.branches = open
    return branch
  }

  /** Where spaces are lost: each branch further out that goes on draws its trunk, so their number tells the branch. */
  private branchByTrunks(before: string, line: Line): Branch | null {
    if (!this.broken) this.context.machine.warn('columns', line)
    this.broken = true
    const trunks = before.split('|').length - 1
    const goingOn = this.branches.filter(({ ended }) => !ended)
    const branch = goingOn[trunks]
    if (branch === undefined) return null
    this.branches = this.branches.slice(0, this.branches.indexOf(branch) + 1)
    return branch
  }

  private readRootBus(text: string, from: number, line: Line): void {
    const match = ROOT_BUS.exec(text.slice(from))
    if (match === null) return
    const [token, domain = '0000', number = '00'] = match
    this.readBus(
      text,
      from + token.length,
      { domain: domain.toLowerCase(), number: number.toLowerCase(), bridge: null },
      line,
    )
  }

  /** What follows a bus: `-+-` and its first function, dashes and its only one, or dashes alone. */
  private readBus(text: string, from: number, bus: NonNullable<Branch['bus']>, line: Line): void {
    let at = from
    while (text[at] === '-') at++
    if (text[at] === '+' && text[at + 1] === '-') {
      this.branches.push({ column: at, ended: false, bus })
      at += 2
    }
    this.readFunction(text, at, bus, line)
  }

  private readFunction(text: string, from: number, bus: NonNullable<Branch['bus']>, line: Line): void {
    const match = FUNCTION.exec(text.slice(from, from + 4))
    if (match === null) return
    const { machine } = this.context
    const bdf = `${bus.domain}:${bus.number}:${match[0].toLowerCase()}`
    const facts = machine.device(bdf, line)
    machine.parent(bdf, bus.bridge, line)
    const behind = from + match[0].length
    const below = BUSES_BELOW.exec(text.slice(behind, behind + 24))
    if (below === null) {
      facts.bridge ??= false
      const numeric = NUMERIC.exec(text.slice(behind, behind + 16))
      if (numeric !== null) {
        machine.ids(facts, numeric[1]?.toLowerCase() ?? null, numeric[2]?.toLowerCase() ?? null, line)
        return
      }
      const name = parseDescription(text.slice(behind).trim())
      machine.ids(facts, name.vendor, name.device, line)
      if (name.name !== '' && facts.name === '')
        facts.name = name.className === '' ? name.name : text.slice(behind).trim()
      return
    }
    const [token, secondary = '', subordinate = secondary] = below
    facts.bridge = true
    facts.secondary = secondary.toLowerCase()
    facts.subordinate = subordinate.toLowerCase()
    this.readBus(text, behind + token.length, { domain: bus.domain, number: facts.secondary, bridge: bdf }, line)
  }
}
