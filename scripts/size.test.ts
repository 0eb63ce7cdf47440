import { expect, test } from 'vitest'
import { firstLoad } from './size.ts'

const build = new Map([
  [
    'index.html',
    '<script type="module" crossorigin src="/assets/index.js"></script>' +
      '<link rel="modulepreload" crossorigin href="/assets/react.js"><link rel="stylesheet" href="/assets/index.css">' +
      '<link rel="icon" href="/favicon.svg"><a href="https://host.example/x.js"></a>',
  ],
  ['assets/index.js', `import { a } from './react.js'; import('./lazy.js'); import { b } from './shared.js'`],
  ['assets/shared.js', `export * from './react.js'; export const b = 1`],
])

test('the first load is what the page names and what that imports statically', () => {
  const files = firstLoad((file) => build.get(file) ?? '')
  expect(files.toSorted()).toEqual(
    ['index.html', 'assets/index.js', 'assets/react.js', 'assets/index.css', 'assets/shared.js'].toSorted(),
  )
})
