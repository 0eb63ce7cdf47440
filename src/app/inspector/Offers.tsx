import { useMemo, type ReactNode } from 'react'
import { describeGoal, describeOp, plain } from '../../explain/index.ts'
import type { Offer } from '../../scenario/actions/offers.ts'
import { endsWithTask, isTaskOpen } from '../store/first-task.ts'
import { ResultChip } from '../ui/ResultChip.tsx'
import { RESULT_CHIP } from '../ui/tones.ts'
import { store, useApp, type Selection } from '../store/store.ts'
import { forecast, forecastBadge, listedOffers } from '../store/view.ts'

/** Actions that the selection offers, each with the result that it would have: a dry run of the same `apply`. */
export function Offers({
  selection,
  title = 'What you can do now',
}: {
  selection: Selection
  title?: string
}): ReactNode {
  const snapshot = useApp((s) => s.snapshot)
  const hidden = useApp((s) => s.forecastsHidden)
  const more = useApp((s) => s.allOffers)
  const { listed, all } = useMemo(() => {
    const state = store.getState()
    const current = state.snapshot === snapshot && state.forecastsHidden === hidden && state.allOffers === more
    return current ? listedOffers(state, selection) : { listed: [], all: [] }
  }, [snapshot, hidden, more, selection])
  const { listAllOffers } = store.getState()
  if (snapshot.dead || hidden) return null
  return (
    <div>
      <h3 className="section-title mb-1.5">{title}</h3>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-1.5" data-testid="offers">
        {listed.map((offer, index) => (
          <OfferButton key={offer.id} offer={offer} index={index} />
        ))}
      </ul>
      {all.length > listed.length && (
        <button
          type="button"
          className="mt-1.5 min-h-6 py-1 text-[12px] text-dim underline underline-offset-2"
          onClick={() => listAllOffers(true)}
        >
          {all.length - listed.length} more
        </button>
      )}
      {more && (
        <button
          type="button"
          className="mt-1.5 min-h-6 py-1 text-[12px] text-dim underline underline-offset-2"
          onClick={() => listAllOffers(false)}
        >
          fewer
        </button>
      )}
    </div>
  )
}

type Badge = ReturnType<typeof forecastBadge>

/** Stands where a result is not told. */
const UNTOLD: Badge = { glyph: '?', word: 'try it', tone: 'info' }

/** The first actions of the list have digit keys, which are shown where there is a keyboard. */
const DIGITS = 9

export function OfferButton({ offer, index }: { offer: Offer; index: number }): ReactNode {
  const run = useApp((s) => s.run)
  const kernel = useApp((s) => s.kernel)
  const snapshot = useApp((s) => s.snapshot)
  const cursor = useApp((s) => s.doc.scenario.cursor)
  const { call, words } = useMemo(() => {
    const earlier = run.steps.slice(0, cursor).map((step) => step.op)
    const texts = offer.ops.map((op) => describeOp(run.world, op, earlier))
    return {
      call: texts.map((text) => text.call).join(' ; '),
      words:
        offer.goal === undefined
          ? texts.map((text, at) => (at === 0 ? text.words : lowerFirst(text.words))).join(', then ')
          : describeGoal(run.world, offer.goal),
    }
  }, [offer, run, cursor])
  const outcome = useMemo(
    () => forecast({ run, kernel, snapshot, cursor }, offer),
    [offer, run, kernel, snapshot, cursor],
  )
  // What a new visitor is asked to try is not told beforehand.
  const isTask = useApp((s) => isTaskOpen(s) && endsWithTask(offer.ops))
  const badge: Badge = isTask ? UNTOLD : forecastBadge(outcome)
  const why = isTask || outcome.why === null ? '' : plain(outcome.why)
  return (
    <li>
      <button
        type="button"
        className={`group w-full rounded-[9px] border bg-panel2 px-2.5 py-1.5 text-left ${isTask ? 'border-user ring-2 ring-user' : 'border-line hover:border-line2'}`}
        data-forecast={badge.tone}
        {...(isTask ? { 'data-first-task': true } : {})}
        onClick={() => store.getState().perform(offer.ops)}
        {...(index < DIGITS ? { 'aria-keyshortcuts': String(index + 1) } : {})}
      >
        {/* Badges that leave too little room for the words stand below them. */}
        <span className="flex flex-wrap items-start gap-x-2 gap-y-1">
          <span className="grow basis-[58%] text-[12.5px]">
            {index < DIGITS && (
              <kbd
                className="mr-1.5 inline-block min-w-4 rounded border border-line2 px-1 text-center text-[11px] leading-[15px] text-dim [@media(hover:none)]:hidden"
                aria-hidden="true"
              >
                {index + 1}
              </kbd>
            )}
            {words}
          </span>
          <span className="ml-auto flex flex-wrap justify-end gap-1">
            <ResultChip result={badge} />
            {(isTask ? [] : outcome.consequences.slice(0, 2)).map((consequence) => (
              <span key={consequence.text} className={RESULT_CHIP[consequence.tone]}>
                → {consequence.text}
              </span>
            ))}
          </span>
        </span>
        <span className="block truncate font-mono text-[11px] text-faint">{call}</span>
        {why !== '' && <span className="mt-0.5 block text-[11.5px] text-dim">{why}</span>}
      </button>
    </li>
  )
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
