/** The built page, served for as long as a script looks at it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface Served {
  readonly url: string
  stop(): Promise<void>
}

/**
 * Serves dist/ at a free port.
 * @throws Error if the page is not built
 */
export async function serveBuild(): Promise<Served> {
  const server = spawn(process.execPath, ['scripts/serve.mjs'], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(server.stdout)) {
    const url = /http:\S+/.exec(line)?.[0]
    if (url === undefined) continue
    return {
      url,
      async stop() {
        server.kill()
        await once(server, 'exit')
      },
    }
  }
  throw new Error('the server ended before it said its address: build first (npm run build)')
}
