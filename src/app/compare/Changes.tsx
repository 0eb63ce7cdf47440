import type { ReactNode } from 'react'
import type { Column } from '../../scenario/compare/compare.ts'

/** Groups whose isolation this step has ended or made. */
export function Changes({ column, row }: { column: Column; row: number }): ReactNode {
  const before = column.standings[row - 1] ?? column.atBoot
  const after = column.standings[row] ?? []
  if (before === after) return null
  const { groups } = column.run.world
  return after.map((standing, place) => {
    const was = before[place]?.verdict
    if (standing.verdict === was) return null
    const id = groups[standing.group]?.id ?? ''
    if (standing.verdict === 'not-isolated') {
      return (
        <span key={standing.group} className="mt-0.5 block text-[11px] leading-snug text-bad">
          ✗ group {id} not isolated
        </span>
      )
    }
    if (standing.verdict !== 'isolated') return null
    return (
      <span key={standing.group} className="mt-0.5 block text-[11px] leading-snug text-ok">
        ✓ group {id} isolated
      </span>
    )
  })
}
