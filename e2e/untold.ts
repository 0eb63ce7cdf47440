/** What of a page's texts and accessible names would answer a question of a lesson before it is answered. */
import { expect, type Page } from '@playwright/test'
import { rightChoices } from '../src/scenario/course/lesson-check.ts'
import { aspectsOf, type Aspect } from '../src/scenario/course/lesson-picture.ts'
import type { PredictPart } from '../src/scenario/course/lesson.ts'
import type { Formula } from '../src/scenario/condition/parse.ts'

const TELLS: Readonly<Record<Aspect, RegExp>> = {
  groups: /group \d/i,
  viability: /\bviable\b/i,
  isolation: /\bisolated\b|not apart in hardware|reach each other/i,
  dma: /DMA →|→ (?:all )?host|no DMA|DMA of [0-9a-f]{2}:/i,
}

/** Words of an answer that stand in no picture, title or list unless it was given before. */
const ANSWERS: Readonly<Record<string, RegExp>> = { BUG: /\bBUG/, blocked: /\bwaits\b/ }

function answersIn(formula: Formula): string[] {
  if (formula.kind !== 'term') return formula.parts.flatMap(answersIn)
  const { term, args } = formula.atom
  return formula.negated
    ? []
    : term === 'errno'
      ? [args[0] ?? '']
      : term === 'bug'
        ? ['BUG']
        : term === 'blocked'
          ? [term]
          : []
}

/** What must not be read while a question is open. */
function secretsOf(part: PredictPart): RegExp[] {
  const right = part.choices[rightChoices(part)[0] ?? -1]
  const given = new Set(part.before.ops.length === 0 ? [] : part.steps.map(({ answer }) => answer))
  const answers = right === undefined ? [] : answersIn(right.condition.formula).filter((answer) => !given.has(answer))
  return [
    ...aspectsOf(part).map((aspect) => TELLS[aspect]),
    ...answers.map((answer) => ANSWERS[answer] ?? new RegExp(`\\b${answer}\\b`)),
  ]
}

/** All texts and accessible names but those of the question itself and of the run so far. */
function readable(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const own =
      '[data-testid="predict"], [data-testid="steps"], [data-testid="kernel-path"], [data-testid="script"], option'
    const words: string[] = []
    const walk = (node: Node): void => {
      if (node instanceof Element) {
        if (node.matches(own) || node.closest('.sr-only[aria-live]') !== null) return
        for (const name of ['aria-label', 'title', 'data-dma', 'data-verdict', 'data-isolation']) {
          const value = node.getAttribute(name)
          if (value !== null) words.push(value)
        }
      } else if (node instanceof Text) words.push(node.data)
      node.childNodes.forEach(walk)
    }
    walk(document.body)
    return words
  })
}

/** Nothing on the page answers the question that is open. */
export async function expectUntold(page: Page, part: PredictPart): Promise<void> {
  const secrets = secretsOf(part)
  if (secrets.length === 0) return
  await expect
    .poll(async () => (await readable(page)).filter((words) => secrets.some((secret) => secret.test(words))))
    .toEqual([])
}
