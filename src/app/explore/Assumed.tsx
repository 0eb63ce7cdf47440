import type { ReactNode } from 'react'
import type { Assumptions, ExploreRequest, ExploreResult } from '../../explore/exploration.ts'
import { shortBdf } from '../../explain/words.ts'
import { Terms } from '../ui/Terms.tsx'
import { commandOf } from './ask.ts'
import { Fold } from '../ui/Fold.tsx'
import { megabytes } from '../ui/numbers.ts'

/** What the answer rests on. */
export function Assumed(props: { assumed: Assumptions; result: ExploreResult; request: ExploreRequest }): ReactNode {
  const { assumed, result, request } = props
  const { interchangeable } = assumed
  const classes = [
    ...(interchangeable?.devices ?? []).map((each) => each.map(shortBdf)),
    ...(interchangeable?.processes ?? []),
    ...(interchangeable?.names ?? []),
  ]
  const rows: readonly (readonly [string, string])[] = [
    ['Who acts', actorsWords(assumed)],
    ['On', assumed.devices.map(shortBdf).join(', ')],
    [
      'Drivers',
      assumed.actors.includes('admin')
        ? assumed.drivers.map((d) => (d === 'native' ? 'each device’s own' : d)).join(', ')
        : 'nobody binds any',
    ],
    ['Open at a time', namesOf(assumed)],
    [
      'Mapped',
      assumed.kinds.some((kind) => kind === 'map_dma' || kind === 'ioas_map')
        ? assumed.ranges.map(({ iova, size }) => `${megabytes(size)} at 0x${iova.toString(16)}`).join(', ')
        : 'nothing',
    ],
    ['Operations', `${assumed.operations} to choose from: ${assumed.kinds.join(', ')}`],
    [
      'Counted once',
      request.reduce === false
        ? 'nothing: symmetry is off'
        : interchangeable === null || classes.length === 0
          ? 'nothing is interchangeable'
          : classes.map((each) => each.join(' = ')).join('; '),
    ],
  ]
  return (
    <div className="rounded-xl border border-line bg-panel px-4 py-3">
      <Fold testId="assumed" title={result.verdict === 'impossible' ? 'What this holds for' : 'What was assumed'}>
        <p className="mb-2 text-dim">
          The answer holds for this machine, these actors and these calls, and for the simulated kernel. Interrupts,
          timing and hardware faults are not part of it.
        </p>
        <Terms
          items={rows}
          className="grid gap-1.5 text-[12.5px]"
          pair="grid gap-x-3 sm:grid-cols-[120px_minmax(0,1fr)]"
          value="break-words"
        />
        <p className="mt-2 text-dim">
          On the command line: <code className="font-mono text-[12px] break-words text-ink">{commandOf(request)}</code>
        </p>
      </Fold>
    </div>
  )
}

function actorsWords({ actors, processes }: Assumptions): string {
  return [
    ...(actors.includes('user') ? processes : []),
    ...(actors.includes('admin') ? ['the administrator'] : []),
  ].join(', ')
}

function namesOf({ names }: Assumptions): string {
  const parts = names.flatMap((pools) =>
    pools === null
      ? []
      : [
          Object.entries(pools)
            .filter(([, pool]) => pool.length > 0)
            .map(([kind, pool]) => `${pool.length} ${kind}`)
            .join(', '),
        ],
  )
  return [...new Set(parts)].map((part) => `${part} for each process`).join('; ')
}
