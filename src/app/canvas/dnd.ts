/** The kind of data that a dragged driver carries. */
export const DRIVER_MIME = 'application/x-iommu-playground-driver'
