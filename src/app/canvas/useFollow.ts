import { useEffect, useMemo, useState } from 'react'
import { useApp } from '../store/store.ts'
import type { Changes, Shown } from './changes.ts'
import type * as follow from './follow.ts'
import { idOf } from './ids.ts'
import { useSpoken } from './useSpoken.ts'

/** How the picture follows the run. */
export interface Following extends Changes {
  /** Counts the states that were shown, so that each step's marks begin anew. */
  readonly turn: number
  /** The nodes that the last step names or changed, its subject first. Empty: nothing to bring into view. */
  readonly touched: readonly string[]
  /** Of whom a refusal speaks while it is explained; null: of nobody. */
  readonly spoken: ReadonlySet<string> | null
}

const NO_CHANGES: Changes = { parts: new Map(), wires: new Set() }

type Rules = typeof follow
let fetched: Rules | undefined

/** The rules by which the picture follows; undefined: they are on their way, or did not come and the next canvas asks again. */
function useRules(): Rules | undefined {
  const [rules, setRules] = useState(fetched)
  useEffect(() => {
    if (rules !== undefined) return
    import('./follow.ts').then(
      (loaded) => {
        fetched = loaded
        setRules(loaded)
      },
      () => undefined,
    )
  }, [rules])
  return rules
}

/**
 * What the step to the state at the cursor touched and changed since the state that was shown before it. Nothing is
 * marked in the first state of a machine, so a page that opens stands still.
 */
export function useFollow(): Following {
  const run = useApp((s) => s.run)
  const kernel = useApp((s) => s.kernel)
  const snapshot = useApp((s) => s.snapshot)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const selection = useApp((s) => s.selection)
  const { world } = run
  const [shown, setShown] = useState<{
    now: Shown
    cursor: number
    before: Shown | null
    forward: boolean
    turn: number
  }>({
    now: { world, snapshot },
    cursor,
    before: null,
    forward: false,
    turn: 0,
  })
  if (shown.now.snapshot !== snapshot) {
    const sameMachine = shown.now.world.setup === world.setup
    setShown({
      now: { world, snapshot },
      cursor,
      before: sameMachine ? shown.now : null,
      forward: cursor > shown.cursor,
      turn: shown.turn + 1,
    })
  }
  const { before, now, forward, turn } = shown
  const rules = useRules()
  const changes = useMemo(
    () => (before === null ? undefined : rules?.changesBetween(kernel, before, now)) ?? NO_CHANGES,
    [rules, kernel, before, now],
  )
  const touched = useMemo(() => {
    const op = run.steps[cursor - 1]?.op
    const isStep = before !== null && forward && op !== undefined
    const named = isStep ? rules?.subjectsOf(world, [snapshot, before.snapshot], op) : undefined
    return [...new Set([...(named ?? []), ...changes.parts.keys()])]
  }, [rules, run, world, snapshot, cursor, before, forward, changes])
  const refused = useMemo(() => rules?.spokenOf(run, cursor, snapshot) ?? null, [rules, run, cursor, snapshot])
  // Whoever selects somebody else looks at that.
  const chosen = idOf(selection)
  const told = useSpoken()
  const spoken = told ?? (chosen !== null && refused?.has(chosen) === false ? null : refused)
  return useMemo(() => ({ ...changes, turn, touched, spoken }), [changes, turn, touched, spoken])
}
