/** Hover or focus on a card lifts its wires. Only the wires concerned are drawn again. */
import {
  createContext,
  useCallback,
  useContext,
  useMemo,
  useSyncExternalStore,
  type FocusEvent,
  type ReactNode,
} from 'react'
import type { CanvasEdge } from '../edges.ts'

/** The card that is pointed at or has the keyboard; the pointer counts more. */
class Lift {
  private hovered: string | null = null
  private focused: string | null = null
  private readonly listeners = new Set<() => void>()

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  hover(id: string | null): void {
    this.hovered = id
    for (const listener of this.listeners) listener()
  }

  focus(id: string | null): void {
    this.focused = id
    for (const listener of this.listeners) listener()
  }

  /** Whether a wire is of the card that is lifted. */
  holds({ ends }: CanvasEdge): boolean {
    const node = this.hovered ?? this.focused
    return node !== null && ends.includes(node)
  }
}

const LiftContext = createContext(new Lift())

/** Whether a wire is lifted now. */
export function useLifted(wire: CanvasEdge | undefined): boolean {
  const lift = useContext(LiftContext)
  const read = useCallback(() => wire !== undefined && lift.holds(wire), [lift, wire])
  return useSyncExternalStore(lift.subscribe, read)
}

/** What tells the canvas which card is pointed at. */
export function useLift(): Pick<Lift, 'hover'> {
  return useContext(LiftContext)
}

/** Gives each canvas a lift of its own, and hears which card has the keyboard. */
export function Lifting({ children }: { children: ReactNode }): ReactNode {
  const lift = useMemo(() => new Lift(), [])
  const onFocus = ({ target }: FocusEvent): void => {
    const node = target.closest('.react-flow__node')
    lift.focus(node instanceof HTMLElement ? (node.dataset['id'] ?? null) : null)
  }
  return (
    <LiftContext.Provider value={lift}>
      <div className="contents" onFocus={onFocus} onBlur={() => lift.focus(null)}>
        {children}
      </div>
    </LiftContext.Provider>
  )
}
