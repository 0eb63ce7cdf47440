import { Plus, X } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { ERRNOS } from '../../explain/results.ts'
import { shortBdf } from '../../explain/words.ts'
import { parseGoal, type Goal } from '../../explore/goals.ts'
import type { Atom } from '../../scenario/condition/parse.ts'
import { printAtom } from '../../scenario/condition/print.ts'
import {
  CONTEXTS,
  formOf,
  OWNERS,
  PLACES,
  TERM_NAMES,
  type Argument,
  type Term,
} from '../../scenario/condition/terms.ts'
import { atomWords } from '../../scenario/condition/words.ts'
import { ISOLATION_FINDINGS } from '../../sim/isolation.ts'
import type { OpKind } from '../../sim/op.ts'
import type { World } from '../../sim/world.ts'
import { useApp } from '../store/store.ts'
import { isNever, setGoal, useAsking } from './ask.ts'
import { Choice } from '../ui/Choice.tsx'

/** A condition of a question, or its contrary. */
interface Part {
  readonly atom: Pick<Atom, 'term' | 'args' | 'subjects'>
  readonly negated: boolean
}

interface Parts {
  readonly joint: '&' | '|'
  readonly parts: readonly Part[]
}

/** A question as one row of conditions; null if it is nested. */
function partsOf({ formula, form }: Goal): Parts | null {
  if (form === 'always') return null
  if (formula.kind === 'term') return { joint: '&', parts: [formula] }
  const parts = formula.parts.flatMap((part) => (part.kind === 'term' ? [part] : []))
  return parts.length < formula.parts.length ? null : { joint: formula.kind === 'and' ? '&' : '|', parts }
}

function print({ joint, parts }: Parts): string {
  return parts.map(({ atom, negated }) => (negated ? '!' : '') + printAtom(atom)).join(` ${joint} `)
}

const DRIVERS = ['vfio-pci', 'pci-stub']
/** Terms to put a question together from: those that compare two devices, or that only a run has, are typed. */
const OFFERED = TERM_NAMES.filter((term) => !formOf(term).pair && term !== 'releases' && term !== 'returned')

/** In the lists: whatever group, device or process; whatever call. */
const ANY = ''

/** What can be chosen for an argument of a term. */
function argumentChoices(argument: Argument, abi: readonly OpKind[], world: World): readonly string[] {
  switch (argument) {
    case 'errno':
      return ERRNOS
    case 'op?':
      return [ANY, ...abi]
    case 'driver':
      return [
        ...new Set([
          ...DRIVERS,
          ...world.devices.flatMap(({ spec }) => (spec.bridge ? [] : (spec.native ?? spec.driver ?? []))),
        ]),
      ]
    case 'finding':
      return ISOLATION_FINDINGS
    case 'owner':
      return OWNERS
    case 'context':
      return CONTEXTS
    case 'place':
      return [...PLACES, ...world.setup.processes.map(({ name }) => name)]
    case 'name':
      return world.slots
    case 'count':
      return ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']
    case 'step?':
      return [ANY]
    case 'value':
      return ['0', '1']
  }
}

/** Groups, devices and processes that a term can be about, with what they are called. */
function subjectChoices(term: Term, world: World): (readonly [value: string, words: string])[] {
  const { subjects } = formOf(term)
  const devices = world.devices.filter(({ spec, group }) => !spec.bridge && group >= 0)
  return [
    [ANY, subjects.length === 0 ? '' : subjects.includes('group') ? 'any group' : 'anything'],
    ...(subjects.includes('group')
      ? world.groups
          .filter((group) => group.devices.some((device) => world.devices[device]?.spec.bridge === false))
          .map(({ id }): [string, string] => [String(id), `group ${id}`])
      : []),
    ...(subjects.includes('device')
      ? devices.map(({ spec }): [string, string] => [shortBdf(spec.bdf), `${shortBdf(spec.bdf)} ${spec.name ?? ''}`])
      : []),
    ...(subjects.includes('process')
      ? world.setup.processes.map(({ name }): [string, string] => [name, `process ${name}`])
      : []),
  ]
}

/** What a list of subjects holds, as a condition keeps it. */
function subjectsOf(text: string): Atom['subjects'] {
  return text === ANY ? [] : text.split(',').map((each) => ({ text: each, column: 1 }))
}

/** A term with the first of what it can take. */
function fresh(term: Term, abi: readonly OpKind[], world: World): Part {
  const args = formOf(term).args.flatMap((argument) =>
    argument.endsWith('?') ? [] : [argumentChoices(argument, abi, world)[0] ?? ''],
  )
  return { atom: { term, args, subjects: [] }, negated: false }
}

