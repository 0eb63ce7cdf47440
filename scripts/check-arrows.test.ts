import { readdirSync } from 'node:fs'
import { expect, test } from 'vitest'
import { appFloors, arrowFaults } from './check-arrows.ts'

const faultsOf = (file: string, source: string) => arrowFaults(new Map([[file, source]]))

test.each([
  ['src/scenario/a.ts', `import { apply } from '../sim/replay.ts'`],
  ['src/app/store/a.ts', `import { create } from 'zustand'`],
  ['src/app/main.tsx', `import './styles.css'`],
  ['src/app/canvas/flow/a.tsx', `import { ReactFlow } from '@xyflow/react'`],
  ['src/cli/main.ts', `import { readFileSync } from 'node:fs'`],
  ['src/sim/a.test.ts', `import { test } from 'vitest'\nimport data from '../../conformance/x.json'`],
  ['src/app/ui/a.tsx', `import { store } from '../store/store.ts'`],
  ['src/app/shell/a.tsx', `import('../canvas/Canvas.tsx')`],
  ['src/app/canvas/a.tsx', `import('../topology/Topology.tsx')`],
  ['src/app/topology/a.tsx', `import '../canvas/layout.ts'`],
  ['src/app/main.tsx', `import './shell/Frame.tsx'`],
  ['src/app/explore/a.ts', `new Worker(new URL('../../explore/worker.ts', import.meta.url), { type: 'module' })`],
  ['src/sim/a.ts', `// import '../app/x.ts'\nconst text = "import '../app/x.ts'"`],
])('%s may say %s', (file, source) => {
  expect(faultsOf(file, source)).toEqual([])
})

test.each([
  ['an upward import', 'src/sim/a.ts', `\n\nimport { x } from '../scenario/x.ts'`, ':3: imports src/scenario/x.ts'],
  ['an upward type', 'src/sim/a.ts', `import type { X } from '../explain/x.ts'`, 'higher floor'],
  ['an upward import type', 'src/sim/a.ts', `let x: import('../explain/x.ts').X`, 'higher floor'],
  ['an upward re-export', 'src/explain/a.ts', `export * from '../scenario/x.ts'`, 'higher floor'],
  ['an upward import()', 'src/explore/a.ts', `await import('../import/x.ts')`, 'higher floor'],
  ['an upward glob', 'src/machines/a.ts', `import.meta.glob(['../scenario/*.ts'])`, 'higher floor'],
  ['an upward worker', 'src/scenario/a.ts', `new URL('../import/x.ts', import.meta.url)`, 'higher floor'],
  ['the app from below', 'src/export/a.ts', `import '../app/x.ts'`, 'nothing may import src/app'],
  ['the app from the cli', 'src/cli/a.ts', `import '../app/x.ts'`, 'nothing may import src/app'],
  ['the cli from the app', 'src/app/a.ts', `import '../cli/x.ts'`, 'nothing may import src/cli'],
  ['a package in the simulator', 'src/sim/a.ts', `import * as v from 'valibot'`, 'the package valibot'],
  ['node in the simulator', 'src/sim/a.ts', `import fs from 'node:fs'`, 'the package node:fs'],
  ['react below the app', 'src/explain/a.ts', `import { useState } from 'react'`, 'the package react'],
  ['the diagram library elsewhere', 'src/app/inspector/a.ts', `import '@xyflow/react'`, 'only src/app/canvas/flow/'],
  ['a way out of src', 'src/app/a.ts', `import x from '../../package.json'`, 'outside src/'],
  ['no extension', 'src/sim/a.ts', `import { x } from './x'`, 'without its file extension'],
  ['the roof from a place', 'src/app/lesson/a.tsx', `import '../shell/Frame.tsx'`, 'higher floor of src/app'],
  ['a place from the store', 'src/app/store/a.ts', `import('../lesson/a.tsx')`, 'higher floor of src/app'],
  ['a place from what every panel needs', 'src/app/ui/a.tsx', `import '../explore/a.ts'`, 'higher floor of src/app'],
  ['an effect from a place', 'src/app/teach/a.tsx', `import '../effects/a.ts'`, 'higher floor of src/app'],
  ['a place from the one beside it', 'src/app/lesson/a.tsx', `import '../teach/a.tsx'`, 'stands beside it'],
  ['the start of the page', 'src/app/shell/a.tsx', `import '../main.tsx'`, 'higher floor of src/app'],
  ['a folder of the page without a floor', 'src/app/odd/a.tsx', `import '../store/a.ts'`, 'on no floor of src/app'],
  ['a file that imports itself', 'src/app/ui/a.ts', `import './a.ts'`, 'closes a circle'],
  ['a computed path', 'src/app/a.ts', 'await import(`./${name}.ts`)', 'computed path'],
  ['a file beside the floors', 'src/util.ts', `import './sim/x.ts'`, 'lies on no floor'],
])('%s is a fault', (_, file, source, said) => {
  expect(faultsOf(file, source)).toEqual([expect.stringContaining(said)])
})

test('a circle of files in the page is a fault at the import that closes it', () => {
  const files = new Map([
    ['src/app/ui/a.ts', `import './b.ts'`],
    ['src/app/ui/b.ts', `import type { C } from './c.ts'`],
    ['src/app/ui/c.ts', `\nimport('./a.ts')`],
    ['src/app/ui/d.ts', `import './a.ts'\nimport './b.ts'`],
  ])
  expect(arrowFaults(files)).toEqual([
    'src/app/ui/c.ts:2: closes a circle: src/app/ui/a.ts → src/app/ui/b.ts → src/app/ui/c.ts → src/app/ui/a.ts',
  ])
})

test('every folder of the page has a floor', () => {
  const known = appFloors.flat().flatMap((unit) => unit.split(' + '))
  const folders = readdirSync(new URL('../src/app', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  expect(known.toSorted()).toEqual(folders.toSorted())
})
