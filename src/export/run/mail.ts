/** A run as plain text for a mailing list: at most 72 columns, typed signs, the link alone at the end. */
import { plain } from '../../explain/index.ts'
import { titleOf, type Scenario } from '../../scenario/document/scenario.ts'
import type { Exported, PlayedRun } from './exported.ts'
import { columnsOf, plainText, wrap } from './plain-text.ts'
import { settingOf } from './setting.ts'
import { toldSteps, type ToldStep } from './told.ts'

const WIDTH = 72

/** The title without what a mail cannot hold; a title of nothing else has none. */
function subjectOf({ title }: Pick<Scenario, 'title'>): string {
  return titleOf({ title: plainText(title) })
}

/** Writes the transcript. */
export function mailText(played: PlayedRun): Exported {
  const { scenario, run, link } = played
  const steps = toldSteps(played)
  const digits = String(run.steps.length).length
  const left = run.steps.length - steps.length
  const start = scenario.notes?.['0']
  const lines = [
    ...wrap(subjectOf(scenario), WIDTH, 'Subject: ', '         '),
    '',
    ...settingOf(played).flatMap((item) => wrap(plainText(item), WIDTH, '* ', '  ')),
    ...(start === undefined ? [] : ['', ...noteLines(start, '')]),
    '',
    ...steps.flatMap((step) => stepLines(step, digits)),
    ...(left > 0
      ? [`(${left} further ${left === 1 ? 'step has' : 'steps have'} no answer: the kernel has stopped.)`]
      : []),
    ...(link === undefined ? [] : ['', link]),
  ]
  return { ok: true, text: `${lines.join('\n')}\n` }
}

function noteLines(note: string, indent: string): string[] {
  return note.split('\n').flatMap((line) => wrap(plainText(line), WIDTH, `${indent}# `))
}

function stepLines({ number, who, call, answer, late, note, refusal }: ToldStep, digits: number): string[] {
  const indent = ' '.repeat(digits + 2)
  const whole = plainText(who === 'administrator' ? call : `${who}: ${call}`)
  const lines = wrap(whole, WIDTH, `${String(number).padStart(digits)}  `, `${indent}  `)
  const last = lines.at(-1) ?? ''
  const gap = WIDTH - columnsOf(last) - columnsOf(answer)
  // Answers stand at the right edge where there is room.
  if (gap >= 2) lines[lines.length - 1] = last + ' '.repeat(gap) + answer
  else lines.push(...wrap(plainText(answer), WIDTH, `${indent}= `, `${indent}  `))
  return [
    ...(note === undefined ? [] : noteLines(note, indent)),
    ...lines,
    ...late.flatMap((words) => wrap(plainText(words), WIDTH, indent)),
    ...(refusal === null ? [] : refusalLines(refusal, indent)),
  ]
}

/** The chain of calls, each check that was asked, and which one decided. */
function refusalLines({ why, path }: NonNullable<ToldStep['refusal']>, indent: string): string[] {
  return [
    ...path.flatMap(({ kind, fn, words, answer, decisive }) => {
      if (kind === 'entry') return wrap(plainText(fn), WIDTH, `${indent}| `, `${indent}|   `)
      const said = answer === undefined ? '' : `: ${plain(answer)}`
      const mark = decisive === true ? '<-- ' : ''
      return wrap(
        plainText(`${mark}${fn === '' ? '' : `${fn}: `}${plain(words)}${said}`),
        WIDTH,
        `${indent}|   `,
        `${indent}|     `,
      )
    }),
    ...wrap(plainText(why), WIDTH, `${indent}=> `, `${indent}   `),
  ]
}
