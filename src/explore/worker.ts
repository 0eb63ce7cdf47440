/** A search in a worker of its own: `new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })`. */
import { isToWorker } from './messages.ts'
import { Session } from './session.ts'

// A message to oneself comes after those that are waiting, without the delay that timers have.
const channel = new MessageChannel()
let due: (() => void) | null = null
channel.port1.addEventListener('message', () => due?.())
channel.port1.start()

const session = new Session({
  post: (message) => self.postMessage(message),
  now: () => performance.now(),
  later(work) {
    due = work
    channel.port2.postMessage(null)
  },
})

self.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
  if (isToWorker(data)) session.hear(data)
})
