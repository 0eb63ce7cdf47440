import { spawnSync } from 'node:child_process'

/** Whether this machine has a C compiler and the kernel's headers. */
export const HAS_GCC = compiles('#include <linux/vfio.h>\nint main(void) { return 0; }\n') === ''

/** What gcc says against a program; '': nothing. With optimization, which is when it sees most. */
export function compiles(source: string): string {
  const options = ['-std=c17', '-Wall', '-Wextra', '-Werror', '-O2', '-S', '-o', '/dev/null', '-x', 'c', '-']
  const { error, status, stderr } = spawnSync('gcc', options, { input: source, encoding: 'utf8' })
  return error === undefined && status === 0 ? '' : (error?.message ?? stderr)
}
