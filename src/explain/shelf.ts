/** Things that are loaded one by one when they are first wanted, and are there for good once they have come. */
export class Shelf<Id extends string, Thing> {
  private readonly loaders: Readonly<Record<Id, () => Promise<Thing>>>
  private readonly things: Map<Id, Thing>
  private readonly pending = new Map<Id, Promise<void>>()

  /**
   * @param loaders how each thing is loaded
   * @param things what is there from the start
   */
  constructor(loaders: Readonly<Record<Id, () => Promise<Thing>>>, things: readonly (readonly [Id, Thing])[]) {
    this.loaders = loaders
    this.things = new Map(things)
  }

  /** A thing; undefined as long as it is not there. */
  get(id: Id): Thing | undefined {
    return this.things.get(id)
  }

  /** What is there, in the order in which it came. */
  all(): Iterable<Thing> {
    return this.things.values()
  }

  /**
   * Loads what is not there yet; resolves when all of it is.
   * @throws whatever a loader throws: the rest is there all the same, and the next call tries this one again
   */
  async load(ids: readonly Id[]): Promise<void> {
    const results = await Promise.allSettled(ids.map((id) => this.loadOne(id)))
    for (const result of results) if (result.status === 'rejected') throw result.reason
  }

  private loadOne(id: Id): Promise<void> {
    if (this.things.has(id)) return Promise.resolve()
    const pending = this.pending.get(id) ?? this.start(id)
    this.pending.set(id, pending)
    return pending
  }

  private async start(id: Id): Promise<void> {
    try {
      this.things.set(id, await this.loaders[id]())
    } finally {
      this.pending.delete(id)
    }
  }
}
