/** Boot options: in words, and with choices that the proposals left open in the one form in which documents hold them. */
import { POLICY_FLAGS, type Boot, type PolicyOptions } from '../../sim/machine.ts'

/** Options without those that say what is the default anyway. */
export function tidyPolicy(policy: PolicyOptions): PolicyOptions {
  const on = POLICY_FLAGS.filter((name) => policy[name] === true)
  const { switchGap = 'blocked' } = policy
  return { ...Object.fromEntries(on.map((name) => [name, true])), ...(switchGap === 'blocked' ? {} : { switchGap }) }
}

/** Boot options with these choices in place of their own. */
export function withPolicy({ policy: _, ...boot }: Boot, policy: PolicyOptions): Boot {
  const tidy = tidyPolicy(policy)
  return Object.keys(tidy).length === 0 ? boot : { ...boot, policy: tidy }
}

/** Boot options as a script writes them: `iommu=pt`, `policy.lockstep`. */
export function bootWords(boot: Boot): string[] {
  return [
    `iommu=${boot.iommu}`,
    ...(boot.allowUnsafeInterrupts === true ? ['allow_unsafe_interrupts'] : []),
    ...(boot.acsOverride === undefined ? [] : [`pcie_acs_override=${boot.acsOverride}`]),
    ...policyOptions(boot.policy ?? {}),
  ]
}

/** The options of the proposals: `policy.lockstep`, `policy.switchGap=none`. */
function policyOptions(policy: PolicyOptions): string[] {
  const on = POLICY_FLAGS.filter((name) => policy[name] === true).map((name) => `policy.${name}`)
  return policy.switchGap === undefined ? on : [...on, `policy.switchGap=${policy.switchGap}`]
}
