/**
 * What a person may lose is judged by a random walk: several tabs over one storage, in which somebody plays, types, opens
 * links and runs, changes place, takes lessons, keeps, undoes, reloads and closes, in any order.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { START } from '../../scenario/library/first-visit.ts'
import { encodeLink } from '../../scenario/link/link.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'
import type { Doc } from './document.ts'
import { FakeStorage, openTab, type FakeTab } from './fake-store.test-helper.ts'
import { readCurrent, readEarlier, readSaves } from './persistence.ts'
import { keptIn } from './kept.ts'

const ACTIONS = [
  'play',
  'branch',
  'note',
  'undo',
  'draft',
  'save',
  'open',
  'link',
  'present',
  'lesson',
  'leave',
  'keep',
  'reload',
  'close',
  'new tab',
] as const
type Action = (typeof ACTIONS)[number]

/** A tab with what its person has typed and not thrown away. */
interface Seat {
  tab: FakeTab
  readonly drafts: Map<string, string>
}

/** Somebody before one browser: does things, and remembers what must not be lost. */
class Person {
  readonly local = new FakeStorage()
  readonly seats: Seat[] = []
  /** Words of operations and notes that somebody made and has not taken back. */
  readonly marks = new Set<string>()
  readonly saved: string[] = []
  private count = 0

  act(action: Action, which: number): void {
    if (this.seats.length === 0 || action === 'new tab') {
      if (this.seats.length < 4) this.seats.push({ tab: openTab(this.local), drafts: new Map() })
      return
    }
    const index = which % this.seats.length
    const seat = this.seats[index]
    if (seat === undefined) return
    const state = seat.tab.state()
    const playing = state.lesson === null
    switch (action) {
      case 'play':
        if (playing) this.perform(seat, state.run.steps.length)
        return
      case 'branch':
        if (playing) this.perform(seat, Math.floor(state.run.steps.length / 2))
        return
      case 'note': {
        if (!playing) return
        const step = state.doc.scenario.cursor
        const words = state.doc.scenario.notes?.[step] ?? ''
        state.annotate(step, `${words} ${this.mark()}`.trim())
        return
      }
      case 'undo': {
        if (!playing) return
        const before = marksOf(state.doc)
        state.undo()
        const after = marksOf(seat.tab.state().doc)
        for (const mark of before) if (!after.has(mark) && !this.isElsewhere(mark, seat)) this.marks.delete(mark)
        return
      }
      case 'draft': {
        const words = `words ${++this.count}`
        state.draft('script', words)
        seat.drafts.set('script', words)
        return
      }
      case 'save': {
        if (!playing) return
        const name = `run ${++this.count}`
        state.save(name)
        this.saved.push(name)
        return
      }
      case 'open':
        if (playing) state.open({ ...START, cursor: 0, notes: {} })
        return
      case 'link':
        if (playing) state.openLink(`#${encodeLink({ ...START, title: `of somebody ${which}`, notes: {} }) ?? ''}`)
        return
      case 'present':
        state.show('present')
        return
      case 'lesson':
        state.startLesson('what-is-a-group')
        seat.tab.state().stage({ ...START, ops: [], cursor: 0, notes: {} })
        return
      case 'leave':
        state.show('play')
        return
      case 'keep':
        this.keep(seat)
        return
      case 'reload':
        this.keep(seat)
        seat.tab = openTab(this.local, { session: seat.tab.session })
        return
      case 'close':
        this.keep(seat)
        this.seats.splice(index, 1)
        return
    }
  }

  /** What the page does when it is left, and 300 ms after a change. */
  private keep({ tab }: Seat): void {
    tab.state().keep([''])
  }

  private mark(): string {
    const mark = `m${++this.count}x`
    this.marks.add(mark)
    return mark
  }

  private perform({ tab }: Seat, at: number): void {
    tab.state().go(at)
    tab.state().perform([{ op: 'open_container', as: this.mark() }])
  }

  private isElsewhere(mark: string, seat: Seat): boolean {
    const others = this.seats.filter((other) => other !== seat)
    return others.some(({ tab }) => marksOf(tab.state().doc).has(mark))
  }

  /** Everything that the browser keeps and every open tab shows or can undo to. */
  found(): Set<string> {
    const kept = keptIn(this.local)
    const current = readCurrent(kept)
    const runs: readonly Doc[] = [...readEarlier(kept), ...readSaves(kept).saves]
    return new Set([...runs, ...(current === undefined ? [] : [current])].flatMap((doc) => [...marksOf(doc)]))
  }

  closeAll(): void {
    while (this.seats.length > 0) this.act('close', 0)
  }
}

function marksOf(doc: Doc): Set<string> {
  const { branches, scenario }: { branches: Doc['branches']; scenario: Scenario } = doc
  return new Set(JSON.stringify([scenario, branches]).match(/m\d+x/g) ?? [])
}

const WALK = fc.array(fc.tuple(fc.constantFrom(...ACTIONS), fc.nat(3)), { minLength: 1, maxLength: 40 })

test('whatever somebody does, what was kept, played and typed is there', () => {
  fc.assert(
    fc.property(WALK, (walk) => {
      const person = new Person()
      for (const [action, which] of walk) {
        person.act(action, which)
        for (const { tab, drafts } of person.seats) expect(tab.state().drafts).toEqual(Object.fromEntries(drafts))
      }
      person.closeAll()
      const names = new Set(readSaves(keptIn(person.local)).saves.map(({ name }) => name))
      expect(person.saved.filter((name) => !names.has(name))).toEqual([])
      const found = person.found()
      expect([...person.marks].filter((mark) => !found.has(mark))).toEqual([])
    }),
    { numRuns: 300 },
  )
})
