import { useMemo, type ReactNode } from 'react'
import { formationWords } from '../../explain/group-formation.ts'
import { Rich } from '../ui/Rich.tsx'
import { useApp } from '../store/store.ts'
import { AcsSection } from './AcsSection.tsx'
import { GroupDifference } from './GroupTopology.tsx'
import { MoveSection } from './MoveSection.tsx'

/** Why a function is in its group, its ACS, and what one can try with it. */
export function DeviceTopology({ device }: { device: number }): ReactNode {
  const world = useApp((s) => s.run.world)
  const machine = useApp((s) => s.machine)
  const target = world.devices[device]
  const words = useMemo(() => formationWords(world, device), [world, device])
  if (target === undefined) return null
  const group = world.groups[target.group]
  const listed = machine.groups !== undefined
  return (
    <>
      <section>
        <h3 className="section-title mb-1.5">
          {group === undefined ? 'In no group' : `Why it is in group ${group.id}`}
          {listed && ', by the tree'}
        </h3>
        <ol className="grid gap-1.5">
          {words.steps.map(({ step, title, fn, lines, decides }) => (
            <li
              key={step}
              className={`rounded-lg border px-2.5 py-1.5 ${decides ? 'border-line2 bg-panel2' : 'border-line'}`}
            >
              <div className="flex items-baseline gap-2 text-[12.5px] font-semibold">
                <span className="font-mono text-dim">{step}</span>
                <span className="flex-none">{title}</span>
                <span
                  className="min-w-0 flex-1 truncate text-right font-mono text-[10.5px] font-normal text-faint"
                  title={fn}
                >
                  {fn}
                </span>
              </div>
              {lines.map((line, index) => (
                <p key={index} className="mt-0.5 text-[12px] text-dim">
                  <Rich words={line} links />
                </p>
              ))}
              {decides && (
                <p className="mt-0.5 text-[12px] font-semibold">
                  → <Rich words={words.result} links />
                </p>
              )}
            </li>
          ))}
        </ol>
        <GroupDifference group={target.group} />
      </section>
      <AcsSection key={`acs ${target.spec.bdf}`} spec={target.spec} />
      <MoveSection key={`move ${target.spec.bdf}`} spec={target.spec} />
    </>
  )
}
