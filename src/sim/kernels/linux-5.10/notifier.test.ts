import { describe, expect, test } from 'vitest'
import { pair, pairWith, play, type PlayOptions } from '../play.test-helper.ts'
import { linux510 } from './index.ts'

/**
 * What the last operation of a script makes the notifier do, in order: effects by name and checks with `+` or `-`, each
 * with the device it is about (`f0`) or the number of users.
 */
function notified(script: string, options?: PlayOptions): string {
  const run = play(linux510, script, options)
  const names: Readonly<Record<string, string>> = { '0000:01:00.0': 'f0', '0000:01:00.1': 'f1' }
  const lines = run.traceOf(run.steps.length - 1).flatMap((event) => {
    if (!/^(?:notify\.|warn\.live|L\.NB\.)/.test(event.code)) return []
    const { subject } = event
    const mark = event.event === 'effect' ? '' : event.ok ? '+' : '-'
    if (subject?.kind === 'count') return [`${mark}${event.code} ${subject.count}`]
    if (subject?.kind === 'group') return [`${mark}${event.code} group ${subject.group}`]
    if (subject?.kind !== 'device') return [`${mark}${event.code}`]
    const bdf = run.world.devices[subject.device]?.spec.bdf ?? ''
    return [`${mark}${event.code} ${names[bdf] ?? bdf}`]
  })
  return lines.join(', ')
}

const plugged: PlayOptions = { machine: pairWith('01:00.1', { unplugged: true }) }

describe('the notifier of a group that VFIO knows', () => {
  test.each<[name: string, script: string, expected: string, options?: PlayOptions]>([
    ['nobody listens before the first vfio device', 'unbind f0', ''],
    ['nor to another group', 'half; unbind s', ''],
    ['nor when it was the last vfio device', 'unbind f0; bind f0 V; unbind f0; bind f0 E', ''],
    [
      'a native driver comes, nobody uses the group',
      'half; bind f0 E',
      'notify.bind f0, notify.bound f0, +L.NB.users 0',
    ],
    ['it goes', 'half; bind f0 E; unbind f0', 'notify.unbind f0, notify.unbound f0'],
    [
      'a good driver comes while the group is in use',
      'half; join; bind f0 V',
      'notify.bind f0, notify.bound f0, -L.NB.users 1, +L.NB.viable f0',
    ],
    [
      'a native driver comes while the group is in use: the kernel stops',
      'half; join; bind f0 E',
      'notify.bind f0, notify.bound f0, -L.NB.users 1, -L.NB.viable f0',
    ],
    [
      'a function is plugged in, nobody uses the group',
      'unbind f0; bind f0 V; hot_add f1',
      'notify.add f1, +L.NB.live 0',
      plugged,
    ],
    [
      'a function is plugged in while the group is in use',
      'unbind f0; bind f0 V; join; hot_add f1',
      'notify.add f1, -L.NB.live 1, warn.live-group group 2',
      plugged,
    ],
  ])('%s: %s', (_, script, expected, options = { machine: pair }) => {
    expect(notified(script, options)).toContain(expected)
    if (expected === '') expect(notified(script, options)).toBe('')
  })
})
