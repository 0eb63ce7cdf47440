/** What is done to the run: documents, endings, undo, and what of the selection outlives it. */
import { describe, expect, test } from 'vitest'
import { machineById } from '../../machines/index.ts'
import { START } from '../../scenario/library/first-visit.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Op } from '../../sim/op.ts'
import { act, derive, freshRun, mainMember, moveTo, takeBranch, UnknownPart, type Doc } from './document.ts'
import { FakeStorage, openTab, type FakeTab } from './fake-store.test-helper.ts'
import { readEarlier } from './persistence.ts'
import { keptIn } from './kept.ts'
import { MAX_UNDO } from './tools.ts'

const OTHER: Op = { op: 'open_container', as: 'z9' }
const open = (as: string): Op => ({ op: 'open_container', as })

const fresh = (): FakeTab['state'] => openTab(new FakeStorage()).state

describe('fields of the document', () => {
  test('are changed one by one, and each change can be undone', () => {
    const state = fresh()
    state().setKernel('linux-6.1')
    state().setBoot({ iommu: 'pt' })
    state().setProcesses([...START.processes, { name: 'other', user: 'alice' }])
    state().rename('  another title ')
    expect(state().doc.scenario).toMatchObject({ kernel: 'linux-6.1', boot: { iommu: 'pt' }, title: 'another title' })
    expect(state().kernel.id).toBe('linux-6.1')
    expect(state().run.world.processIndex.get('other')).toBe(1)
    expect(state().past).toHaveLength(4)
    for (let count = 0; count < 4; count++) state().undo()
    expect(state().doc.scenario).toEqual(START)
    expect(state().future).toHaveLength(4)
    state().redo()
    expect([state().kernel.id, state().past.length, state().future.length]).toEqual(['linux-6.1', 1, 3])
    state().perform([OTHER])
    expect(state().future).toEqual([])
  })

  test('a title of blanks is none', () => {
    const state = fresh()
    state().rename('  ')
    expect(state().past).toEqual([])
  })

  test('the driver of a function is corrected on an own machine only', () => {
    const state = fresh()
    state().setDriver('0000:01:00.0', 'nvme')
    expect(state().past).toEqual([])
    const machine = machineById('dual-e1000e')
    if (machine === undefined) throw new Error('no machine')
    state().open({ ...START, machine, ops: [], cursor: 0, notes: {} })
    state().setDriver('0000:01:00.0', 'nvme')
    const { world } = state().run
    expect(
      world.drivers[state().snapshot.devices[world.deviceIndex.get('0000:01:00.0') ?? -1]?.driver ?? 0]?.name,
    ).toBe('nvme')
  })

  test('a document that changes in nothing is no edit', () => {
    const state = fresh()
    state().revise(state().doc)
    expect(state().past).toEqual([])
    state().revise({ ...state().doc, branches: [{ at: 1, ops: [OTHER] }] })
    expect([state().past.length, state().doc.branches.length]).toEqual([1, 1])
  })

  test('as much can be undone as is remembered', () => {
    const state = fresh()
    for (let count = 0; count < MAX_UNDO + 2; count++) state().rename(`title ${count}`)
    expect(state().past).toHaveLength(MAX_UNDO)
    expect(state().past[0]?.scenario.title).toBe('title 1')
    for (let count = 0; count < 3; count++) state().annotate(count, 'words')
    expect(state().past).toHaveLength(MAX_UNDO)
  })
})

describe('another run', () => {
  test('closes what belonged to the one before', () => {
    const state = fresh()
    state().select({ kind: 'group', group: 0 })
    state().answer(1, 'ok')
    state().show('script')
    state().toast('ok', 'said')
    state().teach(true)
    const branches = [{ at: 0, ops: [OTHER] }]
    state().open({ ...START, cursor: 0 }, branches)
    expect(state()).toMatchObject({
      selection: null,
      answers: {},
      place: 'play',
      toasts: [],
      teaching: false,
      visiting: false,
      canvasFocus: 1,
      settings: { welcomed: true },
      doc: { branches },
    })
    state().open({ ...START, present: true })
    expect(state()).toMatchObject({ place: 'present', canvasFocus: 2 })
  })

  test('that names what this release lacks is not opened, and it says so', () => {
    const state = fresh()
    const { doc } = state()
    state().open({ ...START, title: 'of the future', machine: 'quantum' })
    expect(state().doc).toBe(doc)
    const [toast] = state().toasts
    expect(toast?.tone).toBe('bad')
    expect(toast?.text).toMatch(/^Cannot open “of the future”: the machine /)
    expect(() => derive({ scenario: { ...START, machine: 'quantum' }, branches: [] })).toThrow(UnknownPart)
  })

  test.each<[title: string, before: (state: FakeTab['state']) => void, next: Partial<Scenario>, kept: number]>([
    ['after nothing was done', () => undefined, { ops: [OTHER] }, 0],
    ['after something was done', (state) => state().perform([OTHER]), { ops: [open('y')] }, 1],
    ['that goes on from it', (state) => state().perform([OTHER]), { ops: [...START.ops, OTHER, open('y')] }, 0],
    [
      'after all was taken back',
      (state) => state().revise({ scenario: { ...START, ops: [], cursor: 0, notes: {} }, branches: [] }),
      { ops: [open('y')] },
      0,
    ],
  ])('%s, keeps what stood on the canvas or does not', (_, before, next, kept) => {
    const local = new FakeStorage()
    const { state } = openTab(local)
    before(state)
    state().open({ ...START, cursor: 0, notes: START.notes ?? {}, ...next })
    expect(readEarlier(keptIn(local))).toHaveLength(kept)
  })
})

