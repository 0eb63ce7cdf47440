import { late } from '../ui/late.tsx'

/** The kernel log, fetched when its tab is opened. */
export const Dmesg = late(async () => (await import('./DmesgLog.tsx')).DmesgLog, 'the kernel log', 'part')
