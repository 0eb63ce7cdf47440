import type { ReactNode } from 'react'
import { parseAcsOverride } from '../../sim/pci/acs.ts'
import { useApp } from '../store/store.ts'
import { bootWithOverride } from './revise.ts'

const WORDS = ['downstream', 'multifunction'] as const

/** The boot option that makes a kernel believe in isolation, word by word. */
export function Tools(): ReactNode {
  const boot = useApp((s) => s.doc.scenario.boot)
  const { ids, ...on } = parseAcsOverride(boot.acsOverride)
  const words = [...WORDS.filter((word) => on[word]), ...ids.map((id) => `id:${id}`)]
  const toggle = (word: string): void =>
    bootWithOverride((words.includes(word) ? words.filter((other) => other !== word) : [...words, word]).join(','))
  return (
    <div
      role="group"
      aria-label="Boot option pcie_acs_override"
      className="order-3 flex flex-wrap items-center gap-1.5 sm:order-2"
    >
      <span className="font-mono text-[11px] text-dim">pcie_acs_override=</span>
      {[...WORDS, ...ids.map((id) => `id:${id}`)].map((word) => (
        <button
          key={word}
          type="button"
          aria-pressed={words.includes(word)}
          title="Boots anew with the option. It changes what the kernel believes, not what the hardware does."
          className={`chip min-h-6 ${words.includes(word) ? 'border-transparent bg-warn-bg text-warn' : 'text-dim'}`}
          onClick={() => toggle(word)}
        >
          {words.includes(word) ? '☑' : '☐'} {word}
        </button>
      ))}
    </div>
  )
}
