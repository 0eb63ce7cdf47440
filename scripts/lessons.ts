/**
 * Checks the lessons and makes them one module: `npm run lessons`, or with `--check` to only look.
 *
 * Every file of src/scenario/course/lessons/ is read, its scripts are replayed, its predictions must have one answer and its
 * goals must be reached by their solutions. A fault names file and line. `vite build` runs this with `--check`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { checkLesson } from '../src/scenario/course/lesson-check.ts'
import { parseLesson } from '../src/scenario/course/lesson.ts'
import { isMain, report } from './is-main.ts'

const FOLDER = 'src/scenario/course/lessons'
const MODULE = `${FOLDER}/texts.ts`

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

/** The module that the page reads: what the files say, line by line, so that a change shows as one. */
export async function lessonModule(root: string, files: ReadonlyMap<string, string>): Promise<string> {
  const entries = [...files].map(([file, text]) => `  ${JSON.stringify(file)}: ${JSON.stringify(text.split('\n'))},`)
  const source = [
    '/** What the lessons’ files say, line by line. Made by `npm run lessons`; change the files instead. */',
    'export const LESSON_TEXTS: Readonly<Record<string, readonly string[]>> = {',
    ...entries,
    '}',
  ].join('\n')
  const options = await resolveConfig(path.join(root, MODULE))
  return format(source, { ...options, parser: 'typescript' })
}

if (isMain(import.meta.url)) {
  const { check } = parseArgs({ options: { check: { type: 'boolean', default: false } } }).values
  const root = fileURLToPath(new URL('..', import.meta.url))
  const files = lessonFiles(root)
  const faults = lessonFaults(files)
  const module = await lessonModule(root, files)
  const file = path.join(root, MODULE)
  if (!check) writeFileSync(file, module)
  else if (readFileSync(file, 'utf8') !== module) faults.push(`${MODULE}:1: older than the lessons: npm run lessons`)
  report(faults, `${files.size} lessons, every goal is reached`)
}
