import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { plain, shortBdf } from '../explain/words.ts'
import { describeOp, describeResult } from '../explain/index.ts'
import { sysfsCommand } from '../export/sysfs.ts'
import { xenSheet } from '../export/xen.ts'
import { adviceFor, type Advice } from '../adviser/advice.ts'
import { groupLabel } from '../adviser/answer-words.ts'
import { evidenceLine } from '../adviser/evidence-words.ts'
import { kernelOf } from '../adviser/kernel-of.ts'
import { likelyWanted } from '../adviser/likely.ts'
import { messageWords } from '../adviser/message-words.ts'
import { bindingOps, guestOps, planOf, xenFunctionsOf, type Plan } from '../adviser/plan.ts'
import { readPastes, type Reading } from '../adviser/reading.ts'
import { reportOf, reportWithout } from '../adviser/report.ts'
import { settingOf } from '../adviser/setting.ts'
import { answersWithout } from '../adviser/without-device.ts'
import { adviceWords } from '../adviser/words.ts'
import { shortName } from '../machines/short-name.ts'
import { DEFAULTS } from '../scenario/document/scenario.ts'
import type { Kernel } from '../sim/kernel.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import type { Machine } from '../sim/machine.ts'
import { replay, type Run } from '../sim/replay.ts'
import { print, printError } from './terminal.ts'

const USAGE = 'usage: advise FILE... [--device BDF] [--kernel KERNEL] [--json]'

/**
 * `advise FILE... [--device BDF] [--kernel KERNEL] [--json]`: whether a device of a pasted machine can go to a guest, and
 * how, as the page “My machine” says it (docs/advise.md). Without `--device`, the one that an error in the text names,
 * else the likeliest; without `--kernel`, the one that the text names, else the newest. Exit code 1 if nothing could be
 * read, 0 with an answer, whatever it is.
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
    const asked = values.kernel === undefined ? undefined : KERNELS.find(({ id }) => id === values.kernel)
    if (positionals.length === 0 || (values.kernel !== undefined && asked === undefined)) {
      printError(positionals.length === 0 ? USAGE : `advise: there is no kernel ${values.kernel ?? ''}`)
      return 2
    }
    const texts = positionals.map((file) => readFileSync(file === '-' ? 0 : file, 'utf8'))
    const reading = readPastes(texts, 'My machine')
    const named = kernelOf(reading.surroundings).id
    const kernel = asked ?? KERNELS.find(({ id }) => id === named)
    if (kernel === undefined) throw new Error(`there is no kernel ${named}`)
    const json = values.json === true
    const { machine } = reading
    if (machine === null) return withoutDevice(reading, kernel, json, positionals)
    const bdf = values.device === undefined ? likelyWanted(machine, reading) : fullBdf(values.device.toLowerCase())
    const advice = bdf === null ? null : adviceFor(machine, bdf, { reading })
    if (advice === null) {
      printError(`advise: no device ${bdf ?? 'that a guest could get'} in ${positionals.join(', ')}`)
      return 1
    }
    answer(advice, machine, reading, kernel, json)
    return 0
  } catch (error) {
    printError(`advise: ${error instanceof Error ? error.message : String(error)}`)
    return 1
  }
}

/** An error alone, or a command line of the kernel: what can be said without a device. */
function withoutDevice(reading: Reading, kernel: Kernel, json: boolean, files: readonly string[]): number {
  const answers = answersWithout(reading)
  if (answers.length === 0) {
    printError(`advise: no device found in ${files.join(', ')}`)
    return 1
  }
  if (json) print(JSON.stringify(reportWithout(reading, kernel.id), null, 1))
  else
    for (const { title, meaning, purpose, command } of answers)
      print(`${title}\n${plain(meaning)}\n${purpose}:\n  ${command}`)
  return 0
}

