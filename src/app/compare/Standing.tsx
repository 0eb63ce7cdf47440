import { Fragment, type ReactNode } from 'react'
import { NOT_ASKED } from '../../explain/differences.ts'
import type { Column } from '../../scenario/compare/compare.ts'

const VERDICTS = {
  isolated: { text: '✓ isolated', look: 'text-ok' },
  'not-isolated': { text: '✗ not isolated', look: 'text-bad' },
  host: { text: '◌ the host’s', look: 'text-host' },
} as const

/** How the groups stand when all is done. */
export function Standing({ columns, narrow }: { columns: readonly Column[]; narrow: boolean }): ReactNode {
  const [first] = columns
  const groups = first?.standings.at(-1) ?? first?.atBoot ?? []
  const title = 'text-[12px] font-semibold'
  return groups.map(({ group }, place) => {
    const name = `Group ${first?.run.world.groups[group]?.id ?? ''} at the end`
    const cells = columns.map(({ kernel, standings, bug }) => {
      const standing = standings.at(-1)?.[place]
      return (
        <td
          key={kernel.id}
          className={`border-b border-l border-line bg-panel align-top font-mono text-[11.5px] ${narrow ? 'px-2 py-1.5' : 'px-3.5 py-2'}`}
        >
          {bug >= 0 || standing === undefined ? (
            <span className="text-faint">
              {NOT_ASKED.dead.glyph} {NOT_ASKED.dead.word}
            </span>
          ) : (
            <>
              <span className={`block whitespace-nowrap ${standing.viable ? 'text-ok' : 'text-bad'}`}>
                {standing.viable ? '✓ viable' : '✗ not viable'}
              </span>
              <span className={`block whitespace-nowrap ${VERDICTS[standing.verdict].look}`}>
                {VERDICTS[standing.verdict].text}
              </span>
            </>
          )}
        </td>
      )
    })
    return narrow ? (
      <Fragment key={group}>
        <tr>
          <th scope="rowgroup" colSpan={columns.length} className={`bg-panel p-0 ${title}`}>
            <div className="sticky left-0 w-[100cqw] px-3 pt-2 pb-1">{name}</div>
          </th>
        </tr>
        <tr>{cells}</tr>
      </Fragment>
    ) : (
      <tr key={group}>
        <th
          scope="row"
          className={`sticky left-0 z-[5] border-b border-line bg-panel py-2 pr-3 pl-4 align-top xl:pl-6 ${title}`}
        >
          {name}
        </th>
        {cells}
      </tr>
    )
  })
}
