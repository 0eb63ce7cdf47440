/** A plan for driverctl, which keeps it over boots. */
import type { Plan } from '../adviser/plan.ts'
import { bindBlock, expectations, freeTheScreen } from './checks.ts'
import { comment, quoted } from './shell.ts'
import { block, type Sheet } from './sheet.ts'

export function driverctlSheet(plan: Plan): Sheet {
  const { bind, release } = plan
  return {
    id: 'driverctl',
    title: 'driverctl',
    about:
      'By address, at once and at every boot; packaged by most distributions. The usual choice, and the one for identical cards. As root.',
    blocks: [
      ...freeTheScreen(plan),
      bindBlock(
        plan,
        (f) => `driverctl set-override ${quoted(f.bdf)} vfio-pci`,
        (f) => [comment('“none”: no driver may take it'), `driverctl set-override ${quoted(f.bdf)} none`],
      ),
      expectations(plan),
      block(
        'Back again',
        [...bind, ...release].map((f) => `driverctl unset-override ${quoted(f.bdf)}`),
      ),
    ],
  }
}
