import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './index.css'
import { keepForOffline } from './offline.ts'
import { ErrorBoundary } from './shell/ErrorBoundary.tsx'
import { Frame } from './shell/Frame.tsx'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary>
      <Frame />
    </ErrorBoundary>
  </StrictMode>,
)
keepForOffline()
