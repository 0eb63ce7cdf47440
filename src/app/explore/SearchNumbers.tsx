import type { ReactNode } from 'react'
import type { ExploreProgress } from '../../explore/exploration.ts'
import type { Answer } from './ask.ts'
import { count, megabytes } from '../ui/numbers.ts'

/** The search in numbers. */
export function SearchNumbers({ answer }: { answer: Answer }): ReactNode {
  const { progress, status } = answer
  if (status === 'fault') return null
  const {
    states: found,
    transitions,
    rate,
    depth,
    frontier,
    memory,
    seconds,
  }: ExploreProgress = progress ?? {
    states: 0,
    transitions: 0,
    rate: 0,
    depth: 0,
    frontier: 0,
    memory: 0,
    seconds: 0,
  }
  const limit = answer.request.limits?.memory ?? 0
  const numbers: readonly (readonly [string, string, string])[] = [
    ['states', count(found), 'different states of the machine found so far'],
    ['calls tried', count(transitions), 'operations tried on them'],
    ['calls a second', count(Math.round(rate)), 'on average'],
    ['depth', count(depth), 'operations from the start to the states being examined'],
    ['to examine', count(frontier), 'states found and not examined yet'],
    ['memory', megabytes(memory), `of ${megabytes(limit)} that the limit allows`],
    ['time', `${seconds.toFixed(seconds < 10 ? 2 : 0)} s`, 'spent searching'],
  ]
  return (
    <dl
      className="flex flex-wrap gap-px overflow-hidden rounded-xl border border-line bg-line"
      data-testid="numbers"
      aria-label="The search in numbers"
    >
      {numbers.map(([name, value, about]) => (
        <div key={name} className="min-w-24 flex-1 bg-panel px-3 py-2" title={about}>
          <dt className="text-[11px] text-dim">{name}</dt>
          <dd className="font-mono text-[14px]" data-number={name}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  )
}
