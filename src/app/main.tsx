import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import { keepForOffline } from './offline.ts'
import { hasWords } from '../explain/registry.ts'
import { ErrorBoundary } from './shell/ErrorBoundary.tsx'
import { Frame } from './shell/Frame.tsx'
import { loadWords, store } from './store/store.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

function show(container: HTMLElement): void {
  createRoot(container).render(
    <StrictMode>
      <ErrorBoundary>
        <Frame />
      </ErrorBoundary>
    </StrictMode>,
  )
}

// Not awaited at the top: what is fetched needs this file, and would wait for it to have run to its end.
if (hasWords(store.getState().kernel.id)) show(root)
else void loadWords().then(() => show(root))
keepForOffline()
