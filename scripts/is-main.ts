import { pathToFileURL } from 'node:url'

/** True when the module with this `import.meta.url` is the program that was started, not one that was imported. */
export function isMain(moduleUrl: string): boolean {
  const started = process.argv[1]
  return started !== undefined && pathToFileURL(started).href === moduleUrl
}

/** Prints the faults a check found, one a line, and sets the exit code; prints what was checked when there is none. */
export function report(faults: readonly string[], whenClean: string): void {
  for (const fault of faults) console.error(fault)
  if (faults.length > 0) process.exitCode = 1
  else console.log(whenClean)
}
