import type { ReactNode } from 'react'

/** The head of a column: a kernel's name, and a line about it. */
export function ColumnHead(props: {
  readonly name: string
  readonly about: string
  readonly className: string
}): ReactNode {
  const { name, about, className } = props
  return (
    <th scope="col" className={`border-l border-line px-2.5 py-2 align-top font-normal ${className}`}>
      <span className="block text-[12.5px] font-semibold">{name}</span>
      <span className="block text-[11.5px] text-dim">{about}</span>
    </th>
  )
}
