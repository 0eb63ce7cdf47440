/**
 * Weighs the first load of the built page: `node scripts/run.mjs scripts/size.ts [--max BYTES]`, after `vite build`.
 *
 * The first load is index.html, the scripts and styles that it names, and what those scripts import statically. Parts
 * that load on demand do not count. Sizes are gzip -9, in bytes; above --max the exit code is 1.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import { parseSync } from 'rolldown/utils'
import { isMain } from './is-main.ts'

/**
 * @param read gives the content of a file of the build, by its path in it (`index.html`, `assets/x.js`)
 * @returns the paths of the first load, index.html first, each once
 */
export function firstLoad(read: (file: string) => string): string[] {
  const files = ['index.html']
  // `files` grows while it is walked.
  for (const file of files) {
    const named = file.endsWith('.html')
      ? namedInHtml(read(file))
      : file.endsWith('.js')
        ? imported(file, read(file))
        : []
    for (const other of named) if (!files.includes(other)) files.push(other)
  }
  return files
}

function namedInHtml(html: string): string[] {
  return [...html.matchAll(/\b(?:src|href)="\/?([^":]+\.(?:js|css))"/g)].map((match) => match[1] ?? '')
}

function imported(file: string, source: string): string[] {
  const { module } = parseSync(file, source)
  const sources = [
    ...module.staticImports.map((each) => each.moduleRequest.value),
    ...module.staticExports.flatMap((each) => each.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
  ]
  return sources.map((target) => path.posix.join(path.posix.dirname(file), target))
}

if (isMain(import.meta.url)) {
  const { max } = parseArgs({ options: { max: { type: 'string' } } }).values
  const dist = fileURLToPath(new URL('../dist', import.meta.url))
  let total = 0
  for (const file of firstLoad((name) => readFileSync(path.join(dist, name), 'utf8'))) {
    const bytes = gzipSync(readFileSync(path.join(dist, file)), { level: 9 }).length
    total += bytes
    console.log(`${String(bytes).padStart(8)}  ${file}`)
  }
  console.log(`${String(total).padStart(8)}  bytes (gzip) before anything is opened${max ? `, of at most ${max}` : ''}`)
  if (max !== undefined && total > Number(max)) {
    console.error(`the first load is ${total - Number(max)} bytes too heavy`)
    process.exitCode = 1
  }
}
