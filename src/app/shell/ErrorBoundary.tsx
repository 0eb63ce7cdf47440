import { Component, type ReactNode } from 'react'

interface Props {
  readonly children: ReactNode
}

/** The last resort when the page itself fails: says so, and keeps what was played. */
export class ErrorBoundary extends Component<Props, { readonly error: Error | null }> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children
    return (
      <main className="flex h-full items-center justify-center p-5">
        <div className="max-w-[560px] rounded-2xl border border-line2 bg-panel p-6 shadow-node" role="alert">
          <h1 className="text-[18px] font-semibold">The page has failed</h1>
          <p className="mt-2">
            This is a fault of the playground, not of anything you did. Your run is kept in this browser and in the
            address above.
          </p>
          <pre className="mt-2 max-h-40 overflow-auto rounded-lg bg-bad-bg p-2 font-mono text-[11.5px] text-bad">
            {this.state.error.message}
          </pre>
          <button type="button" className="button button-primary mt-3" onClick={() => location.reload()}>
            Load it again
          </button>
        </div>
      </main>
    )
  }
}
