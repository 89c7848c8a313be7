/** Items kept in order, by binary search: a change costs a few comparisons, however many there are. */
export class Rows<T extends { id: string }> {
  private readonly items: T[]

  /** `order` must tell any two different items apart; their ids do where it does not. */
  constructor(
    private readonly order: (a: T, b: T) => number,
    items: Iterable<T> = [],
  ) {
    this.items = [...items].sort((a, b) => this.compare(a, b))
  }

  get size(): number {
    return this.items.length
  }

  copy(): T[] {
    return this.items.slice()
  }

  /** Where the very item stands; -1 for none. */
  indexOf(item: T): number {
    const at = this.find(item)
    return this.items[at]?.id === item.id ? at : -1
  }

  insert(item: T): void {
    this.items.splice(this.find(item), 0, item)
  }

  /** Takes out an item as it was put in. */
  remove(item: T): void {
    const at = this.indexOf(item)
    if (at >= 0) this.items.splice(at, 1)
  }

  private find(item: T): number {
    let [low, high] = [0, this.items.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.compare(this.items[middle] as T, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private compare(a: T, b: T): number {
    return this.order(a, b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  }
}
