import type { ReactNode } from 'react'
import { useApp } from '../store/store.ts'
import { late } from '../ui/late.tsx'

/** Fetches the end of the kernel, which no first picture shows. */
export const loadBugStory = async () => (await import('./BugStory.tsx')).BugStory
const BugStory = late(loadBugStory, 'what ended the kernel', 'part')

/** The end of the kernel, once it has come to that. */
export function BugBanner(): ReactNode {
  const dead = useApp((s) => s.snapshot.dead)
  return dead ? <BugStory /> : null
}
