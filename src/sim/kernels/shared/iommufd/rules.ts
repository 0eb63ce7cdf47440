import type { KernelId } from '../../../kernel.ts'
import type { Type1Rules } from '../type1.ts'

/** What differs between kernels with iommufd. */
export interface IommufdRules {
  readonly id: KernelId
  /** The backend of containers. */
  readonly type1: Type1Rules
  /** IOMMU_IOAS_MAP looks whether the memory wraps before it looks at the length alone. */
  readonly memoryWrapsFirst: boolean
}
