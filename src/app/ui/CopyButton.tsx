import { Check, Copy } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import { store } from '../store/store.ts'

const SHOWN_MS = 2500

/**
 * Copies a text, and says for a moment that it did.
 * @param props.text or what makes it when the button is pressed; undefined: there is nothing to copy
 * @param props.of what is copied, for a screen reader
 * @param props.refused said when the browser does not allow it
 */
export function CopyButton(props: {
  text: string | (() => string | undefined)
  label?: string
  of?: string
  icon?: ReactNode
  className?: string
  refused?: string
}): ReactNode {
  const { text, label = 'Copy', of, icon = <Copy size={14} />, className = 'button' } = props
  const { refused = 'The browser did not allow copying: select the text and copy it by hand' } = props
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async (): Promise<void> => {
    const made = typeof text === 'string' ? text : text()
    try {
      if (made === undefined) throw new Error('nothing to copy')
      await navigator.clipboard.writeText(made)
      setCopied(true)
    } catch {
      setCopied(false)
      store.getState().toast('bad', refused)
    }
  }
  return (
    <button type="button" className={className} onClick={() => void copy()}>
      {copied ? <Check size={14} /> : icon}
      {copied ? 'Copied' : label}
      {of !== undefined && <span className="sr-only"> {of}</span>}
    </button>
  )
}

/** A command to type, with its button. */
export function Command({ text, of }: { text: string; of: string }): ReactNode {
  return (
    <div className="flex items-start gap-2 rounded-lg border border-line bg-panel2 p-1.5 pl-2.5">
      <code className="min-w-0 flex-1 self-center font-mono text-[11.5px] break-words">{text}</code>
      <CopyButton text={text} of={of} className={SMALL_BUTTON} />
    </div>
  )
}

/** The look of a button beside a line of text. */
export const SMALL_BUTTON = 'button min-h-7 flex-none px-2 py-0.5 text-[12px]'
