/** Questions in words: the end of “Is it possible that …”. */
import { printCondition } from '../scenario/condition/print.ts'
import { conditionWords } from '../scenario/condition/words.ts'
import { QUESTIONS, type Goal } from './goals.ts'

/** What a question asks for: the ready-made sentence where there is one, else put together from its terms. */
export function questionWords({ formula, form }: Goal): string {
  const asked = printCondition(formula)
  const known = form === 'always' ? undefined : QUESTIONS.find((question) => question.goal === asked)
  return known?.that ?? conditionWords(formula)
}
