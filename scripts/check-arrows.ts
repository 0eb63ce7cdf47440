/**
 * Checks that imports in src/ point down (ARCHITECTURE.md, "Floors"): `node scripts/run.mjs scripts/check-arrows.ts`
 *
 * A folder of src/ is a floor. It may import itself and the floors below it, and only the packages listed for it.
 * Everything that makes one module depend on another counts: import, export from, import(), import types,
 * import.meta.glob and `new URL('./x', import.meta.url)`.
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'rolldown/utils'
import { projectFiles } from './files.ts'
import { isMain, report } from './is-main.ts'

/** A floor, and the packages its files may import (a trailing * stands for any ending). */
interface Floor {
  readonly folder: string
  readonly packages: readonly string[]
}

/** From the bottom up. The last two stand side by side: nobody imports them, nor they each other. */
export const floors: readonly Floor[] = [
  { folder: 'sim', packages: [] },
  { folder: 'explain', packages: [] },
  { folder: 'machines', packages: ['valibot'] },
  { folder: 'scenario', packages: ['valibot', 'fflate', 'mdast', 'mdast-util-from-markdown'] },
  { folder: 'explore', packages: [] },
  { folder: 'import', packages: ['valibot', 'yaml', 'html-entities'] },
  { folder: 'what-if', packages: [] },
  { folder: 'adviser', packages: [] },
  { folder: 'export', packages: ['fflate'] },
  { folder: 'app', packages: ['*'] },
  { folder: 'cli', packages: ['node:*', 'html-entities'] },
]
const roofs = ['app', 'cli']

/**
 * The floors inside src/app, from the bottom up. Folders of one floor stand side by side and do not import each other;
 * those joined by + are one. Files that lie in no folder are on top.
 */
export const appFloors: readonly (readonly string[])[] = [
  ['store'],
  ['ui'],
  ['commands'],
  ['canvas + topology'],
  ['kernel-path', 'timeline', 'boot'],
  ['inspector'],
  ['compare', 'debate', 'explore', 'importer', 'lesson', 'library', 'script', 'share', 'teach'],
  ['effects'],
  ['shell'],
]

/** Tests may reach for their tools and read recordings, whatever the floor. */
const testPackages = ['vitest', 'fast-check', 'node:*', 'mdast-util-from-markdown']

/** The diagram library is met in one folder only, so that the rest of the app can be read and tested without it. */
const confined = [{ package: '@xyflow/*', folder: 'src/app/canvas/flow/' }]

interface Import {
  readonly line: number
  /** undefined: computed when it runs, so nobody can check it */
  readonly target: string | undefined
}

/**
 * @param files path from the project's root (forward slashes) to source text
 * @returns one line per fault, `file:line: what is wrong`, in the order of the files
 */
export function arrowFaults(files: ReadonlyMap<string, string>): string[] {
  const faults: string[] = []
  const graph = new Map<string, readonly Edge[]>()
  for (const [file, source] of files) {
    const imports = importsOf(file, source)
    for (const { line, target } of imports) {
      const fault = target === undefined ? 'imports a computed path; name the file' : faultOf(file, target)
      if (fault !== undefined) faults.push(`${file}:${line}: ${fault}`)
    }
    graph.set(file, edgesOf(file, imports))
  }
  return [...faults, ...circles(graph)]
}

interface Edge {
  readonly line: number
  readonly to: string
}

/** The files that a file imports, with the line. */
function edgesOf(file: string, imports: readonly Import[]): Edge[] {
  return imports.flatMap(({ line, target }) =>
    target?.startsWith('.') === true ? [{ line, to: resolve(file, target) }] : [],
  )
}

/** A line for each import in src/app that closes a circle; found depth first. */
function circles(graph: ReadonlyMap<string, readonly Edge[]>): string[] {
  const faults: string[] = []
  const done = new Set<string>()
  const way: string[] = []
  const walk = (file: string): void => {
    if (done.has(file)) return
    way.push(file)
    for (const { line, to } of graph.get(file) ?? []) {
      const at = way.indexOf(to)
      if (at < 0 && to.startsWith('src/app/')) walk(to)
      else if (at >= 0) faults.push(`${file}:${line}: closes a circle: ${[...way.slice(at), to].join(' → ')}`)
    }
    way.pop()
    done.add(file)
  }
  for (const file of graph.keys()) if (file.startsWith('src/app/')) walk(file)
  return faults
}

