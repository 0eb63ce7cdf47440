/** A comparison as Markdown: for a mail, an issue, a wiki. */
import { NOT_ASKED } from '../explain/differences.ts'
import { describeOp, describeResult, plain } from '../explain/index.ts'
import type { Cell, Column, Comparison } from '../scenario/compare/compare.ts'
import { notesOn } from '../scenario/compare/compare-notes.ts'
import { succeeded } from '../sim/result.ts'
import type { KernelId } from '../sim/kernel.ts'

export interface MarkdownHead {
  readonly title: string
  /** Address of the comparison; none if it is too large for a link. */
  readonly link?: string
  /** What else the result depends on, such as the machine and boot options; one item each. */
  readonly setting: readonly string[]
  readonly nameOf: (kernel: KernelId) => string
}

/**
 * Writes rows of a comparison as a document: title and link, the table, what was asked in other words, what changed.
 * @param rows the rows to write, from 0, in order
 */
export function comparisonMarkdown(comparison: Comparison, rows: readonly number[], head: MarkdownHead): string {
  const { columns } = comparison
  const names = columns.map(({ kernel }) => head.nameOf(kernel.id))
  const footnotes: string[] = []
  const body = rows.map((row) => {
    const shown = comparison.rows[row]
    if (shown === undefined) return ''
    const differs = shown.difference !== null
    const world = columns[0]?.run.world
    const call = world === undefined ? shown.op.op : describeOp(world, shown.op).call
    const cells = shown.cells.map((cell, place) => {
      const column = columns[place]
      const word = cellText(cell)
      const marked = shown.difference === 'answers' && cell.result !== undefined && !cell.dead ? `**${word}**` : word
      if (column === undefined || cell.translation.kind !== 'translated') return marked
      footnotes.push(
        `[${footnotes.length + 1}] Step ${row + 1}, ${escape(names[place] ?? '')}: ${askedText(column, cell)}`,
      )
      return `${marked} [${footnotes.length}]`
    })
    return line([`${row + 1}${differs ? ' ≠' : ''}`, codeText(call), ...cells])
  })
  const end = standings(comparison)
  const parts = [
    `# ${escape(head.title === '' ? 'A run under several kernels' : head.title)}`,
    head.setting.map(escape).join(' · '),
    head.link === undefined ? '' : `[Open this comparison in IOMMU Playground](${head.link})`,
    [
      line(['#', 'Operation', ...names.map(escape)]),
      line(['--:', '---', ...names.map(() => '---')]),
      ...body,
      ...end.map(({ name, verdicts }) => line(['', `**${escape(name)} at the end**`, ...verdicts])),
    ].join('\n'),
    footnotes.length === 0 ? '' : `Asked in other words:\n\n${footnotes.map((note) => `- ${note}`).join('\n')}`,
    changes(comparison, rows),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

/** Glyph and word of a cell. */
export function cellText(cell: Cell): string {
  const { translation, result, dead } = cell
  if (dead) return `${NOT_ASKED.dead.glyph} ${NOT_ASKED.dead.word}`
  if ('why' in translation) return `${NOT_ASKED[translation.why].glyph} ${NOT_ASKED[translation.why].word}`
  if (result === undefined) return ''
  const { glyph, word } = describeResult(result)
  const late = cell.completes.map((done) => {
    const answer = succeeded(done.result) ? '' : ` (${describeResult(done.result).word})`
    return `${done.row + 1}${answer}`
  })
  return `${glyph} ${word}${late.length === 0 ? '' : `, releases ${late.join(', ')}`}`
}

/** The calls that a kernel was really asked, with their answers. */
function askedText({ run }: Column, { from, to }: Cell): string {
  return run.steps
    .slice(from, to)
    .map(({ op, result }) => {
      const { glyph, word } = describeResult(result)
      return `${codeText(describeOp(run.world, op).call)} ${glyph} ${word}`
    })
    .join(', ')
}

/** How the groups stand at the end, one line a group. */
function standings({ columns }: Comparison): { name: string; verdicts: string[] }[] {
  const [first] = columns
  const groups = first?.standings.at(-1) ?? []
  return groups.map(({ group }, place) => ({
    name: `Group ${first?.run.world.groups[group]?.id ?? ''}`,
    verdicts: columns.map(({ standings: all, bug }) => {
      const standing = all.at(-1)?.[place]
      if (bug >= 0 || standing === undefined) return `${NOT_ASKED.dead.glyph} ${NOT_ASKED.dead.word}`
      return `${standing.viable ? '✓ viable' : '✗ not viable'}, ${VERDICTS[standing.verdict]}`
    }),
  }))
}

const VERDICTS = { isolated: '✓ isolated', 'not-isolated': '✗ not isolated', host: 'the host’s' } as const

/** The notes, each once, with the steps that they are about. */
function changes(comparison: Comparison, rows: readonly number[]): string {
  const steps = new Map<string, { text: string; steps: number[] }>()
  for (const row of rows) {
    for (const note of notesOn(comparison, row)) {
      if (note.id === 'follows') continue
      const since = note.since === '' ? '' : ` (${note.since})`
      const text = `**${escape(note.title)}**${since}. ${escape(plain(note.words))} ${escape(note.source)}.`
      const known = steps.get(note.id)
      if (known === undefined) steps.set(note.id, { text, steps: [row + 1] })
      else known.steps.push(row + 1)
    }
  }
  if (steps.size === 0) return ''
  const items = [...steps.values()].map(({ text, steps: at }) => `- Step ${at.join(', ')}: ${text}`)
  return `## What changed\n\n${items.join('\n')}`
}

/** A row of a table. */
export function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/[\r\n]+/g, ' ')).join(' | ')} |`
}

/** Text that Markdown would read as something else. */
export function escape(text: string): string {
  return text.replaceAll(/[\\`*_{}[\]<>#~&$]/g, (character) => `\\${character}`)
}

/** Text as it is, in the type of code. */
export function codeText(text: string): string {
  return text.includes('`') ? escape(text) : `\`${text}\``
}
