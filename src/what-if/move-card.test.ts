import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arbitraryMachine } from '../scenario/document/arbitrary.test-helper.ts'
import { readScenario } from '../scenario/document/read.ts'
import type { Machine } from '../sim/machine.ts'
import { parseTopology } from '../sim/pci/notation.test-helper.ts'
import { scanOrder } from '../sim/pci/scan-order.ts'
import { moveCard, slotOf, slotsFor, slotsOf } from './move-card.ts'

function machine(notation: string): Machine {
  const devices = parseTopology(notation).map((f) => (f.kind === 'rp' || f.kind === 'dsp' ? { ...f, bridge: true } : f))
  return { id: 'x', title: 'x', devices: scanOrder(devices) }
}

/** The tree in a line: `00:01.0[01:00.0 01:00.1] 00:02.0`. */
function tree({ devices }: Machine, parent: string | null = null): string {
  return devices
    .filter((f) => f.parent === parent)
    .map((f) => {
      const below = tree({ id: '', title: '', devices }, f.bdf)
      return `${f.bdf.slice(5)}${below === '' ? '' : `[${below}]`}`
    })
    .join(' ')
}

const A = '0000:00:01.0'
const B = '0000:00:02.0'

describe('moving a card', () => {
  const twoCards = '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp-[02:00.0ep-]'
  const farSwitch = '00:01.0rp+ 03:00.0rp+[04:00.0usp+[05:00.0dsp+[06:00.0ep-]]]'
  const withSwitch = '00:01.0rp+[01:00.0usp+[02:00.0dsp+[03:00.0ep-]]] 00:02.0rp-[04:00.0ep-]'
  test.each([
    ['into an empty slot', '00:01.0rp+[01:00.0ep- 01:00.1ep-] 00:02.0rp-', '00:01.0 00:02.0[02:00.0 02:00.1]'],
    ['in exchange for another', twoCards, '00:01.0[01:00.0] 00:02.0[02:00.0 02:00.1]'],
    ['with bridges of its own', withSwitch, '00:01.0[01:00.0] 00:02.0[02:00.0[03:00.0[04:00.0]]]'],
  ])('%s', (_, notation, expected) => {
    const outcome = moveCard(machine(notation), A, B)
    if (!outcome.ok) throw new Error(outcome.reason)
    expect(tree(outcome.machine)).toBe(expected)
  })

  test('addresses that changed are told', () => {
    const outcome = moveCard(machine(twoCards), A, B)
    expect(outcome.ok && Object.fromEntries(outcome.moved)).toEqual({
      '0000:01:00.0': '0000:02:00.0',
      '0000:01:00.1': '0000:02:00.1',
      '0000:02:00.0': '0000:01:00.0',
    })
  })

  test.each([
    ['onto itself', twoCards, A, A, 'same'],
    ['between empty slots', '00:01.0rp+ 00:02.0rp+', A, B, 'same'],
    ['to no slot', twoCards, A, '0000:01:00.0', 'same'],
    ['behind itself', withSwitch, A, '0000:02:00.0', 'inside'],
    ['out of what holds it', withSwitch, '0000:02:00.0', A, 'inside'],
    ['where numbers run out', farSwitch, '0000:03:00.0', A, 'no-bus'],
  ])('not %s', (_, notation, from, to, reason) => {
    expect(moveCard(machine(notation), from, to)).toEqual({ ok: false, reason })
  })

  test('there and back is where it was', () => {
    const before = machine(twoCards)
    const there = moveCard(before, A, B)
    const back = there.ok ? moveCard(there.machine, A, B) : there
    expect(back.ok && tree(back.machine)).toBe(tree(before))
  })

  test('of any machine: nothing is lost, and a scenario can hold what comes of it', () => {
    fc.assert(
      fc.property(arbitraryMachine, fc.nat(), fc.nat(), (before, i, j) => {
        const slots = slotsOf(before)
        const [a, b] = [slots[i % Math.max(1, slots.length)], slots[j % Math.max(1, slots.length)]]
        const outcome = moveCard(before, a?.port.bdf ?? '', b?.port.bdf ?? '')
        if (!outcome.ok) return
        expect(outcome.machine.devices).toHaveLength(before.devices.length)
        const reading = readScenario({ machine: outcome.machine, kernel: 'linux-5.10', ops: [] })
        expect(reading).toMatchObject({ ok: true })
      }),
      { numRuns: 200 },
    )
  })
})

test('a card is offered no slot behind itself, nor one that it is behind', () => {
  const far = machine('00:01.0rp+[01:00.0usp+[02:00.0dsp+[03:00.0ep-] 02:01.0dsp+[04:00.0ep-]]] 00:02.0rp-')
  const offered = (bdf: string): string[] => {
    const slot = slotOf(far, bdf)
    return slot === undefined ? [] : slotsFor(far, slot).map(({ port }) => port.bdf.slice(5))
  }
  expect(offered('0000:01:00.0')).toEqual(['00:02.0'])
  expect(offered('0000:03:00.0')).toEqual(['00:02.0', '02:01.0'])
})

test.each([
  ['0000:01:00.1', A],
  ['0000:03:00.0', '0000:02:00.0'],
  [A, undefined],
])('%s sits in slot %s', (bdf, port) => {
  const notation = bdf.includes('03')
    ? '00:01.0rp+[01:00.0usp+[02:00.0dsp+[03:00.0ep-]]]'
    : '00:01.0rp+[01:00.0ep- 01:00.1ep-]'
  expect(slotOf(machine(notation), bdf)?.port.bdf).toBe(port)
})
