import { useEffect, useState, type ComponentType, type ReactNode } from 'react'

type Loaded<P> =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'here'; readonly view: ComponentType<P> }
  | { readonly kind: 'failed' }

/**
 * A component that is fetched when it is first shown. Says that it is on its way, and when it does not come it can be
 * tried again: nothing else on the page is touched by that.
 * @param load fetches it; may fail
 * @param what its name in a sentence: `the lessons`
 * @param place where the words stand meanwhile: in the page, over it, or nowhere as the part is small
 */
export function late<P extends object>(
  load: () => Promise<ComponentType<P>>,
  what: string,
  place: 'page' | 'overlay' | 'part' = 'page',
): ComponentType<P> {
  let known: ComponentType<P> | undefined
  return function Late(props: P): ReactNode {
    const [attempt, setAttempt] = useState(0)
    const [loaded, setLoaded] = useState<Loaded<P>>(
      known === undefined ? { kind: 'waiting' } : { kind: 'here', view: known },
    )
    useEffect(() => {
      if (known !== undefined) return undefined
      let gone = false
      load().then(
        (view) => {
          known = view
          if (!gone) setLoaded({ kind: 'here', view })
        },
        () => {
          if (!gone) setLoaded({ kind: 'failed' })
        },
      )
      return () => {
        gone = true
      }
    }, [attempt])
    if (loaded.kind === 'here') {
      const View = loaded.view
      return <View {...props} />
    }
    if (loaded.kind === 'waiting') return place === 'page' ? <Waiting what={what} /> : null
    return (
      <NotLoaded
        what={what}
        overlay={place === 'overlay'}
        onRetry={() => {
          setLoaded({ kind: 'waiting' })
          setAttempt(attempt + 1)
        }}
      />
    )
  }
}

/** Seen only when it takes long, so that nothing flickers on a fast network. */
function Waiting({ what }: { what: string }): ReactNode {
  return (
    <p className="appear-late p-4 text-dim" role="status">
      Loading {what} …
    </p>
  )
}

/** A part of the page did not come: the network is gone, or a new release has replaced it. */
function NotLoaded(props: { what: string; overlay: boolean; onRetry: () => void }): ReactNode {
  const { what, overlay, onRetry } = props
  return (
    <div
      role="alert"
      data-testid="not-loaded"
      className={`grid gap-2 rounded-xl border border-bad bg-bad-bg p-3 text-[13px] ${overlay ? 'fixed inset-x-3 top-[12vh] z-50 mx-auto max-w-[480px] shadow-node' : 'm-3'}`}
    >
      <p>
        <b>Not loaded: {what}.</b> The network may be gone, or a new release has taken the place of this one. Your run
        is kept.
      </p>
      <div className="flex flex-wrap gap-2">
        <button type="button" className="button button-primary" onClick={onRetry}>
          Try again
        </button>
        <button type="button" className="button" onClick={() => location.reload()}>
          Load the page anew
        </button>
      </div>
    </div>
  )
}
