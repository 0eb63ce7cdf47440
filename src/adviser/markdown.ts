/** An answer as Markdown: for a forum post, an issue or a mail. */
import { plain, shortBdf } from '../explain/words.ts'
import { shortName } from '../machines/short-name.ts'
import type { KernelId } from '../sim/kernel.ts'
import { groupLabel } from './answer-words.ts'
import type { Advice } from './advice-types.ts'
import { evidenceLine } from './evidence-words.ts'
import type { Setting } from './setting.ts'
import { adviceWords } from './words.ts'

/** Characters that Markdown or HTML would take for its own. */
function escaped(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ').replaceAll(/[\\`*_[\]<>|#]/g, (sign) => `\\${sign}`)
}

/**
 * @param link address of the answer; null: it is too long for one
 */
export function adviceMarkdown(advice: Advice, kernel: KernelId, setting: Setting, link: string | null): string {
  const words = adviceWords(advice, kernel, setting)
  const { wanted, members, evidence, group } = advice
  const list = (title: string, items: readonly string[]): string =>
    items.length === 0 ? '' : `**${title}**\n\n${items.map((item) => `- ${escaped(item)}`).join('\n')}`
  const parts = [
    `### ${escaped(`${shortBdf(wanted.bdf)} ${shortName(wanted)}, ${groupLabel(advice)}`)}`,
    `**${escaped(words.title)}.** ${escaped(plain(words.answer))}`,
    list(
      'Who has to do what',
      members.map(({ f }, index) => `${shortBdf(f.bdf)} ${shortName(f)}: ${words.members[index]?.need ?? ''}`),
    ),
    list('What the host loses', words.losses.map(plain)),
    list(
      'What is not known',
      words.doubts.map(({ title, command }) => `${title}: ${command}`),
    ),
    list(
      'What else can be done',
      words.alternatives.map(({ title, words: why }) => `${title}: ${plain(why)}`),
    ),
    list('Notes', words.notes.map(plain)),
    list(
      'What this rests on',
      evidence.map((each) => evidenceLine(each, group)),
    ),
    link === null ? '' : `[The whole answer, with the commands](${link})`,
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}
