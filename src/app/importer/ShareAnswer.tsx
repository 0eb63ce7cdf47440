import { Download, Link } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Advice } from '../../adviser/advice.ts'
import { adviceMarkdown } from '../../adviser/markdown.ts'
import type { Setting } from '../../adviser/setting.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { shortBdf } from '../../explain/words.ts'
import { CopyButton } from '../ui/CopyButton.tsx'
import { download } from '../ui/download.ts'
import { encodeMachine } from './machine-document.ts'
import { documentOf } from './own-machine.ts'

/** Address of the answer: the texts are in it, in the part that no server sees. */
function linkNow(): string | undefined {
  const hash = encodeMachine(documentOf())
  return hash === undefined ? undefined : `${location.origin}${location.pathname}#${hash}`
}

/** The answer as a link, as Markdown for a post, and as a file. */
export function ShareAnswer(props: { advice: Advice; kernel: KernelId; setting: Setting }): ReactNode {
  const { advice, kernel, setting } = props
  const markdown = (): string => adviceMarkdown(advice, kernel, setting, linkNow() ?? null)
  return (
    <div role="group" aria-label="Share the answer" className="flex flex-wrap gap-1.5">
      <CopyButton
        text={linkNow}
        label="Copy link"
        of="to this answer, with the texts in it"
        icon={<Link size={14} />}
        refused="The texts are too long for a link, or the browser did not allow copying: save the file"
      />
      <CopyButton text={markdown} label="Copy as Markdown" />
      <button
        type="button"
        className="button"
        onClick={() =>
          download(`passthrough ${shortBdf(advice.wanted.bdf)}`, markdown(), {
            ending: 'md',
            type: 'text/markdown',
            unnamed: 'passthrough',
          })
        }
      >
        <Download size={14} /> Save as a file
      </button>
    </div>
  )
}
