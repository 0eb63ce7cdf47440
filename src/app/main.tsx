import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import { hasWords, loadWords } from '../explain/registry.ts'
import { startEffects } from './effects/index.ts'
import { preload } from './effects/preload.ts'
import { isFramed, showLinkToPage } from './framed.ts'
import { keepForOffline } from './offline.ts'
import { ErrorBoundary } from './shell/ErrorBoundary.tsx'
import { Frame, NEXT } from './shell/Frame.tsx'
import { late } from './ui/late.tsx'
import { store } from './store/store.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

const { waitsFor, kernel, begin } = store.getState()

// A run under another kernel than the one that the first picture brings waits for it and its words.
const LateFrame = late(async () => {
  await loadWords([waitsFor ?? kernel.id])
  begin()
  startEffects()
  return Frame
}, 'the kernel of this run')
const isReady = waitsFor === null && hasWords(kernel.id)
const Page = isReady ? Frame : LateFrame

function start(container: HTMLElement): void {
  if (isReady) startEffects()
  createRoot(container).render(
    <StrictMode>
      <ErrorBoundary>
        <Page />
      </ErrorBoundary>
    </StrictMode>,
  )
  preload([loadWords, ...NEXT])
  keepForOffline()
}

if (isFramed()) showLinkToPage(root)
else start(root)
