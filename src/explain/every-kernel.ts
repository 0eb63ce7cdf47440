/** Importing this file brings the words of every kernel. */
import { IOASID_G } from './ioasid-g.ts'
import { IOASID_T } from './ioasid-t.ts'
import { IOASID_W } from './ioasid-w.ts'
import { LINUX_6_1 } from './linux-6.1.ts'
import { LINUX_6_12_IOMMUFD } from './linux-6.12-iommufd.ts'
import { LINUX_6_12 } from './linux-6.12.ts'
import { addFunctions } from './functions.ts'
import { IOASID_FUNCTIONS } from './ioasid-functions.ts'
import { LATER_FILES, OWNERSHIP_FUNCTIONS } from './ownership-functions.ts'
import { addWords } from './registry.ts'

addWords([
  ['linux-6.1', LINUX_6_1],
  ['linux-6.12', LINUX_6_12],
  ['linux-6.12-iommufd', LINUX_6_12_IOMMUFD],
  ['ioasid-t', IOASID_T],
  ['ioasid-g', IOASID_G],
  ['ioasid-w', IOASID_W],
])
addFunctions(OWNERSHIP_FUNCTIONS, LATER_FILES)
addFunctions(IOASID_FUNCTIONS)
