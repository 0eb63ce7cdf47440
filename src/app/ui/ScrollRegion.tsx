import type { ReactNode } from 'react'

/** A region that scrolls, also by the keyboard. */
export function ScrollRegion(props: {
  readonly label: string
  readonly testId: string
  readonly className: string
  readonly children: ReactNode
}): ReactNode {
  return (
    <div className={props.className} data-testid={props.testId} role="region" aria-label={props.label} tabIndex={0}>
      {props.children}
    </div>
  )
}
