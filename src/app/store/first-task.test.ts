import { expect, test } from 'vitest'
import { openTab, FakeStorage } from './fake-store.test-helper.ts'
import { endsWithTask, FIRST_TASK, isFirstRun, isTaskOpen } from './first-task.ts'
import { culpritOf } from './view.ts'

test('the first task is open until it is done, and undo opens it again only for who was not welcomed', () => {
  const { state } = openTab(new FakeStorage())
  expect(isTaskOpen(state())).toBe(true)
  state().perform([FIRST_TASK])
  expect([isTaskOpen(state()), isFirstRun(state().doc.scenario), state().snapshot.dead]).toEqual([false, true, true])
  expect(endsWithTask(state().doc.scenario.ops)).toBe(true)
  expect(culpritOf(state())).toBe(state().run.world.deviceIndex.get('0000:01:00.0'))
  state().undo()
  expect(isTaskOpen(state())).toBe(true)
  expect(culpritOf(state())).toBeUndefined()
  state().setSettings({ welcomed: true })
  expect(isTaskOpen(state())).toBe(false)
})

test.each<readonly [string, (state: ReturnType<ReturnType<typeof openTab>['state']>) => void]>([
  ['an earlier step', (state) => state.go(3)],
  ['another action', (state) => state.perform([{ op: 'close', fd: 'd1' }])],
  ['another kernel', (state) => state.setKernel('linux-6.1')],
  ['another machine', (state) => state.open({ ...state.doc.scenario, machine: 'mixed', ops: [], cursor: 0 })],
])('the first task is not open at %s', (_, go) => {
  const { state } = openTab(new FakeStorage())
  go(state())
  expect(isTaskOpen(state())).toBe(false)
})
