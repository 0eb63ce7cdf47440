import type { ReactNode } from 'react'

/** Names with their values, and what stands in the place of a name where that is more than a text. The classes say how the list, each pair, the names and the values look. */
export function Terms(props: {
  readonly items: readonly (readonly [name: string, value: ReactNode, shown?: ReactNode])[]
  readonly className: string
  readonly pair: string
  readonly name?: string
  readonly value: string
}): ReactNode {
  const { items, className, pair, name: look = 'text-dim', value: valueLook } = props
  return (
    <dl className={className}>
      {items.map(([name, value, shown = name]) => (
        <div key={name} className={pair}>
          <dt className={look}>{shown}</dt>
          <dd className={valueLook}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
