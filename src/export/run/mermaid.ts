/** A run as a sequence diagram of Mermaid: who asks the kernel what, and what it answers. */
import { titleOf } from '../../scenario/document/scenario.ts'
import type { Exported, PlayedRun } from './exported.ts'
import { settingOf } from './setting.ts'
import { toldSteps, type ToldStep } from './told.ts'

/** Writes the diagram; hundreds of steps make one that nobody can read, but Mermaid's limits are not ours to guess. */
export function mermaidDiagram(played: PlayedRun): Exported {
  const steps = toldSteps(played)
  const people = [...new Set(steps.map(({ who }) => who))]
  const idOf = (who: string): string => `p${people.indexOf(who)}`
  const lines = [
    'sequenceDiagram',
    `  accTitle: ${entities(titleOf(played.scenario))}`,
    ...people.map((who) => `  participant ${idOf(who)} as ${entities(who)}`),
    '  participant k as kernel',
    `  Note over ${people.length === 0 ? 'k' : `${idOf(people[0] ?? '')},k`}: ${settingOf(played).map(entities).join('<br/>')}`,
    ...steps.flatMap((step) => messages(step, idOf(step.who))),
    ...(played.link === undefined ? [] : [`  %% ${played.link}`]),
  ]
  return { ok: true, text: `${lines.join('\n')}\n` }
}

function messages({ number, who, call, answer, late, refusal }: ToldStep, id: string): string[] {
  const asked = `  ${id}->>k: ${number} ${entities(call)}`
  const waits = answer === 'waits'
  // A cross for a refusal; a call that waits has no answer yet.
  const answered = waits
    ? `  Note over ${id}: ${entities(`step ${number} waits`)}`
    : `  k${refusal === null || who === 'hardware' ? '-->>' : '--x'}${id}: ${entities(answer)}`
  return [asked, answered, ...late.map((words) => `  Note over k: ${entities(words)}`)]
}

/** Mermaid reads `;`, `#`, `%%` and brackets wherever they stand: all but plain signs as entities of it (`#59;`). */
function entities(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .replaceAll(/[^\p{L}\p{N} ._/=:,+-]/gu, (sign) => `#${sign.codePointAt(0) ?? 32};`)
}
