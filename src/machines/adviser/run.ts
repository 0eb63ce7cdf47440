/** The run that a plan's commands make on a simulated kernel. */
import { DEFAULTS, setupOf, type Scenario } from '../../scenario/scenario.ts'
import type { KernelId } from '../../sim/kernel.ts'
import { kernelById } from '../../sim/kernels/registry.ts'
import type { Machine } from '../../sim/machine.ts'
import { replay, type Run } from '../../sim/replay.ts'
import { bindingWrites, guestOps, machineAfterBoot, opsOf, type Plan } from './plan.ts'

export interface PassthroughRun {
  readonly scenario: Scenario
  readonly run: Run
  /** Addresses of the functions that the guest can drive at the end. */
  readonly inHand: readonly string[]
}

/**
 * Runs a plan: the writes to sysfs on the machine as it is (`now`), or the machine booted with vfio-pci first
 * (`booted`); then what QEMU does when it starts.
 * @throws Error if there is no such kernel
 */
export function passthroughRun(machine: Machine, plan: Plan, id: KernelId, when: 'now' | 'booted'): PassthroughRun {
  const kernel = kernelById(id)
  if (kernel === undefined) throw new Error(`kernel ${id} is not simulated`)
  const booted = when === 'booted'
  const ops = [...(booted ? [] : opsOf(bindingWrites(plan))), ...guestOps(plan, kernel)]
  const scenario: Scenario = {
    title: `${machine.title}: to a guest`,
    machine: booted ? machineAfterBoot(machine, plan) : machine,
    kernel: id,
    boot: DEFAULTS.boot,
    processes: DEFAULTS.processes,
    ops,
    cursor: ops.length,
  }
  const run = replay(kernel, setupOf(scenario, booted ? machineAfterBoot(machine, plan) : machine), ops)
  const { fds } = run.snapshotAt(ops.length)
  const inHand = fds
    .filter(({ kind, access }) => (kind === 'device' || kind === 'cdev') && access !== false)
    .map(({ object }) => run.world.devices[object]?.spec.bdf ?? '')
  return { scenario, run, inHand: plan.guest.map(({ bdf }) => bdf).filter((bdf) => inHand.includes(bdf)) }
}
