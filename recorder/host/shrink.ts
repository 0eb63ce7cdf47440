/**
 * Leaves out steps as long as what remains still fails (delta debugging: first large parts, then single steps).
 * @param fails asks a real kernel, so it is called as seldom as possible
 */
export async function shrink<T>(
  items: readonly T[],
  fails: (items: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let kept = items
  for (let part = Math.ceil(items.length / 2); part >= 1; part = part === 1 ? 0 : Math.ceil(part / 2)) {
    for (let start = 0; start < kept.length;) {
      const without = [...kept.slice(0, start), ...kept.slice(start + part)]
      if (without.length > 0 && (await fails(without))) kept = without
      else start += part
    }
  }
  return kept
}
