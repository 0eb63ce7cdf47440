import { expect, test } from 'vitest'
import { answers, pair, play } from './play.test-helper.ts'
import { KERNELS } from './registry.ts'

const machine = { ...pair, loadedDrivers: ['e1000'] }

test.each(KERNELS.map((kernel) => [kernel.id, kernel] as const))(
  '%s has a directory for a driver that is loaded and drives nothing',
  (_, kernel) => {
    expect(
      answers(play(kernel, 'bind 05:00.0 e1000; bind 05:00.0 other; unbind f0; bind f0 e1000', { machine }), 4),
    ).toBe('ENODEV ENOENT ok ENODEV')
    expect(answers(play(kernel, 'bind 05:00.0 e1000'), 1)).toBe('ENOENT')
  },
)
