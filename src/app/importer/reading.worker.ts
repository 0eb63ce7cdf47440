import { importPastes } from '../../machines/import/index.ts'

self.addEventListener('message', ({ data }: MessageEvent<readonly string[]>) => {
  self.postMessage(importPastes(data))
})
