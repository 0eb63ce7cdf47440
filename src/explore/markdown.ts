/** What docs/explore.md holds that is computed. */
import { KERNELS } from '../sim/kernels/registry.ts'
import type { ExploreResult } from './exploration.ts'
import { formOf, WORD_NAMES } from './goals.ts'
import { askAll, TABLE } from './table.ts'

/** A cell in short: the fewest operations, or that there is no way; and how many states that took. */
function cellText({ verdict, path, states }: ExploreResult): string {
  const answer = verdict === 'limit' ? 'not decided' : path === null ? 'impossible' : `**${path.length}**`
  return `${answer} (${states.toLocaleString('en')})`
}

/**
 * The table as Markdown: a row for each question, a column for each kernel.
 * @throws ExploreError
 */
export function tableMarkdown(now: () => number): string {
  const kernels = KERNELS.map(({ id }) => id)
  const rows = TABLE.map((question) => {
    const cells = askAll(question, now, kernels).map(({ result }) => cellText(result))
    return [question.title, ...cells]
  })
  const head = ['question', ...kernels.map((id) => `\`${id}\``)]
  return table([head, ...rows])
}

/** The words of questions as Markdown. */
export function wordsMarkdown(): string {
  const rows = WORD_NAMES.map((name) => {
    const { args, subjects, means } = formOf(name)
    const given = args.map((arg) => (arg.endsWith('?') ? `[:${arg.slice(0, -1)}]` : `:${arg}`)).join('')
    return [`\`${name}${given}${subjects.length > 0 ? '[@…]' : ''}\``, means, subjects.join(', ') || 'nothing']
  })
  return table([['word', 'it holds when', 'behind `@` can stand'], ...rows])
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
