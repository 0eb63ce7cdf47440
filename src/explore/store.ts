/** The states that a search has seen: packed to the bits that ever change, in typed memory. */

/** States of one chunk; chunks are made as they are needed, so that growing copies nothing. */
const CHUNK_BITS = 14
const CHUNK = 1 << CHUNK_BITS
const CHUNK_MASK = CHUNK - 1

/** An entry of the table: 1 + the state's number, and above it some bits of its hash that spare a look at the state. */
const ID_BITS = 26
const ID_MASK = 2 ** ID_BITS - 1
/** The most states that a store can hold whatever the memory. */
export const MOST_STATES = ID_MASK - 1
const FIRST_TABLE = 2 ** 12
/** The table doubles when it is this full. */
const LOAD = 0.6

/** What `insert` answers besides the number of a state. */
export const FULL = -1

/** A byte of a state that has differed from the first state's. */
interface Field {
  readonly position: number
  /** Bits that its highest value so far needs. */
  bits: number
}

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
 * from the first state's takes no room; the others take the bits that their highest value needs. When a new state needs
 * more, everything is packed anew, which soon stops happening.
 */
export class Store {
  /** Number of states. They are numbered from 0 in the order in which they came. */
  size = 0
  /** Bytes of memory in use, and how many there may be. */
  memory = 0
  maxMemory: number
  private readonly length: number
  private readonly base: Uint8Array
  /** By byte position: 1 + index into `fields`; 0: has always been as in the first state. */
  private readonly fieldAt: Uint16Array
  private readonly limitAt: Uint8Array
  private readonly wordAt: Uint16Array
  private readonly shiftAt: Uint8Array
  private readonly fields: Field[] = []
  // The same once more, for reading.
  private positions = new Uint32Array(0)
  private fieldWords = new Uint16Array(0)
  private fieldShifts = new Uint8Array(0)
  private fieldMasks = new Uint32Array(0)
  private width = 0
  private readonly rows: Uint32Array[] = []
  private readonly parents: Uint32Array[] = []
  private readonly origins: Uint16Array[] = []
  private table = new Uint32Array(FIRST_TABLE)
  /** The state of `from`, packed; the state that is looked for, packed, its hash, and the place in the table where it belongs. */
  private fromId = 0
  private row = new Uint32Array(0)
  private scratch = new Uint32Array(0)
  private hash = 0
  private place = 0

  /**
   * @param first the first state; it gets number 0
   * @param maxMemory bytes that the store may take
   */
  constructor(first: Bytes, maxMemory: number) {
    this.length = first.bytes.length
    this.base = first.bytes.slice()
    this.maxMemory = maxMemory
    this.fieldAt = new Uint16Array(this.length)
    this.limitAt = first.bytes.slice()
    this.wordAt = new Uint16Array(this.length)
    this.shiftAt = new Uint8Array(this.length)
    this.memory = this.table.byteLength
    this.insert(first, first, 0, 0)
  }

  /** Bits of a packed state. */
  get bits(): number {
    return this.fields.reduce((sum, field) => sum + field.bits, 0)
  }

