import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import type { Machine, PciFunction } from '../sim/machine.ts'
import { LEGACY_CHECKS, LEGACY_EFFECTS } from '../sim/kernels/linux-5.10/codes.ts'
import { kernelById } from '../sim/kernels/registry.ts'
import { isOp, type Op } from '../sim/op.ts'
import { replay, type Run } from '../sim/replay.ts'
import { FUNCTIONS } from './functions.ts'
import { GLOSSARY, glossaryEntry } from './glossary.ts'
import {
  bugStory,
  contextWords,
  describeOp,
  describeResult,
  dmesgOf,
  explainPath,
  explainRefusal,
  plain,
  remedy,
  viabilityWords,
  type Words,
} from './index.ts'
import { wordsOf } from './registry.ts'

const KERNEL = 'linux-5.10'

describe('the tables of Linux 5.10', () => {
  const tables = wordsOf(KERNEL)
  test('have words for every check', () => expect(Object.keys(tables.checks).sort()).toEqual([...LEGACY_CHECKS].sort()))
  test('have words for every effect', () =>
    expect(Object.keys(tables.effects).sort()).toEqual([...LEGACY_EFFECTS].sort()))
  test('name no function that is not told about', () => {
    const fixed = (text: unknown): string[] => (typeof text === 'string' && text !== '' ? text.split(' → ') : [])
    const named = [
      ...Object.values(tables.entries).flatMap(fixed),
      ...[...Object.values(tables.checks), ...Object.values(tables.effects)].flatMap(({ fn, path }) => [
        ...fixed(fn),
        ...fixed(path),
      ]),
    ]
    expect([...new Set(named)].filter((name) => FUNCTIONS[name]?.files[KERNEL] === undefined)).toEqual([])
  })
})

test('glossary terms are found however they are capitalised', () => {
  expect(glossaryEntry('viable')?.term).toBe('Viable')
  expect(Object.values(GLOSSARY).filter((text) => !text.endsWith('.'))).toEqual([])
})

/** A field of parsed JSON; undefined if it has none. */
function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Object.getOwnPropertyDescriptor(value, key)?.value : undefined
}

function items(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The observed devices of a recorded machine with its groups, `G0` as group 0: enough to meet every refusal. */
function machineOf(id: string, topology: unknown): Machine {
  const devices = items(field(topology, 'devices'))
    .filter((device) => field(device, 'observed') === true)
    .map((device): PciFunction => {
      const bridge = field(device, 'is_bridge') === true
      const driver = field(device, 'driver')
      const name = typeof driver === 'string' ? driver : null
      return {
        bdf: String(field(device, 'bdf')),
        kind: bridge ? 'rp' : 'ep',
        bridge,
        parent: null,
        multifunction: false,
        acsCap: null,
        driver: name,
        native: name,
      }
    })
  const groups: Record<string, string[]> = {}
  for (const [name, members] of Object.entries(field(topology, 'groups') ?? {}))
    groups[name.slice(1)] = items(members).map(String)
  return { id, title: id, devices, groups }
}

function operationsOf(recording: unknown): Op[] {
  return items(field(recording, 'steps')).flatMap((step): Op[] => {
    const op: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(field(step, 'op') ?? {}))
    if (!isOp(op)) return []
    return [op.op === 'open_group' ? { ...op, group: op.group.slice(1) } : op]
  })
}

const conformance = new URL('../../conformance/', import.meta.url)
const topologies = field(JSON.parse(readFileSync(new URL('topologies.json', conformance), 'utf8')), 'topologies')
const recordings: unknown[] = gunzipSync(readFileSync(new URL('linux-5.10.jsonl.gz', conformance)))
  .toString('utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line): unknown => JSON.parse(line))

/** A text with a hole in it: nothing, two spaces, an undefined, a sentence that ends twice. */
const HOLE = /^$|undefined|null|NaN|\[object| {2}|\.\.|^ | $| [.,:]/

function holes(where: string, words: Words | null): string[] {
  return words !== null && HOLE.test(plain(words)) ? [`${where}: "${plain(words)}"`] : []
}

function holesOf(run: Run): string[] {
  const { world } = run
  return run.steps.flatMap(({ op, result, completes }, index) => {
    const events = run.traceOf(index)
    const at = `${index} ${op.op}`
    const snapshot = run.snapshotAt(index + 1)
    const story =
      'bug' in result || completes.some((late) => 'bug' in late.result)
        ? bugStory(KERNEL, world, run.steps, index)
        : null
    const { call, words } = describeOp(
      world,
      op,
      run.steps.slice(0, index).map((step) => step.op),
    )
    return [
      ...holes(`${at} call`, [call]),
      ...holes(`${at} words`, [words]),
      ...holes(`${at} result`, [describeResult(result).word]),
      ...explainPath(KERNEL, world, op, events, result).flatMap((line) => [
        ...holes(`${at} path ${line.code}`, line.words),
        ...holes(`${at} answer ${line.code}`, line.answer ?? null),
        ...(line.code !== undefined && plain(line.words) === line.code ? [`${at}: no words for ${line.code}`] : []),
      ]),
      ...('ok' in result && result.ok
        ? []
        : holes(`${at} refusal`, explainRefusal(KERNEL, world, op, events, result) ?? [])),
      ...holes(`${at} remedy`, remedy(KERNEL, world, op, events, result)),
      ...dmesgOf(KERNEL, world, op, events).flatMap((line) => holes(`${at} log`, [line.text])),
      ...snapshot.devices.flatMap((_, device) => {
        const context = contextWords(world, snapshot, device)
        return [...holes(`${at} context`, context.words), ...holes(`${at} context`, [context.short])]
      }),
      ...snapshot.groups.flatMap((group) => {
        const verdict = viabilityWords(KERNEL, world, group, snapshot)
        return [
          ...holes(`${at} verdict`, verdict.words),
          ...verdict.members.flatMap((member) => holes(at, member.words)),
        ]
      }),
      ...(story === null
        ? []
        : [story.what, story.who, story.why, story.instead].flatMap((text) => holes(`${at} story`, text))),
    ]
  })
}

describe('the recordings', () => {
  test('leave no hole in any text', () => {
    const kernel = kernelById(KERNEL)
    if (kernel === undefined) throw new Error('Linux 5.10 is not simulated')
    const processes = [{ name: 'qemu', user: 'root' }]
    let steps = 0
    const found = recordings.flatMap((recording, place) => {
      const name = String(field(recording, 'topology'))
      const iommu = field(recording, 'cmdline') === 'iommu=pt' ? 'pt' : 'nopt'
      const machine = machineOf(name, field(topologies, name))
      const run = replay(kernel, { machine, boot: { iommu }, processes }, operationsOf(recording))
      steps += run.steps.length
      return holesOf(run).map((hole) => `${place}: ${hole}`)
    })
    expect(found.slice(0, 20)).toEqual([])
    expect(steps).toBeGreaterThan(9000)
  })
})
