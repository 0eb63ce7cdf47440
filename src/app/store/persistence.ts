import { readScenarioShape } from '../../scenario/document/read.ts'
import type { Scenario } from '../../scenario/document/scenario.ts'

/** What the browser keeps for the person: nothing leaves it. */
export interface Saved {
  readonly name: string
  readonly savedAt: string
  readonly scenario: Scenario
}

const CURRENT = 'iommu-playground.current.v1'
const SAVES = 'iommu-playground.saves.v1'
const SETTINGS = 'iommu-playground.settings.v1'

export interface Settings {
  readonly theme: 'system' | 'dark' | 'light'
  readonly welcomed: boolean
}

/** Storage may be switched off or full; the page then works without it. */
function read(key: string): unknown {
  try {
    const text = localStorage.getItem(key)
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function write(key: string, value: unknown): boolean {
  try {
    localStorage.setItem(key, JSON.stringify(value))
    return true
  } catch {
    return false
  }
}

export function loadCurrent(): Scenario | undefined {
  const outcome = readScenarioShape(read(CURRENT))
  return outcome.ok ? outcome.scenario : undefined
}

/** False when the browser would not keep it. */
export function saveCurrent(scenario: Scenario): boolean {
  return write(CURRENT, scenario)
}

export function loadSaves(): Saved[] {
  const list = read(SAVES)
  if (!Array.isArray(list)) return []
  return list.flatMap((entry: unknown): Saved[] => {
    if (typeof entry !== 'object' || entry === null) return []
    if (!('name' in entry) || !('savedAt' in entry) || !('scenario' in entry)) return []
    const outcome = readScenarioShape(entry.scenario)
    return outcome.ok ? [{ name: String(entry.name), savedAt: String(entry.savedAt), scenario: outcome.scenario }] : []
  })
}

export function saveSaves(saves: readonly Saved[]): boolean {
  return write(SAVES, saves)
}

export function loadSettings(): Settings {
  const value = read(SETTINGS)
  const settings = typeof value === 'object' && value !== null ? value : {}
  const theme =
    'theme' in settings && (settings.theme === 'dark' || settings.theme === 'light') ? settings.theme : 'system'
  return { theme, welcomed: 'welcomed' in settings && settings.welcomed === true }
}

export function saveSettings(settings: Settings): void {
  write(SETTINGS, settings)
}
