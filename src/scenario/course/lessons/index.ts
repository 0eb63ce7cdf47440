/** The lessons that ship, in the order of the course. */
import { parseLesson, type Lesson } from '../lesson.ts'

/** The files, by path; the bundler puts their texts in. */
const TEXTS = import.meta.glob<string>('./*.md', { query: '?raw', import: 'default', eager: true })

/**
 * Reads the lessons that ship.
 * @throws when one has a fault, which the build finds before anybody else
 */
export function readLessons(): readonly Lesson[] {
  return Object.entries(TEXTS).map(([path, text]) => {
    const file = path.replace('./', '')
    const reading = parseLesson(file, text)
    if (reading.ok) return reading.lesson
    throw new Error(reading.problems.map(({ line, words }) => `${file}:${line}: ${words}`).join('\n'))
  })
}
