/** A count as people read it. */
export function count(value: number): string {
  return value.toLocaleString('en')
}

export function states(value: number): string {
  return `${count(value)} ${value === 1 ? 'state' : 'states'}`
}

export function operations(value: number): string {
  return `${count(value)} ${value === 1 ? 'operation' : 'operations'}`
}

/** Bytes in MB. */
export function megabytes(bytes: number): string {
  return `${bytes < 10 * 2 ** 20 ? (bytes / 2 ** 20).toFixed(1) : Math.round(bytes / 2 ** 20)} MB`
}
