import { useMemo, type ReactNode } from 'react'
import type { Reading } from '../../adviser/reading.ts'
import type { ImportResult } from '../../import/result.ts'
import { shortBdf } from '../../explain/words.ts'
import { Fold } from '../ui/Fold.tsx'
import { useOwn } from './own-machine.ts'

/** Lines that are shown of a text. */
const MOST_LINES = 600

interface Mark {
  readonly kind: 'read' | 'fact' | 'message' | 'passed'
  readonly words: string
}

const LOOK: Readonly<Record<Mark['kind'], { readonly glyph: string; readonly text: string; readonly row: string }>> = {
  read: { glyph: '✓', text: 'text-ok', row: '' },
  fact: { glyph: '•', text: 'text-user', row: '' },
  message: { glyph: '✉', text: 'text-warn', row: 'bg-warn-bg' },
  passed: { glyph: '–', text: 'text-dim', row: 'opacity-75' },
}

/** The pasted texts, with what was read from each line and what was passed over marked in them. */
export function ReadText({ reading }: { reading: Reading }): ReactNode {
  const pastes = useOwn((s) => s.pastes)
  const { passedOver } = reading.result
  return (
    <Fold
      testId="read-text"
      title={`The text, line by line${passedOver.length === 0 ? '' : ` (${passedOver.length} passed over)`}`}
    >
      {pastes.map(({ id, name, text }, paste) => (
        <MarkedText key={id} name={name} text={text} paste={paste} reading={reading} />
      ))}
    </Fold>
  )
}

function MarkedText(props: { name: string; text: string; paste: number; reading: Reading }): ReactNode {
  const { name, text, paste, reading } = props
  const marks = useMemo(() => marksOf(reading, paste), [reading, paste])
  const lines = useMemo(() => text.split(/\r\n|[\n\r]/), [text])
  return (
    <figure className="flex flex-col gap-1">
      <figcaption className="text-[12px] text-dim">{name}</figcaption>
      <ol
        tabIndex={0}
        aria-label={`Lines of ${name}`}
        className="max-h-96 overflow-auto rounded-lg border border-line bg-bg py-1 font-mono text-[11.5px] leading-relaxed"
      >
        {lines.slice(0, MOST_LINES).map((line, index) => {
          const mark = marks.get(index + 1)
          const look = mark === undefined ? undefined : LOOK[mark.kind]
          return (
            <li key={index} data-mark={mark?.kind} className={`flex min-w-max gap-2 px-2 ${look?.row ?? ''}`}>
              <span className="w-8 flex-none text-right text-dim select-none">{index + 1}</span>
              <span className={`w-3 flex-none ${look?.text ?? ''}`} aria-hidden="true">
                {look?.glyph ?? ''}
              </span>
              <span className="whitespace-pre">{line.slice(0, 400)}</span>
              {mark !== undefined && <span className={`ml-3 font-sans ${look?.text ?? ''}`}>{mark.words}</span>}
            </li>
          )
        })}
      </ol>
      {lines.length > MOST_LINES && (
        <p className="text-[12px] text-dim">
          The first {MOST_LINES} lines are shown; all {lines.length} were read.
        </p>
      )}
    </figure>
  )
}

/** What to say beside each line, by its number. */
function marksOf({ result, messages }: Reading, paste: number): Map<number, Mark> {
  const here = (place: { readonly paste?: number }): boolean => (place.paste ?? 0) === paste
  const marks = new Map<number, Mark>()
  for (const item of result.passedOver) {
    if (here(item)) marks.set(item.line, { kind: 'passed', words: PASSED[item.why] })
  }
  for (const [bdf, sources] of Object.entries(result.sources)) {
    for (const source of sources) {
      if (!here(source)) continue
      const before = marks.get(source.line)
      const words = `${shortBdf(bdf)}: ${source.tells.join(', ')}`
      marks.set(source.line, { kind: 'read', words: before?.kind === 'read' ? `${before.words}; ${words}` : words })
    }
  }
  for (const fact of result.facts) if (here(fact)) marks.set(fact.line, { kind: 'fact', words: fact.kind })
  for (const message of messages) if (here(message)) marks.set(message.line, { kind: 'message', words: message.code })
  return marks
}

const PASSED: Readonly<Record<ImportResult['passedOver'][number]['why'], string>> = {
  prose: 'passed over: a sentence, or a form that nobody reads here',
  command: 'passed over: a command',
  log: 'passed over: tells nothing of groups, drivers or states',
  detail: 'passed over: tells nothing more',
  document: 'passed over: tells nothing of a function',
  address: 'passed over: the address is incomplete',
  'not-pci': 'passed over: no PCI device',
  long: 'passed over: too long',
  other: 'passed over: another machine',
  more: 'passed over, and more after it',
}
