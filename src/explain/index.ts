/** Everything that turns the simulator's codes into words, for the page and the command line. */
export { plain, type Span, type Words } from './words.ts'
export { describeOp, type OpWords } from './ops.ts'
export { describeResult, type ResultWords } from './results.ts'
export { dmesgOf, explainPath, explainRefusal, remedy, type PathLine } from './path.ts'
export { viabilityWords, type ViabilityWords } from './viability.ts'
export { contextWords, type ContextWords } from './contexts.ts'
export { bugStory } from './bug.ts'
export type { BugStory, LogLine } from './kernel-words.ts'
