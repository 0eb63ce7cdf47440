import type { World } from './world.ts'

/**
 * The state of a simulated machine: columns of small unsigned integers over one byte buffer. Copying is one `set`,
 * equality and hashing are loops over `bytes`; the same record serves a click and a search through millions of states.
 */
export interface State {
  readonly world: World
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Hands out columns while a state is laid out. */
export interface Columns {
  /** `length` integers from 0 to 255, all 0 at first. */
  u8(length: number): Uint8Array<ArrayBuffer>
  /** `length` integers from 0 to 65535, all 0 at first. */
  u16(length: number): Uint16Array<ArrayBuffer>
}

/**
 * Makes a state of zeros. `layout` is called twice, once to measure and once over the buffer, so it must ask for the
 * same columns in the same order each time.
 */
export function allocate<C extends object>(world: World, layout: (columns: Columns) => C): State & C {
  let size = 0
  const measure: Columns = {
    u8(length) {
      size += length
      return new Uint8Array(0)
    },
    u16(length) {
      size += (size % 2) + 2 * length
      return new Uint16Array(0)
    },
  }
  layout(measure)
  const buffer = new ArrayBuffer(size)
  let offset = 0
  const columns = layout({
    u8(length) {
      const column = new Uint8Array(buffer, offset, length)
      offset += length
      return column
    },
    u16(length) {
      offset += offset % 2
      const column = new Uint16Array(buffer, offset, length)
      offset += 2 * length
      return column
    },
  })
  return { world, bytes: new Uint8Array(buffer), ...columns }
}

/** A column of a state with numbers below 256, or below 65,536. */
export type U8 = Uint8Array<ArrayBuffer>
export type U16 = Uint16Array<ArrayBuffer>
