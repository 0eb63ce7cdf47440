import { Component, type ReactNode } from 'react'
import { store } from '../store/store.ts'

interface Props {
  readonly children: ReactNode
  /** Only a part of the page stands in it, which can be tried again by itself. */
  readonly part?: boolean
}

/** When the page or a part of it fails: says so, and keeps what was played. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override componentDidCatch(): void {
    store.getState().keep([location.hash])
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    const { part = false } = this.props
    const [Tag, Title] = part ? (['div', 'h2'] as const) : (['main', 'h1'] as const)
    return (
      <Tag className="flex h-full items-center justify-center p-5">
        <div className="max-w-[560px] rounded-2xl border border-line2 bg-panel p-6 shadow-node" role="alert">
          <Title className="text-[18px] font-semibold">
            {part ? 'This part of the page has failed' : 'The page has failed'}
          </Title>
          <p className="mt-2">
            This is a fault of the playground, not of anything you did. Your run is kept in this browser and in the
            address above.
          </p>
          <pre className="mt-2 max-h-40 overflow-auto rounded-lg bg-bad-bg p-2 font-mono text-[11.5px] text-bad">
            {this.state.error.message}
          </pre>
          <div className="mt-3 flex flex-wrap gap-2">
            {part && (
              <button type="button" className="button" onClick={() => this.setState({ error: null })}>
                Try again
              </button>
            )}
            <button type="button" className="button button-primary" onClick={() => location.reload()}>
              Load the page anew
            </button>
          </div>
        </div>
      </Tag>
    )
  }
}
