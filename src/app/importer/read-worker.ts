/** Reads pastes that are too long for the page to read between two pictures. */
import { readPastes } from '../../adviser/reading.ts'

self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (!Array.isArray(data)) return
  const texts = data.filter((text) => typeof text === 'string')
  self.postMessage(readPastes(texts, 'My machine'))
})
