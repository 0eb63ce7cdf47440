import type { ReactNode } from 'react'
import { shortBdf } from '../../explain/words.ts'
import type { ImportResult } from '../../machines/import/result.ts'
import { COMMAND } from './command.ts'
import { CopyButton } from './CopyButton.tsx'
import { Remarks } from './WhatWasRead.tsx'

/** A text that names no device to work with: an error alone is explained, anything else is refused with the reason. */
export function MessageOnly({ result }: { result: ImportResult }): ReactNode {
  const errors = result.errors ?? []
  if (errors.length === 0) {
    return (
      <div role="alert" className="rounded-lg bg-bad-bg px-3 py-2 text-bad">
        No PCI device was found in this text. It should name addresses such as 01:00.0, best with the groups that they
        are in: the command above prints that.
        <Remarks warnings={result.warnings} />
      </div>
    )
  }
  const [error] = errors
  const group = error?.group ?? null
  const bdf = error?.bdf ?? null
  const find =
    group === null ? COMMAND : `for d in /sys/kernel/iommu_groups/${group}/devices/*; do lspci -nnks "\${d##*/}"; done`
  return (
    <section aria-label="The error" data-testid="message-only" className="rounded-xl border border-line bg-panel p-4">
      <h3 className="text-[15px] font-semibold">
        Somebody of the host still holds {group === null ? 'the group' : `group ${group}`}
      </h3>
      <p className="mt-1 max-w-[75ch] text-[13.5px]">
        The error names {bdf === null ? 'no device' : <b className="font-mono">{shortBdf(bdf)}</b>}
        {group !== null && <>, in IOMMU group {group}</>}. “Not viable” means: at least one other device of the same
        group has a driver of the host. Often that is the audio or USB function of the same card. The kernel hands out a
        group only when all of its devices are on vfio-pci, on pci-stub, or without a driver; bridges do not count.
      </p>
      <p className="mt-3 text-[12.5px] font-semibold">
        Which one it is, the error does not say. This tells; paste its output here, too:
      </p>
      <div className="mt-1 flex items-start gap-2">
        <code className="min-w-0 flex-1 rounded-lg bg-panel2 p-2 font-mono text-[11.5px] break-all">
          {group === null ? find : `echo "IOMMU Group ${group}:"; ${find}`}
        </code>
        <CopyButton text={group === null ? find : `echo "IOMMU Group ${group}:"; ${find}`} />
      </div>
    </section>
  )
}
