import { ArrowRight, Check, CircleDashed, CircleDot, NotebookPen, Table2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { store } from '../store/store.ts'
import { LESSONS } from './lessons.ts'
import { NO_PROGRESS } from './progress.ts'
import { forgetProgress, useProgress } from './useProgress.ts'

const CHAPTERS = [...new Set(LESSONS.map((lesson) => lesson.chapter))]

/** The course: every lesson with what is done of it, and the way on. */
export function Lessons(): ReactNode {
  const progress = useProgress()
  const done = LESSONS.filter(({ slug }) => progress[slug]?.done === true).length
  const begun = LESSONS.some(({ slug }) => (progress[slug] ?? NO_PROGRESS) !== NO_PROGRESS)
  const next = LESSONS.find(({ slug }) => progress[slug]?.done !== true) ?? LESSONS[0]
  return (
    <div className="mx-auto flex max-w-[1080px] flex-col gap-6 p-4 sm:p-6">
      <section>
        <h2 className="text-[18px] font-semibold">Lessons</h2>
        <p className="max-w-[80ch] text-dim">
          A course from “what is a group?” to the debate that changed the kernel. You read a little, predict what
          happens, act on a simulated Linux, and see in the kernel’s own path why it was so. What you have done is kept
          in this browser.
        </p>
        <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-2">
          {next !== undefined && (
            <button
              type="button"
              className="button button-primary"
              onClick={() => store.getState().startLesson(next.slug)}
            >
              {done === LESSONS.length ? 'Begin again' : begun ? `Continue: ${next.title}` : `Begin: ${next.title}`}
              <ArrowRight size={14} />
            </button>
          )}
          <span className="text-dim">
            {done} of {LESSONS.length} done
          </span>
          {begun && (
            <button
              type="button"
              className="py-1 text-[12px] text-dim underline underline-offset-2"
              onClick={() => {
                forgetProgress()
                store.getState().toast('info', 'All lessons are as on the first day.')
              }}
            >
              Forget what I have done
            </button>
          )}
        </div>
      </section>
      {CHAPTERS.map((chapter) => (
        <section key={chapter}>
          <h3 className="section-title mb-1.5">{chapter}</h3>
          <ol className="grid gap-2.5 sm:grid-cols-2">
            {LESSONS.map((lesson, index) => ({ lesson, index }))
              .filter(({ lesson }) => lesson.chapter === chapter)
              .map(({ lesson, index }) => {
                const own = progress[lesson.slug] ?? NO_PROGRESS
                const state = own.done ? 'done' : own === NO_PROGRESS ? 'new' : 'begun'
                return (
                  <li key={lesson.slug}>
                    <a
                      href={`/lesson/${lesson.slug}`}
                      data-lesson={lesson.slug}
                      className="flex h-full w-full gap-3 rounded-xl border border-line bg-panel p-3 text-left hover:border-line2"
                      onClick={(event) => {
                        if (event.ctrlKey || event.metaKey || event.shiftKey) return
                        event.preventDefault()
                        store.getState().startLesson(lesson.slug)
                      }}
                    >
                      <span className="w-6 flex-none pt-px text-right font-mono text-[12px] text-faint">
                        {index + 1}
                      </span>
                      <span className="min-w-0 flex-1">
                        <span className="block font-semibold">{lesson.title}</span>
                        <span className="block text-[12.5px] text-dim">{lesson.summary}</span>
                      </span>
                      <Mark state={state} card={own.card + 1} cards={lesson.cards.length} />
                    </a>
                  </li>
                )
              })}
          </ol>
        </section>
      ))}
      <section>
        <h3 className="section-title mb-1.5">Look things up, or teach</h3>
        <div className="grid gap-2.5 sm:grid-cols-2">
          <Door
            icon={<Table2 size={18} />}
            title="The debate, question by question"
            onOpen={() => store.getState().show('debate')}
          >
            What was asked in June 2021, and what each proposal and each kernel answers when it is run.
          </Door>
          <Door
            icon={<NotebookPen size={18} />}
            title="A lesson of your own"
            onOpen={() => {
              store.getState().show('play')
              store.getState().teach(true)
            }}
          >
            Play any run, write notes on its steps, ask before a step what it will bring. Then share it as a link, or
            present it in big type.
          </Door>
        </div>
      </section>
    </div>
  )
}

function Door(props: { icon: ReactNode; title: string; onOpen: () => void; children: ReactNode }): ReactNode {
  const { icon, title, onOpen, children } = props
  return (
    <button
      type="button"
      className="flex w-full gap-3 rounded-xl border border-line bg-panel p-3 text-left hover:border-line2"
      onClick={onOpen}
    >
      <span className="mt-0.5 ml-1.5 flex-none text-dim" aria-hidden="true">
        {icon}
      </span>
      <span>
        <span className="block font-semibold">{title}</span>
        <span className="block text-[12.5px] text-dim">{children}</span>
      </span>
    </button>
  )
}

function Mark({ state, card, cards }: { state: 'new' | 'begun' | 'done'; card: number; cards: number }): ReactNode {
  const look = 'flex flex-none items-start gap-1 self-start text-[11.5px] whitespace-nowrap'
  switch (state) {
    case 'done':
      return (
        <span className={`${look} font-semibold text-ok`}>
          <Check size={15} aria-hidden="true" /> done
        </span>
      )
    case 'begun':
      return (
        <span className={`${look} text-user`}>
          <CircleDot size={15} aria-hidden="true" /> card {card} of {cards}
        </span>
      )
    case 'new':
      return (
        <span className={`${look} text-faint`}>
          <CircleDashed size={15} aria-hidden="true" />
          <span className="sr-only">not begun</span>
        </span>
      )
  }
}
