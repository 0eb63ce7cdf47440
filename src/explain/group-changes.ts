/** What became of groups after a change of the hardware or of a boot option, in short sentences. */
import type { GroupChange } from '../sim/pci/group-changes.ts'
import { shortBdf } from './words.ts'

/** Members named one by one; of more, the number is said. */
const NAMED = 4

/** One sentence for each change; none: `Groups stay as they are.` */
export function groupChangeWords(changes: readonly GroupChange[]): string[] {
  if (changes.length === 0) return ['Groups stay as they are.']
  const moved = changes.filter((change) => change.kind === 'moved')
  const told = moved.length > NAMED ? changes.filter((change) => change.kind !== 'moved') : changes
  const sentences = told.map((change) => {
    if (change.kind === 'moved') {
      const { from, to, group, others } = change
      const company = others.length === 0 ? 'alone' : `with ${names(others)}`
      return `${shortBdf(from)} is ${shortBdf(to)} now, ${company} in group ${group}.`
    }
    if (change.kind === 'merged') {
      const from = listed(change.before.map(String))
      return `Groups ${from} merged: ${names(change.members)} are together in group ${change.group} now.`
    }
    const parts = change.parts.map(({ group, members }) =>
      members.length === 1 ? `${names(members)} now alone in group ${group}` : `${names(members)} in group ${group}`,
    )
    const numbers = listed(change.parts.map(({ group }) => String(group)))
    return change.parts.length > NAMED
      ? `Group ${change.before} split into ${change.parts.length}: groups ${numbers}.`
      : `Group ${change.before} split: ${parts.join('; ')}.`
  })
  return moved.length > NAMED ? [`${moved.length} functions have another address now.`, ...sentences] : sentences
}

function names(members: readonly string[]): string {
  return members.length > NAMED ? `${members.length} functions` : listed(members.map(shortBdf))
}

function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`
}
