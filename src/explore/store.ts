/** The states that a search has seen: packed to the bits that ever change, in typed memory. */

/** States in a chunk. Chunks are allocated as they are needed, so that growing copies nothing. */
const CHUNK_BITS = 14
const CHUNK = 1 << CHUNK_BITS
const CHUNK_MASK = CHUNK - 1

/**
 * An entry of the hash table: 1 + the state's number, and in the upper bits a part of its hash, so that most comparisons
 * need not read the state.
 */
const ID_BITS = 26
const ID_MASK = 2 ** ID_BITS - 1
/** The most states that a store can hold whatever the memory. */
export const MOST_STATES = ID_MASK - 1
const FIRST_TABLE = 2 ** 12
/** The table doubles when it is this full. */
const LOAD = 0.6

/** What `insert` answers besides the number of a state. */
export const FULL = -1

/** The bytes of a state, also as words as far as they go: comparing words is four times as fast. */
export class Bytes {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly words: Uint32Array<ArrayBuffer>

  /** @param bytes the whole of its buffer */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.bytes = bytes
    this.words = new Uint32Array(bytes.buffer, 0, bytes.length >>> 2)
  }

  /** Whether two states of one size are different. */
  differsFrom(other: Bytes): boolean {
    const { words, bytes } = this
    const otherWords = other.words
    for (let word = 0; word < words.length; word++) if (words[word] !== otherWords[word]) return true
    const otherBytes = other.bytes
    for (let at = words.length << 2; at < bytes.length; at++) if (bytes[at] !== otherBytes[at]) return true
    return false
  }
}

/**
 * A set of states of one size, each with its parent and the operation that led to it first. A byte that never differs
 * from the first state's takes no room; of the others the bits that ever differ are kept, as their difference from the
 * first state's. When a new state needs more bits they are appended, so what is there already stays as it is.
 */
export class Store {
  /** Number of states. They are numbered from 0 in the order in which they came. */
  size = 0
  /** Bytes of memory in use, and how many there may be. */
  memory = 0
  maxMemory: number
  private readonly base: Uint8Array
  /** By byte position: the bits that have a place, and 1 + the number of the first piece of them; 0: none. */
  private readonly coveredAt: Uint8Array
  private readonly pieceAt: Uint16Array
  // Pieces of bytes: where they are in a packed state, which bits of their byte they hold, and the byte's next piece.
  private positions = new Uint16Array(0)
  private words = new Uint16Array(0)
  private shifts = new Uint8Array(0)
  private lows = new Uint8Array(0)
  private masks = new Uint8Array(0)
  private nexts = new Uint16Array(0)
  /** Words of a packed state, and the bits of the last that are taken. */
  private width = 1
  private taken = 0
  private readonly rows: Uint32Array[] = []
  private readonly parents: Uint32Array[] = []
  private readonly origins: Uint16Array[] = []
  private table = new Uint32Array(FIRST_TABLE)
  /** The packed state of `from` with its sum; the packed state that is looked for, its hash, its place in the table. */
  private row = new Uint32Array(1)
  private rowSum = 0
  private scratch = new Uint32Array(1)
  private hash = 0
  private place = 0

  /**
   * @param first the first state; it gets number 0
   * @param maxMemory bytes that the store may take
   */
  constructor(first: Bytes, maxMemory: number) {
    const { length } = first.bytes
    this.base = first.bytes.slice()
    this.maxMemory = maxMemory
    this.coveredAt = new Uint8Array(length)
    this.pieceAt = new Uint16Array(length)
    this.memory = this.table.byteLength
    this.insert(first, first, 0, 0)
  }

  /** Writes the bytes of a state. */
  read(id: number, bytes: Uint8Array): void {
    const { positions, words, shifts, lows, masks, width } = this
    bytes.set(this.base)
    const rows = this.rows[id >>> CHUNK_BITS]
    if (rows === undefined) return
    const from = (id & CHUNK_MASK) * width
    for (let piece = 0; piece < positions.length; piece++) {
      const bits = ((rows[from + (words[piece] ?? 0)] ?? 0) >>> (shifts[piece] ?? 0)) & (masks[piece] ?? 0)
      if (bits !== 0) {
        const position = positions[piece] ?? 0
        bytes[position] = (bytes[position] ?? 0) ^ (bits << (lows[piece] ?? 0))
      }
    }
  }

  /** Number of the state that a state came from first; of the first state: 0. */
  parentOf(id: number): number {
    return this.parents[id >>> CHUNK_BITS]?.[id & CHUNK_MASK] ?? 0
  }

