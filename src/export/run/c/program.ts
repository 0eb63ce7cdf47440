/**
 * A run as a C program: its system calls, made in its processes, each answer compared with the simulator's. The parent
 * is the administrator; it starts a child for each process and has them make one call after the other.
 */
import { ERRNOS } from '../../../explain/results.ts'
import { titleOf } from '../../../scenario/document/scenario.ts'
import { bootWords } from '../../../scenario/document/boot.ts'
import { isBefore, recordOf } from '../../../sim/kernels/list.ts'
import { MEMLOCK_BEFORE_5_16, MEMLOCK_SINCE_5_16 } from '../../../sim/kernels/shared/memory.ts'
import type { ProcessSpec } from '../../../sim/machine.ts'
import { printOpLine } from '../../../sim/op-line.ts'
import { keysOf, valueOf } from '../../../sim/op.ts'
import type { Step } from '../../../sim/replay.ts'
import type { World } from '../../../sim/world.ts'
import { answerText } from '../answer-text.ts'
import type { Exported, PlayedRun } from '../exported.ts'
import { stepsUntilEnd, stopsKernel } from '../setting.ts'
import { madeSteps, type MadeStep } from '../who.ts'
import { HELPERS } from './helpers.ts'
import { HEAD, HEADERS, MACHINERY, MEMORY, SYSFS } from './machinery.ts'
import { statementOf, userNumber, type Names } from './steps.ts'
import { comment, commentText, Identifiers, literal } from './text.ts'
import { UAPI, type Part } from './uapi.ts'

/** Writes the program. A proposal has no kernel that could run it. */
export function cProgram(played: PlayedRun): Exported {
  const { family, title } = recordOf(played.scenario.kernel)
  if (family === 'proposal') {
    return {
      ok: false,
      words: `${title} is a proposal: no kernel has its calls, so there is nothing that a C program could call.`,
    }
  }
  return { ok: true, text: new Program(played).text() }
}

/** The first number that a user gets who is not root. */
const FIRST_UID = 1000

/** A step as the program makes it. */
interface Made {
  readonly step: Step
  /** Index into the processes; 0 is the administrator. */
  readonly process: number
  readonly statement: string | null
  /** What a step that is not made says of itself. */
  readonly why?: string
  /** The name that it opens is open in another process, which then closes it: variable and process. */
  readonly drops?: { readonly file: string; readonly process: number }
}

class Program {
  private readonly played: PlayedRun
  private readonly world: World
  private readonly identifiers = new Identifiers()
  private readonly files = new Set<string>()
  private readonly objects = new Set<string>()
  private readonly users: readonly string[]

  constructor(played: PlayedRun) {
    this.played = played
    this.world = played.run.world
    this.users = this.world.users
  }

  text(): string {
    const steps = stepsUntilEnd(this.played.run.steps)
    const made = madeSteps({ world: this.world, steps }).map((each) => this.made(each))
    const functions = made.flatMap(({ statement }, index) =>
      statement === null ? [] : [this.stepFunction(index, statement)],
    )
    const drops = made.flatMap(({ drops: drop }, index) =>
      drop === undefined
        ? []
        : [`static void step_${index + 1}_elsewhere(struct answer *a) {\n  close_file(a, &${drop.file});\n}`],
    )
    const body = [...functions, ...drops].join('\n\n')
    const prepare = this.prepareLines(body)
    const helpers = partsFor(HELPERS, `${body}\n${prepare}`).join('\n\n')
    const code = withoutComments(`${helpers}\n${body}\n${prepare}`)
    const usesMemory = /\bmemory\b/.test(code)
    const parts = [
      this.introduction(),
      this.includes(usesMemory ? code + MEMORY : code),
      partsFor(UAPI, code).join('\n'),
      HEAD,
      this.variables(),
      usesMemory ? MEMORY : '',
      SYSFS,
      helpers,
      '/* ---- The run, a function for each step ---- */',
      body,
      this.tables(made),
      machinery(prepare),
    ]
    return `${parts
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .join('\n\n')}\n`
  }

