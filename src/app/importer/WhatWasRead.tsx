import type { ReactNode } from 'react'
import { missingFrom } from '../../machines/adviser/missing.ts'
import type { ImportWarning, WarningCode } from '../../machines/import/result.ts'
import { CopyButton } from './CopyButton.tsx'
import { useListing } from './listing.ts'
import { Rich } from '../shell/Rich.tsx'

/** What the text told, what it left open with the command that tells it, and what could not be read. */
export function WhatWasRead(): ReactNode {
  const result = useListing((s) => s.result)
  if (result === null) return null
  const devices = Object.keys(result.devices).length
  const groups = Object.keys(result.groups).length + (result.unnumberedGroups ?? []).length
  const missing = missingFrom(result)
  return (
    <section aria-label="What was read" data-testid="import-result" className="flex flex-col gap-2 text-[12.5px]">
      <p>
        <span className="font-semibold">
          {devices} {devices === 1 ? 'device' : 'devices'}
          {groups > 0 ? ` in ${groups} ${groups === 1 ? 'group' : 'groups'}` : ', no groups'}
        </span>
        <span className="text-dim"> · read as {result.format}</span>
      </p>
      {missing.length > 0 && (
        <ul className="grid gap-1.5">
          {missing.map(({ what, words, command }) => (
            <li
              key={what}
              className={`rounded-lg px-2.5 py-1.5 ${what === 'groups' || what === 'drivers' ? 'bg-warn-bg text-warn' : 'border border-line text-dim'}`}
            >
              <Rich words={words} />
              <span className="mt-0.5 flex items-center gap-2">
                <code className="min-w-0 flex-1 font-mono text-[11.5px] break-all text-ink">{command}</code>
                <CopyButton text={command} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <Remarks warnings={result.warnings} />
    </section>
  )
}

export function Remarks({ warnings }: { warnings: readonly ImportWarning[] }): ReactNode {
  if (warnings.length === 0) return null
  return (
    <details className="rounded-lg border border-line bg-panel px-2.5 py-1.5">
      <summary className="text-[12.5px]">
        {warnings.length} {warnings.length === 1 ? 'remark' : 'remarks'} on the text
      </summary>
      <ul className="mt-1 max-h-44 overflow-y-auto text-[12px] text-dim" tabIndex={0} aria-label="Remarks on the text">
        {warnings.slice(0, 100).map((warning, index) => (
          <li key={index}>{warningText(warning)}</li>
        ))}
      </ul>
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
}

function warningText({ line, paste, code, text }: ImportWarning): string {
  return `${paste === undefined ? '' : `output ${paste + 1}, `}line ${line}: ${REMARKS[code]}: ${text}`
}
