/**
 * Checks the lessons: `npm run lessons`.
 *
 * Every file of src/scenario/course/lessons/ is read, its scripts are replayed, its predictions must have one answer and its
 * goals must be reached by their solutions. A fault names file and line. `vite build` runs this.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkLesson } from '../src/scenario/course/lesson-check.ts'
import { parseLesson } from '../src/scenario/course/lesson.ts'
import { isMain, report } from './is-main.ts'

const FOLDER = 'src/scenario/course/lessons'

/** The lessons' files of a checkout, by name, in the order of the course. */
export function lessonFiles(root: string): ReadonlyMap<string, string> {
  const folder = path.join(root, FOLDER)
  const names = readdirSync(folder).filter((name) => name.endsWith('.md'))
  return new Map(names.toSorted().map((name) => [name, readFileSync(path.join(folder, name), 'utf8')]))
}

/** @returns one line per fault, `file:line: what is wrong` */
export function lessonFaults(files: ReadonlyMap<string, string>): string[] {
  const slugs = new Map<string, string>()
  return [...files].flatMap(([file, text]) => {
    const reading = parseLesson(file, text)
    const problems = reading.ok ? checkLesson(reading.lesson) : [...reading.problems]
    const slug = reading.ok ? reading.lesson.slug : file
    const other = slugs.get(slug)
    if (other !== undefined) problems.push({ file, line: 1, words: `${other} has the same name after its number` })
    slugs.set(slug, file)
    return problems.map(({ line, words }) => `${FOLDER}/${file}:${line}: ${words}`)
  })
}

if (isMain(import.meta.url)) {
  const files = lessonFiles(fileURLToPath(new URL('..', import.meta.url)))
  report(lessonFaults(files), `${files.size} lessons, every goal is reached`)
}
