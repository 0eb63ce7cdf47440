import type { ReactNode } from 'react'
import { store, type BrokenLink } from '../store/store.ts'

/** A link that cannot be opened: what is wrong with it, and ways on. Nothing that was there is lost. */
export function BrokenLinkPage({ link }: { link: BrokenLink }): ReactNode {
  return (
    <main className="flex h-full items-center justify-center p-5">
      <div className="max-w-[560px] rounded-2xl border border-line2 bg-panel p-6 shadow-node">
        <h1 className="text-[18px] font-semibold">This link cannot be opened</h1>
        <p className="mt-2 rounded-lg bg-bad-bg px-3 py-2 text-bad" data-testid="link-problem">
          {link.reason}
        </p>
        <p className="mt-3 text-dim">
          Links are easily cut by mail and chat programs: ask for it again, or for the run as a file. What you played
          last in this browser is still there.
        </p>
        <details className="mt-2 text-[12px] text-dim">
          <summary>The link’s text ({link.hash.length} characters)</summary>
          <code className="mt-1 block max-h-32 overflow-y-auto font-mono text-[11px] break-all">
            {link.hash.slice(0, 2000)}
          </code>
        </details>
        <div className="mt-4 flex flex-wrap gap-2">
          <button type="button" className="button button-primary" onClick={() => store.getState().dismissBrokenLink()}>
            Go to the playground
          </button>
          <button
            type="button"
            className="button"
            onClick={() => {
              store.getState().dismissBrokenLink()
              store.getState().show('scenarios')
            }}
          >
            See the scenarios
          </button>
        </div>
      </div>
    </main>
  )
}
