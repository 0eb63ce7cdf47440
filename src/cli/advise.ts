import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { plain, shortBdf } from '../explain/words.ts'
import { describeOp, describeResult } from '../explain/index.ts'
import { sysfsCommand } from '../export/sysfs.ts'
import { adviceFor } from '../adviser/advice.ts'
import { messageWords } from '../adviser/message-words.ts'
import { bindingOps, guestOps, planOf } from '../adviser/plan.ts'
import { likelyWanted, readPastes } from '../adviser/reading.ts'
import { adviceWords } from '../adviser/words.ts'
import { shortName } from '../machines/short-name.ts'
import { DEFAULTS } from '../scenario/document/scenario.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import { replay } from '../sim/replay.ts'
import { print, printError } from './terminal.ts'

const USAGE = 'usage: advise FILE... [--device BDF] [--kernel KERNEL] [--json]'

/**
 * `advise FILE... [--device BDF] [--kernel KERNEL] [--json]`: whether a device of a pasted machine can go to a guest, and
 * how, as the page “My machine” says it. Without `--device`, the one that an error in the text names, else the likeliest.
 * Exit code 1 if nothing could be read, 0 with an answer, whatever it is.
 */
export function run(args: readonly string[]): Promise<number> {
  return Promise.resolve(advise(args))
}

function advise(args: readonly string[]): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { device: { type: 'string' }, kernel: { type: 'string' }, json: { type: 'boolean' } },
    })
    const kernel = KERNELS.find(({ id }) => id === (values.kernel ?? 'linux-6.12'))
    if (positionals.length === 0 || kernel === undefined) {
      printError(kernel === undefined ? `advise: there is no kernel ${values.kernel ?? ''}` : USAGE)
      return 2
    }
    const reading = readPastes(
      positionals.map((file) => readFileSync(file === '-' ? 0 : file, 'utf8')),
      'My machine',
    )
    const { machine, messages, result } = reading
    for (const message of values.json === true ? [] : messages) {
      const words = messageWords(message, machine)
      print(`${words.title}\n${plain(words.meaning)}`)
      if (machine === null) print(`${words.purpose}:\n  ${words.command}`)
    }
    const given = values.device?.toLowerCase()
    const bdf = given === undefined ? machine && likelyWanted(machine, messages) : fullBdf(given)
    const before = result.alternatives?.['before']
    const advice =
      machine === null || bdf === null ? null : adviceFor(machine, bdf, before === undefined ? {} : { before })
    if (machine === null || advice === null) {
      if (machine === null && messages.length > 0) return 0
      printError(
        `advise: ${machine === null ? 'no device found' : `no device ${bdf ?? ''}`} in ${positionals.join(', ')}`,
      )
      return 1
    }
    const words = adviceWords(advice, kernel.id)
    const plan = planOf(advice)
    const ops = plan === null ? [] : [...bindingOps(plan), ...guestOps(plan, kernel)]
    const { steps, world } = replay(kernel, { machine, boot: DEFAULTS.boot, processes: DEFAULTS.processes }, ops)
    if (values.json === true) {
      const { wanted, group, verdict, refusal, causes, alternatives } = advice
      const members = advice.members.map(({ f, role, need }) => ({ bdf: f.bdf, role, need }))
      const codes = { causes: causes.map(({ code }) => code), alternatives: alternatives.map(({ code }) => code) }
      const results = steps.map(({ op, result: answer }) => ({ op, result: answer }))
      print(JSON.stringify({ device: wanted.bdf, group, verdict, refusal, members, ...codes, run: results }, null, 1))
      return 0
    }
    const lines = [
      `${shortBdf(advice.wanted.bdf)} ${shortName(advice.wanted)}, ${advice.group === null ? 'in no group' : `group ${advice.group}`}`,
      `${words.title}. ${plain(words.answer)}`,
      ...advice.members.map((member, index) => {
        const own = words.members[index]
        return `  ${shortBdf(member.f.bdf)} ${shortName(member.f)}: ${own === undefined ? '' : `${own.need}. ${plain(own.why)}`}`
      }),
      ...[...words.losses, ...words.causes, ...words.notes].map(plain),
      ...words.alternatives.map((other) => `${other.title}: ${plain(other.words)}`),
      ...(plan === null ? [] : ['', `The commands, and what ${kernel.id} answers:`]),
      ...steps.map(({ op, result: answer }) => {
        const text = (plan === null ? null : sysfsCommand(op, plan)) ?? describeOp(world, op).call
        const { glyph, word } = describeResult(answer)
        return `  ${text}  # ${glyph} ${word}`
      }),
    ]
    print(lines.join('\n'))
    return 0
  } catch (error) {
    printError(`advise: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

/** `01:00.0` is in domain 0000. */
function fullBdf(word: string): string {
  return /^[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(word) ? `0000:${word}` : word
}