  private introduction(): string {
    const { scenario, link, run } = this.played
    const { machine, boot } = run.world.setup
    const { title } = recordOf(scenario.kernel)
    const options = bootWords(boot)
    const ends = run.steps.some(stopsKernel)
    const drivers = [...new Set(run.steps.flatMap(({ op }) => ('driver' in op && op.driver !== '' ? [op.driver] : [])))]
    const words = [
      commentText(titleOf(scenario)),
      '',
      `A run of IOMMU Playground: it makes the calls in its processes and compares every answer with what the simulator says of ${title} on the machine “${commentText(machine.id)}”${options.length === 0 ? '' : `, booted with ${commentText(options.join(' '))}`}.`,
      '',
      '  gcc -std=c17 -Wall -Wextra -Werror -o run run.c',
      `  sudo sh -c 'modprobe -a ${commentText(drivers.length === 0 ? 'vfio-pci' : drivers.join(' '))}; ./run'`,
      '',
      'On a machine of your own for tests: it takes devices away from their drivers and does not give them back.',
      ...(ends ? ['THIS RUN ENDS WITH A BUG: the kernel that it is for stops.'] : []),
      'Exit code 0: all as expected; 1: an answer differs; 2: this is not the machine, or the caller is not root.',
      ...(link === undefined ? [] : ['', link]),
    ]
    return comment(words.join('\n'))
  }

  private includes(code: string): string {
    const always = ['errno', 'fcntl', 'grp', 'poll', 'signal', 'stddef', 'stdint', 'stdio', 'string', 'time', 'unistd']
    const system = ['sys/ioctl', 'sys/prctl', 'sys/resource', 'sys/socket', 'sys/types', 'sys/wait']
    const more = HEADERS.flatMap(([needed, header]) => (needed.test(code) ? [header] : []))
    const standard = [...always, ...system, ...more].toSorted()
    return [
      '#define _GNU_SOURCE',
      ...standard.map((header) => `#include <${header}.h>`),
      '#include <linux/types.h>',
      '#ifndef __counted_by /* used by some headers, defined by the kernel’s own build only */',
      '#define __counted_by(count)',
      '#endif',
      '#include <linux/vfio.h>',
      ...(/\bKVM_/.test(code) ? ['#include <linux/kvm.h>'] : []),
      ...(/\bIOMMU_[A-Z]+/.test(code.replaceAll(/VFIO_\w+/g, ''))
        ? ['#if __has_include(<linux/iommufd.h>)', '#include <linux/iommufd.h>', '#endif']
        : []),
    ].join('\n')
  }

  /** Files are numbers of the process that opened them: each process has a copy of the variable. */
  private variables(): string {
    const lines: string[] = []
    if (this.files.size > 0) {
      const list = [...this.files].map((file) => `${file} = -1`).join(', ')
      lines.push(
        '/** Files by their names in the run. Each process has variables of its own: -1 is not open there. */',
        `static int ${list};`,
      )
    }
    if (this.objects.size > 0) {
      lines.push(
        '/** Numbers that iommufds gave to objects, seen by all processes; NO_OBJECT is one that no iommufd gives. */',
        'enum { NO_OBJECT = 0x7ffffff0 };',
        `static struct numbers {\n  __u32 ${[...this.objects].join(', ')};\n} *numbers;`,
      )
    }
    return lines.join('\n')
  }

  private file(name: string): string {
    const identifier = this.identifiers.of('fd', name)
    this.files.add(identifier)
    return identifier
  }

  private object(prefix: string, name: string): string {
    const identifier = this.identifiers.of(prefix, name)
    this.objects.add(identifier)
    return `numbers->${identifier}`
  }

  private names(): Names {
    return {
      file: (name) => this.file(name),
      object: (name) => this.object('id', name),
      bound: (name) => this.object('bound', name),
      user: (name) => userNumber(name, this.uid(name)),
      members: (group) => {
        const known = this.world.groups[this.world.groupIndex.get(Number(group)) ?? -1]
        return known?.devices.flatMap((device) => this.world.devices[device]?.spec.bdf ?? []) ?? []
      },
    }
  }