  /** Writes the bytes of a state. */
  read(id: number, bytes: Uint8Array): void {
    const { positions, fieldWords, fieldShifts, fieldMasks, width } = this
    bytes.set(this.base)
    const rows = this.rows[id >>> CHUNK_BITS]
    if (rows === undefined) return
    const from = (id & CHUNK_MASK) * width
    for (let field = 0; field < positions.length; field++) {
      const word = rows[from + (fieldWords[field] ?? 0)] ?? 0
      bytes[positions[field] ?? 0] = (word >>> (fieldShifts[field] ?? 0)) & (fieldMasks[field] ?? 0)
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

  /** Takes a state for the one from which the next ones are inserted: most of their bits are the same. */
  from(id: number): void {
    const rows = this.rows[id >>> CHUNK_BITS]
    const start = (id & CHUNK_MASK) * this.width
    for (let word = 0; word < this.width; word++) this.row[word] = rows?.[start + word] ?? 0
    this.fromId = id
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
    while (!this.pack(bytes, before)) {
      // The layout has changed: what was packed by the old one is packed again.
    }
    const { scratch, width, rows, table } = this
    const hash = hashOf(scratch, 0, width)
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

  /** Packs a state into `scratch`, from the row of `from` and the bytes that differ; false if the layout had to change. */
  private pack(state: Bytes, before: Bytes): boolean {
    const { scratch, row, width } = this
    for (let word = 0; word < width; word++) scratch[word] = row[word] ?? 0
    const { words, bytes } = state
    const oldWords = before.words
    const oldBytes = before.bytes
    for (let word = 0; word < words.length; word++) {
      if (words[word] === oldWords[word]) continue
      const first = word << 2
      for (let at = first; at < first + 4; at++) if (!this.packByte(at, bytes[at] ?? 0, oldBytes[at] ?? 0)) return false
    }
    for (let at = words.length << 2; at < bytes.length; at++) {
      if (!this.packByte(at, bytes[at] ?? 0, oldBytes[at] ?? 0)) return false
    }
    return true
  }

  private packByte(position: number, value: number, old: number): boolean {
    if (value === old) return true
    if (this.fieldAt[position] === 0 || value > (this.limitAt[position] ?? 0)) {
      this.widen(position, value)
      return false
    }
    const word = this.wordAt[position] ?? 0
    this.scratch[word] = (this.scratch[word] ?? 0) ^ ((value ^ old) << (this.shiftAt[position] ?? 0))
    return true
  }

  /** Makes room for a value of a byte and packs everything anew. */
  private widen(position: number, value: number): void {
    const needed = 32 - Math.clz32(Math.max(value, this.base[position] ?? 0, 1))
    const old = this.fields.map((field) => ({
      position: field.position,
      word: this.wordAt[field.position] ?? 0,
      shift: this.shiftAt[field.position] ?? 0,
      mask: (1 << field.bits) - 1,
    }))
    const known = this.fields[(this.fieldAt[position] ?? 0) - 1]
    if (known === undefined) {
      this.fields.push({ position, bits: needed })
      this.fieldAt[position] = this.fields.length
    } else known.bits = needed
    this.limitAt[position] = (1 << needed) - 1

    let word = 0
    let shift = 0
    for (const field of this.fields) {
      if (shift + field.bits > 32) {
        word++
        shift = 0
      }
      this.wordAt[field.position] = word
      this.shiftAt[field.position] = shift
      shift += field.bits
    }
    const oldWidth = this.width
    const width = word + 1
    this.width = width
    const constant = known === undefined ? (this.base[position] ?? 0) << (this.shiftAt[position] ?? 0) : 0
    const constantWord = this.wordAt[position] ?? 0
    const moves = old.map((from) => ({
      ...from,
      toWord: this.wordAt[from.position] ?? 0,
      toShift: this.shiftAt[from.position] ?? 0,
    }))
    // Chunk by chunk, so that the old rows go as the new ones come.
    this.rows.forEach((chunk, index) => {
      const next = new Uint32Array(CHUNK * width)
      const count = Math.min(CHUNK, this.size - index * CHUNK)
      for (let at = 0; at < count; at++) {
        const from = at * oldWidth
        const to = at * width
        for (let each = 0; each < moves.length; each++) {
          const move = moves[each]
          if (move === undefined) continue
          const moved = (((chunk[from + move.word] ?? 0) >>> move.shift) & move.mask) << move.toShift
          next[to + move.toWord] = (next[to + move.toWord] ?? 0) | moved
        }
        next[to + constantWord] = (next[to + constantWord] ?? 0) | constant
      }
      this.rows[index] = next
    })
    this.memory += this.rows.length * CHUNK * (width - oldWidth) * 4
    this.positions = Uint32Array.from(this.fields, (field) => field.position)
    this.fieldWords = Uint16Array.from(this.positions, (at) => this.wordAt[at] ?? 0)
    this.fieldShifts = Uint8Array.from(this.positions, (at) => this.shiftAt[at] ?? 0)
    this.fieldMasks = Uint32Array.from(this.fields, (field) => (1 << field.bits) - 1)
    this.row = new Uint32Array(width)
    this.scratch = new Uint32Array(width)
    this.from(this.fromId)
    this.rehash(this.table.length)
  }

  /** Doubles the table; false if the memory does not allow it. */
  private grow(): boolean {
    const more = this.table.byteLength
    if (this.memory + more > this.maxMemory) return false
    this.memory += more
    this.rehash(this.table.length * 2)
    return true
  }

  /** Fills a table of a size from the rows: the hashes are not kept. */
  private rehash(length: number): void {
    if (length === this.table.length) this.table.fill(0)
    else this.table = new Uint32Array(length)
    const { table, width } = this
    const mask = length - 1
    for (let id = 0; id < this.size; id++) {
      const chunk = this.rows[id >>> CHUNK_BITS]
      if (chunk === undefined) return
      const hash = hashOf(chunk, (id & CHUNK_MASK) * width, width)
      let place = hash & mask
      while (table[place] !== 0) place = (place + 1) & mask
      table[place] = (((hash >>> ID_BITS) << ID_BITS) | (id + 1)) >>> 0
    }
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

/** Hash of a packed state. */
function hashOf(words: Uint32Array, from: number, count: number): number {
  let hash = 0x9747b28c
  for (let index = 0; index < count; index++) {
    hash = Math.imul(hash ^ (words[from + index] ?? 0), 0x5bd1e995)
    hash = (hash << 13) | (hash >>> 19)
    hash = Math.imul(hash, 0x1b873593)
    hash ^= hash >>> 15
  }
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
