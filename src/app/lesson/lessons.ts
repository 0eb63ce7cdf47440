import { readLessons } from '../../scenario/course/lessons/index.ts'

/** The lessons that ship, in the order of the course. */
export const LESSONS = readLessons()
