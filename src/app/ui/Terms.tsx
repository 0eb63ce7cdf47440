import type { ReactNode } from 'react'

/** Names with their values. The classes say how the list, each pair, the names and the values look. */
export function Terms(props: {
  readonly items: readonly (readonly [name: string, value: ReactNode])[]
  readonly className: string
  readonly pair: string
  readonly name?: string
  readonly value: string
}): ReactNode {
  const { items, className, pair, name: look = 'text-dim', value: valueLook } = props
  return (
    <dl className={className}>
      {items.map(([name, value]) => (
        <div key={name} className={pair}>
          <dt className={look}>{name}</dt>
          <dd className={valueLook}>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
