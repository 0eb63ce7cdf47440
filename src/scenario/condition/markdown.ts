/** What docs/conditions.md holds that is computed. */
import { formOf, TERM_NAMES } from './terms.ts'

/** The terms as Markdown. */
export function conditionsMarkdown(): string {
  const rows = TERM_NAMES.map((name) => {
    const { args, subjects, pair, means } = formOf(name)
    const given = args.map((arg) => (arg.endsWith('?') ? `[:${arg.slice(0, -1)}]` : `:${arg}`)).join('')
    const about = pair ? '@…,…' : subjects.length > 0 ? '[@…]' : ''
    return [`\`${name}${given}${about}\``, means, pair ? 'two devices' : subjects.join(', ') || 'nothing']
  })
  const head = ['term', 'it holds when', 'behind `@` can stand']
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}
