import type { ReactNode } from 'react'
import { policyOptionsOf } from '../../explain/ioasid-open-points.ts'
import { DEBATE_OPTIONS } from '../../scenario/debate/answer.ts'
import type { PolicyOptions } from '../../sim/machine.ts'
import { PolicySwitches } from '../boot/PolicySwitches.tsx'
import { COLUMNS } from './answers.ts'
import { titleOf } from './columns.ts'

/** What the proposals left open, to be chosen for all questions at once. */
export function OpenPoints(props: { policy: PolicyOptions; onChange: (policy: PolicyOptions) => void }): ReactNode {
  const { policy, onChange } = props
  const set = Object.keys(policy).length
  return (
    <details className="mt-2.5 max-w-[1080px] rounded-lg border border-line bg-panel" data-testid="open-points">
      <summary className="cursor-pointer px-3 py-1.5 font-semibold">
        What the mails leave open{' '}
        <span className="font-normal text-dim">
          · {set === 0 ? 'as documented by default' : `${set} chosen otherwise`}
        </span>
      </summary>
      <div className="grid gap-2 border-t border-line p-3">
        <p className="text-dim">
          Choose otherwise, and every question is run again. What changes is marked, with the default beside it.
        </p>
        <PolicySwitches options={DEBATE_OPTIONS} policy={policy} onChange={onChange} about={columnsOf} wide />
        {set > 0 && (
          <button type="button" className="button justify-self-start" onClick={() => onChange({})}>
            All as by default
          </button>
        )}
      </div>
    </details>
  )
}

/** The columns that look at an option. */
function columnsOf(option: keyof PolicyOptions): string {
  const names = COLUMNS.filter(({ kernel, policy }) => policyOptionsOf(kernel, policy).includes(option)).map(
    (column) => (column.policy?.lockstep === true ? 'lockstep' : titleOf(column).name.replace('Proposal ', '')),
  )
  return `for ${names.join(', ')}`
}
