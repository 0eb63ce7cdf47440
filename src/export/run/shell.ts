/** The administrator's part of a run as a shell script: writes to sysfs and chown, the processes' part in comments. */
import { describeOp } from '../../explain/index.ts'
import { titleOf } from '../../scenario/document/scenario.ts'
import { isAdmin, type Op } from '../../sim/op.ts'
import type { Step } from '../../sim/replay.ts'
import type { World } from '../../sim/world.ts'
import { comment, quoted, sysfsDirectory } from '../shell.ts'
import { answerText } from './answer-text.ts'
import type { Exported, PlayedRun } from './exported.ts'
import { settingOf, stepsUntilEnd } from './setting.ts'
import { madeSteps, makerName } from './who.ts'

/** Writes the script; a run in which the administrator does nothing has none. */
export function shellScript(played: PlayedRun): Exported {
  const { scenario, run, link } = played
  const steps = stepsUntilEnd(run.steps)
  if (!steps.some(({ op }) => isAdmin(op.op))) {
    return { ok: false, words: 'In this run the administrator does nothing: there is nothing for a shell script.' }
  }
  const modules = [...new Set(steps.flatMap(({ op }) => ('driver' in op && op.driver !== '' ? [op.driver] : [])))]
  const lines = [
    '#!/bin/sh',
    comment(titleOf(scenario)),
    comment(
      'The administrator’s part of a run of IOMMU Playground, as root. What processes do is in comments: where it',
    ),
    comment('matters it has to be done there. Behind each number stands what the kernel answers.'),
    ...settingOf(played).map(comment),
    ...(link === undefined ? [] : [comment(link)]),
    '',
    ...(modules.length === 0 ? [] : [`modprobe -a ${modules.map(quoted).join(' ')}`, '']),
    ...madeSteps({ world: run.world, steps }).flatMap(({ step, maker }, index) =>
      stepLines(run.world, step, index, makerName(run, maker)),
    ),
  ]
  return { ok: true, text: `${lines.join('\n')}\n` }
}

function stepLines(world: World, { op, result, completes }: Step, index: number, who: string): string[] {
  const answer = 'bug' in result ? `BUG: ${result.bug.text}` : answerText(result)
  const late = completes.map((done) => comment(`step ${done.step + 1} comes back: ${answerText(done.result)}`))
  if (!isAdmin(op.op)) {
    return [comment(`${index + 1} ${who}: ${describeOp(world, op).call} (${answer})`), ...late]
  }
  const commands = commandsOf(op, world)
  // A write that waits must not keep the script from what lets it go on.
  const waits = 'blocked' in result
  const made = waits ? commands.map((line, at) => (at === commands.length - 1 ? `${line} &` : line)) : commands
  return ['', comment(`${index + 1}: ${answer}`), ...made, ...late]
}

/** An operation of the administrator as commands. */
function commandsOf(op: Op, { groups, groupIndex, devices }: World): string[] {
  switch (op.op) {
    case 'bind': {
      const driver = quoted(`/sys/bus/pci/drivers/${op.driver}/bind`)
      return [
        `echo ${quoted(op.driver)} > ${sysfsDirectory(op.device)}/driver_override`,
        `echo ${quoted(op.device)} > ${driver}`,
      ]
    }
    case 'unbind':
      return [`echo ${quoted(op.device)} > ${sysfsDirectory(op.device)}/driver/unbind`]
    case 'driver_override':
      // An empty line clears it.
      return [`echo ${op.driver === '' ? '' : quoted(op.driver)} > ${sysfsDirectory(op.device)}/driver_override`]
    case 'drivers_probe':
      return [`echo ${quoted(op.device)} > /sys/bus/pci/drivers_probe`]
    case 'hot_add':
      return [comment(`put ${op.device} into its slot, then`), 'echo 1 > /sys/bus/pci/rescan']
    case 'chown_group': {
      const members = groups[groupIndex.get(Number(op.group)) ?? -1]?.devices ?? []
      const user = quoted(op.user)
      return [
        `chown ${user} ${quoted(`/dev/vfio/${op.group}`)}`,
        ...members.flatMap((member) => {
          const bdf = devices[member]?.spec.bdf
          if (bdf === undefined) return []
          return [
            `for d in ${sysfsDirectory(bdf)}/vfio-dev/vfio*; do [ ! -e "/dev/vfio/devices/\${d##*/}" ] || chown ${user} "/dev/vfio/devices/\${d##*/}"; done`,
          ]
        }),
      ]
    }
    case 'chown_iommu':
      return [`chown ${quoted(op.user)} /dev/iommu`]
    default:
      return []
  }
}
