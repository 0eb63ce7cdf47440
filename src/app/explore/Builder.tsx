import { Plus, X } from 'lucide-react'
import { useMemo, type ReactNode } from 'react'
import { ERRNOS } from '../../explain/results.ts'
import { shortBdf } from '../../explain/words.ts'
import {
  formOf,
  parseGoal,
  printAtom,
  WORD_NAMES,
  type Argument,
  type Atom,
  type Goal,
  type Word,
} from '../../explore/goals.ts'
import { atomWords } from '../../explore/words.ts'
import { ISOLATION_FINDINGS } from '../../sim/isolation.ts'
import type { OpKind } from '../../sim/op.ts'
import type { World } from '../../sim/world.ts'
import { useApp } from '../store/store.ts'
import { isNever, setGoal, useAsking } from './ask.ts'
import { Choice } from '../ui/Choice.tsx'

/** A condition of a question, or its contrary. */
interface Part {
  readonly atom: Pick<Atom, 'word' | 'args' | 'subject'>
  readonly negated: boolean
}

interface Parts {
  readonly joint: '&' | '|'
  readonly parts: readonly Part[]
}

/** A question as one row of conditions; null if it is nested. */
function partsOf({ formula, form }: Goal): Parts | null {
  if (form === 'always') return null
  if (formula.kind === 'atom') return { joint: '&', parts: [formula] }
  const parts = formula.parts.flatMap((part) => (part.kind === 'atom' ? [part] : []))
  return parts.length < formula.parts.length ? null : { joint: formula.kind === 'and' ? '&' : '|', parts }
}

function print({ joint, parts }: Parts): string {
  return parts.map(({ atom, negated }) => (negated ? '!' : '') + printAtom(atom)).join(` ${joint} `)
}

const DRIVERS = ['vfio-pci', 'pci-stub']
/** In the lists: whatever group, device or process; whatever call. */
const ANY = ''

/** What can be chosen for an argument of a word. */
function argumentChoices(argument: Argument, abi: readonly OpKind[], world: World): readonly string[] {
  switch (argument) {
    case 'errno':
      return ERRNOS
    case 'op':
      return abi
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
  }
}

/** Groups, devices and processes that a word can be about, with what they are called. */
function subjectChoices(word: Word, world: World): (readonly [value: string, words: string])[] {
  const { subjects } = formOf(word)
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

/** A word with the first of what it can take. */
function fresh(word: Word, abi: readonly OpKind[], world: World): Part {
  const args = formOf(word).args.flatMap((argument) =>
    argument.endsWith('?') ? [] : [argumentChoices(argument, abi, world)[0] ?? ''],
  )
  return { atom: { word, args, subject: '' }, negated: false }
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
  const subjects = subjectChoices(atom.word, world)
  const put = (change: Partial<Part['atom']>): void => onChange({ negated, atom: { ...atom, ...change } })
  const argue = (index: number, value: string): void => {
    const args = [...atom.args]
    args[index] = value
    put({ args: args.filter((arg) => arg !== ANY) })
  }
  const known = subjects.some(([value]) => value === atom.subject)
  return (
    <li
      className="grid gap-1.5 rounded-lg border border-line bg-panel2 p-2"
      aria-label={`Condition ${number}`}
      data-testid="condition"
    >
      <div className="flex flex-wrap items-center gap-1.5">
        <select
          aria-label={`Condition ${number}: so or not so`}
          className="button"
          value={negated ? 'not' : 'is'}
          onChange={(event) => onChange({ atom, negated: event.target.value === 'not' })}
        >
          <option value="is">so</option>
          <option value="not">not so</option>
        </select>
        <select
          aria-label={`Condition ${number}: word`}
          className="button font-mono"
          value={atom.word}
          onChange={(event) => {
            const word = WORD_NAMES.find((each) => each === event.target.value)
            if (word !== undefined) onChange({ ...fresh(word, abi, world), negated })
          }}
        >
          {WORD_NAMES.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
        {formOf(atom.word).args.map((argument, index) => {
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
            value={atom.subject}
            onChange={(event) => put({ subject: event.target.value })}
          >
            {!known && <option value={atom.subject}>{atom.subject}</option>}
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