describe('a selection', () => {
  const SPLIT = { iommu: 'nopt', acsOverride: 'downstream,multifunction' } as const
  const three = ({ run }: ReturnType<FakeTab['state']>): number => run.world.groupIndex.get(3) ?? -1

  test('stays on its device where groups change', () => {
    const state = fresh()
    const device = state().run.world.deviceIndex.get('0000:01:00.1') ?? -1
    state().select({ kind: 'device', device })
    state().setBoot(SPLIT)
    expect(state().selection).toEqual({ kind: 'device', device })
  })

  test('of a group goes with the first function of it', () => {
    const state = fresh()
    state().select({ kind: 'group', group: three(state()) })
    state().setBoot(SPLIT)
    const { selection, run } = state()
    const first = run.world.deviceIndex.get('0000:01:00.0') ?? -1
    expect(selection).toEqual({ kind: 'group', group: run.world.devices[first]?.group })
  })

  test('of anything else stays', () => {
    const state = fresh()
    const selection = { kind: 'container', container: 0 } as const
    state().select(selection)
    state().rename('the same groups')
    expect(state().selection).toEqual(selection)
    state().setBoot(SPLIT)
    expect(state().selection).toEqual(selection)
  })
})

describe('documents', () => {
  const scenario: Scenario = {
    ...START,
    ops: ['a', 'b', 'c'].map(open),
    cursor: 3,
    notes: {},
    expects: { '1': ['ok'], '3': ['bug'] },
  }
  const doc: Doc = { scenario, branches: [] }

  test('what is expected of a step goes where the step goes', () => {
    const left = act(moveTo(doc, 2), [open('x')])
    expect(left.scenario.expects).toEqual({ '1': ['ok'] })
    expect(left.branches).toEqual([{ at: 2, ops: [open('c')], expects: { '3': ['bug'] } }])
    const [branch] = left.branches
    if (branch === undefined) return
    expect(takeBranch(left, branch).scenario.expects).toEqual({ '1': ['ok'], '3': ['bug'] })
  })

  test('a hundred endings are remembered, the newest', () => {
    let many = doc
    for (let count = 0; count < 103; count++) many = act(moveTo(many, 2), [open(`x${count}`)])
    expect(many.branches).toHaveLength(100)
    expect(many.branches[0]).toMatchObject({ ops: [open('x2')] })
  })

  test('nothing was done on a fresh run', () => {
    expect(freshRun('mixed', 'Mine', 'linux-6.1')).toEqual({
      title: 'Mine',
      machine: 'mixed',
      kernel: 'linux-6.1',
      boot: { iommu: 'nopt' },
      processes: [{ name: 'qemu', user: 'root' }],
      ops: [],
      cursor: 0,
    })
  })

  test('a group stands for its first function that is no bridge, else for its first', () => {
    const { world } = derive(doc).run
    const of = (bdf: string): number => mainMember(world, world.devices[world.deviceIndex.get(bdf) ?? -1]?.group ?? -1)
    for (const bdf of ['0000:01:00.0', '0000:01:00.1']) expect(of(bdf)).toBe(world.deviceIndex.get('0000:01:00.0'))
    const bridge = world.devices.findIndex(({ spec }) => spec.bridge)
    expect(mainMember(world, world.devices[bridge]?.group ?? -1)).toBe(bridge)
    expect(mainMember(world, 999)).toBe(-1)
  })

  test('a run that goes on is not replayed from the start', () => {
    const before = derive(doc)
    const after = derive(act(doc, [open('d')]), before)
    expect(after.run.steps[0]).toBe(before.run.steps[0])
    const others = derive({ scenario: { ...scenario, processes: [{ name: 'p', user: 'root' }] }, branches: [] }, before)
    expect(others.run.world.setup.processes).toEqual([{ name: 'p', user: 'root' }])
  })
})
