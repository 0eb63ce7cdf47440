/** Reads long pastes beside the page, so that it goes on answering. */
import type { ImportResult } from '../../machines/import/index.ts'

/** Resolves to what the texts say. A reading that was begun before is of no use any more and ends. */
export function readInWorker(texts: readonly string[]): Promise<ImportResult> {
  running?.terminate()
  const worker = new Worker(new URL('./reading.worker.ts', import.meta.url), { type: 'module' })
  running = worker
  return new Promise((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<ImportResult>) => {
      worker.terminate()
      resolve(data)
    })
    worker.addEventListener('error', ({ message }) => reject(new Error(message)))
    worker.postMessage(texts)
  })
}

let running: Worker | null = null
