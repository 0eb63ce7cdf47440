import { Check } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { POLICY_OPTION_WORDS, SWITCH_GAP_WORDS } from '../../explain/ioasid-open-points.ts'
import { mailWords } from '../../explain/mails.ts'
import { SWITCH_GAPS, type PolicyOptions } from '../../sim/machine.ts'
import { tidyPolicy } from '../../scenario/document/boot.ts'

/** Points that the proposals left open, each with a choice: what it means, what is the default, whose words it is. */
export function PolicySwitches(props: {
  options: readonly (keyof PolicyOptions)[]
  policy: PolicyOptions
  onChange: (policy: PolicyOptions) => void
  /** Something to say about an option, such as which columns look at it. */
  about?: (option: keyof PolicyOptions) => string
  /** Two beside each other, where there is room. */
  wide?: boolean
}): ReactNode {
  const { options, policy, onChange, about, wide = false } = props
  return (
    <ul className={`grid gap-2 ${wide ? 'lg:grid-cols-2' : ''}`}>
      {options.map((option) => (
        <li key={option}>
          {option === 'switchGap' ? (
            <Gap policy={policy} onChange={onChange} about={about?.(option)} />
          ) : (
            <OptionSwitch
              label={POLICY_OPTION_WORDS[option].label}
              on={policy[option] === true}
              onToggle={() => onChange(tidyPolicy({ ...policy, [option]: policy[option] !== true }))}
            >
              <OptionWords option={option} about={about?.(option)} />
            </OptionSwitch>
          )}
        </li>
      ))}
    </ul>
  )
}

/** A switch with its words beside it. */
export function OptionSwitch(props: {
  label: string
  on: boolean
  onToggle: () => void
  children: ReactNode
}): ReactNode {
  const { label, on, onToggle, children } = props
  const words = useId()
  return (
    <div className={`h-full rounded-lg border px-3 py-2 ${on ? 'border-user bg-user-bg/40' : 'border-line'}`}>
      <button
        type="button"
        role="switch"
        aria-checked={on}
        aria-describedby={words}
        className="flex min-h-7 w-full items-center gap-2.5 text-left font-semibold"
        onClick={onToggle}
      >
        <span
          aria-hidden="true"
          className={`flex h-4.5 w-8 flex-none items-center rounded-full border px-0.5 ${on ? 'justify-end border-user-solid bg-user-solid' : 'border-line2 bg-panel2'}`}
        >
          <span className={`size-3 rounded-full ${on ? 'bg-white' : 'bg-faint'}`} />
        </span>
        {label}
        <span className="ml-auto text-[11.5px] font-normal text-dim">{on ? 'on' : 'off'}</span>
      </button>
      <div id={words} className="text-[12.5px] text-dim">
        {children}
      </div>
    </div>
  )
}

function OptionWords({ option, about }: { option: keyof PolicyOptions; about: string | undefined }): ReactNode {
  const { words, otherwise, mail } = POLICY_OPTION_WORDS[option]
  return (
    <>
      {words} Default: {otherwise}.
      <span className="block text-[11.5px] text-faint">
        {mailWords(mail)}
        {about === undefined ? '' : ` · ${about}`}
      </span>
    </>
  )
}

/** What devices pass through: one of three. */
function Gap(props: {
  policy: PolicyOptions
  onChange: (policy: PolicyOptions) => void
  about: string | undefined
}): ReactNode {
  const { policy, onChange, about } = props
  const { label } = POLICY_OPTION_WORDS.switchGap
  const chosen = policy.switchGap ?? 'blocked'
  return (
    <div
      role="group"
      aria-label={label}
      className={`rounded-lg border px-3 py-2 ${chosen === 'blocked' ? 'border-line' : 'border-user bg-user-bg/40'}`}
    >
      <p className="font-semibold">{label}</p>
      <p className="text-[12.5px] text-dim">
        <OptionWords option="switchGap" about={about} />
      </p>
      <div className="mt-1.5 grid gap-1">
        {SWITCH_GAPS.map((gap) => (
          <button
            key={gap}
            type="button"
            aria-pressed={chosen === gap}
            className={`button min-h-7 justify-start px-2.5 py-0.5 text-left text-[12px] ${chosen === gap ? 'border-line2 font-semibold' : 'bg-transparent text-dim'}`}
            onClick={() => onChange(tidyPolicy({ ...policy, switchGap: gap }))}
          >
            <span className="w-3.5 flex-none">{chosen === gap && <Check size={13} className="text-ok" />}</span>
            {SWITCH_GAP_WORDS[gap]}
            {gap === 'blocked' && <span className="ml-auto font-normal text-faint">default</span>}
          </button>
        ))}
      </div>
    </div>
  )
}
