import { useDeferredValue, useMemo, useState, type DragEvent, type ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import { machineFromImport } from '../../machines/from-import.ts'
import { importListing } from '../../machines/import/index.ts'
import type { ImportWarning, WarningCode } from '../../machines/import/result.ts'
import { DEFAULTS } from '../../scenario/scenario.ts'
import { store } from '../store/store.ts'

const COMMAND = `for g in /sys/kernel/iommu_groups/*; do echo "IOMMU Group \${g##*/}:"; for d in $g/devices/*; do lspci -nnks "\${d##*/}"; done; done`

/** Paste what the own machine prints, see what was understood, and play with it. */
export function Importer(): ReactNode {
  const [text, setText] = useState('')
  const [copied, setCopied] = useState(false)
  const deferred = useDeferredValue(text)
  const result = useMemo(() => (deferred.trim() === '' ? null : importListing(deferred)), [deferred])
  const count = result === null ? 0 : Object.keys(result.devices).length

  const onDrop = (event: DragEvent): void => {
    const file = event.dataTransfer.files[0]
    if (file === undefined) return
    event.preventDefault()
    void file.text().then(setText)
  }

  const play = (): void => {
    if (result === null) return
    const machine = machineFromImport(result, 'My machine')
    store.getState().open({
      title: machine.title,
      machine,
      kernel: store.getState().kernel.id,
      boot: DEFAULTS.boot,
      processes: DEFAULTS.processes,
      ops: [],
      cursor: 0,
    })
  }

  return (
    <div className="mx-auto flex max-w-[1080px] flex-col gap-4 p-4 sm:p-6">
      <div>
        <h2 className="text-[18px] font-semibold">My machine</h2>
        <p className="text-dim">
          Paste the listing of your IOMMU groups. It is read in this page: nothing leaves your browser.
        </p>
      </div>
      <div className="rounded-xl border border-line bg-panel p-3">
        <p className="mb-1.5 text-[12.5px]">
          This command prints the groups with the driver of each device, on any distribution:
        </p>
        <div className="flex items-start gap-2">
          <code className="min-w-0 flex-1 rounded-lg bg-panel2 p-2 font-mono text-[11.5px] break-all">{COMMAND}</code>
          <button
            type="button"
            className="button"
            onClick={() => {
              navigator.clipboard.writeText(COMMAND).then(
                () => setCopied(true),
                () => store.getState().toast('bad', 'The browser did not allow copying: select the text and copy it'),
              )
            }}
          >
            {copied ? 'Copied' : 'Copy'}
          </button>
        </div>
      </div>
      <textarea
        aria-label="Listing of the machine"
        className="min-h-56 resize-y rounded-xl border border-line bg-panel p-3 font-mono text-[12px]"
        placeholder={
          'IOMMU Group 1:\n\t00:01.0 PCI bridge [0604]: Intel Corporation … [8086:1901] (rev 05)\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation … [10de:1c03] (rev a1)'
        }
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={onDrop}
      />
      <label className="text-[12.5px] text-dim">
        or choose a file:{' '}
        <input
          type="file"
          className="text-ink"
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file !== undefined) void file.text().then(setText)
          }}
        />
      </label>
      {result !== null && count === 0 && (
        <div role="alert" className="rounded-lg bg-bad-bg px-3 py-2 text-bad">
          No PCI device was found in this text. It should name addresses such as 01:00.0, with group headings.
          {result.warnings.slice(0, 4).map((warning, index) => (
            <p key={index}>{warningText(warning)}</p>
          ))}
        </div>
      )}
      {result !== null && count > 0 && (
        <section aria-label="What was read" data-testid="import-result" className="flex flex-col gap-3">
          <div className="flex flex-wrap items-center gap-3">
            <p className="font-semibold">
              {count} devices in {Object.keys(result.groups).length} groups
              <span className="font-normal text-dim"> · read as {result.format}</span>
            </p>
            <button type="button" className="button button-primary" onClick={play}>
              Play with this machine
            </button>
          </div>
          {Object.values(result.devices).some((device) => device.driver === null && device.driverKnown !== true) && (
            <p className="rounded-lg bg-warn-bg px-3 py-2 text-warn">
              The listing does not say which driver some devices have. That is not the same as “none”: in the simulation
              such a device counts as held by the host until you say otherwise. The command above prints the drivers
              too.
            </p>
          )}
          {result.warnings.length > 0 && (
            <details className="rounded-lg border border-line bg-panel px-3 py-2">
              <summary className="text-[12.5px] font-semibold">
                {result.warnings.length} {result.warnings.length === 1 ? 'remark' : 'remarks'} on the text
              </summary>
              <ul className="mt-1 max-h-44 overflow-y-auto text-[12px] text-dim">
                {result.warnings.slice(0, 100).map((warning, index) => (
                  <li key={index}>{warningText(warning)}</li>
                ))}
              </ul>
            </details>
          )}
          <div className="grid gap-2 sm:grid-cols-2">
            {Object.entries(result.groups)
              .sort(([a], [b]) => Number(a) - Number(b))
              .map(([group, members]) => (
                <div key={group} className="rounded-xl border border-line bg-panel p-2.5">
                  <h3 className="text-[13px] font-semibold">Group {group}</h3>
                  <ul className="mt-1 grid gap-1">
                    {members.map((bdf) => {
                      const device = result.devices[bdf]
                      const known = device?.driverKnown === true || (device?.driver ?? null) !== null
                      return (
                        <li key={bdf} className="flex items-baseline gap-2 text-[12px]">
                          <span className="font-mono font-semibold">{shortBdf(bdf)}</span>
                          <span className="min-w-0 flex-1 truncate text-dim">
                            {device?.className ?? device?.class ?? ''}
                          </span>
                          <span className={`font-mono text-[11px] ${known ? '' : 'text-warn'}`}>
                            {device?.driver ?? (known ? 'no driver' : 'driver unknown')}
                          </span>
                        </li>
                      )
                    })}
                  </ul>
                </div>
              ))}
          </div>
        </section>
      )}
    </div>
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

function warningText({ line, code, text }: ImportWarning): string {
  return `line ${line}: ${REMARKS[code]}: ${text}`
}
