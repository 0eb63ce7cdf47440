import { FolderOpen } from 'lucide-react'
import { useState, type DragEvent, type ReactNode } from 'react'
import { store, useApp } from '../store/store.ts'
import { addPaste, tooLong } from './own-machine.ts'

/** More characters than this at once were not typed. */
const PASTED = 24

/** Takes texts in: pasted, dropped, chosen as a file, or typed. */
export function Intake({ first, onTaken }: { first: boolean; onTaken?: () => void }): ReactNode {
  // What is being typed outlives a reload.
  const of = first ? 'listing' : 'further listing'
  const draft = useApp((s) => s.drafts[of] ?? '')
  const setDraft = (text: string): void => store.getState().draft(of, text === '' ? undefined : text)
  const [over, setOver] = useState(false)
  const take = (text: string, name?: string): void => {
    const refused = addPaste(text, name)
    if (refused !== null) {
      store.getState().toast('bad', refused)
      return
    }
    setDraft('')
    onTaken?.()
  }
  const takeFiles = (files: FileList | null): void => {
    for (const file of files ?? []) {
      const refused = tooLong(file.name, file.size)
      if (refused !== null) {
        store.getState().toast('bad', refused)
        continue
      }
      file.text().then(
        (text) => take(text, file.name),
        () => store.getState().toast('bad', `“${file.name}” could not be read`),
      )
    }
  }
  const onDrop = (event: DragEvent): void => {
    setOver(false)
    if (event.dataTransfer.files.length === 0) return
    event.preventDefault()
    takeFiles(event.dataTransfer.files)
  }
  return (
    <div className="flex flex-col gap-2">
      <textarea
        aria-label={first ? 'Listing of the machine' : 'Another listing of the machine'}
        className={`resize-y rounded-xl border bg-panel p-3 font-mono text-[12px] ${first ? 'min-h-52' : 'min-h-28'} ${over ? 'border-user border-dashed' : 'border-line'}`}
        placeholder={
          first
            ? 'Paste here: a listing of IOMMU groups, lspci, the kernel’s log, virsh, an error message …\n\nIOMMU Group 1:\n\t00:01.0 PCI bridge [0604]: Intel Corporation … [8086:1901]\n\t01:00.0 VGA compatible controller [0300]: NVIDIA Corporation … [10de:1c03]'
            : 'More of the same machine: lspci -nnk for the drivers, an error message, …'
        }
        spellCheck={false}
        value={draft}
        onChange={(event) => {
          const { value } = event.target
          if (value.length - draft.length > PASTED) take(value)
          else setDraft(value)
        }}
        onPaste={(event) => {
          // A long text would be slow in the field itself.
          const text = event.clipboardData.getData('text/plain')
          if (text.length <= PASTED) return
          event.preventDefault()
          take(draft === '' ? text : `${draft}\n${text}`)
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) take(draft)
        }}
        onDragOver={(event) => {
          event.preventDefault()
          setOver(true)
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      />
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5 text-[12.5px] text-dim">
        <button
          type="button"
          className="button button-primary"
          disabled={draft.trim() === ''}
          onClick={() => take(draft)}
        >
          Read it
        </button>
        or drop a file on the field, or
        <label className="button cursor-pointer focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-user">
          <FolderOpen size={13} /> Choose files
          <input
            type="file"
            multiple
            className="sr-only"
            onChange={(event) => {
              takeFiles(event.target.files)
              event.target.value = ''
            }}
          />
        </label>
      </div>
    </div>
  )
}