  private uid(user: string): number {
    return user === 'root' ? 0 : FIRST_UID + this.users.indexOf(user) - 1
  }

  private made({ step, maker, before }: MadeStep): Made {
    const { op } = step
    const names = this.names()
    const statement = statementOf(op, names)
    const made = { step, process: typeof maker === 'number' ? maker + 1 : 0 }
    if (statement === null) return { ...made, statement: null, why: 'only the hardware can' }
    if (statement === undefined) return { ...made, statement: null, why: 'no Linux has this call' }
    if (before === undefined || !('as' in op)) return { ...made, statement }
    return { ...made, statement, drops: { file: names.file(op.as), process: before + 1 } }
  }

  private stepFunction(index: number, statement: string): string {
    const note = this.played.scenario.notes?.[String(index + 1)]
    const unused = /\ba\b/.test(statement) ? '' : '  (void)a;\n'
    const above = note === undefined ? '' : `${comment(note)}\n`
    return `${above}static void step_${index + 1}(struct answer *a) {\n${unused}  ${statement}\n}`
  }

  /** What main does before the first step. */
  private prepareLines(body: string): string {
    const removed = this.world.devices.filter(({ spec }) => spec.unplugged === true && body.includes(spec.bdf))
    const lines = [
      ...removed.map(({ spec }) => `write_file(${literal(`/sys/bus/pci/devices/${spec.bdf}/remove`)}, "1");`),
      ...(/\b(?:map_dma|ioas_map)\(a/.test(body) ? ['make_memory();'] : []),
      ...(this.objects.size > 0
        ? [
            'numbers = mmap(NULL, sizeof *numbers, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);',
            'if (numbers == MAP_FAILED) return 2;',
            `*numbers = (struct numbers){${[...this.objects].map(() => 'NO_OBJECT').join(', ')}};`,
          ]
        : []),
    ]
    return lines.map((line) => `  ${line}\n`).join('')
  }

  private tables(made: readonly Made[]): string {
    const lines = made.map(({ step }) => printOpLine(step.op))
    const drops = made.flatMap(({ drops: drop }, index) => (drop === undefined ? [] : [{ ...drop, index }]))
    const rows = made.map((each, index) => {
      const then = drops.findIndex((drop) => drop.index === index)
      const more = then < 0 ? [] : [`.then = STEP_COUNT + ${then}`]
      return `    {${[...stepFields(each, lines[index] ?? '', index), ...more].join(', ')}},`
    })
    const elsewhere = drops.map(
      ({ index, process }) =>
        `    {.text = ${literal(`before ${lines[index] ?? ''}`)}, .expected = "ok", .process = ${process}, .make = step_${index + 1}_elsewhere},`,
    )
    const late = made.flatMap(({ step }, at) =>
      step.completes.map(({ step: of, result }) => `    {${at}, ${of}, ${literal(answerText(result))}},`),
    )
    return [
      `/** Who makes calls: name, user, limit of locked memory. A process is started when it is first needed. */`,
      `#define USUAL_LIMIT ((rlim_t)-2)`,
      `struct process {\n  const char *name;\n  uid_t user;\n  rlim_t memlock;\n  int socket;\n  pid_t pid;\n};`,
      `enum { ADMINISTRATOR };`,
      `static struct process PROCESSES[] = {`,
      `    {"administrator", 0, USUAL_LIMIT, -1, 0},`,
      ...this.world.setup.processes.map(
        (process) =>
          `    {${literal(process.name)}, ${userNumber(process.user, this.uid(process.user))}, ${this.limitOf(process)}, -1, 0},`,
      ),
      `};`,
      '',
      `/** A step: what is done, the expected answer, who does it, how; whether its process ends; a step of another process after it. */`,
      `struct step {\n  const char *text, *expected;\n  int process;\n  void (*make)(struct answer *a);\n  int ends, then;\n};`,
      `enum { STEP_COUNT = ${made.length}, WIDTH = ${Math.min(60, Math.max(8, ...lines.map((line) => line.length)))} };`,
      `static const struct step STEPS[] = {`,
      ...rows,
      ...elsewhere,
      ...(made.length + elsewhere.length === 0 ? ['    {.text = NULL},'] : []),
      `};`,
      '',
      `/** Calls that had waited: the step in which each comes back, the step that made it, its answer. Steps count from 0. */`,
      `static const struct late {\n  int at, step;\n  const char *expected;\n} LATE[] = {`,
      ...late,
      `    {0, 0, NULL},`,
      `};`,
      '',
      `/** Functions of the groups that the run touches, with group and driver at boot; a driver that nobody knows is NULL. */`,
      `static const struct function {\n  const char *device, *group, *driver;\n} FUNCTIONS[] = {`,
      ...this.functionRows(made),
      `    {NULL, NULL, NULL},`,
      `};`,
    ].join('\n')
  }

  private limitOf({ user, memlock }: ProcessSpec): string {
    if (memlock === 'unlimited') return 'RLIM_INFINITY'
    if (memlock !== undefined) return `${memlock}ul`
    if (user === 'root') return 'USUAL_LIMIT'
    const usual = isBefore(this.played.scenario.kernel, '5.16') ? MEMLOCK_BEFORE_5_16 : MEMLOCK_SINCE_5_16
    return `${usual}ul /* the kernel’s own */`
  }

  private functionRows(made: readonly Made[]): string[] {
    const { devices, groups, deviceIndex, groupIndex } = this.world
    const touched = new Set<number>()
    for (const { step } of made) {
      for (const [key, role] of keysOf(step.op.op)) {
        const value = String(valueOf(step.op, key))
        const device = role === 'device' ? deviceIndex.get(value) : undefined
        const group =
          role === 'group' ? groups[groupIndex.get(Number(value)) ?? -1] : groups[devices[device ?? -1]?.group ?? -1]
        if (device !== undefined) touched.add(device)
        for (const member of group?.devices ?? []) touched.add(member)
      }
    }
    return [...touched]
      .toSorted((a, b) => a - b)
      .flatMap((index) => devices[index] ?? [])
      .filter(({ spec }) => spec.unplugged !== true)
      .map(({ spec, group }) => {
        const driver = spec.driver === '?' ? 'NULL' : literal(spec.driver ?? '')
        const id = groups[group]?.id
        return `    {${literal(spec.bdf)}, ${id === undefined ? '""' : literal(String(id))}, ${driver}},`
      })
  }
}

function machinery(prepare: string): string {
  const errors = ERRNOS.map((name) => `{${name}, "${name}"}`).join(',\n      ')
  return MACHINERY.replace('{ERRORS}', () => `{\n      ${errors}}`).replace('PREPARE', () => prepare)
}

/** A row of the table of steps. */
function stepFields({ step, process, statement, why }: Made, line: string, index: number): string[] {
  return [
    `.text = ${literal(line)}`,
    `.expected = ${literal(why ?? answerText(step.result))}`,
    `.process = ${process === 0 ? 'ADMINISTRATOR' : process}`,
    `.make = ${statement === null ? 'NULL' : `step_${index + 1}`}`,
    ...(step.op.op === 'exit' ? ['.ends = 1'] : []),
  ]
}

/** The parts whose names occur in a text, and those that they need themselves, in their own order. */
function partsFor(parts: readonly Part[], text: string): string[] {
  const kept: string[] = []
  let below = withoutComments(text)
  for (const { name, text: part } of parts.toReversed()) {
    // Constants are in capitals; a function is called.
    if (!new RegExp(/[a-z]$/.test(name) ? `\\b${name}\\(` : `\\b${name}\\b`).test(below)) continue
    kept.unshift(part)
    below += `\n${withoutComments(part)}`
  }
  return kept
}

/** Notes may hold any word. */
function withoutComments(code: string): string {
  return code.replaceAll(/\/\*.*?\*\//gs, '')
}
