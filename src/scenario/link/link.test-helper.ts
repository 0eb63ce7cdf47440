/** Links for tests. Nothing that ships imports this. */
import { deflateRawSync } from 'node:zlib'
import type { Scenario } from '../document/scenario.ts'
import { runOnDual } from '../document/scenario.test-helper.ts'
import { decodeLink, encodeLink } from './link.ts'

export const SMALL = runOnDual([{ op: 'open_group', group: '3', as: 'g1' }], { title: 'Small' })

/** @throws when a scenario is too large for a link */
export function linkOf(scenario: Scenario): string {
  const hash = encodeLink(scenario)
  if (hash === undefined) throw new Error('too large')
  return hash
}

/** A link made by hand, as another program would make it. */
export function packed(bytes: string | Uint8Array, version = '1'): string {
  return `${version}.${deflateRawSync(bytes).toString('base64url')}`
}

/** Why a link cannot be opened; `none`: it can. */
export function faultOf(hash: string): string {
  const reading = decodeLink(hash)
  return reading.ok ? 'none' : reading.reason
}
