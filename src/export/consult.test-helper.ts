import { plain } from '../explain/words.ts'
import { adviceFor } from '../adviser/advice.ts'
import { messageWords } from '../adviser/message-words.ts'
import { bindingOps, guestOps, planOf } from '../adviser/plan.ts'
import { questionsFor } from '../adviser/questions.ts'
import { likelyWanted } from '../adviser/likely.ts'
import { readPastes } from '../adviser/reading.ts'
import { adviceWords } from '../adviser/words.ts'
import { KERNELS } from '../sim/kernels/registry.ts'
import type { Machine } from '../sim/machine.ts'
import { replay } from '../sim/replay.ts'
import { succeeded } from '../sim/result.ts'
import { sheetsFor } from './passthrough.ts'

/**
 * Asks the adviser about the likeliest device of a machine, for every sentence and command that it has.
 * @param run replay the plan, too
 * @throws if a sentence has a hole or the simulated kernel refuses what the plan does
 */
export function consult(machine: Machine, text: string, run: boolean): void {
  const reading = readPastes([text], 'x')
  const { messages } = reading
  const bdf = likelyWanted(machine, reading)
  const advice = bdf === null ? null : adviceFor(machine, bdf, { reading })
  const said = messages.map((message) => plain(messageWords(message, machine).meaning))
  for (const kernel of KERNELS.filter(({ id }) => id === 'linux-5.10' || id === 'linux-6.12-iommufd')) {
    if (advice === null) break
    said.push(plain(adviceWords(advice, kernel.id).answer))
    said.push(...questionsFor(advice, kernel.id).map(({ question, answer }) => `${question} ${plain(answer)}`))
    const plan = planOf(advice)
    if (plan === null) continue
    sheetsFor(plan, machine, kernel)
    if (!run) continue
    const ops = [...bindingOps(plan), ...guestOps(plan, kernel)]
    const setup = { machine, boot: { iommu: 'nopt' as const }, processes: [{ name: 'qemu', user: 'root' }] }
    const refused = replay(kernel, setup, ops).steps.find(({ result }) => !succeeded(result))
    if (refused !== undefined) throw new Error(`${kernel.id} refuses ${JSON.stringify(refused)}`)
  }
  const hole = said.find((words) => /undefined|\[object/.test(words))
  if (hole !== undefined) throw new Error(`a hole in: ${hole}`)
}
