import { Dialog } from '@base-ui/react/dialog'
import { Download } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { titleOf, type Scenario } from '../../scenario/document/scenario.ts'
import { printScript } from '../../scenario/script/script.ts'
import { store, useApp } from '../store/store.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { download } from '../ui/download.ts'
import { Fold } from '../ui/Fold.tsx'
import { late } from '../ui/late.tsx'
import { linkTo } from '../ui/link.ts'
import { Sheet } from '../ui/Sheet.tsx'

const Exports = late(async () => (await import('./Exports.tsx')).Exports, 'the other forms', 'part')

/** How a shared run opens. */
const OPENS = {
  here: 'at the step where I am',
  start: 'at the start, to be stepped through',
  present: 'as a presentation, from the start',
} as const
type Opens = keyof typeof OPENS

function openedAs(scenario: Scenario, opens: Opens): Scenario {
  const { present: _, ...run } = scenario
  if (opens === 'here') return run
  const { compare: _compare, ...plain } = run
  return opens === 'start' ? { ...plain, cursor: 0 } : { ...plain, cursor: 0, present: true }
}

const JSON_FILE = { ending: 'json', type: 'application/json', unnamed: 'run' } as const

/** Above the first, chat programs begin to cut; above the second, most do. */
const MARKS = [2000, 4000] as const

/** The run as a link, a script or a file. */
export function Share(): ReactNode {
  const open = useApp((s) => s.sharing)
  return (
    <Sheet
      title="Share this run"
      open={open}
      onOpenChange={(next) => store.getState().setSharing(next)}
      className="top-[8vh] max-h-[84vh] max-w-[620px] overflow-y-auto"
    >
      <Dialog.Description className="text-dim">
        The link holds everything: the machine, the kernel, the boot options, each operation, notes and questions. It is
        in the part after #, which no server sees.
      </Dialog.Description>
      {open && <ShareBody />}
    </Sheet>
  )
}

function ShareBody(): ReactNode {
  const here = useApp((s) => s.doc.scenario)
  // Whoever is to be asked must not begin behind the questions.
  const [opens, setOpens] = useState<Opens>(here.predictions === undefined ? 'here' : 'start')
  const scenario = useMemo(() => openedAs(here, opens), [here, opens])
  const link = useMemo(() => linkTo(scenario) ?? null, [scenario])
  const own = typeof scenario.machine !== 'string'
  const beside = useApp((s) => s.place === 'machine')

  const length = link?.length ?? 0
  return (
    <div className="mt-4 grid gap-4">
      {beside && (
        <p role="note" className="rounded-lg bg-warn-bg px-3 py-2 text-warn">
          This is the run on the canvas, “{titleOf(here)}”. An answer of My machine has buttons of its own below it:
          Copy link, Copy as Markdown.
        </p>
      )}
      {here.ops.length > 0 && (
        <fieldset className="grid gap-1">
          <legend className="section-title mb-1">It opens</legend>
          {(['here', 'start', 'present'] as const).map((each) => (
            <label key={each} className="flex min-h-6 items-center gap-2">
              <input
                type="radio"
                name="opens"
                className="size-4 accent-user-solid"
                checked={opens === each}
                onChange={() => setOpens(each)}
              />
              {OPENS[each]}
            </label>
          ))}
        </fieldset>
      )}
      <div>
        <label className="section-title" htmlFor="share-link">
          Link
        </label>
        {link === null ? (
          <p className="mt-1 rounded-lg bg-warn-bg px-3 py-2 text-warn">
            This run is too large for a link: download it as a file instead.
          </p>
        ) : (
          <>
            <textarea
              id="share-link"
              readOnly
              rows={3}
              className="mt-1 w-full resize-none rounded-lg border border-line bg-panel2 p-2 font-mono text-[11.5px] break-all"
              value={link}
              onFocus={(event) => event.currentTarget.select()}
            />
            <p className={`text-[12px] ${length > MARKS[0] ? 'text-warn' : 'text-dim'}`}>
              {length} characters
              {length > MARKS[1]
                ? ': many chat and mail programs cut a link of this length. Better send the file.'
                : length > MARKS[0]
                  ? ': some programs cut links above 2000.'
                  : ': short enough for any chat or mail.'}
            </p>
          </>
        )}
      </div>
      <div className="flex flex-wrap gap-2">
        {link !== null && (
          <CopyButton key={`link ${opens}`} text={link} label="Copy link" className="button button-primary" />
        )}
        {!own && <CopyButton key={`script ${opens}`} text={() => printScript(scenario)} label="Copy script" />}
        <button
          type="button"
          className="button"
          onClick={() => download(scenario.title, JSON.stringify(scenario, null, 2), JSON_FILE)}
        >
          <Download size={14} /> Download file
        </button>
      </div>
      {own && (
        <p className="text-[12px] text-dim">
          There is no “Copy script” here: a script names a machine that ships with the page, and this one is your own.
          The link and the file hold the machine itself.
        </p>
      )}
      <Fold title="Other forms: C program, mail, Markdown, QEMU and more" testId="other-forms">
        <Exports scenario={scenario} link={link} />
      </Fold>
    </div>
  )
}
