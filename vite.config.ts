import { spawnSync } from 'node:child_process'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { META_POLICY } from './scripts/headers.mjs'

/** A build with a faulty lesson fails, and names file and line. */
const soundLessons: Plugin = {
  name: 'sound-lessons',
  apply: 'build',
  buildStart() {
    const run = spawnSync(process.execPath, ['scripts/run.mjs', 'scripts/lessons.ts'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
    })
    if (run.status !== 0) this.error(run.stderr.trim())
  },
}

/** The policy that `serve` sends as a header, for static hosts that send none. Not in development: Vite works inline there. */
const ownPolicy: Plugin = {
  name: 'own-policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: META_POLICY }, injectTo: 'head-prepend' },
  ],
}

/**
 * Tests that take long: searches held to brute force, long walks, every recording. `npm test` runs them,
 * `npm run check` leaves them out to stay under a minute.
 */
const LONG_TESTS = [
  'src/explore/**/*.test.ts',
  'src/sim/kernels/**/*walks.test.ts',
  'src/cli/{conformance,bug-on}.test.ts',
  'src/explain/{tables,ioasid,ownership}.test.ts',
  'src/scenario/document/{largest,growth}.test.ts',
  'src/sim/replay.test.ts',
  'src/sim/{isolation,pci/groups,grouping/form}.property.test.ts',
  'src/app/store/random-walk.test.ts',
  'src/scenario/link/link.property.test.ts',
  'src/machines/isolation-walks.test.ts',
  'src/import/{dress,scaling,import.property}.test.ts',
  'src/adviser/{advice.property,growth,plan}.test.ts',
  'src/cli/{compare-notes,log-lines,reports}.test.ts',
  'src/export/{consult,run/c/compile,run/forms.property}.test.ts',
  'src/scenario/compare/{compare-library,compare-notes}.test.ts',
  'src/scenario/debate/debate.test.ts',
  'src/app/canvas/compose.test.ts',
  'scripts/{contributing,coverage}.test.ts',
]
const leftOut = process.env['LONG_TESTS'] === '1' ? [] : LONG_TESTS

export default defineConfig({
  plugins: [soundLessons, ownPolicy, react(), tailwindcss()],
  server: { port: 5173 },
  build: {
    target: 'es2023',
    // The list of all files of a release: the service worker stores them for use without a network.
    manifest: 'assets.json',
    // The libraries change rarely and the app often: apart, a returning visitor downloads only what changed.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules[\\/](?:react|react-dom|scheduler)[\\/]/ },
            { name: 'flow', test: /node_modules[\\/](?:@xyflow|d3-|classcat)/ },
            // The rest of what the first picture needs in one file: it comes as a whole, and packs better than in many.
            { name: 'page', tags: ['$initial'] },
            // The other icons together: each alone is smaller than its name in the list of files.
            { name: 'icons', test: /node_modules[\\/]lucide-react[\\/]/ },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  test: {
    environment: 'node',
    include: ['src/**/*.test.ts', 'scripts/**/*.test.ts', 'recorder/**/*.test.ts'],
    exclude: ['node_modules/**', ...leftOut],
    testTimeout: 600_000,
    setupFiles: ['src/explain/all-words.test-setup.ts'],
    // Tests share nothing that one of them changes, so that each file needs no fresh set of modules.
    pool: 'threads',
    isolate: false,
    // Vitest leaves a core to itself, which on two cores is half of the machine.
    maxWorkers: '100%',
  },
})
