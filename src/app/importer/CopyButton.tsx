import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { store } from '../store/store.ts'

/** Copies a text; says for a moment that it did. */
export function CopyButton({ text, of }: { text: string; of: string }): ReactNode {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      className="button min-h-7 flex-none px-2 py-0.5 text-[12px]"
      onClick={() => {
        navigator.clipboard.writeText(text).then(
          () => setCopied(true),
          () => store.getState().toast('bad', 'The browser did not allow copying: select the text and copy it'),
        )
      }}
    >
      {copied ? <Check size={13} /> : <Copy size={13} />}
      {copied ? 'Copied' : 'Copy'}
      <span className="sr-only"> {of}</span>
    </button>
  )
}

/** A command to type, with its button. */
export function Command({ text, of }: { text: string; of: string }): ReactNode {
  return (
    <div className="flex items-start gap-2 rounded-lg border border-line bg-panel2 p-1.5 pl-2.5">
      <code className="min-w-0 flex-1 self-center font-mono text-[11.5px] break-words">{text}</code>
      <CopyButton text={text} of={of} />
    </div>
  )
}
