import { BookOpen, Boxes, Columns3, FileCode2, GraduationCap, MonitorPlay, Route, Server, Table2 } from 'lucide-react'
import type { ComponentType, ReactNode } from 'react'
import type { Place } from '../store/places.ts'
import { loadWords } from '../../explain/registry.ts'
import { useApp } from '../store/store.ts'
import { late } from '../ui/late.tsx'
import { Play } from './Play.tsx'

/** A place that tells of every kernel comes with the words of all. */
function withWords<P extends object>(load: () => Promise<ComponentType<P>>, what: string): ComponentType<P> {
  return late(async () => {
    const [view] = await Promise.all([load(), loadWords()])
    return view
  }, what)
}

const Lessons = late(async () => (await import('../lesson/Lessons.tsx')).Lessons, 'the lessons')
const LessonPlay = withWords(async () => (await import('../lesson/LessonPlay.tsx')).LessonPlay, 'the lesson')

/** The list of lessons, or the one that is played. */
function Course(): ReactNode {
  const lesson = useApp((s) => s.lesson)
  return lesson === null ? <Lessons /> : <LessonPlay key={lesson} slug={lesson} />
}

/** The icon of each place and what is shown there. Titles and addresses: `store/places.ts`. */
export const PLACE_VIEWS: Readonly<Record<Place, { readonly Icon: typeof Boxes; readonly View: ComponentType }>> = {
  play: { Icon: Boxes, View: Play },
  lessons: { Icon: GraduationCap, View: Course },
  compare: {
    Icon: Columns3,
    View: withWords(async () => (await import('../compare/Compare.tsx')).Compare, 'the comparison'),
  },
  explore: { Icon: Route, View: withWords(async () => (await import('../explore/Explore.tsx')).Explore, 'the search') },
  scenarios: {
    Icon: BookOpen,
    View: late(async () => (await import('../library/Library.tsx')).Library, 'the scenarios'),
  },
  machine: {
    Icon: Server,
    View: withWords(async () => (await import('../importer/Importer.tsx')).Importer, 'the page for your machine'),
  },
  script: { Icon: FileCode2, View: late(async () => (await import('../script/Script.tsx')).Script, 'the script') },
  debate: { Icon: Table2, View: withWords(async () => (await import('../debate/Debate.tsx')).Debate, 'the debate') },
  present: {
    Icon: MonitorPlay,
    View: withWords(async () => (await import('../teach/Present.tsx')).Present, 'the presentation'),
  },
}
