import { Link } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { ERRNOS } from '../../explain/results.ts'
import { parseGoal, QUESTIONS } from '../../explore/goals.ts'
import { store, useApp } from '../store/store.ts'
import { bare, isNever, queryNow, set, setGoal, useAsking } from './ask.ts'
import { Builder } from './Builder.tsx'
import { MayHappen } from './MayHappen.tsx'
import { Choice } from '../ui/Choice.tsx'
import { CopyButton } from '../ui/CopyButton.tsx'
import { linkTo } from '../ui/link.ts'
import { Fold } from '../ui/Fold.tsx'

/** What is asked, from where, and what may happen. */
export function QuestionPanel(): ReactNode {
  const goal = useAsking((s) => s.goal)
  return (
    <div className="grid gap-3.5 rounded-xl border border-line bg-panel p-4" data-testid="question">
      <ReadyMade />
      <Typed />
      <Fold title="Put a question together" testId="builder">
        <Builder />
      </Fold>
      <From />
      <MayHappen />
      <ShareQuestion key={goal} />
    </div>
  )
}

function ReadyMade(): ReactNode {
  const goal = useAsking((s) => s.goal)
  const asked = bare(goal)
  const choose = (text: string): void => setGoal(isNever(goal) ? `never ${text}` : text)
  const isErrno = /^errno:[A-Z0-9]+:\w+$/.test(asked)
  return (
    <div>
      <Choice
        label="Form of the question"
        value={isNever(goal) ? 'never' : 'possible'}
        onChange={(form) => setGoal(form === 'never' ? `never ${asked}` : asked)}
        options={[
          ['possible', 'Is it possible?'],
          ['never', 'Does it never happen?'],
        ]}
      />
      <div role="group" aria-label="Ready-made questions" className="mt-2 flex flex-wrap gap-1.5">
        {QUESTIONS.map((question) => (
          <Toggle
            key={question.id}
            on={asked === question.goal}
            title={question.that}
            onClick={() => choose(question.goal)}
          >
            {question.title}
          </Toggle>
        ))}
        <Toggle
          on={isErrno}
          title="a call is refused with a certain error"
          onClick={() => choose('errno:EBUSY:open_group')}
        >
          An error from a call
        </Toggle>
      </div>
      {isErrno && <ErrnoChoice asked={asked} onChange={choose} />}
    </div>
  )
}

function Toggle(props: { on: boolean; title: string; onClick: () => void; children: ReactNode }): ReactNode {
  const { on, title, onClick, children } = props
  return (
    <button
      type="button"
      aria-pressed={on}
      title={title}
      className={`button min-h-8 px-2.5 py-0.5 text-[12.5px] ${on ? 'border-user! bg-user-bg! font-semibold' : ''}`}
      onClick={onClick}
    >
      {on && <span aria-hidden="true">✓</span>}
      {children}
    </button>
  )
}

function ErrnoChoice({ asked, onChange }: { asked: string; onChange: (goal: string) => void }): ReactNode {
  const abi = useApp((s) => s.kernel.abi)
  const [, errno = '', op = ''] = asked.split(':')
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2 text-dim">
      <select
        aria-label="Error"
        className="button font-mono"
        value={errno}
        onChange={(event) => onChange(`errno:${event.target.value}:${op}`)}
      >
        {(ERRNOS.includes(errno) ? ERRNOS : [errno, ...ERRNOS]).map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
      from
      <select
        aria-label="Call"
        className="button min-w-0 font-mono"
        value={op}
        onChange={(event) => onChange(`errno:${errno}:${event.target.value}`)}
      >
        {[...new Set([op, ...abi])].map((each) => (
          <option key={each}>{each}</option>
        ))}
      </select>
    </div>
  )
}

/** The question as it is typed; a fault names its column and points at it. */
function Typed(): ReactNode {
  const goal = useAsking((s) => s.goal)
  const fault = useAsking((s) => (s.answer?.request.goal === s.goal ? s.answer.fault : null))
  const reading = useMemo(() => parseGoal(goal), [goal])
  const wrong = reading.ok ? (fault?.words ?? null) : reading.words
  const column = reading.ok ? (fault?.column ?? null) : reading.column
  return (
    <div>
      <label className="section-title" htmlFor="typed-question">
        The question, as text
      </label>
      <input
        id="typed-question"
        className="mt-1 w-full rounded-lg border border-line2 bg-bg px-2.5 py-1.5 font-mono text-[12.5px]"
        value={goal}
        maxLength={2000}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        aria-invalid={wrong !== null}
        aria-describedby="question-fault"
        onChange={(event) => setGoal(event.target.value)}
      />
      <div id="question-fault" role="status">
        {wrong !== null && (
          <>
            {column !== null && column < 60 && (
              <pre className="overflow-hidden px-2.5 font-mono text-[12.5px] leading-none text-bad" aria-hidden="true">
                {' '.repeat(column - 1)}^
              </pre>
            )}
            <p className="text-[12px] text-bad">
              ✗ {column === null ? '' : `Column ${column}: `}
              {wrong}
            </p>
          </>
        )}
      </div>
    </div>
  )
}

function From(): ReactNode {
  const from = useAsking((s) => s.settings.from)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  return (
    <Choice
      label="Starting from"
      visible
      value={from}
      onChange={(value) => set({ from: value })}
      options={[
        ['boot', 'a fresh boot'],
        ['here', cursor === 0 ? 'here (nothing done yet)' : `here, after step ${cursor}`],
      ]}
    />
  )
}

/** A link that asks the same question about the same run. */
function ShareQuestion(): ReactNode {
  return (
    <CopyButton
      text={() => linkTo(store.getState().doc.scenario, `explore${queryNow()}`)}
      label="Copy a link to this question"
      icon={<Link size={14} />}
      className="button justify-self-start"
      refused="The link could not be copied: copy the address of the page instead"
    />
  )
}
