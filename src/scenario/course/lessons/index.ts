/** The lessons that ship, in the order of the course. */
import { parseLesson, type Lesson } from '../lesson.ts'
import { LESSON_TEXTS } from './texts.ts'

/**
 * Reads the lessons that ship.
 * @throws when one has a fault, which the build finds before anybody else
 */
export function readLessons(): readonly Lesson[] {
  return Object.entries(LESSON_TEXTS).map(([file, lines]) => {
    const reading = parseLesson(file, lines.join('\n'))
    if (reading.ok) return reading.lesson
    throw new Error(reading.problems.map(({ line, words }) => `${file}:${line}: ${words}`).join('\n'))
  })
}