  /** Index of the operation that led to a state first. */
  originOf(id: number): number {
    return this.origins[id >>> CHUNK_BITS]?.[id & CHUNK_MASK] ?? 0
  }

  /** Sets the state that the next ones are inserted from: they share most of its bits. */
  from(id: number): void {
    const rows = this.rows[id >>> CHUNK_BITS]
    const start = (id & CHUNK_MASK) * this.width
    for (let word = 0; word < this.width; word++) this.row[word] = rows?.[start + word] ?? 0
    this.rowSum = sumOf(this.row, 0, this.width)
  }

  /**
   * Adds a state, unless it is there.
   * @param bytes the state
   * @param before the state of `from`, as `read` gave it
   * @param parent number of that state
   * @param origin index of the operation
   * @returns the state's number, which is new if it equals the size before; `FULL` if there is no memory for it
   */
  insert(bytes: Bytes, before: Bytes, parent: number, origin: number): number {
    const known = this.find(bytes, before)
    if (known >= 0) return known
    if (this.size >= this.table.length * LOAD) {
      if (!this.grow()) return FULL
      const mask = this.table.length - 1
      this.place = this.hash & mask
      while (this.table[this.place] !== 0) this.place = (this.place + 1) & mask
    }
    const { scratch, table, width } = this
    const id = this.size
    const chunk = id >>> CHUNK_BITS
    if ((id & CHUNK_MASK) === 0 && !this.addChunk()) return FULL
    const at = id & CHUNK_MASK
    const row = this.rows[chunk]
    const parents = this.parents[chunk]
    const origins = this.origins[chunk]
    if (id >= MOST_STATES || row === undefined || parents === undefined || origins === undefined) return FULL
    const start = at * width
    for (let word = 0; word < width; word++) row[start + word] = scratch[word] ?? 0
    parents[at] = parent
    origins[at] = origin
    table[this.place] = (((this.hash >>> ID_BITS) << ID_BITS) | (id + 1)) >>> 0
    this.size++
    return id
  }

  /** Number of a state, -1 if it is not there. */
  find(bytes: Bytes, before: Bytes): number {
    this.pack(bytes, before)
    const { scratch, row, width, rows, table } = this
    let sum = this.rowSum
    for (let word = 0; word < width; word++) {
      const value = scratch[word] ?? 0
      const old = row[word] ?? 0
      if (value !== old) sum = (sum + share(value, word) - share(old, word)) | 0
    }
    const hash = finish(sum)
    const mask = table.length - 1
    let place = hash & mask
    let found = -1
    for (;;) {
      const entry = table[place] ?? 0
      if (entry === 0) break
      if (entry >>> ID_BITS === hash >>> ID_BITS) {
        const id = (entry & ID_MASK) - 1
        const chunk = rows[id >>> CHUNK_BITS]
        const start = (id & CHUNK_MASK) * width
        let word = 0
        while (word < width && chunk?.[start + word] === scratch[word]) word++
        if (word === width) {
          found = id
          break
        }
      }
      place = (place + 1) & mask
    }
    this.hash = hash
    this.place = place
    return found
  }

  /** Packs a state into `scratch`, from the row of `from` and the bytes that differ. */
  private pack(state: Bytes, before: Bytes): void {
    const { scratch, row, width } = this
    for (let word = 0; word < width; word++) scratch[word] = row[word] ?? 0
    const { words, bytes } = state
    const oldWords = before.words
    const oldBytes = before.bytes
    for (let word = 0; word < words.length; word++) {
      if (words[word] === oldWords[word]) continue
      const first = word << 2
      for (let at = first; at < first + 4; at++) this.packByte(at, bytes[at] ?? 0, oldBytes[at] ?? 0)
    }
    for (let at = words.length << 2; at < bytes.length; at++) this.packByte(at, bytes[at] ?? 0, oldBytes[at] ?? 0)
  }

  private packByte(position: number, value: number, old: number): void {
    if (value === old) return
    const missing = (value ^ (this.base[position] ?? 0)) & ~(this.coveredAt[position] ?? 0)
    if (missing !== 0) this.append(position, missing)
    const { words, shifts, lows, masks, nexts } = this
    const change = value ^ old
    for (let next = this.pieceAt[position] ?? 0; next !== 0; next = nexts[next - 1] ?? 0) {
      const piece = next - 1
      const bits = (change >>> (lows[piece] ?? 0)) & (masks[piece] ?? 0)
      const word = words[piece] ?? 0
      this.scratch[word] = (this.scratch[word] ?? 0) ^ (bits << (shifts[piece] ?? 0))
    }
  }

