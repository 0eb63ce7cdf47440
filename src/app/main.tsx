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

// A run under another kernel than the one that the first picture brings waits for its words.
const LateFrame = late(async () => {
  await loadWords([store.getState().kernel.id])
  return Frame
}, 'the explanations of this kernel')
const Page = hasWords(store.getState().kernel.id) ? Frame : LateFrame

function start(container: HTMLElement): void {
  startEffects()
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