/** Conditions over what the inspector shows, joined by and or or; the text above is the same question. */
export function Builder(): ReactNode {
  const goal = useAsking((s) => s.goal)
  const abi = useApp((s) => s.kernel.abi)
  const world = useApp((s) => s.run.world)
  const built = useMemo(() => {
    const reading = parseGoal(goal)
    return reading.ok ? partsOf(reading.goal) : null
  }, [goal])
  const put = (parts: Parts): void => setGoal((isNever(goal) ? 'never ' : '') + print(parts))
  if (built === null) {
    return (
      <p className="text-[12px] text-dim">
        The text above is nested or has a fault: change it there, or{' '}
        <button
          type="button"
          className="underline underline-offset-2"
          onClick={() => put({ joint: '&', parts: [fresh('viable', abi, world)] })}
        >
          begin anew
        </button>
        .
      </p>
    )
  }
  const { joint, parts } = built
  const change = (index: number, part: Part | null): void =>
    put({ joint, parts: parts.flatMap((old, at) => (at !== index ? [old] : part === null ? [] : [part])) })
  return (
    <div className="grid gap-2">
      {parts.length > 1 && (
        <Choice
          label="How the conditions are joined"
          value={joint}
          onChange={(value) => put({ joint: value, parts })}
          options={[
            ['&', 'all of these at once'],
            ['|', 'any of these'],
          ]}
        />
      )}
      <ul className="grid gap-2">
        {parts.map((part, index) => (
          <PartRow
            key={index}
            number={index + 1}
            part={part}
            abi={abi}
            world={world}
            onChange={(next) => change(index, next)}
            {...(parts.length > 1 ? { onRemove: () => change(index, null) } : {})}
          />
        ))}
      </ul>
      <button
        type="button"
        className="button justify-self-start"
        onClick={() => put({ joint, parts: [...parts, fresh('viable', abi, world)] })}
      >
        <Plus size={14} /> condition
      </button>
    </div>
  )
}

function PartRow(props: {
  number: number
  part: Part
  abi: readonly OpKind[]
  world: World
  onChange: (part: Part) => void
  onRemove?: () => void
}): ReactNode {
  const { number, part, abi, world, onChange, onRemove } = props
  const { atom, negated } = part
  const subjects = subjectChoices(atom.term, world)
  const put = (change: Partial<Part['atom']>): void => onChange({ negated, atom: { ...atom, ...change } })
  const argue = (index: number, value: string): void => {
    const args = [...atom.args]
    args[index] = value
    put({ args: args.filter((arg) => arg !== ANY) })
  }
  const subject = atom.subjects.map(({ text }) => text).join(',')
  const known = subjects.some(([value]) => value === subject)
  return (
    <li
      className="grid gap-1.5 rounded-lg border border-line bg-panel2 p-2"
      aria-label={`Condition ${number}`}
      data-testid="condition"
    >
      <div className="flex flex-wrap items-center gap-1.5">
        <select
          aria-label={`Condition ${number}: is or is not`}
          className="button"
          value={negated ? 'not' : 'is'}
          onChange={(event) => onChange({ atom, negated: event.target.value === 'not' })}
        >
          <option value="is">is</option>
          <option value="not">is not</option>
        </select>
        <select
          aria-label={`Condition ${number}: term`}
          className="button font-mono"
          value={atom.term}
          onChange={(event) => {
            const term = OFFERED.find((each) => each === event.target.value)
            if (term !== undefined) onChange({ ...fresh(term, abi, world), negated })
          }}
        >
          {(OFFERED.includes(atom.term) ? OFFERED : [atom.term, ...OFFERED]).map((term) => (
            <option key={term}>{term}</option>
          ))}
        </select>
        {formOf(atom.term).args.map((argument, index) => {
          const value = atom.args[index] ?? ANY
          const choices = argumentChoices(argument, abi, world)
          return (
            <select
              key={argument}
              aria-label={`Condition ${number}: ${argument.replace('?', '')}`}
              className="button min-w-0 font-mono"
              value={value}
              onChange={(event) => argue(index, event.target.value)}
            >
              {(choices.includes(value) ? choices : [value, ...choices]).map((each) => (
                <option key={each} value={each}>
                  {each === ANY ? 'any call' : each}
                </option>
              ))}
            </select>
          )
        })}
        {subjects.length > 1 && (
          <select
            aria-label={`Condition ${number}: of what`}
            className="button max-w-44 min-w-0"
            value={subject}
            onChange={(event) => put({ subjects: subjectsOf(event.target.value) })}
          >
            {!known && <option value={subject}>{subject}</option>}
            {subjects.map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </select>
        )}
        {onRemove !== undefined && (
          <button
            type="button"
            className="ml-auto rounded p-1.5 text-dim hover:text-ink"
            aria-label={`Remove condition ${number}`}
            onClick={onRemove}
          >
            <X size={14} />
          </button>
        )}
      </div>
      <p className="text-[12px] text-dim">{atomWords(atom, negated)}</p>
    </li>
  )
}
