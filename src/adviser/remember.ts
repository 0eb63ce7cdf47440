/** The same function, which works its answer out once for each object. */
export function remembered<K extends object, V>(work: (key: K) => V): (key: K) => V {
  const answers = new WeakMap<K, V>()
  return (key) => {
    const known = answers.get(key)
    if (known !== undefined) return known
    const answer = work(key)
    answers.set(key, answer)
    return answer
  }
}
