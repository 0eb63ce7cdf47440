import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import { keepForOffline } from './offline.ts'
import { hasWords, loadWords } from '../explain/registry.ts'
import { ErrorBoundary } from './shell/ErrorBoundary.tsx'
import { Frame } from './shell/Frame.tsx'
import { store } from './store/store.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
const show = (): void =>
  createRoot(root).render(
    <StrictMode>
      <ErrorBoundary>
        <Frame />
      </ErrorBoundary>
    </StrictMode>,
  )
// Not awaited here: the words' file imports this one, and each would wait for the other for ever.
if (hasWords(store.getState().kernel.id)) show()
else void loadWords([store.getState().kernel.id]).finally(show)
keepForOffline()
