/** What must hold of every answer, whatever the text; the property tests and the fuzz of texts ask it. */
import { adviceFor } from './advice.ts'
import { candidatesOf } from './kinds.ts'
import { likelyWanted } from './likely.ts'
import { planOf } from './plan.ts'
import type { Reading } from './reading.ts'

/** What is wrong with an answer; empty if nothing is. */
export function faultsOf(reading: Reading, bdf: string): string[] {
  const { machine } = reading
  const advice = machine === null ? null : adviceFor(machine, bdf, { reading })
  if (advice === null) return []
  const { verdict, evidence, members, group, estimated, hostDisk, doubts, troubles } = advice
  const plan = planOf(advice)
  const inGroup = new Set(members.map(({ f }) => f))
  const touched = plan === null ? [] : [...plan.bind, ...plan.release, ...plan.guest]
  const yes = verdict === 'yes' || verdict === 'ready'
  const facts: readonly (readonly [wrong: boolean, what: string])[] = [
    [yes && evidence.some(({ state }) => state === 'unknown'), 'a yes that rests on something unknown'],
    [yes && !evidence.some(({ claim }) => claim === 'group'), 'a yes without a group'],
    [yes && (doubts.length > 0 || troubles.some(({ stops }) => stops)), 'a yes beside a doubt'],
    [estimated && group !== null, 'an estimated group with a number'],
    [plan?.bind.some((f) => f.bridge) === true, 'a bridge is bound'],
    [touched.some((f) => f.bdf === hostDisk), 'the disk of the host is taken'],
    [touched.some((f) => !inGroup.has(f)), 'something outside the group is touched'],
    [verdict === 'no' && plan !== null, 'commands beside a no'],
  ]
  return facts.filter(([wrong]) => wrong).map(([, what]) => `${bdf}: ${what}`)
}

/** The device that is assumed, and a few others. */
export function askedOf(reading: Reading): string[] {
  const { machine } = reading
  if (machine === null) return []
  const { usual, rest } = candidatesOf(machine)
  const likely = likelyWanted(machine, reading)
  const others = [...usual.slice(0, 6), ...rest.slice(0, 3)].map(({ bdf }) => bdf)
  return likely === null ? others : [likely, ...others]
}
