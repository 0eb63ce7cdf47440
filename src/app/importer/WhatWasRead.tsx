import { Plus, RotateCcw, X } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { COMPLETE_COMMAND, missingFrom, type Missing } from '../../import/missing.ts'
import type { ImportWarning, WarningCode } from '../../import/result.ts'
import type { Reading } from '../../adviser/reading.ts'
import { Command } from '../ui/CopyButton.tsx'
import { formatWords } from './format-names.ts'
import { Intake } from './Intake.tsx'
import { ReadText } from './ReadText.tsx'
import { removePaste, startOver, useOwn } from './own-machine.ts'

/** What was found in the texts, what is missing, and the way to add more. */
export function WhatWasRead({ reading, children }: { reading: Reading; children?: ReactNode }): ReactNode {
  const pastes = useOwn((s) => s.pastes)
  const [adding, setAdding] = useState(false)
  const { result } = reading
  const count = Object.keys(result.devices).length
  const groups = Object.keys(result.groups).length + (result.unnumberedGroups?.length ?? 0)
  const missing = count === 0 ? [] : missingFrom(result)
  return (
    <section
      aria-label="What was read"
      data-testid="import-result"
      className="flex flex-col gap-2 rounded-xl border border-line bg-panel px-3 py-2"
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        {count > 0 && (
          <p className="font-semibold">
            <span aria-hidden="true" className="text-ok">
              ✓{' '}
            </span>
            {plural(count, 'device')} in {groups === 0 ? 'no groups' : plural(groups, 'group')}
            <span className="font-normal text-dim"> · read from {formatWords(result.format)}</span>
          </p>
        )}
        <ul aria-label="Texts" className="flex flex-wrap gap-1.5">
          {pastes.map(({ id, name, text }) => (
            <li key={id} className="chip py-0 pr-0">
              {name} <span className="text-dim">{sizeOf(text)}</span>
              <button
                type="button"
                aria-label={`Take ${name} away`}
                className="flex size-6 items-center justify-center rounded text-dim hover:text-ink"
                onClick={() => removePaste(id)}
              >
                <X size={12} />
              </button>
            </li>
          ))}
        </ul>
        <div className="ml-auto flex flex-wrap gap-1.5">
          <button
            type="button"
            aria-expanded={adding}
            className="button min-h-7 px-2 py-0.5 text-[12px]"
            onClick={() => setAdding(!adding)}
          >
            <Plus size={13} /> Add a listing
          </button>
          <button type="button" className="button min-h-7 px-2 py-0.5 text-[12px]" onClick={startOver}>
            <RotateCcw size={13} /> Start over
          </button>
        </div>
      </div>
      {(missing.length > 0 || result.warnings.length > 0) && (
        <div className="flex flex-wrap gap-x-4 gap-y-1 text-[12.5px]">
          {missing.length > 0 && <MissingParts missing={missing} />}
          {result.warnings.length > 0 && <Remarks warnings={result.warnings} />}
        </div>
      )}
      <ReadText reading={reading} />
      {adding && <Intake first={false} onTaken={() => setAdding(false)} />}
      {children}
    </section>
  )
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function sizeOf(text: string): string {
  if (text.length > 100_000) return `${(text.length / 1e6).toFixed(1)} MB`
  return plural(text.trimEnd().split('\n').length, 'line')
}

const WHAT: Readonly<Record<Missing['what'], string>> = {
  groups: 'the groups',
  drivers: 'some drivers',
  ids: 'some ids',
  tree: 'where each device hangs',
  acs: 'ACS of the ports',
}

function MissingParts({ missing }: { missing: readonly Missing[] }): ReactNode {
  const names = missing.map(({ what }) => WHAT[what])
  const all = names.length === 1 ? names[0] : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
  const [one] = missing
  return (
    <details className="min-w-0 open:basis-full">
      <summary className="cursor-pointer text-warn">
        <span aria-hidden="true">⚠ </span>Not in the text: {all}
      </summary>
      <div className="mt-1.5 flex flex-col gap-1.5 text-dim">
        <p>
          {missing.length === 1 ? 'This prints it' : 'This prints all of it at once'}; add what it prints to what is
          here. What is missing is taken for unknown, never for “none”.
        </p>
        <Command text={missing.length === 1 && one !== undefined ? one.command : COMPLETE_COMMAND} of="the command" />
      </div>
    </details>
  )
}

const REMARKS: Readonly<Record<WarningCode, string>> = {
  unread: 'not understood, passed over',
  cut: 'the line is cut off: what is missing stays unknown',
  elided: 'the listing was shortened here: more devices may belong to the group',
  filtered: 'the output was filtered: a driver that is not named is not known to be missing',
  conflict: 'says something else than an earlier line',
  moved: 'moves a device to another group: the later line counts',
  long: 'the line is too long for a listing and was cut',
  columns: 'the columns of the tree are broken',

  corrected: 'a letter stood for a digit in the address',
  machine: 'another machine begins here: kept apart',
}

export function Remarks({ warnings }: { warnings: readonly ImportWarning[] }): ReactNode {
  return (
    <details className="min-w-0 open:basis-full">
      <summary className="cursor-pointer text-dim">{plural(warnings.length, 'remark')} on the text</summary>
      <ul className="mt-1 max-h-44 overflow-y-auto text-[12px] text-dim">
        {warnings.slice(0, 100).map((warning, index) => (
          <li key={index} className="break-words">
            {warningText(warning)}
          </li>
        ))}
      </ul>
    </details>
  )
}

function warningText({ line, paste, code, text }: ImportWarning): string {
  const where = paste === undefined || paste === 0 ? '' : `text ${paste + 1}, `
  return `${where}line ${line}: ${REMARKS[code]}: ${text}`
}
