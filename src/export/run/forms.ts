/** The forms in which a run leaves the playground: a table that the page and the command line read. */
import { printScript } from '../../scenario/script/script.ts'
import { cProgram } from './c/program.ts'
import type { Exported, PlayedRun } from './exported.ts'
import { libvirtXml, proxmoxCommands, qemuCommand } from './guest.ts'
import { mailText } from './mail.ts'
import { runMarkdown } from './markdown.ts'
import { mermaidDiagram } from './mermaid.ts'
import { shellScript } from './shell.ts'

/** A form, and what makes it. */
export interface Form {
  readonly title: string
  /** What it is good for, in a sentence. */
  readonly about: string
  /** Ending and media type of a file of it. */
  readonly ending: string
  readonly type: string
  readonly make: (played: PlayedRun) => Exported
}

const PLAIN = 'text/plain'

/** In the order in which they are offered; the keys are what the command line calls them. */
// prettier-ignore
export const FORMS = {
  c: { title: 'C program', about: 'Makes the calls on a real kernel, and compares every answer with what is said here.', ending: 'c', type: 'text/x-c', make: cProgram },
  shell: { title: 'Shell script', about: 'What the administrator does; the processes’ calls stand in comments.', ending: 'sh', type: 'application/x-sh', make: shellScript },
  mail: { title: 'Mail', about: 'Plain text in 72 columns, with the kernel’s path to each refusal.', ending: 'txt', type: PLAIN, make: mailText },
  markdown: { title: 'Markdown', about: 'A table of the steps, for an issue or a wiki.', ending: 'md', type: 'text/markdown', make: runMarkdown },
  mermaid: { title: 'Mermaid', about: 'A sequence diagram, drawn by whatever shows Mermaid.', ending: 'mmd', type: PLAIN, make: mermaidDiagram },
  qemu: { title: 'QEMU', about: 'The arguments with which QEMU makes these calls itself.', ending: 'sh', type: 'application/x-sh', make: qemuCommand },
  libvirt: { title: 'libvirt', about: 'Elements of a guest’s XML.', ending: 'xml', type: 'application/xml', make: libvirtXml },
  proxmox: { title: 'Proxmox', about: 'Commands of Proxmox VE.', ending: 'sh', type: 'application/x-sh', make: proxmoxCommands },
  script: { title: 'Script', about: 'The playground’s own form, to read, change and run.', ending: 'txt', type: PLAIN, make: scriptText },
  json: { title: 'JSON', about: 'The whole document, a machine of your own included.', ending: 'json', type: 'application/json', make: jsonText },
  link: { title: 'Link', about: 'Holds the whole run.', ending: 'txt', type: PLAIN, make: linkText },
} as const satisfies Readonly<Record<string, Form>>

export type FormId = keyof typeof FORMS

/** The ids of all forms, in the order in which they are offered. */
export const FORM_IDS: readonly FormId[] = Object.keys(FORMS).filter(isFormId)

/** Whether a word names a form. */
export function isFormId(word: string): word is FormId {
  return Object.hasOwn(FORMS, word)
}

function scriptText({ scenario }: PlayedRun): Exported {
  if (typeof scenario.machine === 'string') return { ok: true, text: printScript(scenario) }
  return {
    ok: false,
    words: 'A script names a machine that ships, and this one is your own. JSON and link hold the machine itself.',
  }
}

function jsonText({ scenario }: PlayedRun): Exported {
  return { ok: true, text: `${JSON.stringify(scenario, null, 2)}\n` }
}

function linkText({ link }: PlayedRun): Exported {
  return link === undefined
    ? { ok: false, words: 'This run is too large for a link.' }
    : { ok: true, text: `${link}\n` }
}
