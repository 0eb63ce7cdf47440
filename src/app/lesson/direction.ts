import type { LessonPicture } from '../../scenario/course/lesson-picture.ts'
import type { Part } from '../../scenario/course/lesson.ts'
import type { World } from '../../sim/world.ts'
import type { Direction, Selection } from '../store/state.ts'

/**
 * What a lesson says of the picture, in the terms of the machine that is on the canvas; what that has not is left out.
 * @param open the part of the card that is not done
 */
export function directionOf(
  { hidden, unfold, highlight, path }: LessonPicture,
  world: World,
  open: Part | undefined,
): Direction {
  const groupOf = (id: number): number[] => {
    const group = world.groupIndex.get(id)
    return group === undefined ? [] : [group]
  }
  const deviceOf = (bdf: string): number[] => {
    const device = world.deviceIndex.get(bdf)
    return device === undefined ? [] : [device]
  }
  const spoken = highlight.flatMap((one): Selection[] =>
    typeof one === 'number'
      ? groupOf(one).map((group) => ({ kind: 'group', group }))
      : deviceOf(one).map((device) => ({ kind: 'device', device })),
  )
  const [from, to] = (path ?? []).flatMap(deviceOf)
  return {
    hidden,
    unfold: unfold.flatMap(groupOf),
    highlight: spoken.length === 0 ? null : spoken,
    goal: open?.kind === 'goal' ? open : null,
    path: from === undefined || to === undefined ? null : [from, to],
  }
}