  /** Appends places for bits of a byte. In states stored before these bits are 0, which means: as in the first state. */
  private append(position: number, missing: number): void {
    const low = 31 - Math.clz32(missing & -missing)
    const high = 32 - Math.clz32(missing)
    const count = high - low
    if (this.taken + count > 32) this.extend()
    const piece = this.positions.length
    this.positions = extended(this.positions, position)
    this.words = extended(this.words, this.width - 1)
    this.shifts = extended(this.shifts, this.taken)
    this.lows = extended(this.lows, low)
    // A bit between two that are missing may have a place already; it stays there.
    this.masks = extended(this.masks, missing >>> low)
    this.nexts = extended(this.nexts, this.pieceAt[position] ?? 0)
    this.pieceAt[position] = piece + 1
    this.coveredAt[position] = (this.coveredAt[position] ?? 0) | missing
    this.taken += count
  }

  /** Makes rows a word wider. A word of zeros changes no hash. */
  private extend(): void {
    const { width } = this
    this.width = width + 1
    this.taken = 0
    this.rows.forEach((chunk, index) => {
      const next = new Uint32Array(CHUNK * (width + 1))
      const count = Math.min(CHUNK, this.size - index * CHUNK)
      for (let at = 0; at < count; at++) {
        for (let word = 0; word < width; word++) next[at * (width + 1) + word] = chunk[at * width + word] ?? 0
      }
      this.rows[index] = next
    })
    this.memory += this.rows.length * CHUNK * 4
    this.row = extended(this.row, 0)
    this.scratch = extended(this.scratch, 0)
  }

  /** Doubles the table; false if the memory does not allow it. */
  private grow(): boolean {
    const more = this.table.byteLength
    if (this.memory + more > this.maxMemory) return false
    this.memory += more
    const { width } = this
    const table = new Uint32Array(this.table.length * 2)
    const mask = table.length - 1
    // The hashes are not kept.
    for (let id = 0; id < this.size; id++) {
      const chunk = this.rows[id >>> CHUNK_BITS]
      if (chunk === undefined) break
      const hash = finish(sumOf(chunk, (id & CHUNK_MASK) * width, width))
      let place = hash & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = (((hash >>> ID_BITS) << ID_BITS) | (id + 1)) >>> 0
    }
    this.table = table
    return true
  }

  private addChunk(): boolean {
    const more = CHUNK * (this.width * 4 + 4 + 2)
    if (this.memory + more > this.maxMemory && this.size > 0) return false
    this.memory += more
    this.rows.push(new Uint32Array(CHUNK * this.width))
    this.parents.push(new Uint32Array(CHUNK))
    this.origins.push(new Uint16Array(CHUNK))
    return true
  }
}

type Numbers = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** A copy with one number more. */
function extended(numbers: Uint8Array<ArrayBuffer>, last: number): Uint8Array<ArrayBuffer>
function extended(numbers: Uint16Array<ArrayBuffer>, last: number): Uint16Array<ArrayBuffer>
function extended(numbers: Uint32Array<ArrayBuffer>, last: number): Uint32Array<ArrayBuffer>
function extended(numbers: Numbers, last: number): Numbers {
  const { length } = numbers
  const longer =
    numbers instanceof Uint8Array
      ? new Uint8Array(length + 1)
      : numbers instanceof Uint16Array
        ? new Uint16Array(length + 1)
        : new Uint32Array(length + 1)
  longer.set(numbers)
  longer[length] = last
  return longer
}

/**
 * What a word adds to the sum that a state's hash is made from. 0 adds nothing, so that words can be appended, and a sum
 * is brought up to date from the words that changed.
 */
function share(word: number, index: number): number {
  let mixed = Math.imul(word, Math.imul(index, 0x9e3779b0) + 0x5bd1e995)
  mixed ^= mixed >>> 15
  mixed = Math.imul(mixed, 0x2c1b3c6d)
  return mixed ^ (mixed >>> 13)
}

function sumOf(words: Uint32Array, from: number, count: number): number {
  let sum = 0
  for (let index = 0; index < count; index++) sum = (sum + share(words[from + index] ?? 0, index)) | 0
  return sum
}

/** Spreads a sum over all bits. */
function finish(sum: number): number {
  let hash = Math.imul(sum ^ (sum >>> 16), 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
