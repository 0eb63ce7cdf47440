/** A run as Markdown: for an issue, a wiki, a course page. */
import { plain } from '../../explain/index.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { codeText, escape, line } from '../markdown.ts'
import type { Exported, PlayedRun } from './exported.ts'
import { settingOf } from './setting.ts'
import { toldSteps, type ToldStep } from './told.ts'

/** Writes title, what the run depends on, the link, a table of the steps, and why calls were refused. */
export function runMarkdown(played: PlayedRun): Exported {
  const { scenario, run, link } = played
  const steps = toldSteps(played)
  const refusals = steps.flatMap(refusalItems)
  const left = run.steps.length - steps.length
  const parts = [
    `# ${escape(oneLine(titleOf(scenario)))}`,
    settingOf(played)
      .map((item) => escape(oneLine(item)))
      .join(' · '),
    link === undefined ? '' : `[Open this run in IOMMU Playground](${link})`,
    quoted(scenario.notes?.['0']),
    [
      line(['#', 'Who', 'Call', 'Answer', 'Note']),
      line(['--:', '---', '---', '---', '---']),
      ...steps.map((step) => line(cells(step))),
    ].join('\n'),
    left > 0 ? `The kernel has stopped: ${left} further ${left === 1 ? 'step has' : 'steps have'} no answer.` : '',
    refusals.length === 0 ? '' : `## Why\n\n${refusals.join('\n')}`,
  ]
  return { ok: true, text: `${parts.filter((part) => part !== '').join('\n\n')}\n` }
}

/** Without signs that would end a line or turn it around. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
}

function cells({ number, who, call, answer, late, note, refusal }: ToldStep): string[] {
  const strong = refusal === null ? codeText(oneLine(answer)) : `**${codeText(oneLine(answer))}**`
  const answers = [strong, ...late.map((words) => escape(oneLine(words)))]
  return [
    String(number),
    escape(oneLine(who)),
    codeText(oneLine(call)),
    answers.join('; '),
    escape(oneLine(note ?? '')),
  ]
}

function quoted(note: string | undefined): string {
  return note === undefined
    ? ''
    : note
        .split('\n')
        .map((each) => `> ${escape(oneLine(each))}`)
        .join('\n')
}

/** A refusal: the sentence, and below it the chain of calls with its checks. */
function refusalItems({ number, answer, refusal }: ToldStep): string[] {
  if (refusal === null) return []
  const path = refusal.path.map(({ kind, fn, words, answer: said, decisive }) => {
    if (kind === 'entry') return `  - ${codeText(oneLine(fn))}`
    const name = fn === '' ? '' : `${codeText(oneLine(fn))}: `
    const text = `${name}${escape(oneLine(plain(words)))}${said === undefined ? '' : `: ${escape(oneLine(plain(said)))}`}`
    return `    - ${decisive === true ? `**${text}**` : text}`
  })
  return [`- Step ${number}, ${codeText(oneLine(answer))}: ${escape(oneLine(refusal.why))}`, ...path]
}
