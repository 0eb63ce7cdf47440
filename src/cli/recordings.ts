/** Files of recordings and the machines they were made on. */
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { completed } from '../machines/notation.ts'
import { readTopologies } from '../machines/topology-file.ts'
import { readDmaFacts, readRecording, type RecordedMachine, type Recording } from '../scenario/recording/recording.ts'

/** The text of a file, unpacked if its name ends in `.gz`. */
export function readText(file: string | URL): string {
  const content = readFileSync(file)
  return (String(file).endsWith('.gz') ? gunzipSync(content) : content).toString('utf8')
}

/**
 * Reads a file of recordings: one a line, or, if its name ends in `.json`, the DMA facts.
 * @throws Error with file, line and reason
 */
export function readRecordings(file: string | URL): Recording[] {
  const text = readText(file)
  if (String(file).endsWith('.json')) return readDmaFacts(JSON.parse(text))
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [readRecording(line)]
    } catch (error) {
      throw new Error(`${String(file)}:${index + 1}: ${error instanceof Error ? error.message : String(error)}`)
    }
  })
}

/** Drivers that the recorders load on every machine. */
const LOADED_DRIVERS = ['e1000', 'e1000e']

/**
 * The machines of conformance/topologies.json by name, with the groups that were recorded. The listing does not say who
 * can be reset alone, which follows from the rest.
 */
export function recordedMachines(file: string | URL): Map<string, RecordedMachine> {
  const parsed: unknown = JSON.parse(readText(file))
  return new Map(
    readTopologies(parsed).map(({ name, machine, groups, named }) => {
      const numbers = new Map<string, string>()
      for (const [symbol, members] of Object.entries(named)) {
        const found = Object.entries(groups).find(([, bdfs]) => bdfs.some((bdf) => members.includes(bdf)))
        if (found !== undefined) numbers.set(symbol, found[0])
      }
      const whole = { ...machine, devices: completed(machine.devices), groups, loadedDrivers: LOADED_DRIVERS }
      return [name, { machine: whole, groupNumbers: numbers }]
    }),
  )
}
