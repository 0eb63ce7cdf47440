/** How the picture follows the run, in one piece, as it is fetched once the first picture stands. */
export { changesBetween } from './changes.ts'
export { spokenOf, subjectsOf } from './spoken.ts'
