/** What docs/explore.md holds that is computed. */
import { KERNELS } from '../sim/kernels/registry.ts'
import type { ExploreResult } from './exploration.ts'
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

function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
