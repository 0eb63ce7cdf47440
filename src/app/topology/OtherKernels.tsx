import { useId, useMemo, type ReactNode } from 'react'
import {
  ALGORITHM_WORDS,
  algorithmName,
  groupingChangeWords,
  memoryWords,
  sameWords,
  unknownWords,
} from '../../explain/grouping.ts'
import { ALGORITHMS, USUAL_OVERRIDE, type AlgorithmId, type GroupAlgorithm } from '../../sim/grouping/algorithm.ts'
import { membersOf, type FormedKnown } from '../../sim/grouping/form.ts'
import type { Boot, Machine, PciFunction } from '../../sim/machine.ts'
import { compileWorld, type World } from '../../sim/world.ts'
import { otherKernels } from '../../what-if/other-kernels.ts'
import { useApp } from '../store/store.ts'

/** The algorithm of a choice; for the override the option of this boot, or the usual one. */
function algorithmOf(id: AlgorithmId, boot: Boot): GroupAlgorithm {
  return { id, option: id === 'override' ? (boot.acsOverride ?? USUAL_OVERRIDE) : '' }
}

/** What the machine's groups are compared under; its own were listed with the option that it was booted with. */
function kernelsOf(machine: Machine, boot: Boot): ReturnType<typeof otherKernels> {
  return otherKernels(machine, machine.groups === undefined ? '' : boot.acsOverride)
}

/** The machine's world with groups as an algorithm forms them, to be looked at; functions whose group is not known are in none. */
export function worldAs(world: World, id: AlgorithmId): World {
  const { machine, boot, processes } = world.setup
  const { functions, form } = kernelsOf(machine, boot)
  const groups = addressesOf(form(algorithmOf(id, boot)).formed, functions)
  return compileWorld({ machine: { ...machine, groups }, boot, processes }, [])
}

function addressesOf({ groups, unknown }: FormedKnown, functions: readonly PciFunction[]): Record<string, string[]> {
  return Object.fromEntries(
    [...membersOf(groups)].flatMap(([group, members]): [string, string[]][] => {
      const known = members.filter((index) => !unknown.has(index))
      return known.length === 0 ? [] : [[String(group), known.map((index) => functions[index]?.bdf ?? '')]]
    }),
  )
}

/** Changes listed one by one; of more, the number is said. */
const SHOWN = 20

/**
 * Groups as other kernels form them, side by side.
 * @param chosen whose groups the picture shows; null: the machine's own
 */
export function OtherKernels(props: {
  chosen: AlgorithmId | null
  onChoose: (id: AlgorithmId | null) => void
}): ReactNode {
  const { chosen, onChoose } = props
  return (
    <div className="flex max-h-[45%] flex-none flex-col overflow-y-auto border-b border-line bg-panel px-3 py-1 text-[12px]">
      <button
        type="button"
        aria-expanded={chosen !== null}
        className="min-h-6 self-start text-dim underline decoration-dotted underline-offset-3"
        onClick={() => onChoose(chosen === null ? 'linux' : null)}
      >
        {chosen === null ? 'Groups as other kernels form them…' : 'Back to the groups of this machine'}
      </button>
      {chosen !== null && <Comparison chosen={chosen} onChoose={onChoose} />}
    </div>
  )
}

function Comparison({ chosen, onChoose }: { chosen: AlgorithmId; onChoose: (id: AlgorithmId) => void }): ReactNode {
  const machine = useApp((s) => s.machine)
  const boot = useApp((s) => s.doc.scenario.boot)
  const name = useId()
  const kernels = useMemo(() => kernelsOf(machine, boot), [machine, boot])
  const rows = useMemo(
    () =>
      ALGORITHMS.map((id) => {
        const algorithm = algorithmOf(id, boot)
        return { id, algorithm, ...kernels.form(algorithm) }
      }),
    [kernels, boot],
  )
  return (
    <>
      <table className="mt-1 w-full max-w-3xl border-collapse" data-testid="other-kernels">
        <thead>
          <tr className="text-left text-dim">
            <th className="font-normal">Groups formed by</th>
            <th className="px-2 text-right font-normal">Groups</th>
            <th className="px-2 text-right font-normal">Largest</th>
            <th className="px-2 text-right font-normal">Grow</th>
            <th className="px-2 text-right font-normal">Split</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ id, algorithm, formed, changes }) => {
            const count = (...kinds: string[]): number => changes.filter(({ kind }) => kinds.includes(kind)).length
            const { groups, largest } = sizesOf(formed)
            return (
              <tr key={id} className={id === chosen ? 'font-semibold' : ''}>
                <td>
                  <label className="flex min-h-6 items-center gap-1.5">
                    <input type="radio" name={name} checked={id === chosen} onChange={() => onChoose(id)} />
                    {algorithmName(algorithm)}
                    {formed.unknown.size > 0 && (
                      <span className="font-normal text-dim">? {formed.unknown.size} functions not known</span>
                    )}
                  </label>
                </td>
                <td className="px-2 text-right tabular-nums">{groups}</td>
                <td className="px-2 text-right tabular-nums">{largest}</td>
                <td className="px-2 text-right tabular-nums">{count('grow', 'regroup')}</td>
                <td className="px-2 text-right tabular-nums">{count('split', 'regroup')}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {rows
        .filter(({ id }) => id === chosen)
        .map(({ id, algorithm, formed, changes }) => (
          <Changes
            key={id}
            algorithm={algorithm}
            changes={changes.map((change) => groupingChangeWords(change, kernels.functions, algorithm))}
            same={sameWords(formed.unknown)}
            notes={[
              unknownWords(formed.unknown, formed.wanted, kernels.functions),
              memoryWords(kernels.functions, algorithm),
            ]}
          />
        ))}
    </>
  )
}

function sizesOf({ groups, unknown }: FormedKnown): { groups: number; largest: number } {
  const sizes = [...membersOf(groups).values()].flatMap((members) => {
    const known = members.filter((index) => !unknown.has(index)).length
    return known === 0 ? [] : [known]
  })
  return { groups: sizes.length, largest: Math.max(0, ...sizes) }
}

function Changes(props: {
  algorithm: GroupAlgorithm
  changes: readonly (readonly string[])[]
  /** What to say if there are no changes. */
  same: string
  notes: readonly string[]
}): ReactNode {
  const { algorithm, changes, same, notes } = props
  const { about, source } = ALGORITHM_WORDS[algorithm.id]
  const told = notes.filter((note) => note !== '')
  return (
    <div aria-live="polite" className="mt-1 mb-1 grid gap-1">
      <p className="text-dim">
        {about} <span className="font-mono">{source}</span>
      </p>
      {told.map((note) => (
        <p key={note} className="text-dim">
          {note}
        </p>
      ))}
      {algorithm.id !== 'linux' && changes.length === 0 && <p>{same}</p>}
      <ul className="grid gap-1">
        {changes.slice(0, SHOWN).map(([head = '', ...reasons]) => (
          <li key={head} className="border-l-2 border-line2 pl-2.5">
            <b className="font-semibold">{head}</b> <span className="text-dim">{reasons.join(' ')}</span>
          </li>
        ))}
      </ul>
      {changes.length > SHOWN && <p className="text-dim">and {changes.length - SHOWN} more changes</p>}
    </div>
  )
}
