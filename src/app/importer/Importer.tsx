import { Suspense, lazy, useState, type DragEvent, type ReactNode } from 'react'
import { FileUp, Plus, X } from 'lucide-react'
import { loadWords } from '../store/store.ts'
import { CopyButton } from './CopyButton.tsx'
import { Devices } from './Devices.tsx'
import { addAnother, addText, clear, edit, isLong, removePaste, useListing } from './listing.ts'
import { MessageOnly } from './MessageOnly.tsx'
import { WhatWasRead } from './WhatWasRead.tsx'
import { COMMAND } from './command.ts'

const Answer = lazy(async () => {
  const [{ Answer: view }] = await Promise.all([import('./Answer.tsx'), loadWords()])
  return { default: view }
})

/** Paste what the own machine prints, choose a device, and learn whether and how it can be handed to a guest. */
export function Importer(): ReactNode {
  const machine = useListing((s) => s.machine)
  const result = useListing((s) => s.result)
  const reading = useListing((s) => s.reading)
  const [over, setOver] = useState(false)

  const onDrop = (event: DragEvent): void => {
    setOver(false)
    const { files } = event.dataTransfer
    if (files.length === 0) return
    event.preventDefault()
    void addFiles(files)
  }

  return (
    <div
      className={`min-h-full ${over ? 'bg-user-bg' : ''}`}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      {machine === null ? (
        <div className="mx-auto flex max-w-[880px] flex-col gap-4 p-4 sm:p-6">
          <Heading />
          <Command />
          <Pastes tall />
          {reading && <Reading />}
          {result !== null && !reading && <MessageOnly result={result} />}
          {result === null && !reading && <WhatComes />}
        </div>
      ) : (
        <div className="mx-auto grid max-w-[1320px] gap-x-6 gap-y-4 p-4 sm:p-6 lg:grid-cols-[340px_minmax(0,1fr)]">
          <div className="flex min-w-0 flex-col gap-4">
            <Heading />
            <Pastes tall={false} />
            {reading ? <Reading /> : <WhatWasRead />}
            <Devices />
          </div>
          <div className="min-w-0">
            <Suspense fallback={<p className="text-dim">…</p>}>
              <Answer />
            </Suspense>
          </div>
        </div>
      )}
    </div>
  )
}

async function addFiles(files: FileList): Promise<void> {
  for (const file of files) addText(await file.text())
}

function Heading(): ReactNode {
  const machine = useListing((s) => s.machine)
  return (
    <div>
      <div className="flex items-start gap-2">
        <h2 className="flex-1 text-[18px] font-semibold">My machine</h2>
        {machine !== null && (
          <button type="button" className="button" onClick={clear}>
            Start over
          </button>
        )}
      </div>
      {machine === null && (
        <p className="max-w-[80ch] text-dim">
          “Group N is not viable”? Paste what your machine prints, choose the device that a guest shall have, and see
          what is in the way and what to type. Nothing leaves your browser: all of it is read in this page.
        </p>
      )}
    </div>
  )
}

function Command(): ReactNode {
  return (
    <div className="rounded-xl border border-line bg-panel p-3">
      <p className="mb-1.5 text-[12.5px]">
        This prints all that helps, on any distribution: groups, drivers, the tree and what isolates (as root it sees
        ACS, too).
      </p>
      <div className="flex items-start gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-panel2 p-2 font-mono text-[11.5px] break-all">{COMMAND}</code>
        <CopyButton text={COMMAND} />
      </div>
      <p className="mt-1.5 text-[12px] text-dim">
        Any usual listing does as well: <code>lspci -nnk</code>, a loop over the groups, <code>dmesg</code>,{' '}
        <code>virsh nodedev-dumpxml</code>, <code>pvesh</code>, an error message, several of them one after the other.
      </p>
    </div>
  )
}

function Pastes({ tall }: { tall: boolean }): ReactNode {
  const pastes = useListing((s) => s.pastes)
  const draft = useListing((s) => s.draft)
  return (
    <div className="flex flex-col gap-2">
      {pastes.map((text, index) => (
        <div key={index} className="flex items-center gap-2 rounded-lg border border-line bg-panel px-2.5 py-1.5">
          <span className="min-w-0 flex-1 truncate font-mono text-[11.5px] text-dim">{firstLine(text)}</span>
          <span className="text-[11.5px] whitespace-nowrap text-dim">{sizeWords(text)}</span>
          <button
            type="button"
            className="rounded p-1 text-dim hover:text-ink"
            aria-label={`Remove output ${index + 1}`}
            onClick={() => removePaste(index)}
          >
            <X size={14} />
          </button>
        </div>
      ))}
      <textarea
        aria-label="Listing of the machine"
        className={`resize-y rounded-xl border border-line bg-panel p-3 font-mono text-[12px] ${tall ? 'min-h-56' : 'min-h-24'}`}
        placeholder={
          pastes.length > 0
            ? 'Another output of the same machine'
            : 'IOMMU Group 1:\n\t00:01.0 PCI bridge [0604]: Intel Corporation … [8086:1901] (rev 05)\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation … [10de:1c03] (rev a1)\n\t\tKernel driver in use: nouveau'
        }
        spellCheck={false}
        value={draft}
        onChange={(event) => edit(event.target.value)}
        onPaste={(event) => {
          // No browser lays out a whole boot log in a field at once.
          const text = event.clipboardData.getData('text')
          if (!isLong(text)) return
          event.preventDefault()
          addText(text)
        }}
      />
      <div className="flex flex-wrap items-center gap-2">
        <label className="button cursor-pointer focus-within:outline-2 focus-within:outline-user">
          <FileUp size={14} /> {tall ? 'Choose a file' : 'File'}
          <input
            type="file"
            multiple
            className="sr-only"
            onChange={(event) => {
              const { files } = event.target
              if (files !== null) void addFiles(files)
            }}
          />
        </label>
        {draft.trim() !== '' && (
          <button type="button" className="button" onClick={addAnother}>
            <Plus size={14} /> Add another output
          </button>
        )}
        {tall && <span className="text-[12px] text-dim">or drop one anywhere here</span>}
      </div>
    </div>
  )
}

function firstLine(text: string): string {
  return text.trimStart().slice(0, 200).split('\n')[0] ?? ''
}

function sizeWords(text: string): string {
  const lines = text.split('\n').length
  return lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`
}

function Reading(): ReactNode {
  return (
    <p role="status" className="rounded-lg bg-warn-bg px-3 py-2 text-warn">
      … reading a long text
    </p>
  )
}

/** What comes, for who has not pasted anything yet. */
function WhatComes(): ReactNode {
  return (
    <ul className="grid gap-2 text-[12.5px] text-dim sm:grid-cols-3">
      {[
        ['The answer', 'Whether the device can go, with what else, and what the host would lose.'],
        ['The commands', 'For sysfs, driverctl, modprobe.d, QEMU and libvirt, with the way back.'],
        ['The proof', 'Exactly these commands, run on a simulated kernel with your machine.'],
      ].map(([title, words]) => (
        <li key={title} className="rounded-xl border border-line bg-panel p-3">
          <span className="block font-semibold text-ink">{title}</span>
          {words}
        </li>
      ))}
    </ul>
  )
}
