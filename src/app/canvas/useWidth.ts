import { useCallback, useRef, useState } from 'react'

/** The width of an element in whole pixels, 0 before it is there, and the ref to give it. */
export function useWidth(): [number, (element: HTMLElement | null) => void] {
  const [width, setWidth] = useState(0)
  const observer = useRef<ResizeObserver | null>(null)
  const ref = useCallback((element: HTMLElement | null) => {
    observer.current?.disconnect()
    if (element === null) return
    setWidth(Math.round(element.clientWidth))
    observer.current = new ResizeObserver(() => setWidth(Math.round(element.clientWidth)))
    observer.current.observe(element)
  }, [])
  return [width, ref]
}