function resolve(file: string, target: string): string {
  return path.posix.join(path.posix.dirname(file), target.replace(/[?#].*$/, ''))
}

/** What is wrong with `file` importing `target`, or undefined. */
function faultOf(file: string, target: string): string | undefined {
  const own = floorOf(file)
  const isTest = /\.test[-\w]*\.tsx?$/.test(file)
  if (own === -1 && file !== 'src/vite-env.d.ts') return 'lies on no floor; put it into a folder that has one'

  if (!target.startsWith('.')) {
    const confinement = confined.find((rule) => matches(rule.package, target))
    if (confinement && !file.startsWith(confinement.folder))
      return `imports ${target}, which only ${confinement.folder} may`
    const allowed = [...(floors[own]?.packages ?? []), ...(isTest ? testPackages : [])]
    return allowed.some((name) => matches(name, target))
      ? undefined
      : `imports the package ${target}, which src/${floors[own]?.folder} may not`
  }

  const resolved = resolve(file, target)
  if (!resolved.startsWith('src/')) return isTest ? undefined : `imports ${resolved}, which is outside src/`
  if (path.posix.extname(resolved) === '') return `imports ${target} without its file extension`
  const other = floorOf(resolved)
  if (other === own) return floors[own]?.folder === 'app' ? appFault(file, resolved) : undefined
  if (other === -1) return `imports ${resolved}, which lies on no floor`
  const folder = floors[other]?.folder ?? ''
  if (roofs.includes(folder)) return `imports ${resolved}: nothing may import src/${folder}`
  return other > own ? `imports ${resolved}, which is on a higher floor` : undefined
}

/** What is wrong with a file of src/app importing another one, or undefined. */
function appFault(file: string, target: string): string | undefined {
  const own = appFloorOf(file)
  const other = appFloorOf(target)
  if (own === undefined) return `lies in a folder that is on no floor of src/app`
  if (other === undefined) return `imports ${target}, which lies in a folder that is on no floor of src/app`
  if (other.level > own.level) return `imports ${target}, which is on a higher floor of src/app`
  if (other.level === own.level && other.unit !== own.unit) return `imports ${target}, which stands beside it`
  return undefined
}

/** The floor of a file inside src/app, and which of the folders on it the file belongs to. */
function appFloorOf(file: string): { readonly level: number; readonly unit: string } | undefined {
  const [, , folder = '', ...rest] = file.split('/')
  if (rest.length === 0) return { level: appFloors.length, unit: '' }
  for (const [level, units] of appFloors.entries()) {
    const unit = units.find((each) => each.split(' + ').includes(folder))
    if (unit !== undefined) return { level, unit }
  }
  return undefined
}

/** Index into `floors`, or -1. */
function floorOf(file: string): number {
  return floors.findIndex((floor) => file.startsWith(`src/${floor.folder}/`))
}

function matches(pattern: string, name: string): boolean {
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1))
  return name === pattern || name.startsWith(`${pattern}/`)
}

/**
 * Every module that `source` names, with the line.
 * @throws when the source has a syntax error
 */
function importsOf(file: string, source: string): Import[] {
  const { program, errors } = parseSync(file, source)
  if (errors[0]) throw new Error(`${file}: ${errors[0].message}`)
  const found: Import[] = []
  const add = (at: { start: number }, target: string | undefined): void => {
    found.push({ line: source.slice(0, at.start).split('\n').length, target })
  }
  const addExpression = (at: { start: number; type: string; value?: unknown }): void =>
    add(at, at.type === 'Literal' && typeof at.value === 'string' ? at.value : undefined)

  new Visitor({
    ImportDeclaration: (node) => add(node, node.source.value),
    ExportAllDeclaration: (node) => add(node, node.source.value),
    ExportNamedDeclaration: (node) => node.source && add(node, node.source.value),
    ImportExpression: (node) => addExpression(node.source),
    TSImportType: (node) => addExpression(node.source),
    CallExpression: (node) => {
      const callee = source.slice(node.callee.start, node.callee.end)
      if (callee !== 'import.meta.glob') return
      for (const argument of node.arguments.slice(0, 1)) {
        if (argument.type === 'ArrayExpression') argument.elements.forEach((each) => each && addExpression(each))
        else addExpression(argument)
      }
    },
    NewExpression: (node) => {
      const [target, base] = node.arguments
      if (!target || !base || source.slice(base.start, base.end) !== 'import.meta.url') return
      addExpression(target)
    },
  }).visit(program)
  return found.toSorted((a, b) => a.line - b.line)
}

if (isMain(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const names = projectFiles(root).filter((name) => /^src\/.*\.tsx?$/.test(name))
  const files = new Map(names.map((name) => [name, readFileSync(path.join(root, name), 'utf8')]))
  report(arrowFaults(files), `${files.size} files, every import points down`)
}
