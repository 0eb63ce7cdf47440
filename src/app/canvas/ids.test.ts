import { expect, test } from 'vitest'
import type { Selection } from '../store/store.ts'
import { idOf, selectionOf } from './ids.ts'

const SELECTIONS: readonly Selection[] = [
  { kind: 'group', group: 3 },
  { kind: 'device', device: 0 },
  { kind: 'process', process: 1 },
  { kind: 'container', container: 2 },
  { kind: 'iommufd', iommufd: 1 },
  { kind: 'context', context: { kind: 'domain', domain: 4 } },
  { kind: 'context', context: { kind: 'host' } },
  { kind: 'context', context: { kind: 'nothing' } },
]

test.each(SELECTIONS)('the node of $kind selects it again: %o', (selection) => {
  expect(selectionOf(idOf(selection))).toEqual(selection)
})

test.each([null, 'plate groups', 'kept container 1', 'new-container', 'lane 0'])(
  'the node %s selects nothing',
  (id) => {
    expect(selectionOf(id)).toBeNull()
  },
)
