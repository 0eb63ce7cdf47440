/** The page fetches the words of kernels on demand; tests want all of them from the start. */
import { loadWords } from './registry.ts'

await loadWords()