function answer(advice: Advice, machine: Machine, reading: Reading, kernel: Kernel, json: boolean): void {
  const plan = planOf(advice)
  const ops = plan === null ? [] : [...bindingOps(plan), ...(plan.told ? guestOps(plan, kernel) : [])]
  const simulated = replay(kernel, { machine, boot: DEFAULTS.boot, processes: DEFAULTS.processes }, ops)
  if (json) {
    const results = simulated.steps.map(({ op, result }) => ({ op, result }))
    print(JSON.stringify({ ...reportOf(advice, machine, reading, kernel.id), run: results }, null, 1))
    return
  }
  print(
    [
      ...wordsOf(advice, machine, reading, kernel),
      ...commandsOf(plan, advice.verdict === 'unknown', simulated, kernel),
      ...xenCommandsOf(advice),
    ].join('\n'),
  )
}

function wordsOf(advice: Advice, machine: Machine, reading: Reading, kernel: Kernel): string[] {
  const setting = settingOf(reading)
  const words = adviceWords(advice, kernel.id, setting)
  const others = othersOnVfio(advice, machine)
  return [
    ...reading.messages.map((message) => {
      const { title, meaning } = messageWords(message, machine, setting)
      return `${title}\n${plain(meaning)}`
    }),
    `${shortBdf(advice.wanted.bdf)} ${shortName(advice.wanted)}, ${groupLabel(advice)}`,
    `${words.title}. ${plain(words.answer)}`,
    ...advice.members.map((member, index) => {
      const own = words.members[index]
      return `  ${shortBdf(member.f.bdf)} ${shortName(member.f)}: ${own === undefined ? '' : `${own.need}. ${plain(own.why)}`}`
    }),
    ...[...words.losses, ...words.causes, ...words.notes].map(plain),
    ...words.troubles
      .filter((_, index) => advice.troubles[index]?.stops !== true)
      .map(({ title, words: why }) => `Also in the text: ${title}. ${plain(why)}`),
    ...words.alternatives.map((other) => `${other.title}: ${plain(other.words)}`),
    ...others,
    'What this rests on:',
    ...advice.evidence.map((each) => `  ${evidenceLine(each, advice.group)}`),
  ]
}

/** Further devices that are on a VFIO driver already, each in a line. */
function othersOnVfio({ members, wanted }: Advice, machine: Machine): string[] {
  const own = new Set(members.map(({ f }) => f))
  const others = machine.devices.filter((f) => f.driver === 'vfio-pci' && !own.has(f) && f !== wanted)
  return others
    .slice(0, MOST_OTHERS)
    .map((f) => `${shortBdf(f.bdf)} ${shortName(f)} is on vfio-pci, too; ask with --device ${shortBdf(f.bdf)}`)
}

const MOST_OTHERS = 4

function commandsOf(plan: Plan | null, unknown: boolean, { steps, world }: Run, kernel: Kernel): string[] {
  if (plan === null || steps.length === 0) return []
  return [
    '',
    plan.told && !unknown
      ? `The commands, and what ${kernel.id} answers:`
      : `Once it is shown that nobody else is in its group, the commands, and what ${kernel.id} answers:`,
    ...steps.map(({ op, result }) => {
      const { glyph, word } = describeResult(result)
      return `  ${sysfsCommand(op, plan) ?? describeOp(world, op).call}  # ${glyph} ${word}`
    }),
  ]
}

/** What to type under Xen, where nothing can be simulated. */
function xenCommandsOf(advice: Advice): string[] {
  const functions = xenFunctionsOf(advice)
  if (functions === null) return []
  const { about, blocks } = xenSheet(functions)
  return ['', `The commands under Xen. ${about}`, ...blocks.flatMap(({ title, text }) => [`${title}:`, indented(text)])]
}

function indented(text: string): string {
  return text.trimEnd().replaceAll(/^/gm, '  ')
}

/** `01:00.0` is in domain 0000. */
function fullBdf(word: string): string {
  return /^[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(word) ? `0000:${word}` : word
}
