import { Play } from 'lucide-react'
import { useMemo, useState, type ReactNode } from 'react'
import { describeOp, describeResult } from '../../explain/index.ts'
import { shortBdf } from '../../explain/words.ts'
import { commandsOf, WAY_NAMES, WAYS, type Way } from '../../export/passthrough/commands.ts'
import { passthroughRun } from '../../machines/adviser/run.ts'
import type { Plan } from '../../machines/adviser/plan.ts'
import type { KernelId } from '../../sim/kernel.ts'
import type { Machine } from '../../sim/machine.ts'
import { Tabs } from '../shell/Tabs.tsx'
import { RESULT_TEXT } from '../shell/tones.ts'
import { store } from '../store/store.ts'
import { CopyButton } from './CopyButton.tsx'

/** What to type, in the way that suits the machine; and exactly that, run on a simulated kernel. */
export function Commands(props: {
  machine: Machine
  plan: Plan
  kernel: KernelId
  against: boolean
  children: ReactNode
}): ReactNode {
  const { machine, plan, kernel, against, children } = props
  const [way, setWay] = useState<Way>('sysfs')
  const blocks = useMemo(() => commandsOf(way, { machine, plan, kernel }), [way, machine, plan, kernel])
  return (
    <section aria-label="Commands" data-testid="commands">
      <h3 className="section-title mb-1.5">The commands</h3>
      {against && (
        <p className="mb-2 rounded-lg bg-bad-bg px-3 py-2 text-[12.5px] text-bad">
          ✗ These would take from the host what it needs. They are here to be understood, not to be typed.
        </p>
      )}
      <div className="overflow-hidden rounded-xl border border-line bg-panel">
        <div className="overflow-x-auto pt-1">
          <Tabs
            label="Ways"
            current={way}
            onChange={setWay}
            tabs={WAYS.map((each) => [each, WAY_NAMES[each]] as const)}
          />
        </div>
        <div className="grid grid-cols-1 gap-4 p-3">
          {blocks.map(({ title, about, text, file }) => (
            <div key={title}>
              <div className="flex flex-wrap items-start gap-2">
                <div className="min-w-0 flex-1 basis-60">
                  <h4 className="text-[13px] font-semibold">
                    {title}
                    {file !== undefined && <span className="font-mono font-normal"> {file}</span>}
                  </h4>
                  <p className="max-w-[85ch] text-[12.5px] text-dim">{about}</p>
                </div>
                <CopyButton text={text} />
              </div>
              <pre
                className="mt-1.5 max-h-72 overflow-auto rounded-lg bg-panel2 p-2.5 font-mono text-[11.5px] leading-relaxed"
                tabIndex={0}
                aria-label={title}
              >
                {text}
              </pre>
            </div>
          ))}
          {children}
        </div>
      </div>
      <TriedOut machine={machine} plan={plan} kernel={kernel} way={way} />
    </section>
  )
}

/** The commands' run on a simulated kernel, to its end: the device's file in the guest's hand. */
function TriedOut({
  machine,
  plan,
  kernel,
  way,
}: {
  machine: Machine
  plan: Plan
  kernel: KernelId
  way: Way
}): ReactNode {
  const { scenario, run, inHand } = useMemo(
    () => passthroughRun(machine, plan, kernel, way === 'boot' ? 'booted' : 'now'),
    [machine, plan, kernel, way],
  )
  const done = inHand.length === plan.guest.length
  return (
    <section aria-label="Tried out" data-testid="tried-out" className="mt-3 rounded-xl border border-line bg-panel p-3">
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-60">
          <h4 className={`text-[13px] font-semibold ${done ? 'text-ok' : 'text-bad'}`}>
            {done
              ? `✓ Tried out: the guest holds ${inHand.map(shortBdf).join(', ')}`
              : '✗ Tried out: the kernel refuses'}
          </h4>
          <p className="text-[12.5px] text-dim">
            {way === 'boot'
              ? 'The machine booted with vfio-pci first, and what QEMU asks of the kernel then.'
              : 'These writes on your machine’s simulated kernel, and what QEMU asks of it then.'}
          </p>
        </div>
        <button type="button" className="button button-primary" onClick={() => store.getState().open(scenario)}>
          <Play size={14} /> Play this run
        </button>
      </div>
      <details className="mt-1.5">
        <summary className="cursor-pointer text-[12.5px]">
          {run.steps.length} {run.steps.length === 1 ? 'step' : 'steps'}
        </summary>
        <ol className="mt-1 grid gap-0.5 font-mono text-[11.5px]">
          {run.steps.map(({ op, result }, index) => {
            const { call } = describeOp(run.world, op, scenario.ops.slice(0, index))
            const told = describeResult(result)
            return (
              <li key={index} className="flex gap-2">
                <span className="w-5 flex-none text-right text-faint">{index + 1}</span>
                <span className="min-w-0 flex-1 break-words">{call}</span>
                <span className={`whitespace-nowrap ${RESULT_TEXT[told.tone]}`}>
                  {told.glyph} {told.word}
                </span>
              </li>
            )
          })}
        </ol>
      </details>
    </section>
  )
}
